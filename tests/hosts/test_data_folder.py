"""A data folder that cannot be used as it is: one sentence that says what to do, and nothing in it is touched."""

import hashlib
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from services.database import MIGRATIONS, Database, stored
from services.models import FailureReason, JobState, VideoSpec
from services.openrouter import OpenRouterClient
from tests.crash.aftermath import begun
from tests.crash.process import Start
from tests.crash.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOBODYS: Final = Path("/sys/kernel")
"""Where not even the superuser may create a file."""
RELEASED: Final = sorted(MIGRATIONS.glob("[0-9]*.sql"))
LATEST: Final = int(RELEASED[-1].name[:4])
# What the first schema has of a job, and every later one too.
INSERT: Final = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, reason, prompt, model, duration, upload_limit,
                  status_message_id, result_channel_id, result_message_id, remote_id, counts, reserved_microusd,
                  held_microusd, created_at, submitted_at, completed_at, ended_at, told_at, next_at, lease_until)
VALUES (:id, :guild, :channel, :user, :state, :reason, :prompt, 'acme/clip-1', 5, 10000000,
        :status, :result, :result, :remote, :counts, 500, :held, :at, :submitted, :completed, :ended, :ended, :next, 0)
"""
OLD: Final = "a fox of long ago"
REASONS: Final = (
    "refused",
    "rejected",
    "account",
    "upstream_failed",
    "expired",
    "submit_unknown",
    "unplayable",
    "too_large",
    "undeliverable",
    "deadline",
)
"""Why a job could fail in the first schema."""
ENDED: Final = frozenset({JobState.DELIVERED, JobState.CANCELLED, JobState.FAILED})
CAME: Final = {
    state: number
    for number, state in enumerate(
        (JobState.QUEUED, JobState.SUBMITTING, JobState.GENERATING, JobState.DOWNLOADING, JobState.DELIVERING)
    )
}


def digest(folder: Path) -> Mapping[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.rglob("*") if file.is_file()}


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.skipif(not NOBODYS.is_dir(), reason="there is no folder here that nobody may write to")
async def test_a_folder_that_may_not_be_written_is_named_with_what_to_do(scene: Scene, start: Start) -> None:
    bot = await start(scene.environment(DATA_DIR=NOBODYS), folder=scene.folder, log=scene.log)

    assert await bot.exit_code() == 78
    assert bot.output == (
        f"The bot may not write to {NOBODYS}. Give the user that runs it the right to, or let DATA_DIR name a folder "
        "where it has it.\n"
    )


@pytest.mark.sqlite("`test_storage_and_host` has the same without a process")
async def test_data_of_a_newer_version_is_refused_with_both_numbers_and_left_alone(scene: Scene, start: Start) -> None:
    newer = scene.folder / "newer"
    shutil.copytree(MIGRATIONS, newer)
    (newer / "9999_tomorrow.sql").write_text("CREATE TABLE tomorrow (id INTEGER) STRICT;\n", encoding="utf-8")
    await (await Database.open(scene.data / "bot.sqlite3", migrations=newer)).close()
    before = digest(scene.data)

    bot = await start(scene.environment(), folder=scene.folder, log=scene.log)

    assert await bot.exit_code() == 1
    assert bot.output == (
        f"{scene.data} was written by a newer version of the bot (schema 9999, this one knows {LATEST}). Update the "
        "bot, or put back the data as it was before.\n"
    )
    assert digest(scene.data) == before


@pytest.mark.sqlite("PostgreSQL's schema begins with the one of today")
@pytest.mark.parametrize("release", RELEASED, ids=lambda file: file.stem)
async def test_the_data_of_every_release_is_taken_over_and_its_work_goes_on(
    scene: Scene, fork: Start, release: Path
) -> None:
    await _write(scene, release)
    assert version_of(scene.data / "bot.sqlite3") == int(release.name[:4])

    bot = await begun(scene, fork)
    await scene.ask(by="bob")
    assert await scene.at_rest(bot)
    assert await bot.stop() == 0

    assert version_of(scene.data / "bot.sqlite3") == LATEST
    assert scene.stored.faults() == []
    ended = [(row["interaction_id"], row["reason"] or row["state"]) for row in scene.rows()]
    assert ended == [*_expected(), (scene.asked[0].interaction.id, "delivered")]
    assert {row["prompt"] for row in scene.rows()} == {OLD, scene.asked[0].prompt}


def _expected() -> list[tuple[int, str]]:
    """Return how the jobs of `_write` end."""
    ends: dict[JobState, str] = {
        JobState.QUEUED: "cancelled",  # nobody has seen an answer
        JobState.SUBMITTING: "submit_unknown",
        JobState.GENERATING: "delivered",
        JobState.DOWNLOADING: "delivered",
        JobState.DELIVERING: "delivered",
    }
    return [(number, reason or ends.get(state, state)) for number, (state, reason) in enumerate(_states(), start=1)]


def _states() -> list[tuple[JobState, FailureReason | None]]:
    living: list[tuple[JobState, FailureReason | None]] = [
        (state, None) for state in JobState if state is not JobState.FAILED
    ]
    return [*living, *((JobState.FAILED, FailureReason(reason)) for reason in REASONS)]


async def _bought(scene: Scene) -> str:
    """Buy a video, and return the name that the video API gives to it."""
    async with OpenRouterClient(key=scene.openrouter.key, base_url=scene.openrouter.base_url) as api:
        model = (await api.models())[0]
        spec = VideoSpec(model=model.id, duration=model.durations[0])
        return (await api.submit(prompt=OLD, spec=spec)).remote_id


async def _write(scene: Scene, release: Path) -> None:
    """Write a database as that release left it: a job in every state, and one that failed for each reason it had."""
    folder = scene.folder / "sql"
    folder.mkdir()
    for file in RELEASED[: RELEASED.index(release) + 1]:
        shutil.copy(file, folder)
    database = await Database.open(scene.data / "bot.sqlite3", migrations=folder)
    at, world = datetime.now(UTC) - timedelta(hours=1), scene.discord.world
    remote = {state: await _bought(scene) for state in (JobState.GENERATING, JobState.DOWNLOADING, JobState.DELIVERING)}
    remote[JobState.DELIVERED] = "long-forgotten"
    scene.let_upstream_end()
    async with database.transaction() as tx:
        for number, (state, reason) in enumerate(_states(), start=1):
            came, is_over = CAME.get(state, 9), state in ENDED
            await tx.execute(
                INSERT,
                {
                    "id": number,
                    "prompt": OLD,
                    "guild": world.guild("Sandbox").id,
                    "channel": world.channel("videos").id,
                    "user": world.user("alice").id,
                    "state": state,
                    "reason": reason,
                    "status": None,
                    "result": 9 if state is JobState.DELIVERED else None,
                    "remote": remote.get(state),
                    "counts": int(state not in {JobState.CANCELLED, JobState.FAILED}),
                    "held": 0 if is_over else 500,
                    "at": stored(at),
                    "submitted": stored(at) if came >= 1 and state is not JobState.CANCELLED else None,
                    "completed": stored(at)
                    if CAME[JobState.DOWNLOADING] <= came <= CAME[JobState.DELIVERING]
                    else None,
                    "ended": stored(at) if is_over else None,
                    "next": None if is_over else stored(at),
                },
            )
    await database.close()
