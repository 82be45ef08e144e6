"""The last steps of a job: its clip goes to its member, or the bad news does, and then the clip is let go.

A clip has up to three places. It goes to the channel where it was asked for; where that is gone or closed, to the
member's direct messages; and where those are closed too it is kept, and its member may have it sent to a channel of
their choice. Each change of place is written down before anything is sent there, so that no restart asks a closed
channel again: Discord locks out bots that do.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.errors import (
    AccountError,
    ChannelClosedError,
    ClipError,
    DeliverLaterError,
    DirectClosedError,
    RemoteJobMissingError,
    TryLaterError,
    UploadTooLargeError,
)
from services.generation.attempts import Attempts, Next, Plan
from services.generation.ports import Delivery
from services.generation.reasons import delivery_reason
from services.generation.shelf import ClipShelf
from services.jobs import Detours, JobStore
from services.models import FailureReason, Job, JobState, Route

UPLOADS_AT_ONCE: Final = 4

log = structlog.get_logger(__name__)


class Handover:
    """Takes the steps from DELIVERING on."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        detours: Detours,
        attempts: Attempts,
        delivery: Delivery,
        shelf: ClipShelf,
        plan: Plan,
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._detours = detours
        self._attempts = attempts
        self._delivery = delivery
        self._shelf = shelf
        self._plan = plan
        self._now = clock
        self._uploads = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def post(self, job: Job) -> Next:
        """Put the clip in front of its member. From here on talking to Discord can be repeated for free."""
        may_be_there = job.delivering_at is not None
        try:
            if job.posting_channel_id is None:
                return Next(job=await self._detours.opened(job, await self._delivery.open_direct(job)))
            if not self._shelf.has(job):
                await self._shelf.fetch(job)
            if not may_be_there:
                # The newer view also counts where the try fails: after it, somebody has to look.
                job = await self._jobs.begin_delivery(job, now=self._now())
            async with self._uploads:
                posted = await self._delivery.post_result(job, self._shelf.path(job), may_be_there=may_be_there)
        except (TryLaterError, AccountError, RemoteJobMissingError, DeliverLaterError, OSError) as error:
            return await self._attempts.again(job, error, too_late=FailureReason.UNDELIVERABLE)
        except ChannelClosedError:
            log.warning("channel_closed", job_id=job.id, route=job.route.value)
            return Next(job=await self._detours.divert(job, now=self._now()))
        except (DirectClosedError, UploadTooLargeError, ClipError) as error:
            log.warning("not_delivered", job_id=job.id, kind=type(error).__name__, route=job.route.value)
            return await self._attempts.fail(job, delivery_reason(error, route=job.route))
        result = (posted.channel_id, posted.message_id)
        return Next(job=await self._jobs.move(job, JobState.DELIVERED, now=self._now(), result=result))

    async def tell(self, job: Job) -> Next:
        """Tell the member how it ended, then let the clip go, or keep it where it could not be posted."""
        try:
            await self._delivery.tell_end(job)
        except DeliverLaterError as error:
            if not self._attempts.is_overdue(job):
                return await self._attempts.retry(job, hint=error.retry_after)
        except ChannelClosedError:
            if job.state is JobState.FAILED and job.route is Route.CHANNEL and not job.refusals:
                # Once more, and from now on by direct message.
                return Next(job=await self._detours.refused_news(job))
            log.warning("nobody_told", job_id=job.id)
        except DirectClosedError:
            log.warning("nobody_told", job_id=job.id)
        if self._is_kept(job):
            until = self._now() + self._plan.clip_retention
            kept = await self._jobs.told(job, now=self._now(), next_at=until)
            return Next(job=kept, wait=self._plan.clip_retention)
        self._shelf.remove(job)
        return Next(job=await self._jobs.told(job, now=self._now(), next_at=None), wait=None)

    def _is_kept(self, job: Job) -> bool:
        """Whether the clip is still wanted. What could not be posted may be fetched again while it can be sent."""
        return job.state is JobState.FAILED and (job.reason is FailureReason.UNDELIVERABLE or self._shelf.has(job))

    async def let_go(self, job: Job) -> Next:
        """Remove the clip once its time is over."""
        early = (job.next_at or self._now()) - self._now()
        if early > timedelta(0):
            # What was due was an older wait of the same job, which has been sent again since.
            return Next(job=job, wait=early)
        # First the row: whoever asks for the clip in between finds it either kept or gone.
        rested = await self._jobs.rest(job)
        self._shelf.remove(job)
        return Next(job=rested, wait=None)
