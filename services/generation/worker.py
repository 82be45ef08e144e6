"""The worker: holds the jobs that are ours and takes each one's step when it is due.

One scheduler for all jobs: a heap of due times and one sleep until the next of them. A waiting job is an entry in
the heap, not a task; only a step that is being taken is one. What is due is claimed from the database, so that new
work, postponed work and what a crash left behind come in by the same door.
"""

import asyncio
import heapq
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.errors import BotError, StaleJobError
from services.generation.steps import Steps
from services.jobs import JobStore
from services.models import UPSTREAM, Job, JobState

LEASE: Final = timedelta(seconds=90)
RENEW_EVERY: Final = timedelta(seconds=30)
AFTER_A_FAULT: Final = timedelta(seconds=5)
LONGEST_SLEEP: Final = timedelta(seconds=30)
"""A clock that jumps is noticed no later than this."""
PROGRESS_PATIENCE: Final = timedelta(seconds=5)
SHOWN: Final = frozenset({JobState.GENERATING, JobState.DOWNLOADING})
"""The states whose beginning is worth an edit of the status message."""

log = structlog.get_logger(__name__)


class Worker:
    """Steps jobs until it is told to stop."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        steps: Steps,
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._steps = steps
        self._now = clock
        self._wake = asyncio.Event()
        self._is_stopping = False
        self._held: dict[int, Job] = {}
        self._due: list[tuple[float, int]] = []
        self._stepping: dict[int, asyncio.Task[None]] = {}
        self._progress: dict[int, asyncio.Task[bool]] = {}
        self._shown: dict[int, tuple[JobState, bool]] = {}
        self._renew_at = 0.0
        self._renew_by = clock()
        self._claim_at = 0.0

    def wake(self) -> None:
        """Look for work now: a job was added, or may go on."""
        self._claim_at = 0.0
        self._wake.set()

    async def run(self) -> None:
        """Work until `stop`, then let the steps in hand finish and give the rest up for whoever comes next."""
        try:
            while not self._is_stopping:
                self._wake.clear()
                seconds = await self._turn_safely()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), timeout=max(0.0, seconds))
            if self._stepping:
                await asyncio.wait(self._stepping.values())
        finally:
            await self._finish()

    def stop(self) -> None:
        """Take no further step. `run` returns when the steps in hand have ended."""
        self._is_stopping = True
        self._steps.stop()
        self._wake.set()

    async def _turn_safely(self) -> float:
        try:
            return await self._turn()
        except BotError:
            # The database failed in passing; the jobs are in it, so nothing is lost by trying again.
            log.exception("worker_turn_failed")
            self._claim_at = 0.0
            return AFTER_A_FAULT.total_seconds()

    async def _turn(self) -> float:
        """Claim, start what is due, and return the seconds until there is something to do again."""
        now, time = self._now(), asyncio.get_running_loop().time()
        # By the host's clock too: if it leaps ahead, our leases have run out, and we must not claim our own jobs anew.
        if time >= self._renew_at or now >= self._renew_by:
            if self._held:
                await self._jobs.renew(now=now, lease=LEASE)
            self._renew_at, self._renew_by = time + RENEW_EVERY.total_seconds(), now + RENEW_EVERY
        if time >= self._claim_at:
            await self._claim(now=now, time=time)
        self._start_due(time)
        wakings = [self._renew_at, self._claim_at] + ([self._due[0][0]] if self._due else [])
        return min(wakings) - time

    async def _claim(self, *, now: datetime, time: float) -> None:
        """Take what is due, and note when there will be more by the clock alone."""
        # Before the first await: a wake that comes meanwhile sets it back, and is not overwritten.
        self._claim_at = time + LONGEST_SLEEP.total_seconds()
        for job in await self._jobs.claim(now=now, lease=LEASE):
            self._hold(job, due=time)
        following = await self._jobs.next_claim_at(now=now)
        if following is not None:
            self._claim_at = min(self._claim_at, time + max(0.0, (following - now).total_seconds()))

    def _hold(self, job: Job, *, due: float) -> None:
        self._held[job.id] = job
        heapq.heappush(self._due, (due, job.id))

    def _start_due(self, time: float) -> None:
        while self._due and self._due[0][0] <= time:
            _, job_id = heapq.heappop(self._due)
            job = self._held.get(job_id)
            if job is not None and job_id not in self._stepping:
                task = asyncio.create_task(self._step(job), name=f"job-{job_id}")
                self._stepping[job_id] = task

    async def _step(self, job: Job) -> None:
        try:
            if job.state is JobState.DELIVERING or job.is_terminal:
                await self._end_progress(job.id)
            following = await self._steps.take(job)
            is_slot_free = job.state in UPSTREAM | {JobState.QUEUED} and _stage(following.job) != _stage(job)
            self._put_back(following.job, following.wait, taken=job)
            self._show(following.job)
            if is_slot_free:
                self.wake()
        except StaleJobError:
            await self._put_back_as_stored(job)
        except Exception:  # the boundary: whatever a step meets, the other jobs go on and this one is tried again
            log.exception("step_failed", job_id=job.id, state=job.state.value)
            await self._put_back_as_stored(job)
        finally:
            del self._stepping[job.id]
            self._wake.set()

    def _put_back(self, job: Job, wait: timedelta | None, *, taken: Job) -> None:
        """Hold the job until its next step, or let it go; `taken` is the view that its step began with."""
        held = self._held.get(job.id, taken)
        if held is not taken:
            # An answer or a cancel released the job during its step, and we have claimed it anew: that view counts.
            self._hold(held, due=asyncio.get_running_loop().time())
        elif wait is None:
            self._held.pop(job.id, None)
            self._shown.pop(job.id, None)
            self.wake()
        else:
            self._hold(job, due=asyncio.get_running_loop().time() + wait.total_seconds())

    async def _put_back_as_stored(self, job: Job) -> None:
        """Go on from what the database says, where the job is still ours; our own view of it was wrong."""
        try:
            stored = await self._jobs.get(job.id)
        except BotError:
            stored = job
        is_ours = stored is not None and stored.fence == job.fence and stored.next_at is not None
        self._put_back(stored if is_ours and stored else job, AFTER_A_FAULT if is_ours else None, taken=job)

    def _show(self, job: Job) -> None:
        """Bring the status message up to date in the background, once a stage; after a restart, once more."""
        if job.state in SHOWN and not job.refusals and self._shown.get(job.id) != _stage(job):
            self._shown[job.id] = _stage(job)
            before = self._progress.get(job.id)
            task = asyncio.create_task(self._show_progress(job, after=before), name=f"progress-{job.id}")
            self._progress[job.id] = task

    async def _show_progress(self, job: Job, *, after: asyncio.Task[bool] | None) -> bool:
        """Show it after what is being shown. Return whether there is any use in showing more."""
        if after is not None:
            await asyncio.wait({after})
            if after.cancelled() or not after.result():
                return False
        try:
            return await self._steps.show_progress(job)
        except BotError as error:
            log.info("progress_not_shown", job_id=job.id, kind=type(error).__name__)
            return True

    async def _end_progress(self, job_id: int) -> None:
        """Let the last progress edit arrive, so that it cannot overwrite what comes after it."""
        task = self._progress.pop(job_id, None)
        if task is not None:
            _, late = await asyncio.wait({task}, timeout=PROGRESS_PATIENCE.total_seconds())
            for unfinished in late:
                unfinished.cancel()

    async def _finish(self) -> None:
        """Leave nothing running and give our jobs up."""
        steps, shown = [*self._stepping.values()], [*self._progress.values()]
        for task in (*steps, *shown):
            task.cancel()
        await asyncio.gather(*steps, return_exceptions=True)
        await asyncio.gather(*shown, return_exceptions=True)
        await self._jobs.release()


def _stage(job: Job) -> tuple[JobState, bool]:
    """Return what a member reads of a job under way, and the others feel: its state, and whether it is late."""
    return job.state, job.late_at is not None
