"""Transactions that share a commit are each all or nothing, alone while they run, and on disk when they return."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.database import Database, Transaction
from services.database.sharing import ERRANDS_AT_ONCE
from services.errors import NoSpaceError, StorageError

pytestmark = pytest.mark.sqlite("PostgreSQL runs transactions beside each other, and shares commits by itself")

MAKE: Final = "INSERT INTO facts (name, value) VALUES (:name, 'x')"
ROLLING_BACK: Final = "INSERT OR ROLLBACK INTO facts (name, value) VALUES (:name, 'x')"
MEMBERS: Final = 12
ENDS: Final = ("kept", "kept", "kept", "raises", "refused", "cancelled", "reads")


@pytest.fixture
async def file(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = await Database.open(tmp_path / "shared.sqlite3")
    yield opened
    await opened.close()


async def make(database: Database, *names: str) -> None:
    async with database.transaction() as tx:
        await put(tx, *names)


async def send(database: Database, *names: str) -> None:
    await database.run(lambda tx: put(tx, *names))


async def put(tx: Transaction, *names: str) -> None:
    for name in names:
        await tx.execute(MAKE, {"name": name})


async def names(database: Database) -> set[str]:
    async with database.transaction() as tx:
        return {row["name"] for row in await tx.fetch_all("SELECT name FROM facts")}


def on_disk(folder: Path) -> set[str]:
    with sqlite3.connect(f"file:{folder / 'shared.sqlite3'}?mode=ro", uri=True) as other:
        found = {str(row[0]) for row in other.execute("SELECT name FROM facts")}
    other.close()
    return found


@dataclass
class Race:
    """Many transactions at once, and what each may see and leave behind."""

    database: Database
    folder: Path
    random: Random
    kept: list[str] = field(default_factory=list[str])
    """In the order in which their bodies ended well."""
    inside: int = 0

    async def run(self, name: str, how: str) -> None:
        begun = False
        try:
            async with self.database.transaction() as tx:
                begun = True
                self.inside += 1
                try:
                    assert self.inside == 1
                    seen = [row["name"] for row in await tx.fetch_all("SELECT name FROM facts")]
                    # Those before it whole, and nothing of those that failed.
                    assert set(seen) == {f"{each}-{half}" for each in self.kept for half in "ab"}
                    if how != "reads":
                        await tx.execute(MAKE, {"name": f"{name}-a"})
                        await asyncio.sleep(0)
                        await tx.execute(MAKE, {"name": f"{name}-b"})
                    if how == "refused":
                        await tx.execute(MAKE, {"name": f"{name}-a"})
                    if how == "raises":
                        raise LookupError(name)
                    if how != "reads":
                        self.kept.append(name)
                finally:
                    self.inside -= 1
        except asyncio.CancelledError:
            # In its last await it is kept although it hears nothing of it; before, it left nothing.
            assert how == "cancelled"
            raise
        assert begun
        if how != "reads":
            assert {f"{name}-a", f"{name}-b"} <= on_disk(self.folder)

    async def send(self, name: str, how: str) -> None:
        """Do the same as `run`, in one go."""

        async def work(tx: Transaction) -> None:
            # Of what the others see only this list is touched, and while it is, nobody else has a turn.
            seen = [row["name"] for row in await tx.fetch_all("SELECT name FROM facts")]
            assert self.inside == 0
            assert set(seen) == {f"{each}-{half}" for each in self.kept for half in "ab"}
            if how == "reads":
                return
            for half in "ab":
                await tx.execute(MAKE, {"name": f"{name}-{half}"})
            if how == "refused":
                await tx.execute(MAKE, {"name": f"{name}-a"})
            if how == "raises":
                raise LookupError(name)
            self.kept.append(name)

        await self.database.run(work)
        if how != "reads":
            assert {f"{name}-a", f"{name}-b"} <= on_disk(self.folder)

    async def cancel(self, task: "asyncio.Task[None]") -> None:
        for _ in range(self.random.randrange(40)):
            await asyncio.sleep(0)
        if self.random.random() < 0.5:
            await asyncio.sleep(self.random.random() / 200)
        task.cancel()


async def race(folder: Path, hows: list[tuple[str, bool]], random: Random) -> None:
    database = await Database.open(folder / "shared.sqlite3")
    try:
        async with database.transaction() as tx:
            await tx.execute("DELETE FROM facts")
        course = Race(database=database, folder=folder, random=random)
        tasks = [
            asyncio.create_task((course.send if is_sent else course.run)(f"{number}", how))
            for number, (how, is_sent) in enumerate(hows)
        ]
        cancels = [course.cancel(task) for task, (how, _) in zip(tasks, hows, strict=True) if how == "cancelled"]
        outcomes, _ = await asyncio.gather(asyncio.gather(*tasks, return_exceptions=True), asyncio.gather(*cancels))
    finally:
        await database.close()

    expected = {"raises": LookupError, "refused": StorageError, "cancelled": asyncio.CancelledError}
    for (how, _), outcome in zip(hows, outcomes, strict=True):
        assert outcome is None or type(outcome) is expected.get(how), (how, outcome)
        assert outcome is not None or how in {"kept", "reads", "cancelled"}
    assert on_disk(folder) == {f"{name}-{half}" for name in course.kept for half in "ab"}


@settings(max_examples=40)
@given(
    hows=st.lists(st.tuples(st.sampled_from(ENDS), st.booleans()), min_size=1, max_size=MEMBERS),
    random=st.randoms(use_true_random=False),
)
def test_each_of_many_is_all_or_nothing_and_sees_only_what_stays(
    tmp_path_factory: pytest.TempPathFactory, hows: list[tuple[str, bool]], random: Random
) -> None:
    asyncio.run(race(tmp_path_factory.mktemp("race"), hows, random))


async def test_those_who_wait_together_are_written_with_one_commit(file: Database, tmp_path: Path) -> None:
    log = tmp_path / "shared.sqlite3-wal"
    await file.empty_log()
    await make(file, "alone")
    one = log.stat().st_size

    await asyncio.gather(*(make(file, f"{number}") for number in range(10)))

    # A frame for each changed page and commit: ten commits would have taken ten times the room.
    assert log.stat().st_size - one < 3 * one
    assert len(on_disk(tmp_path)) == 11


async def test_a_transaction_that_only_reads_writes_nothing(file: Database, tmp_path: Path) -> None:
    log = tmp_path / "shared.sqlite3-wal"
    await make(file, "one")
    before = log.stat()

    await asyncio.gather(*(names(file) for _ in range(10)))

    assert (log.stat().st_size, log.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


async def test_an_error_that_ends_the_whole_transaction_fails_all_that_shared_it(
    file: Database, tmp_path: Path
) -> None:
    await make(file, "old")

    async def roll_everything_back() -> None:
        async with file.transaction() as tx:
            await tx.execute(ROLLING_BACK, {"name": "old"})

    outcomes = await asyncio.gather(
        make(file, "first"), make(file, "second"), roll_everything_back(), make(file, "next"), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [StorageError, StorageError, StorageError, type(None)]
    assert on_disk(tmp_path) == {"old", "next"}


async def test_a_refusal_that_rested_on_what_was_never_stored_is_not_told(file: Database) -> None:
    await make(file, "old")

    async def refuse_what_is_there(name: str) -> None:
        async with file.transaction() as tx:
            if await tx.fetch_one("SELECT 1 FROM facts WHERE name = :name", {"name": name}):
                raise LookupError(name)

    async def roll_everything_back() -> None:
        async with file.transaction() as tx:
            await tx.execute(ROLLING_BACK, {"name": "old"})

    outcomes = await asyncio.gather(
        make(file, "first"), refuse_what_is_there("first"), roll_everything_back(), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [StorageError, StorageError, StorageError]


async def test_after_an_error_that_ended_the_transaction_nothing_more_is_written_in_it(
    file: Database, tmp_path: Path
) -> None:
    await make(file, "old")

    async def go_on_regardless() -> None:
        async with file.transaction() as tx:
            with suppress(sqlite3.Error):
                await tx.execute(ROLLING_BACK, {"name": "old"})
            await tx.execute(MAKE, {"name": "half"})

    with pytest.raises(StorageError):
        await go_on_regardless()

    assert on_disk(tmp_path) == {"old"}


async def test_a_full_disk_fails_all_that_shared_the_commit_and_not_those_after_it(
    file: Database, tmp_path: Path
) -> None:
    async def fill() -> None:
        async with file.transaction() as tx:
            await tx.execute("PRAGMA max_page_count = 1")  # at once set to what there is
            await tx.execute("INSERT INTO facts (name, value) VALUES ('huge', hex(zeroblob(500000)))")

    full = await asyncio.gather(make(file, "first"), fill(), return_exceptions=True)
    async with file.transaction() as tx:
        await tx.execute("PRAGMA max_page_count = 100000")
    await make(file, "later")

    assert [type(outcome) for outcome in full] == [NoSpaceError, NoSpaceError]
    assert on_disk(tmp_path) == {"later"}


async def test_a_trigger_that_refuses_fails_its_own_transaction_alone(file: Database, tmp_path: Path) -> None:
    async with file.transaction() as tx:
        await tx.execute(
            "CREATE TRIGGER never BEFORE INSERT ON facts WHEN new.name = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )

    outcomes = await asyncio.gather(
        make(file, "first"), make(file, "half", "bad"), make(file, "last"), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [type(None), StorageError, type(None)]
    assert on_disk(tmp_path) == {"first", "last"}


async def test_a_commit_that_fails_fails_all_that_shared_it(file: Database, tmp_path: Path) -> None:
    async with file.transaction() as tx:
        await tx.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT")
        await tx.execute("CREATE TABLE children (id INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED) STRICT")

    async def orphan() -> None:
        async with file.transaction() as tx:
            await tx.execute("INSERT INTO children VALUES (1)")

    outcomes = await asyncio.gather(make(file, "first"), orphan(), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [StorageError, StorageError]
    assert on_disk(tmp_path) == set()


async def test_whoever_begins_a_group_returns_while_others_still_come(file: Database) -> None:
    is_enough = asyncio.Event()

    async def write_for_ever(caller: int) -> None:
        number = 0
        while not is_enough.is_set():
            number += 1
            async with file.transaction() as tx:
                await tx.execute("INSERT OR REPLACE INTO facts VALUES (:name, 'x')", {"name": f"{caller} {number % 5}"})

    callers = [asyncio.create_task(write_for_ever(caller)) for caller in range(8)]
    await make(file, *(f"mine {number}" for number in range(5)))
    is_enough.set()
    await asyncio.gather(*callers)


async def test_the_log_is_emptied_between_groups(file: Database, tmp_path: Path) -> None:
    await asyncio.gather(*(make(file, f"{number}") for number in range(5)), file.empty_log())
    await file.empty_log()

    assert (tmp_path / "shared.sqlite3-wal").stat().st_size == 0
    assert len(await names(file)) == 5


async def test_closing_lets_everybody_in_line_end_first(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "shared.sqlite3")
    writing = [asyncio.create_task(make(database, f"{number}")) for number in range(20)]
    await asyncio.sleep(0)

    await database.close()
    await asyncio.gather(*writing)

    assert len(on_disk(tmp_path)) == 20


async def test_an_error_that_ends_the_whole_transaction_in_an_errand_fails_all_that_shared_it(
    file: Database, tmp_path: Path
) -> None:
    await make(file, "old")

    async def roll_everything_back(tx: Transaction) -> None:
        await tx.execute(ROLLING_BACK, {"name": "old"})

    outcomes = await asyncio.gather(
        make(file, "first"),
        send(file, "second"),
        file.run(roll_everything_back),
        send(file, "third"),
        return_exceptions=True,
    )
    await send(file, "next")

    assert [type(outcome) for outcome in outcomes] == [StorageError] * 4
    assert on_disk(tmp_path) == {"old", "next"}


async def test_errands_that_fail_alone_leave_the_others(file: Database, tmp_path: Path) -> None:
    outcomes = await asyncio.gather(
        send(file, "double", "double"),
        send(file, "one"),
        send(file, "two", "two"),
        send(file, "three"),
        send(file, "one"),
        return_exceptions=True,
    )

    failed = [type(outcome) for outcome in outcomes]
    assert failed == [StorageError, type(None), StorageError, type(None), StorageError]
    assert on_disk(tmp_path) == {"one", "three"}


async def test_a_commit_that_fails_in_an_errands_trip_fails_all_that_shared_it(file: Database, tmp_path: Path) -> None:
    async with file.transaction() as tx:
        await tx.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT")
        await tx.execute("CREATE TABLE children (id INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED) STRICT")

    async def orphan(tx: Transaction) -> None:
        await tx.execute("INSERT INTO children VALUES (1)")

    outcomes = await asyncio.gather(send(file, "first"), file.run(orphan), return_exceptions=True)
    await send(file, "next")

    assert [type(outcome) for outcome in outcomes] == [StorageError, StorageError]
    assert on_disk(tmp_path) == {"next"}


async def test_more_errands_than_go_together_are_all_done(file: Database, tmp_path: Path) -> None:
    await asyncio.gather(*(send(file, f"{number}") for number in range(3 * ERRANDS_AT_ONCE + 1)))

    assert len(on_disk(tmp_path)) == 3 * ERRANDS_AT_ONCE + 1


async def test_an_errand_that_waits_for_anything_else_is_refused(file: Database, tmp_path: Path) -> None:
    async def dawdle(tx: Transaction) -> None:
        await put(tx, "half")
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="nothing but its statements"):
        await file.run(dawdle)

    assert on_disk(tmp_path) == set()


async def test_one_that_is_cancelled_in_the_moment_of_the_commit_keeps_nobody_waiting(
    file: Database, tmp_path: Path
) -> None:
    loop = asyncio.get_running_loop()

    def be_late() -> None:
        # Until the commit is done. Its outcome then stands in the loop's line just before the cancellation.
        time.sleep(0.2)
        loop.call_soon(unlucky.cancel)

    async def work(tx: Transaction) -> None:
        await put(tx, "unlucky")
        loop.call_soon_threadsafe(be_late)

    unlucky = asyncio.create_task(file.run(work))
    other = asyncio.create_task(send(file, "other"))

    async with asyncio.timeout(10):
        await other
        with pytest.raises(asyncio.CancelledError):
            await unlucky
    assert on_disk(tmp_path) == {"unlucky", "other"}


async def test_an_errand_that_nobody_waits_for_any_more_is_not_begun(file: Database, tmp_path: Path) -> None:
    async with file.transaction() as tx:
        await put(tx, "before")
        unwanted = asyncio.create_task(send(file, "unwanted"))
        await asyncio.sleep(0)
        unwanted.cancel()

    with pytest.raises(asyncio.CancelledError):
        await unwanted
    assert on_disk(tmp_path) == {"before"}
