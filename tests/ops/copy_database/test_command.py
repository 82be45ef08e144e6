"""`bot.py copy-database` as an owner runs it: what it prints, what it leaves with, and what nobody gets to see."""

import asyncio
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from services.database import Database
from tests.crash.process import run_bot
from tests.ops.copy_database.filled import filled
from tests.postgresql.ground import PostgresGround
from tests.stored import Stored

pytestmark = pytest.mark.sqlite("both engines are used in each of these")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "bot.sqlite3"
    asyncio.run(filled(path))
    return path


@pytest.fixture
def file(sample: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sample, tmp_path / "bot.sqlite3"))


@pytest.fixture
def server(postgresql: PostgresGround, tmp_path: Path) -> Generator[Stored]:
    with postgresql.stored(tmp_path, is_empty=True) as made:
        yield made


async def ran(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run the command to its end; return its exit code and all that it printed."""
    log = folder / "printed.log"
    log.unlink(missing_ok=True)
    process = await run_bot(environment, folder=folder, log=log, arguments=("bot.py", "copy-database", *arguments))
    return await process.exit_code(), process.output


async def test_it_says_what_was_moved_and_what_comes_next_and_never_the_password(
    file: Path, server: Stored, tmp_path: Path
) -> None:
    address = str(server.where)

    first = await ran(tmp_path, str(file), "DATABASE_URL", DATABASE_URL=address)
    again = await ran(tmp_path, str(file), address)

    assert first[0] == again[0] == 0
    assert "and every row compared" in first[1]
    assert "Start the bot: uv run bot.py" in first[1]
    assert "There is nothing to do" in again[1]
    for table in ("jobs", "audit", "pictures"):
        assert f"{table} " in first[1]
    password = address.split(":")[2].partition("@")[0]
    assert password not in first[1] + again[1]


async def test_a_rehearsal_says_that_it_was_one(file: Path, server: Stored, tmp_path: Path) -> None:
    database = await Database.open(file)
    refused = await ran(tmp_path, str(file), str(server.where))
    rehearsed = await ran(tmp_path, str(file), str(server.where), "--rehearse")
    await database.close()

    assert (refused[0], rehearsed[0]) == (1, 0)
    assert "a bot runs on" in refused[1].lower()
    assert "Nothing was changed." in refused[1]
    assert "This was a rehearsal" in rehearsed[1]


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ("DATABASE_URL", "DATABASE_URL: is empty"),
        ("mysql://me:canary@there/name", "must be such as postgresql://"),
        ("postgresql://me:canary@127.0.0.1:9/name", "cannot be used now"),
    ],
)
async def test_what_is_no_target_is_told_without_what_was_typed(
    file: Path, tmp_path: Path, target: str, word: str
) -> None:
    code, output = await ran(tmp_path, str(file), target)

    assert code == (1 if "127.0.0.1" in target else 78)
    assert word in output
    assert "canary" not in output


async def test_a_process_that_is_killed_in_the_middle_leaves_nothing_behind(
    file: Path, server: Stored, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(file)) as opened, opened:
        opened.executemany("INSERT INTO blocks VALUES (9, ?, 1, 1)", [(number,) for number in range(200_000)])
    process = await run_bot(
        {}, folder=tmp_path, log=tmp_path / "log", arguments=("bot.py", "copy-database", str(file), str(server.where))
    )
    at_work = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'"
    while not await server.fetched(at_work):
        assert not process.is_over
    await process.die()

    assert await server.fetched("SELECT * FROM blocks") == []
    assert (await ran(tmp_path, str(file), str(server.where)))[0] == 0
