"""Everything that a bot stored arrives, there and back again, or nothing does."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import aiosqlite
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.database import Database
from services.database.copying import Copied, CopyRefusedError, Progress, Refusal, Stage, copy
from services.database.copying.course import Course, tables_of_both
from services.database.copying.ends import reading, writing
from services.database.copying.file_end import FileEnd
from services.database.copying.values import LAST_COPY, Line, Table
from services.errors import SchemaTooNewError
from tests.ops.copy_database.filled import filled
from tests.postgresql.ground import PostgresGround
from tests.stored import Stored

pytestmark = pytest.mark.sqlite("both engines are used in each of these")
OTHERS_OWN: Final = {"facts": f"WHERE name <> '{LAST_COPY}'"}
"""What a copy leaves out."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with something in every table, which no test changes."""
    path = tmp_path_factory.mktemp("sample") / "bot.sqlite3"
    asyncio.run(filled(path))
    return path


@pytest.fixture
def file(sample: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copy(sample, tmp_path / "bot.sqlite3"))


@pytest.fixture
def server(postgresql: PostgresGround, tmp_path: Path) -> Generator[Stored]:
    """A PostgreSQL database that no bot ever opened."""
    with postgresql.stored(tmp_path, is_empty=True) as made:
        yield made


def nothing(_: Progress) -> None:
    """Show nothing."""


async def copied(source: Path | str, target: Path | str, *, is_rehearsal: bool = False) -> Copied:
    return await copy(source, target, report=nothing, is_rehearsal=is_rehearsal)


async def refusal(source: Path | str, target: Path | str, *, is_rehearsal: bool = False) -> Refusal:
    with pytest.raises(CopyRefusedError) as refused:
        await copied(source, target, is_rehearsal=is_rehearsal)
    return refused.value.why


def contents(path: Path) -> Mapping[str, Sequence[tuple[Any, ...]]]:
    """Read a whole file as another program would: every table, and the last number given in each."""
    with closing(sqlite3.connect(path)) as opened:
        names = [name for (name,) in opened.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name: sorted(opened.execute(f"SELECT * FROM {name} {OTHERS_OWN.get(name, '')}"), key=repr)  # noqa: S608  # its own names
            for name in names
        }


def rows_in(stored: Stored, table: str) -> int:
    return int(stored.rows(f"SELECT COUNT(*) AS rows FROM {table}")[0]["rows"])  # noqa: S608  # a test's own


# --- there and back --------------------------------------------------------------------------------------------------


async def test_there_and_back_again_every_row_and_the_next_numbers_are_the_same(
    file: Path, server: Stored, tmp_path: Path
) -> None:
    before = contents(file)
    assert all(before.values()), "a table without a row proves nothing: put one into tests/ops/copy_database/filled.py"

    there = await copied(file, str(server.where))
    back = await copied(str(server.where), tmp_path / "back.sqlite3")

    assert contents(tmp_path / "back.sqlite3") == before
    assert contents(file) == before
    assert (there.was_done_before, back.was_done_before) == (False, False)
    assert there.sums == back.sums
    assert there.sums["jobs"]["rows"] == len(before["jobs"])


async def test_both_schemas_have_the_same_tables_columns_and_keys(file: Path, server: Stored) -> None:
    async with reading(file, is_beside=False) as one, writing(str(server.where)) as other:
        tables, others = await one.tables(), await other.tables()

    assert tables == others
    assert {*tables} == {*contents(file)} - {"sqlite_sequence"}
    assert all(table.key for table in tables.values())


async def test_what_is_numbered_goes_on_after_the_last_number_even_of_what_is_gone(file: Path, server: Stored) -> None:
    last: dict[str, int] = dict(contents(file)["sqlite_sequence"])

    await copied(file, str(server.where))

    given = server.rows(
        "INSERT INTO offers (interaction_id, guild_id, channel_id, user_id, prompt, model, duration, microusd, "
        "expires_at) VALUES (99, 1, 2, 3, 'a', 'b', 1, 1, 1) RETURNING id"
    )
    assert given[0]["id"] == last["offers"] + 1
    assert last["offers"] > max(row[0] for row in contents(file)["offers"])


