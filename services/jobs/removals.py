"""The wish to have a result removed, written down before anything is: the worker carries it out, however long it takes.

What its member wrote is forgotten with it. What the job weighs stays as it is: a removal is no refund, because the
video was made, and paid for. The owner's takedown is such a wish as well, about a video in whatever state it is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.database import Database, Row, Statement, Transaction, stored
from services.errors import SourceGoneError
from services.jobs import statements
from services.jobs.rows import job_of
from services.limits import audit
from services.models import Job, JobState, Requester, VideoSpec

# The job is to be told of once more, this time that it is gone. The fence keeps a step that is under way from writing
# over the wish, and whoever asks again while the message still stands only has it tried again.
_REMOVE: Final = """
UPDATE jobs SET removed_at = :now, prompt = '', told_at = NULL, next_at = :now, attempts = 0, lease_until = 0,
    fence = fence + 1
WHERE id = :id AND state = 'delivered'
RETURNING *
"""
# The fence stays: a step that is under way goes on, or what it has bought would be lost. Whatever it leads to, the next
# one sees the word. What has still to be sent keeps its prompt until it ends.
_TAKE_DOWN_LIVING: Final = """
UPDATE jobs SET taken_down_at = COALESCE(taken_down_at, :now), forgets_prompt = 1 WHERE id = :id AND ended_at IS NULL
RETURNING *
"""
# A clip that is kept goes by the step that it goes by with time; who was not told yet is told what became of it.
_TAKE_DOWN_ENDED: Final = """
UPDATE jobs SET taken_down_at = COALESCE(taken_down_at, :now), prompt = '', next_at = :now, attempts = 0,
    lease_until = 0, fence = fence + 1
WHERE id = :id AND state IN ('cancelled', 'failed')
RETURNING *
"""
_TAKE_DOWN_POSTED: Final = """
UPDATE jobs SET taken_down_at = COALESCE(taken_down_at, :now) WHERE id = :id AND state = 'delivered' RETURNING *
"""
_CONTINUING: Final = "SELECT id, state, taken_down_at FROM jobs WHERE continues = :remote_id ORDER BY id"
_GONE: Final = """
SELECT id FROM jobs WHERE remote_id = :remote_id AND (removed_at IS NOT NULL OR taken_down_at IS NOT NULL) LIMIT 1
"""


def source_gone(spec: VideoSpec) -> Statement:
    """Return the statement whose answer `require_source` takes."""
    # A video that goes on from none has none of this name.
    return _GONE, {"remote_id": spec.continues or ""}


def require_source(answer: Sequence[Row]) -> None:
    """Raise `SourceGoneError` where the video that another would go on from was deleted, or taken down."""
    if answer:
        raise SourceGoneError


class Removals:
    """Writes down which results are to be removed."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def remove(self, job_id: int, actor: Requester, *, now: datetime) -> Job | None:
        """Have the result of a job removed. None where it has none.

        That somebody else than its member wished so is on record, once.
        """
        async with self._database.transaction() as tx:
            before = await tx.fetch_one(statements.BY_ID_TO_CHANGE, {"id": job_id})
            row = await tx.fetch_one(_REMOVE, {"id": job_id, "now": stored(now)})
            if row is None or before is None:
                return None
            job = job_of(row)
            if before["removed_at"] is None and actor.user_id != job.user_id:
                await _record(tx, job, actor, now=now)
        return job

    async def take_down(self, job_id: int, *, now: datetime) -> Job | None:
        """Have nobody see a video, whatever state it is in. None where there is none.

        That the owner wished so, and whose it was, is recorded with the block of its member.
        """
        values = {"id": job_id, "now": stored(now)}
        async with self._database.transaction() as tx:
            row = await tx.fetch_one(statements.BY_ID_TO_CHANGE, {"id": job_id})
            if row is None:
                return None
            match job_of(row):
                case Job(state=JobState.DELIVERED):
                    await tx.fetch_one(_REMOVE, values)
                    row = await tx.fetch_one(_TAKE_DOWN_POSTED, values)
                case Job(is_terminal=True):
                    row = await tx.fetch_one(_TAKE_DOWN_ENDED, values)
                case _:
                    row = await tx.fetch_one(_TAKE_DOWN_LIVING, values)
        return job_of(row) if row else None

    async def continuing(self, job: Job) -> tuple[list[int], list[int]]:
        """Return the ids of the jobs that go on from this one: those that wait, and those that may show it."""
        if job.remote_id is None:
            return [], []
        async with self._database.transaction() as tx:
            rows = await tx.fetch_all(_CONTINUING, {"remote_id": job.remote_id})
        waiting = [row["id"] for row in rows if row["state"] == JobState.QUEUED]
        ended = {JobState.QUEUED, JobState.CANCELLED, JobState.FAILED}
        return waiting, [row["id"] for row in rows if row["state"] not in ended and row["taken_down_at"] is None]


async def _record(tx: Transaction, job: Job, actor: Requester, *, now: datetime) -> None:
    """Write down who removed what. Not whose it was: the record is kept longer than anybody's name."""
    await audit.record(
        tx,
        actor,
        guild_id=job.guild_id,
        action="delete",
        subject=f"video {job.id}",
        before="",
        after="deleted",
        now=now,
    )
