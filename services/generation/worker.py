"""The worker: holds the jobs that are ours and takes each one's step when it is due.

One scheduler for all jobs: an agenda of due times and one sleep until the next of them. A waiting job is an entry in
the agenda, not a task; only a step that is being taken is one. What is due is claimed from the database, so that new
work, postponed work and what a crash left behind come in by the same door. What becomes due in our hands is read
again, all of one moment at once, and dropped without another word where somebody else has it by now.
"""

import asyncio
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.discretion import keep_private
from services.errors import BotError, StaleJobError
from services.generation.agenda import Agenda, Entry, has_slot
from services.generation.leases import LEASE, RENEW_EVERY, Lease, Leases
from services.generation.progress import Progress
from services.generation.steps import Steps
from services.jobs import JobStore
from services.measures import UNMEASURED, Measures
from services.models import Job, JobState

AFTER_A_FAULT: Final = timedelta(seconds=5)
LONGEST_SLEEP: Final = timedelta(seconds=30)
"""A clock that jumps is noticed no later than this."""
READ_EVERY: Final = timedelta(milliseconds=50)
"""What becomes due in between is read together,"""
READ_AT_ONCE: Final = 32
"""so many at most: they all begin in the same turn of the event loop, and whoever types a command waits behind them."""
LOOKS_AT_ONCE: Final = 128
"""Thousands may be due after a restart, or when the video API answers slowly."""
STEPS_AT_ONCE: Final = 256
"""While so many are under way nothing is claimed: others may have it, and nothing more is bought than can be posted."""
CLAIMED_AT_ONCE: Final = 64

log = structlog.get_logger(__name__)


