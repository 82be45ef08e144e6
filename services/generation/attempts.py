"""What becomes of a job whose step did not go well: the same again later, or the end of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from services.errors import AccountError, BotError
from services.jobs import JobStore
from services.models import FailureReason, Job, JobState
from services.schedule import Schedule, backoff

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The owner's choices that the steps need."""

    deadline: timedelta
    """From the command, or the wish to have it sent again or removed, to when a job that never ended is given up."""
    clip_retention: timedelta
    """How long a clip is kept that could not be posted, or was changed so that it could."""
    schedule: Schedule
    callbacks_at: str | None = None
    """The public address below which the video API may tell us of jobs; None: it is only asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What a step led to."""

    job: Job
    wait: timedelta | None = timedelta(0)
    """Until the job's next step; None when the job is no longer ours to step."""


class Attempts:
    """Writes down that a step did not go well. Every method may raise `StaleJobError` or `StorageError`."""

    def __init__(self, *, jobs: JobStore, plan: Plan, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._plan = plan
        self._now = clock

    def left(self, job: Job) -> timedelta:
        """Return the time to the job's deadline."""
        return (job.removed_at or job.again_at or job.created_at) + self._plan.deadline - self._now()

    def is_overdue(self, job: Job) -> bool:
        """Whether the job is to be given up."""
        return self.left(job) < timedelta(0)

    async def fail(self, job: Job, reason: FailureReason, *, cost_microusd: int | None = None) -> Next:
        """End the job."""
        return Next(job=await self.failed(job, reason, cost_microusd))

    async def failed(self, job: Job, reason: FailureReason, cost_microusd: int | None = None) -> Job:
        """End the job and return its last view."""
        return await self._jobs.move(job, JobState.FAILED, now=self._now(), reason=reason, cost_microusd=cost_microusd)

    async def again(self, job: Job, error: BotError | OSError, *, too_late: FailureReason) -> Next:
        """Take the step again later, until the deadline. An `OSError` is the disk, which may have room again then."""
        log.info("step_postponed", job_id=job.id, state=job.state.value, kind=type(error).__name__)
        if self.is_overdue(job):
            return await self.fail(job, too_late)
        if isinstance(error, AccountError) and job.attempts:  # believed at the second time in a row
            return await self.wait_for_account(job, error, wait=backoff(attempts=job.attempts + 1, chance=chance()))
        return await self.retry(job, hint=getattr(error, "retry_after", None))

    async def wait_for_account(self, job: Job, error: AccountError, *, wait: timedelta) -> Next:
        """Wait until the owner has mended the key: the job goes on upstream whatever becomes of it."""
        log.warning("account_refused", job_id=job.id, status=error.status)
        return Next(job=await self._jobs.hold_for_account(job, now=self._now(), next_at=self._now() + wait), wait=wait)

    async def retry(self, job: Job, *, hint: timedelta | None = None) -> Next:
        """Take the step again later."""
        wait = backoff(attempts=job.attempts + 1, chance=chance(), hint=hint)
        return Next(job=await self._jobs.retry_at(job, self._now() + wait), wait=wait)


def chance() -> float:
    """Return a number from 0 to 1 that spreads waits."""
    return random.random()  # noqa: S311  # spreads retries; nothing secret depends on it