async def test_what_protects_the_rows_stands_again_after_the_copy(file: Path, server: Stored, tmp_path: Path) -> None:
    await copied(file, str(server.where))
    await copied(str(server.where), back := tmp_path / "back.sqlite3")

    with pytest.raises(Exception, match="append-only"):
        server.rows("DELETE FROM audit")
    with closing(sqlite3.connect(back)) as opened, pytest.raises(sqlite3.Error, match="append-only"):
        opened.execute("DELETE FROM audit")


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, unique=True),
    numbers=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=8, unique=True),
)
async def test_any_text_and_any_number_arrives(
    texts: list[str], numbers: list[int], postgresql: PostgresGround, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    file, back = folder / "bot.sqlite3", folder / "back.sqlite3"
    database = await Database.open(file)
    await database.mark()
    async with database.transaction() as tx:
        for text in texts:
            await tx.execute("INSERT INTO facts (name, value) VALUES (:text, :text)", {"text": "=" + text})
        for number in numbers:
            row = {"number": number}
            await tx.execute("INSERT INTO blocks VALUES (:number, :number, :number, :number)", row)
    await database.close()

    with postgresql.stored(folder) as server:
        await copied(file, str(server.where))
        await copied(str(server.where), back)

    assert contents(back) == contents(file)


async def test_a_nul_that_an_older_version_stored_arrives_as_a_character_that_can_be_stored(
    file: Path, server: Stored
) -> None:
    with closing(sqlite3.connect(file)) as opened, opened:
        opened.execute("INSERT INTO facts (name, value) VALUES ('odd one', 'a' || char(0) || 'b')")

    await copied(file, str(server.where))

    assert server.rows("SELECT value FROM facts WHERE name = 'odd one'") == [{"value": "a\ufffdb"}]
    assert (await copied(file, str(server.where))).was_done_before


# --- again -----------------------------------------------------------------------------------------------------------


async def test_a_second_run_finds_all_done_and_a_later_one_brings_the_copy_up_to_date(
    file: Path, server: Stored
) -> None:
    await copied(file, str(server.where))
    again = await copied(file, str(server.where))
    with closing(sqlite3.connect(file)) as opened, opened:
        opened.execute("INSERT INTO blocks VALUES (5, 6, 7, 8)")
    later = await copied(file, str(server.where))

    assert (again.was_done_before, later.was_done_before) == (True, False)
    assert rows_in(server, "blocks") == later.sums["blocks"]["rows"] == again.sums["blocks"]["rows"] + 1


async def test_back_home_the_file_that_was_left_behind_is_replaced(file: Path, server: Stored) -> None:
    await copied(file, str(server.where))
    server.rows("INSERT INTO facts (name, value) VALUES ('went', 'on')")

    await copied(str(server.where), file)

    assert ("went", "on") in contents(file)["facts"]


async def test_a_copy_that_a_bot_has_gone_on_with_is_not_written_over(file: Path, server: Stored) -> None:
    await copied(file, str(server.where))
    server.rows("INSERT INTO facts (name, value) VALUES ('went', 'on')")

    assert await refusal(file, str(server.where)) is Refusal.USED_SINCE
    assert rows_in(server, "jobs") > 0


async def test_another_bots_data_is_not_written_over(file: Path, server: Stored) -> None:
    database = await Database.open(server.where)
    mark = await database.mark()
    await database.close()

    assert await refusal(file, str(server.where)) is Refusal.OTHER_DATA
    assert server.rows("SELECT value FROM facts") == [{"value": mark}]


# --- who else is there -----------------------------------------------------------------------------------------------


@pytest.fixture
async def running(file: Path) -> AsyncGenerator[Database]:
    """A bot on the file."""
    database = await Database.open(file)
    yield database
    await database.close()


async def test_a_file_on_which_a_bot_runs_is_only_rehearsed(running: Database, file: Path, server: Stored) -> None:
    assert await refusal(file, str(server.where)) is Refusal.SOURCE_IN_USE

    rehearsed = await copied(file, str(server.where), is_rehearsal=True)
    await running.remember("went", "on")

    assert rows_in(server, "jobs") == rehearsed.sums["jobs"]["rows"]
    assert not (await copied(file, str(server.where), is_rehearsal=True)).was_done_before


async def test_a_server_on_which_a_bot_runs_is_only_rehearsed(file: Path, server: Stored, tmp_path: Path) -> None:
    await copied(file, str(server.where))
    database = await Database.open(server.where)

    assert await refusal(str(server.where), tmp_path / "back.sqlite3") is Refusal.SOURCE_IN_USE
    rehearsed = await copied(str(server.where), tmp_path / "back.sqlite3", is_rehearsal=True)
    await database.close()

    assert len(contents(tmp_path / "back.sqlite3")["jobs"]) == rehearsed.sums["jobs"]["rows"]


async def test_nothing_is_written_where_a_bot_runs_not_even_for_a_rehearsal(
    running: Database, file: Path, server: Stored, tmp_path: Path
) -> None:
    await copied(file, str(server.where), is_rehearsal=True)
    database = await Database.open(server.where)

    assert await refusal(file, str(server.where), is_rehearsal=True) is Refusal.TARGET_IN_USE
    await database.close()
    assert await refusal(str(server.where), file) is Refusal.TARGET_IN_USE
    del running, tmp_path


async def test_a_job_that_somebody_has_leased_is_a_bot_that_runs(file: Path, server: Stored, tmp_path: Path) -> None:
    await copied(file, str(server.where))
    server.rows("UPDATE jobs SET lease_until = 9000000000000 WHERE state = 'generating'")

    assert await refusal(str(server.where), tmp_path / "back.sqlite3") is Refusal.SOURCE_IN_USE


# --- what is no source -----------------------------------------------------------------------------------------------


async def test_what_is_no_database_of_a_bots_is_refused_with_why(file: Path, server: Stored, tmp_path: Path) -> None:
    new = tmp_path / "new.sqlite3"
    await (await Database.open(new)).close()

    assert await refusal(file, file.parent / "." / file.name) is Refusal.SAME_PLACE
    assert await refusal(tmp_path / "none.sqlite3", str(server.where)) is Refusal.NO_SOURCE
    assert await refusal(str(server.where), file) is Refusal.NO_SOURCE
    assert await refusal(new, str(server.where)) is Refusal.NO_MARK
    assert not (tmp_path / "none.sqlite3").exists()


async def test_a_source_of_another_version_is_refused(file: Path, server: Stored) -> None:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA user_version = 9")
    assert await refusal(file, str(server.where)) is Refusal.OLD_SCHEMA

    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA user_version = 999")
    with pytest.raises(SchemaTooNewError):
        await copied(file, str(server.where))


async def test_a_table_that_only_one_of_them_has_is_named(file: Path, server: Stored) -> None:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)")

    with pytest.raises(CopyRefusedError) as refused:
        await copied(file, str(server.where))

    assert (refused.value.why, refused.value.names) == (Refusal.OTHER_SHAPE, ["notes"])


