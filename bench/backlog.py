"""Fills a database with jobs under way: what would take hours to come about, written by the product's own statements.

All of it is one transaction, so that fifty thousand jobs take seconds. No limit is asked.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.database import Database, Transaction, stored
from services.jobs import NewJob, statements
from services.jobs.rows import inserted_values, job_of, written_values
from services.models import Job, JobState, Requester, VideoSpec

PROMPT: Final = (
    "A red fox runs through deep snow at dawn, its breath in the cold air, the camera low and close. {number}"
)
"""Each its own, as members' are."""
FIRST_ID: Final = 10**18
"""Of the interactions: as long as Discord's own, and older than any that a stand-in makes."""
MEMBERS: Final = 1_000
JOBS_OF_A_SERVER: Final = 20
UPLOAD_LIMIT: Final = 10 * 1024 * 1024
MICROUSD: Final = 100_000


async def queue(database: Database, jobs: int, *, now: datetime) -> None:
    """Add so many jobs that wait for their turn, answered and due."""
    async with database.transaction() as tx:
        for number in range(jobs):
            await _queued(tx, number, now=now)


async def send(
    database: Database, remote_ids: Sequence[str], *, now: datetime, submitted_at: datetime | None = None
) -> None:
    """Add a job for each of these ids of the video API: due to be looked at, and submitted now unless told."""
    async with database.transaction() as tx:
        for number, remote_id in enumerate(remote_ids):
            queued = await _queued(tx, number, now=now)
            sent = replace(queued, state=JobState.GENERATING, remote_id=remote_id, submitted_at=submitted_at or now)
            await tx.execute(statements.WRITE, written_values(queued, sent, is_released=True))


async def _queued(tx: Transaction, number: int, *, now: datetime) -> Job:
    new = NewJob(
        interaction_id=FIRST_ID + number,
        channel_id=FIRST_ID,
        prompt=PROMPT.format(number=number),
        spec=VideoSpec(model="maker/model", duration=5, resolution="720p", aspect_ratio="16:9", audio=False),
        upload_limit=UPLOAD_LIMIT,
        estimate_microusd=MICROUSD,
        reserved_microusd=MICROUSD,
        created_at=now,
    )
    requester = Requester(user_id=FIRST_ID + number % MEMBERS, guild_id=FIRST_ID + number // JOBS_OF_A_SERVER)
    await tx.execute(statements.INSERT, inserted_values(new, requester, uses_bonus=False, next_at=now))
    known = await tx.fetch_one(statements.BY_INTERACTION, {"interaction_id": new.interaction_id})
    values = {"id": known["id"] if known else 0, "message_id": new.interaction_id, "now": stored(now)}
    row = await tx.fetch_one(statements.ACKNOWLEDGE, values)
    if row is None:
        raise LookupError(new.interaction_id)
    return job_of(row)
