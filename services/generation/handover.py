"""The last steps of a job: its clip goes to its member, or the bad news does, and then the clip is let go.

A clip has up to three places. It goes to the channel where it was asked for; where that is gone or closed, to the
member's direct messages; and where those are closed too it is kept, and its member may have it sent to a channel of
their choice. Each change of place is written down before anything is sent there, so that no restart asks a closed
channel again: Discord locks out bots that do.

A clip is made to fit the place where it goes. What was changed for that is kept as it came for a while, because whoever
sees the result may ask for it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from services.errors import (
    AccountError,
    ChannelClosedError,
    ClipError,
    DeliverLaterError,
    DirectClosedError,
    EncoderError,
    EncoderStoppedError,
    RemoteJobMissingError,
    TryLaterError,
    UploadTooLargeError,
)
from services.generation.attempts import Attempts, Next, Plan
from services.generation.leases import Hold
from services.generation.ports import Delivery, PostedMessage
from services.generation.reasons import delivery_reason, too_large_for
from services.generation.shelf import ClipShelf
from services.jobs import Detours, JobStore
from services.models import FailureReason, Job, JobState, Route

UPLOADS_AT_ONCE: Final = 4
MEBIBYTE: Final = 1024 * 1024
DIRECT_LIMIT: Final = 20 * MEBIBYTE
"""Bytes. What everybody may attach in direct messages; of those no interaction in a server says anything."""
SAFE_LIMIT: Final = 10 * MEBIBYTE
"""Bytes. What Discord took of everybody before that, and what is tried where a place takes less than it had said."""
MOST_UPLOADS: Final = 4
"""So often a clip is sent to a place that finds it too large, each time smaller."""

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

    async def post(self, job: Job, hold: Hold) -> Next:
        """Put the clip in front of its member. From here on talking to Discord can be repeated for free."""
        if await self._is_taken_down(job):
            return await self._withhold(job)
        # Last: whoever was stopped while it looked at the row may no longer act.
        await hold.require()
        return await self._deliver(job, hold)

    async def _deliver(self, job: Job, hold: Hold) -> Next:
        try:
            if job.posting_channel_id is None:
                return Next(job=await self._detours.opened(job, await self._delivery.open_direct(job)))
            posted = await self._delivery.find_result(job) if job.delivering_at else None
            if posted is None:
                clip = await self._ready(job, hold)
                if job.delivering_at is None:
                    # The newer view also counts where the try fails: after it, somebody has to look.
                    job = await self._jobs.begin_delivery(job, now=self._now())
                posted = await self._upload(job, clip, hold)
        except EncoderStoppedError:
            return Next(job=job)
        except (TryLaterError, AccountError, RemoteJobMissingError, DeliverLaterError, EncoderError, OSError) as error:
            is_too_large = isinstance(error, EncoderError)
            too_late = too_large_for(job.route) if is_too_large else FailureReason.UNDELIVERABLE
            return await self._attempts.again(job, error, too_late=too_late)
        except ChannelClosedError:
            log.warning("channel_closed", job_id=job.id, route=job.route.value)
            self._shelf.drop_fitted(job)  # another place has another limit
            return Next(job=await self._detours.divert(job, now=self._now()))
        except (DirectClosedError, UploadTooLargeError, ClipError) as error:
            log.warning("not_delivered", job_id=job.id, kind=type(error).__name__, route=job.route.value)
            return await self._attempts.fail(job, delivery_reason(error, route=job.route))
        return await self._posted(job, posted)

    async def _posted(self, job: Job, posted: PostedMessage) -> Next:
        result = (posted.channel_id, posted.message_id)
        return Next(job=await self._jobs.move(job, JobState.DELIVERED, now=self._now(), result=result))

    async def _withhold(self, job: Job) -> Next:
        """End a job whose clip nobody shall see. What an earlier try has posted all the same is removed next.

        It was made and paid for, so it weighs what one weighs that could not be posted.
        """
        try:
            posted = await self._delivery.find_result(job) if job.delivering_at else None
        except DeliverLaterError as error:
            return await self._attempts.again(job, error, too_late=FailureReason.UNDELIVERABLE)
        except (ChannelClosedError, DirectClosedError):
            posted = None
        if posted is not None:
            return await self._posted(job, posted)
        return await self._attempts.fail(job, FailureReason.UNDELIVERABLE)

    async def _is_taken_down(self, job: Job) -> bool:
        """Whether nobody shall see it: asked anew, because that is said beside the steps."""
        stored = await self._jobs.get(job.id)
        return stored is not None and stored.taken_down_at is not None

    async def _ready(self, job: Job, hold: Hold) -> Path:
        """Return a clip that fits where the job's result goes."""
        if not self._shelf.has(job):
            await hold.require()
            await self._shelf.fetch(job)
        return await self._shelf.fit(job, limit=limit_of(job))

    async def _upload(self, job: Job, clip: Path, hold: Hold) -> PostedMessage:
        """Post the clip; where Discord finds it too large all the same, a smaller one, a few times."""
        for tries in range(1, MOST_UPLOADS):
            try:
                return await self._send(job, clip, hold)
            except UploadTooLargeError as error:
                limit = _below(clip, said=error.limit)
                log.warning("limit_moved", job_id=job.id, route=job.route.value, limit=limit, tries=tries)
                clip = await self._shelf.fit(job, limit=limit)
        return await self._send(job, clip, hold)

    async def _send(self, job: Job, clip: Path, hold: Hold) -> PostedMessage:
        async with self._uploads:
            # Here, because the wait for one's turn may be long.
            await hold.require()
            has_original = self._keeps_clips and self._shelf.has_changed(job)
            return await self._delivery.post_result(job, clip, has_original=has_original)

    async def tell(self, job: Job, hold: Hold) -> Next:
        """Tell the member how it ended, then let the clip go, or keep it where it could not be posted."""
        await hold.require()
        try:
            is_here = job.reason is FailureReason.TOO_LARGE and self._shelf.has(job)
            await self._delivery.tell_end(job, has_original=is_here and self._keeps_clips)
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
            # Last: until the end is written down, it is all that says that the clip was changed.
            self._shelf.drop_fitted(job)
            return Next(job=kept, wait=self._plan.clip_retention)
        self._shelf.remove(job)
        return Next(job=await self._jobs.told(job, now=self._now(), next_at=None), wait=None)

    @property
    def _keeps_clips(self) -> bool:
        return self._plan.clip_retention > timedelta(0)

    def _is_kept(self, job: Job) -> bool:
        """Whether the clip is still wanted. What could not be posted may be fetched again while it can be sent."""
        match job.state:
            case _ if job.is_withdrawn:
                return False
            case JobState.FAILED:
                return job.reason is FailureReason.UNDELIVERABLE or self._shelf.has(job)
            case JobState.DELIVERED:
                return not job.forgets_member and self._shelf.has(job) and self._shelf.has_changed(job)
            case _:
                return False

    async def let_go(self, job: Job, hold: Hold) -> Next:
        """Remove the clip once its time is over."""
        del hold  # only a row is written, which the fence guards, and then a file of ours goes
        early = (job.next_at or self._now()) - self._now()
        if early > timedelta(0):
            # What was due was an older wait of the same job, which has been sent again since.
            return Next(job=job, wait=early)
        # First the row: whoever asks for the clip in between finds it either kept or gone.
        rested = await self._jobs.rest(job)
        self._shelf.remove(job)
        return Next(job=rested, wait=None)


def limit_of(job: Job) -> int:
    """Return how many bytes a clip may have where the job's result goes."""
    if job.route is Route.DIRECT:
        return DIRECT_LIMIT
    # What was named there counts what the member has paid Discord for, and the bot has not.
    return min(job.upload_limit, DIRECT_LIMIT) if job.in_direct_messages else job.upload_limit


def _below(clip: Path, *, said: int | None) -> int:
    """Return how many bytes to try after a clip that was too large; `said` is what Discord takes, where it is known."""
    refused = clip.stat().st_size
    if said is not None and said < refused:
        return said
    return SAFE_LIMIT if refused > SAFE_LIMIT else refused // 2
