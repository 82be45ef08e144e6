"""The database keeps its promises: all or nothing, one at a time, on disk when it says so, and for its owner only."""

import asyncio
import os
import signal
import sqlite3
import stat
import sys
import tempfile
from collections.abc import AsyncGenerator, Coroutine, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.database import MIGRATIONS, Database, moment
from services.database import stored as as_stored
from services.errors import AlreadyRunningError, NotWritableError, SchemaTooNewError, StorageError
from tests.stored import Stored

ROOT: Final = Path(__file__).parents[2]
NOBODY: Final = 65_534
LATEST: Final = max(int(file.name[:4]) for file in MIGRATIONS.glob("*.sql"))
MAKE: Final = "INSERT INTO facts (name, value) VALUES (:name, :value)"
READ: Final = "SELECT name FROM facts ORDER BY name"
COMMITTING_CHILD: Final = """
import asyncio, sys
from itertools import count
from pathlib import Path
from services.database import Database

async def commit_for_ever(database, numbers):
    for number in numbers:
        await database.remember(f"fact-{number:06d}", "kept")
        print(f"fact-{number:06d}", flush=True)

async def commit_by_many(callers):
    database = await Database.open(Path(sys.argv[1]))
    numbers = count()
    await asyncio.gather(*(commit_for_ever(database, numbers) for _ in range(callers)))

asyncio.run(commit_by_many(int(sys.argv[2])))
"""


class CancelledAt:
    """Awaits some work in the running task, and cancels that task each time the work waits for one of `waits`."""

    def __init__(self, work: Coroutine[Any, Any, object], *waits: int) -> None:
        self._work = work
        self._cancel_at = waits
        self.waits = 0
        self.is_done = False

    def __await__(self) -> Generator[Any, Any, None]:
        steps = self._work.__await__()
        thrown: BaseException | None = None
        while True:
            try:
                awaited = steps.send(None) if thrown is None else steps.throw(thrown)
            except StopIteration:
                self.is_done = True
                return
            self.waits += 1
            if self.waits in self._cancel_at:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()  # takes effect at the very next wait, which is the one below
            try:
                yield awaited
                thrown = None
            except BaseException as error:  # noqa: BLE001  # handed to the work, as the event loop would
                thrown = error


