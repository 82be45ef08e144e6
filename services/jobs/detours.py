"""What happens to a job beside its way from state to state: it is late, its channel is closed, it is sent again.

The writes are compare-and-swaps like those of the store. None of them moves money: a job that is sent again was
settled when it ended for the first time, and the schema holds it to that.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.database import Database, Values, stored
from services.errors import StaleJobError
from services.jobs import statements
from services.jobs.moves import Moves
from services.jobs.rows import job_of
from services.measures import UNMEASURED, Measures
from services.models import Job, JobState, Requester, Route

_LATE: Final = """
UPDATE jobs SET late_at = :now WHERE id = :id AND state = :state AND fence = :fence RETURNING *
"""
# Without the fence: it happens beside a step that holds a view of the job, and that view stays true.
_REFUSED: Final = "UPDATE jobs SET refusals = refusals + 1 WHERE id = :id"
_REFUSED_NEWS: Final = """
UPDATE jobs SET refusals = refusals + 1 WHERE id = :id AND state = :state AND fence = :fence RETURNING *
"""
# `delivering_at` goes: nothing was tried in the new place yet.
_DIVERT: Final = """
UPDATE jobs SET refusals = refusals + CASE WHEN route = 'channel' THEN 1 ELSE 0 END, route = 'direct',
    route_channel_id = NULL, delivering_at = NULL, next_at = :now, attempts = 0
WHERE id = :id AND state = :state AND fence = :fence
RETURNING *
"""
_OPENED: Final = """
UPDATE jobs SET route_channel_id = :channel_id WHERE id = :id AND state = :state AND fence = :fence RETURNING *
"""
_KEPT: Final = """
SELECT * FROM jobs
WHERE user_id = :user_id AND guild_id = :guild_id AND reason = 'undeliverable' AND next_at IS NOT NULL
  AND told_at IS NOT NULL AND next_at > :now AND taken_down_at IS NULL
ORDER BY id DESC LIMIT :most
"""
# `delivering_at` is set: an earlier try that ended in doubt may have been here, so it is looked for first.
_SEND_AGAIN: Final = """
UPDATE jobs SET state = 'delivering', reason = NULL, ended_at = NULL, told_at = NULL, delivering_at = :now,
    again_at = :now, route = :route, route_channel_id = :channel_id, upload_limit = :upload_limit,
    next_at = :now, attempts = 0, lease_until = 0, fence = fence + 1
WHERE id = :id AND state = 'failed' AND reason = 'undeliverable' AND told_at IS NOT NULL AND next_at > :now
  AND remote_id IS NOT NULL AND completed_at IS NOT NULL AND taken_down_at IS NULL
RETURNING *
"""


class AgainOutcome(StrEnum):
    """What came of a wish to have a clip sent again."""

    SENT = "sent"
    ON_ITS_WAY = "on_its_way"
    DELIVERED = "delivered"
    GONE = "gone"  # no longer kept, or never was
    NOT_ALLOWED = "not_allowed"
    NOT_HERE = "not_here"  # the server wants it in age-restricted channels only
    UNKNOWN_JOB = "unknown_job"


class Detours:
    """Writes down detours, and what members may have sent again."""

    def __init__(self, *, database: Database, measures: Measures = UNMEASURED) -> None:
        self._database = database
        self._moves = Moves(measures)

    async def late(self, job: Job, *, now: datetime) -> Job:
        """Note that the job takes longer than usual. Raises `StaleJobError`."""
        return await self._swap(_LATE, job, {"now": stored(now)})

    async def refused(self, job: Job) -> None:
        """Count that the channel of the command refused us, whatever else happens to the job meanwhile."""
        async with self._database.transaction() as tx:
            await tx.execute(_REFUSED, {"id": job.id})

    async def refused_news(self, job: Job) -> Job:
        """Count that the channel of the command refused the news of the job's end. Raises `StaleJobError`."""
        return await self._swap(_REFUSED_NEWS, job, {})

    async def divert(self, job: Job, *, now: datetime) -> Job:
        """Send the clip to its member's direct messages instead. Raises `StaleJobError`."""
        return await self._swap(_DIVERT, job, {"now": stored(now)})

    async def opened(self, job: Job, channel_id: int) -> Job:
        """Note the channel of the member's direct messages. Raises `StaleJobError`."""
        return await self._swap(_OPENED, job, {"channel_id": channel_id})

    async def kept(self, requester: Requester, *, now: datetime, most: int) -> Sequence[Job]:
        """Return what the member may have sent again in this server, newest first; `next_at` is when its clip goes."""
        values = {"user_id": requester.user_id, "guild_id": requester.guild_id, "now": stored(now), "most": most}
        async with self._database.transaction() as tx:
            return [job_of(row) for row in await tx.fetch_all(_KEPT, values)]

    async def send_again(
        self, job_id: int, requester: Requester, *, channel_id: int | None, upload_limit: int, now: datetime
    ) -> tuple[AgainOutcome, Job | None]:
        """Let a kept clip be delivered after all: to a channel, or to the direct messages where that is None.

        What only its member may see goes to their direct messages in any case. Of any number of wishes at once, one is
        granted. `upload_limit` is in bytes.
        """
        values: Values = {"id": job_id, "upload_limit": upload_limit, "now": stored(now)}
        async with self._database.transaction() as tx:
            found = await tx.fetch_one(statements.BY_ID_TO_CHANGE, {"id": job_id})
            if found is None or found["guild_id"] != requester.guild_id:
                return AgainOutcome.UNKNOWN_JOB, None
            job = job_of(found)
            if job.user_id != requester.user_id:
                return AgainOutcome.NOT_ALLOWED, None
            where = None if job.is_only_for_member else channel_id
            route = Route.DIRECT if where is None else Route.ELSEWHERE
            row = await tx.fetch_one(_SEND_AGAIN, {**values, "route": route.value, "channel_id": where})
        if row is None:
            return _why_not(job), job
        going = job_of(row)
        self._moves.tell(going, before=job.state)
        return AgainOutcome.SENT, going

    async def _swap(self, statement: str, job: Job, values: Values) -> Job:
        known: Values = {"id": job.id, "state": job.state.value, "fence": job.fence}
        row = await self._database.run(lambda tx: tx.fetch_one(statement, {**values, **known}))
        if row is None:
            raise StaleJobError(f"job {job.id} is no longer {job.state}")
        return job_of(row)


def _why_not(job: Job) -> AgainOutcome:
    match job.state:
        case JobState.DELIVERED:
            return AgainOutcome.DELIVERED
        case JobState.CANCELLED | JobState.FAILED:
            return AgainOutcome.GONE
        case _:
            return AgainOutcome.ON_ITS_WAY
