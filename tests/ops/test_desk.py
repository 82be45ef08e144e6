"""`bot.py jobs`, `job`, `costs` and `forget`: what an owner reads in a shell while the bot runs, and nobody's words."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner, Result

import bot
from services.database import Database
from services.errors import OtherSchemaError
from services.models import FailureReason, JobState
from services.settings import Settings
from tests.services.jobs.samples import House, house_over

pytestmark = pytest.mark.sqlite("a file is what is looked at")
FILE: Final = "bot.sqlite3"
SECRET_WORDS: Final = "member 1 of server 1"
"""How the samples describe a video."""


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_TOKEN", "t" * 40)
    monkeypatch.setenv("OPENROUTER_API_KEY", "k" * 40)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    umask = os.umask(0o077)
    yield tmp_path / "data"
    os.umask(umask)


@asynccontextmanager
async def running(data: Path) -> AsyncGenerator[House]:
    """A bot's database, with a job that was delivered, one that failed, one that is made and one that waits."""
    database, now = await Database.open(data / FILE), datetime.now(UTC)
    try:
        house = house_over(database)
        await house.job(JobState.DELIVERED, now=now - timedelta(days=2))
        await house.failed(FailureReason.SUBMIT_UNKNOWN, now=now - timedelta(hours=1))
        await house.job(JobState.GENERATING, now=now - timedelta(minutes=3))
        await house.job(JobState.QUEUED, now=now)
        yield house
    finally:
        await database.close()


async def run(*words: str) -> Result:
    """Use the command as a person beside the bot: this loop goes on meanwhile."""
    return await asyncio.to_thread(CliRunner().invoke, bot.cli, list(words))


async def parsed(*words: str) -> Any:  # noqa: ANN401  # JSON
    done = await run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


async def test_what_is_under_way_is_listed_while_the_bot_runs_and_nothing_that_members_wrote(data: Path) -> None:
    async with running(data):
        shown, listed = await run("jobs"), await parsed("jobs")

    assert shown.exit_code == 0
    assert SECRET_WORDS not in shown.output + json.dumps(listed)
    assert [job["state"] for job in listed] == ["queued", "generating"]
    for word in ("queued", "generating", "3 min", "0.50"):
        assert word in shown.output


@pytest.mark.parametrize("state", list(JobState))
async def test_every_state_can_be_asked_for(data: Path, state: JobState) -> None:
    async with running(data):
        listed = await parsed("jobs", "--state", state.value)

    assert {job["state"] for job in listed} <= {state.value}
    assert bool(listed) == (state.value in {"queued", "generating", "delivered", "failed"})


async def test_one_video_is_shown_with_its_timeline_money_and_messages(data: Path) -> None:
    async with running(data):
        shown, read = await run("job", "1"), await parsed("job", "1")

    assert shown.exit_code == 0
    for words in ("asked for", "sent to the video API", "ended", "billed", "0.40", "discord.com/channels/1/77/5001"):
        assert words in shown.output
    assert SECRET_WORDS not in shown.output + json.dumps(read)
    assert read["cost_microusd"] == 400_000
    assert read["held_microusd"] == 400_000
    assert read["result_message_id"] == "5001"


async def test_what_the_owner_had_to_hear_stands_in_the_timeline(data: Path) -> None:
    async with running(data):
        shown = await run("job", "2")

    assert "a notice was written: unknown" in shown.output
    assert "submit_unknown" in shown.output


async def test_a_video_that_is_not_there_is_said_to_be_none(data: Path) -> None:
    async with running(data):
        shown = await run("job", "99")

    assert shown.exit_code == 1
    assert "There is no video 99" in shown.output


async def test_costs_add_up_to_what_the_jobs_weigh(data: Path) -> None:
    async with running(data) as house:
        rows = await house.rows("SELECT SUM(held_microusd) AS held FROM jobs WHERE state <> 'cancelled'")
        sums, shown = await parsed("costs", "--days", "30"), await run("costs")
        recent = await parsed("costs", "--days", "1")

    for part in ("day", "model", "server"):
        assert sum(row["microusd"] for row in sums[part]) == rows[0]["held"]
    assert sum(row["videos"] for row in recent["day"]) == 3
    assert f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}" in shown.output
    assert "together" in shown.output


async def test_a_person_is_forgotten_while_the_bot_runs(data: Path) -> None:
    async with running(data) as house:
        asked = await run("forget", "1", "--yes")
        rows = await house.rows("SELECT state, prompt, forgets_prompt FROM jobs ORDER BY id")

    assert asked.exit_code == 0, asked.output
    assert "2 descriptions" in asked.output
    assert "go when they end: 2" in asked.output.replace("\n", " ") or ": 2." in asked.output
    assert [bool(row["prompt"]) for row in rows] == [False, False, True, True]
    assert all(row["forgets_prompt"] for row in rows)


async def test_without_a_yes_nobody_is_forgotten(data: Path) -> None:
    async with running(data) as house:
        asked = await asyncio.to_thread(CliRunner().invoke, bot.cli, ["forget", "1"], input="n\n")
        rows = await house.rows("SELECT prompt FROM jobs WHERE prompt = ''")

    assert asked.exit_code == 1
    assert rows == []


async def test_forgetting_migrates_nothing_under_a_running_bot(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / FILE)
    async with database.transaction() as tx:
        await tx.execute("PRAGMA user_version = 1")
    await database.close()

    with pytest.raises(OtherSchemaError):
        await Database.open_beside(tmp_path / FILE)


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("words", [("jobs",), ("job", "1"), ("costs",), ("forget", "1", "--yes")])
async def test_without_a_database_each_says_so_and_makes_none(tmp_path: Path, words: tuple[str, ...]) -> None:
    told = await run(*words)

    assert told.exit_code == 1
    assert "There is no database" in told.output
    assert not (tmp_path / "data" / FILE).exists()
