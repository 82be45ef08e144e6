"""The steps of a job, one for each state: one side effect, then one persisted move.

A step returns the job's new view and how long to wait for its next step; None means that it is out of our hands:
at rest, or back in the queue. What a crash leaves behind enters by the same steps, chosen by the stored state alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.errors import (
    AccountError,
    ChannelClosedError,
    ClipError,
    DeliverLaterError,
    NotAcceptedError,
    RemoteJobMissingError,
    StaleJobError,
    StorageError,
    SubmitUnknownError,
    TryLaterError,
    UpstreamBusyError,
)
from services.generation.attempts import Attempts, Next, Plan, chance
from services.generation.handover import Handover
from services.generation.leases import Alone, Hold
from services.generation.lookout import Lookout
from services.generation.ports import Delivery, VideoApi
from services.generation.reasons import clip_reason, submit_reason
from services.generation.shelf import ClipShelf
from services.jobs import Detours, JobStore
from services.models import FailureReason, Frame, Job, JobState, RemoteState, RemoteVideo
from services.pictures import PictureError, PictureKeeper
from services.schedule import backoff
from services.webhooks import new_callback

MISSING_GRACE: Final = timedelta(seconds=60)
"""For so long after the submit the API may not know its own job yet."""
MISSING_TRIES: Final = 5  # in a row
BEFORE_THE_SUBMIT: Final = frozenset({JobState.QUEUED, JobState.SUBMITTING})
"""The states in which a job's pictures are still wanted."""
RECORD_AGAIN: Final = timedelta(seconds=1)

log = structlog.get_logger(__name__)