# --- interrupted, and going wrong ------------------------------------------------------------------------------------


class _PowerCutError(Exception):
    """The process ends here."""


@pytest.mark.parametrize("is_server", [True, False])
async def test_a_run_that_is_interrupted_anywhere_leaves_nothing_behind(
    file: Path, server: Stored, tmp_path: Path, *, is_server: bool
) -> None:
    target = str(server.where) if is_server else tmp_path / "copy.sqlite3"
    steps = 0

    def count(_: Progress) -> None:
        nonlocal steps
        steps += 1

    await copy(file, tmp_path / "whole.sqlite3", report=count)
    # Every one of them takes long, and they are alike: some of each table's, and the very last.
    for last in {*range(1, steps, 5), steps}:
        left = last

        def cut(_: Progress) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise _PowerCutError

        with pytest.raises(_PowerCutError):
            await copy(file, target, report=cut)

    held = server.rows("SELECT * FROM facts") + server.rows("SELECT * FROM audit") if is_server else None
    assert held == [] if is_server else not any(contents(tmp_path / "copy.sqlite3").values())
    assert not (await copied(file, target)).was_done_before


class _LossyEnd(FileEnd):
    """A target that changes one text on its way."""

    async def add(self, table: Table, rows: Sequence[Line]) -> None:
        odd = [tuple("other" if value == "limit" else value for value in row) for row in rows]
        await super().add(table, odd)


async def test_what_arrives_otherwise_than_it_was_sent_is_found_by_its_table(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.sqlite3"
    await (await Database.open(target)).close()
    async with reading(file, is_beside=False) as source, aiosqlite.connect(target, isolation_level=None) as opened:
        end = _LossyEnd(opened)
        course = Course(source, end, tables=await tables_of_both(source, end), report=nothing)

        with pytest.raises(CopyRefusedError) as refused:
            await course.run("a mark")

    assert (refused.value.why, refused.value.names) == (Refusal.NOT_THE_SAME, ["audit"])


async def test_each_table_is_reported_from_its_first_row_to_its_last(file: Path, server: Stored) -> None:
    seen: list[Progress] = []

    await copy(file, str(server.where), report=seen.append)

    copying = [each for each in seen if each.stage is Stage.COPYING]
    assert {each.table for each in copying} == {*contents(file)} - {"sqlite_sequence"}
    assert all(each.done <= each.of for each in seen)
    assert all(
        any(each.table == table and each.done == each.of for each in copying)
        for table in contents(file)
        if table != "sqlite_sequence"
    )
