"""The wish to have a result removed, written down before anything is: the worker carries it out, however long it takes.

What its member wrote is forgotten with it. What the job weighs stays as it is: a removal is no refund, because the
video was made, and paid for.
"""

from datetime import datetime
from typing import Final

from services.database import Database, Transaction, stored
from services.jobs import statements
from services.jobs.rows import job_of
from services.limits import audit
from services.models import Job, Requester

# The job is to be told of once more, this time that it is gone. The fence keeps a step that is under way from writing
# over the wish, and whoever asks again while the message still stands only has it tried again.
_REMOVE: Final = """
UPDATE jobs SET removed_at = :now, prompt = '', told_at = NULL, next_at = :now, attempts = 0, lease_until = 0,
    fence = fence + 1
WHERE id = :id AND state = 'delivered'
RETURNING *
"""


class Removals:
    """Writes down which results are to be removed."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def remove(self, job_id: int, actor: Requester, *, now: datetime) -> Job | None:
        """Have the result of a job removed. None where it has none.

        That somebody else than its member wished so is on record, once.
        """
        async with self._database.transaction() as tx:
            before = await tx.fetch_one(statements.BY_ID, {"id": job_id})
            row = await tx.fetch_one(_REMOVE, {"id": job_id, "now": stored(now)})
            if row is None or before is None:
                return None
            job = job_of(row)
            if before["removed_at"] is None and actor.user_id != job.user_id:
                await _record(tx, job, actor, now=now)
        return job


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
