"""A database of the first schema, with a job in every state and limits in it, goes on under the second."""

import shutil
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from services.database import MIGRATIONS, Database, Values, stored
from services.errors import LimitReachedError, LimitRule, LimitSource
from services.limits import BotLimits, LimitEntry
from services.models import FailureReason, JobState
from tests.services.jobs.samples import LEASE, NOON, PATH, House, asker, house_over, manager

pytestmark = pytest.mark.sqlite("PostgreSQL's first schema holds all of it")
FIRST: Final = "0001_jobs_and_limits.sql"
INSERT: Final = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, reason, prompt, model, duration, resolution,
                  upload_limit, status_message_id, result_channel_id, result_message_id, remote_id, counts,
                  reserved_microusd, held_microusd, cost_microusd, created_at, submitted_at, completed_at, ended_at,
                  told_at, next_at, owner, lease_until, fence)
VALUES (:id, 1, 77, 1, :state, :reason, 'a fox', 'acme/clip-1', 5, '720p', 10, 500, :result, :result, :remote, :counts,
        500, :held, :cost, :at, :submitted, :completed, :ended, :ended, :next, 'old', 0, 3)
"""
STATES: Final = (*PATH, JobState.CANCELLED, *FailureReason)
"""One job for each: the states, and failed for each reason."""
LIMITS: Final = (("member", 7, 3, None), ("role", 8, None, 2), ("server", 0, 20, 10))


def old_job(number: int, state: JobState | FailureReason) -> dict[str, Any]:
    reason = state if isinstance(state, FailureReason) else None
    came = PATH.index(state) if isinstance(state, JobState) and state in PATH else 1
    ended = reason is not None or state in {JobState.DELIVERED, JobState.CANCELLED}
    return {
        "id": number,
        "state": "failed" if reason else state,
        "reason": reason,
        "result": 9 if state is JobState.DELIVERED else None,
        "remote": f"remote-{number}" if came >= PATH.index(JobState.GENERATING) else None,
        "counts": int(reason.counts_for_member if reason else state is not JobState.CANCELLED),
        "held": 0 if state is JobState.CANCELLED or (reason and not reason.keeps_money_held) else 500,
        "cost": 400 if came >= PATH.index(JobState.DOWNLOADING) else None,
        "at": stored(NOON),
        "submitted": stored(NOON) if came else None,
        "completed": stored(NOON) if came >= PATH.index(JobState.DOWNLOADING) else None,
        "ended": stored(NOON) if ended else None,
        "next": None if ended else stored(NOON),
    }


@pytest.fixture
async def old(tmp_path: Path) -> Path:
    """Write a database as the first schema left it."""
    folder = tmp_path / "sql"
    folder.mkdir()
    shutil.copy(MIGRATIONS / FIRST, folder)
    path = tmp_path / "bot.sqlite3"
    database = await Database.open(path, migrations=folder)
    async with database.transaction() as tx:
        for number, state in enumerate(STATES, start=1):
            await tx.execute(INSERT, old_job(number, state))
        for subject, subject_id, per_day, at_once in LIMITS:
            values: Values = {"subject": subject, "id": subject_id, "per_day": per_day, "at_once": at_once}
            await tx.execute("INSERT INTO limits VALUES (1, :subject, :id, :per_day, :at_once, 6, 5)", values)
        await tx.execute("INSERT INTO facts VALUES ('name', 'value')")
    await database.close()
    return path


@pytest.fixture
async def migrated(old: Path) -> AsyncGenerator[House]:
    database = await Database.open(old)
    limits = BotLimits(videos_per_day=5, everywhere_per_day=99, total_microusd=10**9)
    yield house_over(database, bot_limits=limits)
    await database.close()


def on_disk(path: Path, statement: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(statement)]


async def test_every_job_and_every_limit_is_kept_as_it_was(old: Path) -> None:
    jobs, limits = (on_disk(old, f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in ("jobs", "limits"))  # noqa: S608  # two names
    assert (len(jobs), len(limits)) == (len(STATES), len(LIMITS))

    await (await Database.open(old)).close()

    every = MIGRATIONS.glob("*.sql")
    new = {"estimate_microusd": 0, "uses_bonus": 0, "resolved_at": None, "route": "channel", "refusals": 0}
    new |= {"is_private": 0, "is_spoiler": 0, "forgets_prompt": 0, "forgets_member": 0}
    migrated = on_disk(old, "SELECT * FROM jobs ORDER BY id")
    assert [{name: job[name] for name in {**jobs[0], **new}} for job in migrated] == [job | new for job in jobs]
    numbers = {"microusd": None, "longest_clip": None, "dearest_clip": None}
    assert on_disk(old, "SELECT * FROM limits ORDER BY 1, 2, 3") == [limit | numbers for limit in limits]
    assert on_disk(old, "SELECT * FROM facts") == [{"name": "name", "value": "value"}]
    assert on_disk(old, "PRAGMA user_version") == [{"user_version": max(int(file.name[:4]) for file in every)}]
    assert on_disk(old, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]


async def test_the_old_jobs_can_be_read_and_weigh_what_they_did(migrated: House) -> None:
    jobs = [await migrated.jobs.get(number) for number in range(1, len(STATES) + 1)]

    assert [job.reason or job.state for job in jobs if job] == list(STATES)
    allowance, _, _ = await migrated.jobs.standing(asker(), at=NOON, latest=1)
    counted = [job for job in jobs if job and job.state is not JobState.CANCELLED]
    counted = [job for job in counted if job.reason is None or job.reason.counts_for_member]
    held = await migrated.rows("SELECT SUM(held_microusd) AS held FROM jobs")
    assert (allowance.used, allowance.total_spent) == (len(counted), held[0]["held"])
    assert allowance.running == 5


async def test_the_old_limits_still_bind(migrated: House) -> None:
    allowance, _, _ = await migrated.jobs.standing(asker(7, roles=[8]), at=NOON, latest=1)

    assert (allowance.per_day.value, allowance.per_day.source) == (3, LimitSource.MEMBER)
    assert allowance.at_once is not None
    assert (allowance.at_once.value, allowance.at_once.source) == (2, LimitSource.ROLE)
    for _ in range(3):
        await migrated.reserved(user=7, microusd=1)
    with pytest.raises(LimitReachedError) as caught:
        await migrated.reserved(user=7, microusd=1)
    assert caught.value.rule is LimitRule.VIDEOS_PER_DAY


async def test_work_goes_on_where_the_old_version_left_it(migrated: House) -> None:
    claimed = await migrated.jobs.claim(now=NOON, lease=LEASE)
    assert [job.state for job in claimed] == list(PATH[:5])

    for job in claimed:
        done = await migrated.walked(job, JobState.DELIVERED)
        assert done.cost_microusd is not None

    await migrated.limits.set(
        LimitEntry(source=LimitSource.SERVER, source_id=0, microusd=1, longest_clip=4), manager(), now=NOON
    )
    with pytest.raises(LimitReachedError) as refused:
        await migrated.reserved(user=9, microusd=1)
    assert refused.value.rule is LimitRule.LONGEST_CLIP
    assert (await migrated.reserved(user=9, guild=2)).id == len(STATES) + 1


async def test_an_old_submit_of_unknown_outcome_can_be_resolved(migrated: House) -> None:
    [job] = await migrated.jobs.unknown(most=9)

    assert STATES[job.id - 1] is FailureReason.SUBMIT_UNKNOWN
    assert await migrated.jobs.resolve(job.id, manager(), was_spent=False, now=NOON) is not None
    [row] = await migrated.rows("SELECT held_microusd FROM jobs WHERE reason = 'submit_unknown'")
    assert row["held_microusd"] == 0