class Steps:
    """Takes one step of one job. It holds no state of its own, so that a crash loses none."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        detours: Detours,
        api: VideoApi,
        delivery: Delivery,
        shelf: ClipShelf,
        pictures: PictureKeeper,
        plan: Plan,
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._detours = detours
        self._api = api
        self._delivery = delivery
        self._shelf = shelf
        self._pictures = pictures
        self._plan = plan
        self._now = clock
        self._attempts = Attempts(jobs=jobs, plan=plan, clock=clock)
        self._lookout = Lookout(jobs=jobs, attempts=self._attempts, plan=plan, clock=clock)
        self._handover = Handover(
            jobs=jobs,
            detours=detours,
            attempts=self._attempts,
            delivery=delivery,
            shelf=shelf,
            plan=plan,
            clock=clock,
        )

    async def take(self, job: Job, hold: Hold | None = None) -> Next:
        """Take the step that the job's state asks for. Without a `hold` there is nobody else who could.

        Raises:
            StaleJobError: the job has moved on without us, or is not ours any more.
            StorageError: the step may be taken again.
        """
        step: Callable[[Job, Hold], Awaitable[Next]]
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
                step = self._handover.post
            case JobState.DELIVERED | JobState.CANCELLED | JobState.FAILED:
                step = self._handover.let_go if job.told_at else self._handover.tell
        following = await step(job, hold or Alone())
        if job.frames and following.job.state not in {*BEFORE_THE_SUBMIT, job.state}:
            await self._let_go_pictures(job)
        return following

    async def _let_go_pictures(self, job: Job) -> None:
        """Remove what was sent. Where that fails the janitor does it: what the step led to is written down already."""
        try:
            await self._pictures.remove(job.interaction_id)
        except (StorageError, OSError) as error:
            log.warning("pictures_not_removed", job_id=job.id, kind=type(error).__name__)

    def stop(self) -> None:
        """Break off what takes long and can begin anew: the encodes."""
        self._shelf.stop()

    async def show_progress(self, job: Job, hold: Hold | None = None) -> bool:
        """Bring the status message up to date. Return whether the channel may be asked again, if only for this.

        Raises:
            DeliverLaterError: not now.
            StaleJobError: the job is not ours any more.
        """
        await self._lookout.read(job.spec.model)
        await (hold or Alone()).require()
        try:
            await self._delivery.show_progress(job, usual=self._lookout.usual_time(job.spec.model))
        except ChannelClosedError:
            await self._detours.refused(job)
            return False
        return True

    async def _find_answer(self, job: Job, hold: Hold) -> Next:
        """Find out whether the member ever saw the answer; without one nothing is bought."""
        await hold.require()
        try:
            # A private answer is in no channel's history: it was written down at once, or it is lost.
            message_id = None if job.is_private else await self._delivery.find_answer(job)
        except DeliverLaterError as error:
            return await self._attempts.retry(job, hint=error.retry_after)
        except ChannelClosedError:
            message_id = None
        if message_id is not None:
            await self._jobs.acknowledge(job.id, message_id, now=self._now())
            return Next(job=job, wait=None)
        # Unless the answer arrived while we looked for it. A private one may have been seen, and nothing can change it.
        cancelled = await self._jobs.cancel(job.id, now=self._now(), told=not job.is_private, seen=job)
        return Next(job=cancelled or job, wait=None)

    async def _submit(self, job: Job, hold: Hold) -> Next:
        if job.taken_down_at is not None:
            return await self._withdraw(job)
        if self._attempts.is_overdue(job):
            return await self._attempts.fail(job, FailureReason.DEADLINE)
        try:
            frames = await self._pictures.frames(job.interaction_id, job.frames)
        except PictureError:
            # Gone from our own disk: nothing was sent, so nothing is bought, and only its member has another copy.
            log.exception("picture_lost", job_id=job.id)
            return await self._attempts.fail(job, FailureReason.REJECTED)
        except OSError as error:
            return await self._attempts.again(job, error, too_late=FailureReason.DEADLINE)
        # Before the intent: whatever is wrong with the database then, nothing was sent.
        await self._lookout.read(job.spec.model)
        at = self._plan.callbacks_at
        callback = new_callback(at) if at else None
        sending = await self._jobs.move(job, JobState.SUBMITTING, now=self._now(), callback=callback)
        if sending.taken_down_at is not None:
            return await self._withdraw(await self._jobs.move(sending, JobState.QUEUED, now=self._now()))
        return await self._send(sending, frames, hold, callback_url=callback.url if callback else None)

    async def _withdraw(self, job: Job) -> Next:
        """End a job that was taken down before anything was bought."""
        return Next(job=await self._jobs.cancel(job.id, now=self._now(), told=False) or job, wait=None)

    async def _send(self, job: Job, frames: Sequence[Frame], hold: Hold, *, callback_url: str | None) -> Next:
        """Send the prompt to the video API: the one step that is never taken twice."""
        try:
            await hold.require()
        except StaleJobError:
            raise
        except StorageError:
            # Nobody can say whether it is ours, so nothing was sent: it waits in line for better times.
            return Next(job=await self._record(lambda: self._back_in_line(job, timedelta(0))), wait=None)
        try:
            remote = await self._api.submit(prompt=job.prompt, spec=job.spec, frames=frames, callback_url=callback_url)
        except UpstreamBusyError as error:
            wait = backoff(attempts=job.attempts + 1, chance=chance(), hint=error.retry_after)
            return Next(job=await self._record(lambda: self._back_in_line(job, wait)), wait=None)
        except AccountError as error:
            log.warning("account_refused", job_id=job.id, status=error.status)
            return Next(job=await self._record(lambda: self._jobs.hold_for_account(job, now=self._now())), wait=None)
        except (NotAcceptedError, SubmitUnknownError) as error:
            log.warning("submit_failed", job_id=job.id, kind=type(error).__name__, status=error.status)
            reason = submit_reason(error)
            return Next(job=await self._record(lambda: self._attempts.failed(job, reason)))
        sent = await self._record(lambda: self._accepted(job, remote))
        return Next(job=replace(sent, seen_at=sent.submitted_at), wait=self._lookout.wait(sent))

    async def _give_up_unknown(self, job: Job, hold: Hold) -> Next:
        """Somebody was here before us and died: sent or not, bought or not, nobody knows. It is never sent again."""
        del hold  # only a row is written, which the fence guards
        # Before the move: a crash between the two says it twice, the other way round it might never be said.
        log.warning("submit_outcome_unknown", job_id=job.id, held_microusd=job.reserved_microusd)
        return await self._attempts.fail(job, FailureReason.SUBMIT_UNKNOWN)

    async def _look(self, job: Job, hold: Hold) -> Next:
        """Look at the job once more, even when it is overdue: what was made is delivered, however late."""
        following = await self._look_once(job, hold)
        if following.job.state is JobState.GENERATING and self._attempts.is_overdue(job):
            return await self._attempts.fail(following.job, FailureReason.DEADLINE)
        return following

    async def _look_once(self, job: Job, hold: Hold) -> Next:
        await self._lookout.read(job.spec.model)
        if self._lookout.is_too_early(job):
            return Next(job=job, wait=self._lookout.wait(job))
        heard = self._lookout.heard(job)
        was_told, job = heard is not job, heard
        if job.late_at is None and self._plan.schedule.is_late(self._lookout.age(job)):
            log.info("job_is_late", job_id=job.id)
            job = replace(await self._detours.late(job, now=self._now()), seen_at=job.seen_at)
        await hold.require()
        asked_at = self._now()
        try:
            remote = await self._api.status(job.remote_id or "")
        except RemoteJobMissingError:
            return await self._missing(job)
        except AccountError as error:
            return await self._attempts.wait_for_account(job, error, wait=self._lookout.wait(job))
        except TryLaterError as error:
            return Next(job=job, wait=max(self._lookout.wait(job), error.retry_after or timedelta(0)))
        if remote.state is RemoteState.RUNNING:
            job = replace(job, seen_at=asked_at)
        return await self._looked(job, remote, was_told=was_told)

    async def _looked(self, job: Job, remote: RemoteVideo, *, was_told: bool) -> Next:
        match remote.state:
            case RemoteState.RUNNING:
                wait = self._lookout.wait(job)
                if job.attempts:
                    job = await self._jobs.retry_at(job, self._now() + wait, has_failed=False)
                return Next(job=job, wait=wait)
            case RemoteState.COMPLETED:
                cost = remote.cost_microusd
                done = await self._jobs.move(job, JobState.DOWNLOADING, now=self._now(), cost_microusd=cost)
                self._lookout.found(job, was_told=was_told)
                return Next(job=done)
            case RemoteState.REFUSED:
                reason = FailureReason.REFUSED
            case RemoteState.EXPIRED:
                reason = FailureReason.EXPIRED
            case RemoteState.FAILED | RemoteState.CANCELLED:
                reason = FailureReason.UPSTREAM_FAILED
        return await self._attempts.fail(job, reason, cost_microusd=remote.cost_microusd)

    async def _missing(self, job: Job) -> Next:
        """The API does not know the job: normal just after the submit, else try a few times and give up."""
        if self._lookout.age(job) < MISSING_GRACE:
            return Next(job=job, wait=self._lookout.wait(job))
        if job.attempts < MISSING_TRIES:
            return await self._attempts.retry(job)
        return await self._attempts.fail(job, FailureReason.SUBMIT_UNKNOWN)

    async def _download(self, job: Job, hold: Hold) -> Next:
        if job.taken_down_at is not None:
            # It was made and paid for, so it weighs what one weighs that could not be posted.
            return await self._attempts.fail(job, FailureReason.UNDELIVERABLE)
        await hold.require()
        try:
            await self._shelf.fetch(job)
        except (TryLaterError, AccountError, RemoteJobMissingError, OSError) as error:
            return await self._attempts.again(job, error, too_late=FailureReason.DEADLINE)
        except ClipError as error:
            return await self._attempts.fail(job, clip_reason(error))
        return Next(job=await self._jobs.move(job, JobState.DELIVERING, now=self._now()))

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
