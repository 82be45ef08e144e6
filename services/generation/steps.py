"""The steps of a job, one for each state: one side effect, then one persisted move.

A step returns the job's new view and how long to wait for its next step; None means that it is out of our hands:
at rest, or back in the queue. What a crash leaves behind enters by the same steps, chosen by the stored state alone.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.errors import (
    AccountError,
    BotError,
    ChannelClosedError,
    ClipError,
    ClipGoneError,
    ClipTooLargeError,
    DeliverLaterError,
    NotAcceptedError,
    RemoteJobMissingError,
    StaleJobError,
    StorageError,
    SubmitUnknownError,
    TryLaterError,
    UploadTooLargeError,
    UpstreamBusyError,
)
from services.generation.ports import Delivery, VideoApi
from services.generation.reasons import clip_reason, delivery_reason, submit_reason
from services.generation.shelf import ClipShelf
from services.jobs import JobStore
from services.models import FailureReason, Job, JobState, RemoteState, RemoteVideo
from services.schedule import Schedule, backoff

MISSING_GRACE: Final = timedelta(seconds=60)
"""For so long after the submit the API may not know its own job yet."""
MISSING_TRIES: Final = 5
CLIP_TRIES: Final = 2
"""A clip that came broken is fetched once more before it is called unplayable."""
RECORD_AGAIN: Final = timedelta(seconds=1)
UPLOADS_AT_ONCE: Final = 4

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The owner's choices that the steps need."""

    deadline: timedelta
    """From the command to the moment when a job that never ended is given up."""
    clip_retention: timedelta
    """How long a clip is kept that could not be posted."""
    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What a step led to."""

    job: Job
    wait: timedelta | None = timedelta(0)
    """Until the job's next step; None when the job is no longer ours to step."""