class Worker:
    """Steps jobs until it is told to stop."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        steps: Steps,
        clock: Callable[[], datetime],
        measures: Measures = UNMEASURED,
    ) -> None:
        self._jobs = jobs
        self._measures = measures
        self._steps = steps
        self._now = clock
        self._leases = Leases(jobs=jobs, clock=clock)
        self._progress = Progress(steps)
        self._agenda = Agenda()
        self._ready: list[tuple[Job, Lease]] = []
        """Steps that follow at once on what was just claimed or done: their rows need not be read again."""
        self._stepping: dict[int, asyncio.Task[None]] = {}
        self._looks = 0
        self._wake = asyncio.Event()
        self._asleep_until = math.inf
        self._is_stopping = False
        self._claim_at = 0.0
        self._read_at = 0.0
        self._is_line_left = True
        """Whether somebody may be in line for want of a slot."""
        self._turned_at: float | None = None

    @property
    def idle_seconds(self) -> float | None:
        """How long ago it last looked for work; None before it begins."""
        return None if self._turned_at is None else _time() - self._turned_at

    def wake(self) -> None:
        """Look for work now: a job was added, or may go on."""
        self._claim_at = 0.0
        self._wake.set()

    async def run(self) -> None:
        """Work until `stop`, then let the steps in hand finish and give the rest up for whoever comes next."""
        try:
            while not self._is_stopping:
                self._wake.clear()
                self._asleep_until = await self._turn_safely()
                # A timer and no task, which `wait_for` would make for every turn.
                alarm = asyncio.get_running_loop().call_at(self._asleep_until, self._wake.set)
                try:
                    await self._wake.wait()
                finally:
                    alarm.cancel()
            await self._finish_steps()
        finally:
            await self._finish()

    def stop(self) -> None:
        """Take no further step. `run` returns when the steps in hand have ended."""
        self._is_stopping = True
        self._steps.stop()
        self._wake.set()

    async def _turn_safely(self) -> float:
        self._turned_at = _time()
        try:
            return await self._turn()
        except BotError:
            # The database failed in passing; the jobs are in it, so nothing is lost by trying again.
            log.exception("worker_turn_failed")
            self._claim_at = 0.0
            return _time() + AFTER_A_FAULT.total_seconds()

    async def _turn(self) -> float:
        """Renew, claim, start what is due, and return when there is something to do again."""
        if self._leases.are_due:
            await self._renew()
        has_room = len(self._stepping) < STEPS_AT_ONCE
        if has_room and _time() >= self._claim_at:
            await self._claim()
        if self._agenda.next_due <= _time() and _time() >= self._read_at and self._looks < LOOKS_AT_ONCE:
            await self._read_due()
        self._start_ready()
        wakings = [self._leases.due_at]
        if has_room:
            wakings.append(self._claim_at)
        if self._looks < LOOKS_AT_ONCE:
            wakings.append(max(self._agenda.next_due, self._read_at))
        return min(wakings)

    async def _renew(self) -> None:
        if len(self._agenda):
            await self._leases.renew()
        else:
            self._leases.begin()

    async def _claim(self) -> None:
        """Take what is due, and note when there will be more by the clock alone."""
        # Before the first await: a wake that comes meanwhile sets it back, and is not overwritten.
        time, now, epoch = _time(), self._now(), self._leases.epoch
        self._claim_at = time + LONGEST_SLEEP.total_seconds()
        self._is_line_left = True
        most = min(CLAIMED_AT_ONCE, STEPS_AT_ONCE - len(self._stepping))
        claim = await self._jobs.claim_and_foresee(now=now, lease=LEASE, most=most, within=LONGEST_SLEEP)
        self._is_line_left = claim.leaves_line
        for job in claim.jobs:
            if job.id in self._stepping:
                # Released from outside during its step, which ends in vain. Then it is read again.
                self._agenda.hold(job, due=time)
            else:
                self._agenda.hold(job)
                self._ready.append((job, self._leases.of(job.id, job.fence, epoch=epoch)))
        if claim.next_at is not None:
            self._claim_at = min(self._claim_at, time + max(0.0, (claim.next_at - now).total_seconds()))

    async def _read_due(self) -> None:
        """Read the rows of what is due, and let go of what is not ours any more."""
        time, epoch = _time(), self._leases.epoch
        self._read_at = time + READ_EVERY.total_seconds()
        due = self._agenda.take_due(time, most=min(READ_AT_ONCE, LOOKS_AT_ONCE - self._looks), but=self._stepping)
        if not due:
            return
        try:
            rows = {job.id: job for job in await self._jobs.held([entry.job_id for entry in due], now=self._now())}
        except BotError:
            for entry in due:
                self._agenda.put_off(entry, due=time)
            raise
        for entry in due:
            row = rows.get(entry.job_id)
            if row is None or row.fence != entry.fence:
                self._drop(entry.job_id)
            else:
                self._ready.append((entry.on(row), self._leases.of(row.id, row.fence, epoch=epoch)))

    def _start_ready(self) -> None:
        ready, self._ready = self._ready, []
        for job, lease in ready:
            entry = self._agenda.entry(job.id)
            if entry is not None and entry.fence == job.fence and job.id not in self._stepping:
                step = self._step(job, lease, entry)
                self._stepping[job.id] = asyncio.create_task(step, name=f"job-{job.id}")
                self._looks += job.state is JobState.GENERATING
                if job.state is JobState.GENERATING and entry.due < math.inf:
                    self._measures.looked(late=_time() - entry.due)

    async def _step(self, job: Job, lease: Lease, entry: Entry) -> None:
        keep_private(job.prompt)
        try:
            if job.state is JobState.DELIVERING or job.is_terminal:
                await self._progress.end(job.id)
            following = await self._steps.take(job, lease)
            self._put_back(following.job, following.wait, lease=lease, taken=entry)
            if self._is_line_left and has_slot(job) and not has_slot(following.job):
                self.wake()
        except StaleJobError:
            await self._put_back_as_stored(job, lease, entry)
        except Exception:  # the boundary: whatever a step meets, the other jobs go on and this one is tried again
            log.exception("step_failed", job_id=job.id, state=job.state.value)
            await self._put_back_as_stored(job, lease, entry)
        finally:
            del self._stepping[job.id]
            self._looks -= job.state is JobState.GENERATING
            self._wake_for(job.id)

    def _put_back(self, job: Job, wait: timedelta | None, *, lease: Lease, taken: Entry) -> None:
        """Hold the job until its next step, or let it go; `taken` is the entry that its step began with."""
        entry = self._agenda.entry(job.id)
        if entry is not None and entry.fence != taken.fence:
            # An answer or a cancel released the job during its step, and we have claimed it anew: that view counts.
            self._agenda.put_off(entry, due=_time())
        elif wait is None:
            self._agenda.let_go(job.id)
            if job.next_at is not None:
                self.wake()  # it may be claimed anew, by us as well
        else:
            shown = self._progress.show(job, hold=lease, shown=taken.shown)
            if wait > timedelta(0):
                self._agenda.hold(job, due=_time() + wait.total_seconds(), shown=shown)
            else:
                self._agenda.hold(job, shown=shown)
                self._ready.append((job, lease))

    async def _put_back_as_stored(self, job: Job, lease: Lease, entry: Entry) -> None:
        """Go on from what the database says, where the job is still ours; our own view of it was wrong."""
        try:
            stored = await self._jobs.get(job.id)
        except BotError:
            stored = job
        if stored is not None and stored.fence == job.fence and stored.next_at is not None:
            self._put_back(stored, AFTER_A_FAULT, lease=lease, taken=entry)
        else:
            self._put_back(job, None, lease=lease, taken=entry)
            if self._agenda.entry(job.id) is None:
                self._progress.drop(job.id)

    def _drop(self, job_id: int) -> None:
        self._agenda.let_go(job_id)
        self._progress.drop(job_id)
        self.wake()

    def _wake_for(self, job_id: int) -> None:
        """End the sleep where the end of a job's step changes when there is something to do."""
        entry = self._agenda.entry(job_id)
        is_sooner = entry is not None and entry.due < self._asleep_until
        was_full = self._looks == LOOKS_AT_ONCE - 1 or len(self._stepping) == STEPS_AT_ONCE - 1
        if self._ready or is_sooner or was_full:
            self._wake.set()

    async def _finish_steps(self) -> None:
        """Give up at once what is not in hand, and keep what is for as long as it takes."""
        try:
            await self._jobs.release(keep=self._stepping)
            while self._stepping:
                await asyncio.wait(self._stepping.values(), timeout=RENEW_EVERY.total_seconds())
                if self._stepping and self._leases.are_due:
                    await self._leases.renew()
        except BotError:
            # They ask by themselves whether they may go on.
            log.exception("leases_not_given_up")
            if self._stepping:
                await asyncio.wait(self._stepping.values())

    async def _finish(self) -> None:
        """Leave nothing running and give our jobs up."""
        steps = [*self._stepping.values()]
        for task in steps:
            task.cancel()
        await asyncio.gather(*steps, return_exceptions=True)
        await self._progress.close()
        await self._jobs.release()


def _time() -> float:
    return asyncio.get_running_loop().time()
