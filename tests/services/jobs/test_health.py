"""How a database is, read beside whoever runs on it."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.database import Database, is_in_use, reading
from services.errors import StorageError
from services.jobs import health

pytestmark = pytest.mark.sqlite("a file is read beside whoever runs on it")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_a_new_database_is_whole_current_and_idle(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "data" / "bot.sqlite3"

    structure = await health.structure(path)
    work = await health.work(path, now=NOW)

    assert structure is not None
    assert structure.is_current
    assert structure.schema == await database.schema_version()
    assert (work.alive, work.stuck, work.unknown, work.oldest) == (0, 0, 0, None)


async def test_reading_waits_for_nobody_and_keeps_nobody_waiting(database: Database, tmp_path: Path) -> None:
    async with database.transaction() as writing:
        await writing.execute("INSERT INTO facts (name, value) VALUES ('a', 'b')")
        async with reading(tmp_path / "data" / "bot.sqlite3") as tx:
            during = await tx.fetch_all("SELECT * FROM facts")
    async with reading(tmp_path / "data" / "bot.sqlite3") as tx:
        await database.remember("c", "d")
        after = await tx.fetch_all("SELECT name FROM facts WHERE name = 'a'")

    assert (during, len(after)) == ([], 1)


async def test_whoever_reads_cannot_write(database: Database, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        async with reading(tmp_path / "data" / "bot.sqlite3") as tx:
            await tx.execute("DELETE FROM facts")

    assert await database.fact("a") is None


async def test_reading_makes_no_file_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        async with reading(tmp_path / "none.sqlite3"):
            pass

    assert os.listdir(tmp_path) == []  # noqa: PTH208  # in a coroutine the linter wants no method of Path


async def test_a_database_is_in_use_while_it_is_open_and_asking_takes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "data" / "bot.sqlite3"
    before = is_in_use(path)
    database = await Database.open(path)
    during = (is_in_use(path), is_in_use(path))
    await database.close()

    assert (before, during, is_in_use(path)) == (False, (True, True), False)
    await (await Database.open(path)).close()


async def test_a_job_is_stuck_when_its_step_is_long_due_and_nobody_is_at_it(database: Database, tmp_path: Path) -> None:
    async def with_job(number: int, *, due: timedelta, leased: timedelta) -> None:
        values = {
            "number": number,
            "now": round(NOW.timestamp() * 1000),
            "next": round((NOW + due).timestamp() * 1000),
            "lease": round((NOW + leased).timestamp() * 1000),
        }
        async with database.transaction() as tx:
            await tx.execute(_INSERT, values)

    await with_job(1, due=timedelta(seconds=-30), leased=timedelta(0))
    await with_job(2, due=timedelta(minutes=-11), leased=timedelta(minutes=2))
    await with_job(3, due=timedelta(minutes=-11), leased=timedelta(minutes=-5))

    found = await health.work(tmp_path / "data" / "bot.sqlite3", now=NOW)

    assert (found.alive, found.stuck) == (3, 1)
    assert found.leased_until == NOW + timedelta(minutes=2)
    assert found.oldest == NOW


_INSERT = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, prompt, model, duration, upload_limit,
                  reserved_microusd, held_microusd, created_at, next_at, lease_until)
VALUES (:number, 2, 3, 4, 'queued', 'a fox', 'acme/clip-1', 5, 10000000, 0, 0, :now, :next, :lease)
"""