class Steps:
    """Takes one step of one job. It holds no state of its own, so that a crash loses none."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        api: VideoApi,
        delivery: Delivery,
        shelf: ClipShelf,
        plan: Plan,
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._api = api
        self._delivery = delivery
        self._shelf = shelf
        self._plan = plan
        self._now = clock
        self._uploads = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def take(self, job: Job) -> Next:
        """Take the step that the job's state asks for.

        Raises:
            StaleJobError: the job has moved on without us.
            StorageError: the step may be taken again.
        """
        match job.state:
            case JobState.QUEUED:
                step = self._submit if job.status_message_id else self._find_answer
            case JobState.SUBMITTING:
                step = self._give_up_unknown
            case JobState.GENERATING:
                step = self._look
            case JobState.DOWNLOADING:
                step = self._download
            case JobState.DELIVERING:
                step = self._post
            case JobState.DELIVERED | JobState.CANCELLED | JobState.FAILED:
                step = self._let_go if job.told_at else self._tell
        return await step(job)

    async def _find_answer(self, job: Job) -> Next:
        """Find out whether the member ever saw the answer; without one nothing is bought."""
        try:
            message_id = await self._delivery.find_answer(job)
        except DeliverLaterError as error:
            return await self._retry(job, hint=error.retry_after)
        except ChannelClosedError:
            message_id = None
        if message_id is not None:
            await self._jobs.acknowledge(job.id, message_id, now=self._now())
            return Next(job=job, wait=None)
        # Unless the answer arrived while we looked for it.
        cancelled = await self._jobs.cancel(job.id, now=self._now(), told=True, seen=job)
        return Next(job=cancelled or job, wait=None)

    async def _submit(self, job: Job) -> Next:
        if self._is_overdue(job):
            return await self._fail(job, FailureReason.DEADLINE)
        return await self._send(await self._jobs.move(job, JobState.SUBMITTING, now=self._now()))

    async def _send(self, job: Job) -> Next:
        """Send the prompt to the video API: the one step that is never taken twice."""
        try:
            remote = await self._api.submit(prompt=job.prompt, spec=job.spec)
        except UpstreamBusyError as error:
            wait = backoff(attempts=job.attempts + 1, chance=_chance(), hint=error.retry_after)
            return Next(job=await self._record(lambda: self._back_in_line(job, wait)), wait=None)
        except AccountError as error:
            log.warning("account_refused", job_id=job.id, status=error.status)
            return Next(job=await self._record(lambda: self._jobs.hold_for_account(job, now=self._now())), wait=None)
        except (NotAcceptedError, SubmitUnknownError) as error:
            log.warning("submit_failed", job_id=job.id, kind=type(error).__name__, status=error.status)
            reason = submit_reason(error)
            return Next(job=await self._record(lambda: self._failed(job, reason)))
        return Next(job=await self._record(lambda: self._accepted(job, remote)), wait=self._wait_to_look(job))

    async def _give_up_unknown(self, job: Job) -> Next:
        """Somebody was here before us and died: sent or not, bought or not, nobody knows. It is never sent again."""
        # Before the move: a crash between the two says it twice, the other way round it might never be said.
        log.warning("submit_outcome_unknown", job_id=job.id, held_microusd=job.reserved_microusd)
        return await self._fail(job, FailureReason.SUBMIT_UNKNOWN)

    async def _look(self, job: Job) -> Next:
        if self._is_overdue(job):
            return await self._fail(job, FailureReason.DEADLINE)
        try:
            remote = await self._api.status(job.remote_id or "")
        except RemoteJobMissingError:
            return await self._missing(job)
        except AccountError as error:
            # The job goes on upstream whatever becomes of the key; the owner mends it and we look again.
            log.warning("key_refused", job_id=job.id, status=error.status)
            return Next(job=job, wait=self._wait_to_look(job))
        except TryLaterError as error:
            return Next(job=job, wait=max(self._wait_to_look(job), error.retry_after or timedelta(0)))
        return await self._looked(job, remote)

    async def _looked(self, job: Job, remote: RemoteVideo) -> Next:
        match remote.state:
            case RemoteState.RUNNING:
                return Next(job=job, wait=self._wait_to_look(job))
            case RemoteState.COMPLETED:
                cost = remote.cost_microusd
                done = await self._jobs.move(job, JobState.DOWNLOADING, now=self._now(), cost_microusd=cost)
                return Next(job=done)
            case RemoteState.REFUSED:
                reason = FailureReason.REFUSED
            case RemoteState.EXPIRED:
                reason = FailureReason.EXPIRED
            case RemoteState.FAILED | RemoteState.CANCELLED:
                reason = FailureReason.UPSTREAM_FAILED
        return await self._fail(job, reason, cost_microusd=remote.cost_microusd)

    async def _missing(self, job: Job) -> Next:
        """The API does not know the job: normal just after the submit, else try a few times and give up."""
        if self._age(job) < MISSING_GRACE:
            return Next(job=job, wait=self._wait_to_look(job))
        if job.attempts < MISSING_TRIES:
            return await self._retry(job)
        return await self._fail(job, FailureReason.SUBMIT_UNKNOWN)

    async def _download(self, job: Job) -> Next:
        try:
            await self._shelf.fetch(job)
        except (TryLaterError, AccountError, RemoteJobMissingError, OSError) as error:
            return await self._again(job, error, too_late=FailureReason.DEADLINE)
        except ClipError as error:
            if job.attempts + 1 < CLIP_TRIES and not isinstance(error, ClipGoneError | ClipTooLargeError):
                return await self._retry(job)
            log.warning("clip_unusable", job_id=job.id, kind=type(error).__name__)
            return await self._fail(job, clip_reason(error))
        return Next(job=await self._jobs.move(job, JobState.DELIVERING, now=self._now()))

    async def _post(self, job: Job) -> Next:
        """Put the clip in front of its member. From here on talking to Discord can be repeated for free."""
        may_be_there = job.delivering_at is not None
        try:
            if not self._shelf.has(job):
                await self._shelf.fetch(job)
            if not may_be_there:
                job = await self._jobs.begin_delivery(job, now=self._now())
            async with self._uploads:
                posted = await self._delivery.post_result(job, self._shelf.path(job), may_be_there=may_be_there)
        except (TryLaterError, AccountError, RemoteJobMissingError, DeliverLaterError, OSError) as error:
            return await self._again(job, error, too_late=FailureReason.UNDELIVERABLE)
        except (ClipError, ChannelClosedError, UploadTooLargeError) as error:
            log.warning("not_delivered", job_id=job.id, kind=type(error).__name__)
            return await self._fail(job, delivery_reason(error))
        result = (posted.channel_id, posted.message_id)
        return Next(job=await self._jobs.move(job, JobState.DELIVERED, now=self._now(), result=result))

    async def _tell(self, job: Job) -> Next:
        """Tell the member how it ended, then let the clip go, or keep it where it could not be posted."""
        try:
            await self._delivery.tell_end(job)
        except DeliverLaterError as error:
            if not self._is_overdue(job):
                return await self._retry(job, hint=error.retry_after)
        except ChannelClosedError:
            log.warning("nobody_told", job_id=job.id)
        if job.state is JobState.FAILED and self._shelf.has(job):
            until = self._now() + self._plan.clip_retention
            kept = await self._jobs.told(job, now=self._now(), next_at=until)
            return Next(job=kept, wait=self._plan.clip_retention)
        self._shelf.remove(job)
        return Next(job=await self._jobs.told(job, now=self._now(), next_at=None), wait=None)

    async def _let_go(self, job: Job) -> Next:
        self._shelf.remove(job)
        return Next(job=await self._jobs.rest(job), wait=None)

    async def _fail(self, job: Job, reason: FailureReason, *, cost_microusd: int | None = None) -> Next:
        return Next(job=await self._failed(job, reason, cost_microusd))

    async def _failed(self, job: Job, reason: FailureReason, cost_microusd: int | None = None) -> Job:
        log.info("job_failed", job_id=job.id, reason=reason.value)
        return await self._jobs.move(job, JobState.FAILED, now=self._now(), reason=reason, cost_microusd=cost_microusd)

    async def _accepted(self, job: Job, remote: RemoteVideo) -> Job:
        return await self._jobs.move(job, JobState.GENERATING, now=self._now(), remote_id=remote.remote_id)

    async def _back_in_line(self, job: Job, wait: timedelta) -> Job:
        now = self._now()
        return await self._jobs.move(job, JobState.QUEUED, now=now, next_at=now + wait)

    async def _record(self, write: Callable[[], Awaitable[Job]]) -> Job:
        """Write down what the submit led to, however long the disk is full: only we know it."""
        while True:
            try:
                return await write()
            except StaleJobError:
                raise
            except StorageError:
                log.exception("outcome_of_submit_not_recorded")
                await asyncio.sleep(RECORD_AGAIN.total_seconds())

    async def _again(self, job: Job, error: BotError | OSError, *, too_late: FailureReason) -> Next:
        """Take the step again later, until the deadline. An `OSError` is the disk, which may have room again then."""
        log.info("step_postponed", job_id=job.id, state=job.state.value, kind=type(error).__name__)
        if self._is_overdue(job):
            return await self._fail(job, too_late)
        return await self._retry(job, hint=getattr(error, "retry_after", None))

    async def _retry(self, job: Job, *, hint: timedelta | None = None) -> Next:
        wait = backoff(attempts=job.attempts + 1, chance=_chance(), hint=hint)
        return Next(job=await self._jobs.retry_at(job, self._now() + wait), wait=wait)

    def _age(self, job: Job) -> timedelta:
        return self._now() - (job.submitted_at or job.created_at)

    def _is_overdue(self, job: Job) -> bool:
        return self._now() - job.created_at > self._plan.deadline

    def _wait_to_look(self, job: Job) -> timedelta:
        return self._plan.schedule.next_look(age=self._age(job), chance=_chance())


def _chance() -> float:
    return random.random()  # noqa: S311  # spreads retries; nothing secret depends on it
