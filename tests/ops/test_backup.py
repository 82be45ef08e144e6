"""`bot.py backup` and `bot.py restore`: whole copies while the bot writes, and a way back that buys nothing twice."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

import bot
from services.database import MIGRATIONS, NEWEST_SCHEMA, Database, back_up, backups_in
from services.errors import StorageError
from services.models import Job, JobState
from services.settings import EXIT_CONFIGURATION, Settings
from tests.services.jobs.samples import House, asker, house_over, new_job

pytestmark = pytest.mark.sqlite("a file is what is looked at")
FILE: Final = "bot.sqlite3"
LIVING: Final = (JobState.QUEUED, JobState.SUBMITTING, JobState.GENERATING, JobState.DOWNLOADING, JobState.DELIVERING)


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A data folder that the settings name, and nothing else in the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_TOKEN", "t" * 40)
    monkeypatch.setenv("OPENROUTER_API_KEY", "k" * 40)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    umask = os.umask(0o077)
    yield tmp_path / "data"
    os.umask(umask)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(bot.cli, [str(word) for word in words])


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(statement).fetchall()


async def with_jobs(data: Path, *states: JobState) -> None:
    """Make a database with a job in each of the states, or go on with one."""
    database = await Database.open(data / FILE)
    try:
        house = house_over(database)
        known = await house.rows("SELECT id FROM jobs")
        for number, state in enumerate(states):
            await house.walked(await asked(house, 100 * len(known) + number), state)
    finally:
        await database.close()


async def asked(house: House, number: int) -> Job:
    """Ask for a video by an interaction of that number, and let its member see the answer."""
    new = new_job(number)
    reserved = await house.jobs.reserve(new, asker(), now=new.created_at)
    job = await house.jobs.acknowledge(reserved.job.id, 1_000 + number, now=new.created_at)
    assert job is not None
    return job


def test_a_backup_is_whole_for_its_owner_only_and_named_by_its_time(data: Path, tmp_path: Path) -> None:
    asyncio.run(with_jobs(data, JobState.QUEUED, JobState.DELIVERED))

    done = run("backup", tmp_path / "kept")

    [copy] = backups_in(tmp_path / "kept")
    assert done.exit_code == 0, done.output
    assert str(copy) in done.output.replace("\n", "")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows(copy, "SELECT state FROM jobs ORDER BY id") == [("queued",), ("delivered",)]
    assert [file.name for file in (tmp_path / "kept").iterdir()] == [copy.name]


def test_keep_removes_all_but_the_newest_and_nothing_that_is_not_a_backup(data: Path, tmp_path: Path) -> None:
    asyncio.run(with_jobs(data))
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "holiday.sqlite3").write_text("mine", encoding="utf-8")

    for _ in range(4):
        assert run("backup", kept, "--keep", "2").exit_code == 0

    assert len(backups_in(kept)) == 2
    assert (kept / "holiday.sqlite3").exists()


def test_keep_with_a_file_is_refused_before_anything_is_written(data: Path, tmp_path: Path) -> None:
    asyncio.run(with_jobs(data))

    refused = run("backup", tmp_path / "one.sqlite3", "--keep", "2")

    assert refused.exit_code == EXIT_CONFIGURATION
    assert "folder" in refused.output
    assert not (tmp_path / "one.sqlite3").exists()


@pytest.mark.usefixtures("data")
def test_without_a_database_nothing_is_written_and_the_reason_is_said(tmp_path: Path) -> None:
    refused = run("backup", tmp_path / "kept")

    assert refused.exit_code == 1
    assert "No backup was made" in refused.output
    assert list((tmp_path / "kept").iterdir()) == []


async def test_a_backup_under_load_is_one_moment_of_the_ledger(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / FILE)
    written = 0

    async def write() -> None:
        nonlocal written
        while True:
            async with database.transaction() as tx:
                for half in ("a", "b"):
                    values = {"name": f"{half} {written}", "value": "x"}
                    await tx.execute("INSERT INTO facts (name, value) VALUES (:name, :value)", values)
            written += 1

    writer = asyncio.create_task(write())
    copies = [tmp_path / f"{number}.sqlite3" for number in range(5)]
    try:
        for number, copy in enumerate(copies):
            while written < (number + 1) * 20:  # noqa: ASYNC110  # the writer is an endless loop, with no event
                await asyncio.sleep(0.01)
            await asyncio.to_thread(back_up, tmp_path / FILE, copy)
    finally:
        writer.cancel()
        await asyncio.wait({writer})
        await database.close()

    counts = [int(str(rows(copy, "SELECT COUNT(*) FROM facts")[0][0])) for copy in copies]
    assert all(count % 2 == 0 and count >= 40 for count in counts), counts
    assert counts == sorted(counts)
    assert rows(copies[0], "PRAGMA integrity_check") == [("ok",)]


async def test_a_running_bot_keeps_its_data_whatever_is_restored(data: Path, tmp_path: Path) -> None:
    await with_jobs(data, JobState.DELIVERED)
    await asyncio.to_thread(back_up, data / FILE, tmp_path / "copy.sqlite3")
    running = await Database.open(data / FILE)

    try:
        refused = await asyncio.to_thread(run, "restore", tmp_path / "copy.sqlite3", "--yes")
    finally:
        await running.close()

    assert refused.exit_code == 1
    assert "already running" in refused.output


def test_what_waited_in_a_backup_is_never_bought_again_and_what_was_upstream_is_looked_for_first(
    data: Path, tmp_path: Path
) -> None:
    asyncio.run(with_jobs(data, *LIVING, JobState.DELIVERED))
    back_up(data / FILE, tmp_path / "copy.sqlite3")
    before = rows(data / FILE, "SELECT id FROM jobs WHERE delivering_at IS NULL AND state IN ('generating')")

    restored = run("restore", tmp_path / "copy.sqlite3", "--yes")

    assert restored.exit_code == 0, restored.output
    assert len(before) == 1
    found = rows(data / FILE, "SELECT state, delivering_at IS NOT NULL, held_microusd > 0 FROM jobs ORDER BY id")
    assert found == [
        ("cancelled", 0, 0),
        ("submitting", 0, 1),
        ("generating", 1, 1),
        ("downloading", 1, 1),
        ("delivering", 1, 1),
        ("delivered", 0, 1),
    ]
    assert "cancelled" in restored.output
    assert "looked after again: 3" in restored.output


def test_the_data_as_it_was_is_kept_and_can_be_put_back(data: Path, tmp_path: Path) -> None:
    asyncio.run(with_jobs(data, JobState.DELIVERED))
    back_up(data / FILE, tmp_path / "copy.sqlite3")
    asyncio.run(with_jobs(data, JobState.DELIVERED))

    assert run("restore", tmp_path / "copy.sqlite3", "--yes").exit_code == 0
    assert rows(data / FILE, "SELECT COUNT(*) FROM jobs") == [(1,)]

    [kept] = backups_in(data / "backups")
    assert run("restore", kept, "--yes").exit_code == 0
    assert rows(data / FILE, "SELECT COUNT(*) FROM jobs") == [(2,)]


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_what_is_no_backup_is_refused_and_the_data_stays(data: Path, tmp_path: Path, content: bytes) -> None:
    asyncio.run(with_jobs(data, JobState.DELIVERED))
    (tmp_path / "odd").write_bytes(content)

    refused = run("restore", tmp_path / "odd", "--yes")

    assert refused.exit_code == EXIT_CONFIGURATION
    assert rows(data / FILE, "SELECT state FROM jobs") == [("delivered",)]


def test_a_damaged_backup_is_refused_and_the_data_stays(data: Path, tmp_path: Path) -> None:
    asyncio.run(with_jobs(data, *[JobState.DELIVERED] * 30))
    copy = tmp_path / "copy.sqlite3"
    back_up(data / FILE, copy)
    content = bytearray(copy.read_bytes())
    content[8192:12288] = os.urandom(4096)
    copy.write_bytes(content)

    refused = run("restore", copy, "--yes")

    assert refused.exit_code == EXIT_CONFIGURATION, refused.output
    assert rows(data / FILE, "SELECT COUNT(*) FROM jobs") == [(30,)]


def test_a_backup_of_a_newer_version_is_refused(data: Path, tmp_path: Path) -> None:
    asyncio.run(with_jobs(data))
    copy = tmp_path / "copy.sqlite3"
    back_up(data / FILE, copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST_SCHEMA + 1}")

    assert "newer version" in run("restore", copy, "--yes").output


def test_without_a_yes_nothing_happens(data: Path, tmp_path: Path) -> None:
    asyncio.run(with_jobs(data, JobState.DELIVERED))
    back_up(data / FILE, tmp_path / "copy.sqlite3")

    answered = CliRunner().invoke(bot.cli, ["restore", str(tmp_path / "copy.sqlite3")], input="n\n")

    assert answered.exit_code == 1
    assert not (data / "backups").exists()


def test_with_a_server_both_say_which_tools_to_use(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:secret@localhost/bot")

    for words in (("backup", data / "x"), ("restore", data / "x")):
        told = run(*words)
        assert told.exit_code == EXIT_CONFIGURATION
        assert "pg_dump" in told.output
        assert "secret" not in told.output


async def test_before_a_migration_the_database_is_copied_once(tmp_path: Path) -> None:
    scripts, path = sorted(MIGRATIONS.glob("*.sql")), tmp_path / FILE
    early = tmp_path / "early"
    early.mkdir()
    for script in scripts[:-1]:
        (early / script.name).write_bytes(script.read_bytes())
    database = await Database.open(path, migrations=early)
    await database.remember("colour", "blue")
    await database.close()

    for _ in range(2):
        await (await Database.open(path)).close()

    [copy] = (tmp_path / "backups").iterdir()
    assert rows(copy, "SELECT value FROM facts WHERE name = 'colour'") == [("blue",)]
    assert rows(copy, "PRAGMA user_version") == [(NEWEST_SCHEMA - 1,)]


async def test_where_that_copy_cannot_be_made_nothing_is_migrated(tmp_path: Path) -> None:
    early = tmp_path / "early"
    early.mkdir()
    for script in sorted(MIGRATIONS.glob("*.sql"))[:-1]:
        (early / script.name).write_bytes(script.read_bytes())
    await (await Database.open(tmp_path / FILE, migrations=early)).close()
    (tmp_path / "backups").write_text("in the way", encoding="utf-8")

    with pytest.raises(StorageError):
        await Database.open(tmp_path / FILE)

    assert rows(tmp_path / FILE, "PRAGMA user_version") == [(NEWEST_SCHEMA - 1,)]