async def write_two(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(MAKE, {"name": "first", "value": "x"})
        rows = await tx.fetch_all(READ)
        await tx.execute(MAKE, {"name": "second", "value": str(len(rows))})


async def make(database: Database, *facts: str, then: str = "SELECT 1") -> None:
    async with database.transaction() as tx:
        for name in facts:
            await tx.execute(MAKE, {"name": name, "value": "x"})
        await tx.execute(then)


async def names(database: Database) -> list[str]:
    async with database.transaction() as tx:
        return [row["name"] for row in await tx.fetch_all(READ)]


async def forget_all(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM facts")


async def open_and_close(path: Path) -> None:
    async with opened(path):
        pass


async def awaited(work: CancelledAt) -> None:
    """Await the work in whichever task runs this."""
    await work


async def cancelled_at(database: Database, *waits: int) -> CancelledAt:
    work = CancelledAt(write_two(database), *waits)
    [outcome] = await asyncio.gather(asyncio.create_task(awaited(work)), return_exceptions=True)
    assert outcome is None or isinstance(outcome, asyncio.CancelledError)
    return work


@contextmanager
def not_as_root() -> Generator[None]:
    """Drop the superuser's right to write anywhere, for as long as the block lasts."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@asynccontextmanager
async def opened(path: Path, *, migrations: Path = MIGRATIONS) -> AsyncGenerator[Database]:
    database = await Database.open(path, migrations=migrations)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """Make a folder that may be read but not written. Not in `tmp_path`, which only its owner may enter at all."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    yield folder
    folder.rmdir()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def migrations(folder: Path, **scripts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(script, encoding="utf-8")
    return folder


async def test_a_task_cancelled_at_any_wait_writes_all_or_nothing_and_leaves_the_door_open(database: Database) -> None:
    outcomes: list[bool] = []
    for wait in range(1, 100):
        work = await cancelled_at(database, wait)
        found = await names(database)

        assert found in ([], ["first", "second"]), f"cancelled at wait {wait}"
        outcomes.append(bool(found))
        await forget_all(database)
        if wait > work.waits:
            break

    # Cancelled before the COMMIT began: nothing. From there on: everything. So both really happened.
    assert outcomes == sorted(outcomes)
    # Four of them: the turn, and each of the statements.
    assert outcomes.count(False) >= 4
    assert outcomes.count(True) >= 2


async def test_a_task_cancelled_twice_in_a_row_is_rolled_back_all_the_same(database: Database) -> None:
    waits = (await cancelled_at(database)).waits
    await forget_all(database)

    for first in range(1, waits + 1):
        for second in (first + 1, first + 2):
            await cancelled_at(database, first, second)

            assert await names(database) in ([], ["first", "second"]), f"cancelled at waits {first} and {second}"
            await forget_all(database)


async def test_a_cancelled_wait_for_the_turn_leaves_the_turn_to_its_owner(database: Database) -> None:
    is_inside, may_end = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with database.transaction() as tx:
            await tx.execute(MAKE, {"name": "kept", "value": "x"})
            is_inside.set()
            await may_end.wait()

    holder = asyncio.create_task(hold())
    await is_inside.wait()
    waiter = asyncio.create_task(write_two(database))
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    may_end.set()
    await holder

    assert await names(database) == ["kept"]


@pytest.mark.sqlite("a server runs them beside each other: who checks first holds a lock")
async def test_transactions_of_many_tasks_never_interleave(database: Database) -> None:
    await database.remember("sum", "0")

    async def add_one() -> None:
        async with database.transaction() as tx:
            row = await tx.fetch_one("SELECT value FROM facts WHERE name = 'sum'")
            assert row is not None
            await asyncio.sleep(0)  # the worst place to let others run
            await tx.execute(
                "UPDATE facts SET value = :value WHERE name = 'sum'", {"value": str(int(row["value"]) + 1)}
            )

    await asyncio.gather(*(add_one() for _ in range(50)))

    assert await database.fact("sum") == "50"


async def test_an_exception_inside_undoes_what_was_written_and_comes_out_as_it_is(database: Database) -> None:
    async def change_its_mind() -> None:
        async with database.transaction() as tx:
            await tx.execute(MAKE, {"name": "lost", "value": "x"})
            raise LookupError

    with pytest.raises(LookupError):
        await change_its_mind()

    assert await names(database) == []


@pytest.mark.sqlite("the words are its own")
async def test_what_sqlite_refuses_is_a_storage_error_that_names_the_code(database: Database) -> None:
    await database.remember("one", "x")

    with pytest.raises(StorageError, match="SQLITE_CONSTRAINT") as caught:
        await make(database, "two", "one")

    assert isinstance(caught.value.__cause__, sqlite3.IntegrityError)
    assert await names(database) == ["one"]


@pytest.mark.sqlite("the driver of a server is never asked")
async def test_a_statement_without_its_values_is_a_storage_error_too(database: Database) -> None:
    # The driver raises this one itself, so it has no SQLite code.
    with pytest.raises(StorageError, match="ProgrammingError"):
        async with database.transaction() as tx:
            await tx.execute(MAKE, {"name": "half"})

    assert await names(database) == []


@pytest.mark.sqlite("the schema is written as it has it")
async def test_a_commit_that_sqlite_refuses_undoes_everything(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT")
        await tx.execute(
            "CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED) STRICT"
        )

    with pytest.raises(StorageError, match="FOREIGNKEY"):
        await make(database, "lost", then="INSERT INTO children VALUES (1)")

    assert await names(database) == []


@pytest.mark.sqlite("the schema is written as it has it")
async def test_a_commit_that_sqlite_refuses_while_the_task_is_cancelled_undoes_everything(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT")
        await tx.execute(
            "CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED) STRICT"
        )

    async def orphan() -> None:
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO children VALUES (1)")

    for wait in range(1, 10):
        work = CancelledAt(orphan(), wait)
        [outcome] = await asyncio.gather(asyncio.create_task(awaited(work)), return_exceptions=True)
        assert isinstance(outcome, asyncio.CancelledError | StorageError)

    async with database.transaction() as tx:
        assert await tx.fetch_all("SELECT * FROM children") == []


@pytest.mark.sqlite("a server has no file to hold")
async def test_another_program_that_holds_the_file_is_a_storage_error_not_a_hang(
    database: Database, stored: Stored
) -> None:
    async with database.transaction() as tx:
        await tx.execute("PRAGMA busy_timeout = 20")

    other = sqlite3.connect(stored.where, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="SQLITE_BUSY"):
            await database.remember("one", "x")
    finally:
        other.close()

    await database.remember("two", "x")
    assert await names(database) == ["two"]


async def test_facts_are_remembered_and_replaced(database: Database) -> None:
    assert await database.fact("colour") is None

    await database.remember("colour", "red")
    await database.remember("colour", "blue")

    assert await database.fact("colour") == "blue"


@pytest.mark.sqlite("a server has none")
async def test_the_pragmas_that_durability_rests_on_are_in_force(database: Database) -> None:
    async with database.transaction() as tx:
        found = {
            name: (await tx.fetch_all(f"PRAGMA {name}"))[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert {name: next(iter(row.values())) for name, row in found.items()} == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 5_000,
    }


async def test_every_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    before = os.umask(0o022)  # what most systems give
    try:
        async with opened(folder / "bot.sqlite3") as database:
            await database.remember("one", "x")
            found = {file.name: mode(file) for file in folder.iterdir()}
    finally:
        os.umask(before)

    assert found == dict.fromkeys(("bot.sqlite3", "bot.sqlite3-wal", "bot.sqlite3-shm", "bot.lock"), 0o600)
    assert mode(folder) == 0o700


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    async with opened(path):
        pass
    path.chmod(0o644)

    async with opened(path):
        assert mode(path) == 0o600


@pytest.mark.sqlite("several may share a server")
async def test_a_second_bot_on_the_same_data_is_refused_and_the_first_goes_on(
    stored: Stored, database: Database
) -> None:
    with pytest.raises(AlreadyRunningError):
        await Database.open(stored.where)

    await database.remember("first", "goes on")
    assert await database.fact("first") == "goes on"


async def test_a_closed_database_can_be_opened_again(tmp_path: Path) -> None:
    for number in range(3):
        async with opened(tmp_path / "bot.sqlite3") as database:
            await database.remember(f"fact-{number}", "x")

    async with opened(tmp_path / "bot.sqlite3") as database:
        assert await names(database) == ["fact-0", "fact-1", "fact-2"]


# aiosqlite drops a connection whose opening was cancelled; from Python 3.13 on that is a warning.
@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
async def test_opening_that_is_cancelled_at_any_wait_leaves_the_file_free(tmp_path: Path) -> None:
    waits = 0
    for wait in range(1, 200):
        work = CancelledAt(open_and_close(tmp_path / "bot.sqlite3"), wait)
        await asyncio.gather(asyncio.create_task(awaited(work)), return_exceptions=True)

        async with opened(tmp_path / "bot.sqlite3") as database:
            assert await names(database) == []
        if work.is_done:
            break
        waits = wait

    assert waits > 10


async def test_closing_lets_a_transaction_under_way_end_first(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "bot.sqlite3")
    writing = asyncio.create_task(write_two(database))
    await asyncio.sleep(0)

    await database.close()
    await writing

    async with opened(tmp_path / "bot.sqlite3") as again:
        assert await names(again) == ["first", "second"]


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    path.write_bytes(b"this is a shopping list, and a long one at that\n" * 100)

    with pytest.raises(StorageError, match="SQLITE_NOTADB"):
        await Database.open(path)

    assert path.read_bytes().startswith(b"this is a shopping list")
    path.unlink()
    async with opened(path) as database:  # the lock was given up
        assert await names(database) == []


async def test_a_folder_in_place_of_the_file_is_a_storage_error(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    path.mkdir()

    with pytest.raises(NotWritableError, match="SQLITE_CANTOPEN"):
        await Database.open(path)

    path.rmdir()
    async with opened(path):
        pass


async def test_a_file_in_place_of_the_folder_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way", encoding="utf-8")

    with pytest.raises(StorageError, match="cannot write to"):
        await Database.open(tmp_path / "data" / "bot.sqlite3")


async def test_a_folder_that_may_not_be_written_is_a_storage_error(closed_folder: Path) -> None:
    with not_as_root(), pytest.raises(NotWritableError, match="Permission denied"):
        await Database.open(closed_folder / "bot.sqlite3")

    assert list(closed_folder.iterdir()) == []  # noqa: ASYNC240  # nothing else runs


async def test_a_failing_migration_leaves_the_file_as_it_was_and_usable(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    good = {"m0001_first": "-- The first.\nCREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;\n"}
    folder = migrations(tmp_path / "sql", **good)
    async with opened(path, migrations=folder) as database:
        await database.remember("old", "kept")
    migrations(
        folder,
        m0002_second="-- Why.\nDELETE FROM facts;\nCREATE TABLE more (id INTEGER) STRICT;\nNONSENSE;\n",
    )

    with pytest.raises(StorageError, match="SQLITE_ERROR"):
        await Database.open(path, migrations=folder)

    (folder / "0002_second.sql").unlink()
    async with opened(path, migrations=folder) as database:
        assert await database.schema_version() == 1
        assert await database.fact("old") == "kept"
        async with database.transaction() as tx:
            assert await tx.fetch_all("SELECT name FROM sqlite_schema WHERE name = 'more'") == []


async def test_migrations_before_the_failing_one_stay_and_the_rest_follows_later(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    folder = migrations(
        tmp_path / "sql",
        m0001_first="CREATE TABLE one (id INTEGER) STRICT;",
        m0002_second="CREATE TABLE two (id INTEGER) STRICT;\nCREATE TABLE one (id INTEGER) STRICT;",
    )
    with pytest.raises(StorageError):
        await Database.open(path, migrations=folder)

    migrations(folder, m0002_second="CREATE TABLE two (id INTEGER) STRICT;")
    async with opened(path, migrations=folder) as database:
        assert await database.schema_version() == 2


async def test_a_migration_that_ends_in_the_middle_of_a_statement_is_refused(tmp_path: Path) -> None:
    folder = migrations(tmp_path / "sql", m0001_first="CREATE TABLE one (id INTEGER) STRICT;\nCREATE TABLE two (id")

    with pytest.raises(StorageError, match="middle of a statement"):
        await Database.open(tmp_path / "bot.sqlite3", migrations=folder)

    async with opened(tmp_path / "bot.sqlite3", migrations=migrations(tmp_path / "none")) as database:
        assert await database.schema_version() == 0


async def test_a_migration_may_hold_triggers_semicolons_in_comments_and_end_with_a_comment(tmp_path: Path) -> None:
    script = """-- Why; and why else?
CREATE TABLE one (id INTEGER) STRICT; -- the only one
CREATE TRIGGER never BEFORE DELETE ON one BEGIN
    SELECT RAISE(ABORT, 'kept; for ever');
END;
-- the end; really
"""
    folder = migrations(tmp_path / "sql", m0001_first=script)

    async with opened(tmp_path / "bot.sqlite3", migrations=folder) as database, database.transaction() as tx:
        assert len(await tx.fetch_all("SELECT name FROM sqlite_schema")) == 2


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    newer = migrations(tmp_path / "newer", m9999_new="CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) STRICT;")
    async with opened(path, migrations=newer) as database:
        await database.remember("kept", "x")

    with pytest.raises(SchemaTooNewError) as caught:
        await Database.open(path)

    assert (caught.value.found, caught.value.known) == (9999, LATEST)
    async with opened(path, migrations=newer) as database:
        assert await names(database) == ["kept"]


@pytest.mark.parametrize("callers", [1, 16])
async def test_every_commit_that_returned_survives_kill_9(tmp_path: Path, callers: int) -> None:
    path = tmp_path / "bot.sqlite3"
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", COMMITTING_CHILD, str(path), str(callers)), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    promised = [await child.stdout.readline() for _ in range(100)]
    child.send_signal(signal.SIGKILL)
    promised += (await child.stdout.read()).splitlines(keepends=True)
    await child.wait()

    async with opened(path) as database:
        found = await names(database)
        async with database.transaction() as tx:
            integrity = await tx.fetch_one("PRAGMA integrity_check")

    # The last ones may be on disk without their promise having been printed.
    assert {line.decode().strip() for line in promised if line.endswith(b"\n")} <= {*found}
    assert len(found) <= len(promised) + callers
    assert integrity == {"integrity_check": "ok"}


@given(st.datetimes(min_value=datetime(2015, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis adds the zone
def test_a_stored_time_comes_back_to_the_millisecond(time: datetime) -> None:
    assert abs((moment(as_stored(time)) - time).total_seconds()) <= 0.000_501
    assert as_stored(moment(as_stored(time))) == as_stored(time)
