"""When to look at a job that is being made: by what is known of its kind, and by whether we are told when it is done.

What the finished jobs of a model teach is read from the database once in a while and kept, so that a look asks nobody
but the video API. Another process's jobs are learned from at the next reading.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.generation.attempts import Attempts, Plan, chance
from services.jobs import JobStore
from services.models import Job, UsualTime, VideoSpec
from services.schedule import Finish, Pace, cold_start, pace_of, usual_time_of

READ_AGAIN: Final = timedelta(seconds=60)
"""For so long what was read of a model is good enough, if hardly anything of it was finished here since."""
READ_AT_MOST: Final = timedelta(seconds=5)
"""No sooner is it read again, however much is finished."""
NEWS: Final = 0.05
"""What adds this share to the finished jobs that are known is worth a reading: the first ones each by itself."""
UNTRIED_LOOKS: Final = 12
"""While nobody knows yet whether messages arrive, for so many waits between looks they are waited for."""
TOLD_WITHIN: Final = timedelta(seconds=10)
"""So soon after a message its job is in our hands."""

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class _Known:
    """What is known of one model."""

    read_at: datetime
    finishes: Sequence[Finish]
    paces: dict[tuple[int, str | None], Pace | None]
    """By length and resolution, worked out when it is first asked for."""
    usual: UsualTime | None
    found: int = 0
    """How many more were finished here since."""

    def is_to_be_read_again(self, now: datetime) -> bool:
        """Whether it is old, by a clock that may also move back."""
        has_much_to_add = self.found > len(self.finishes) * NEWS
        return not -READ_AGAIN < now - self.read_at < (READ_AT_MOST if has_much_to_add else READ_AGAIN)


class Lookout:
    """Says when to look. What it remembers is only for speed: a restart reads it anew."""

    def __init__(self, *, jobs: JobStore, attempts: Attempts, plan: Plan, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._attempts = attempts
        self._schedule = plan.schedule
        self._may_be_told = plan.callbacks_at is not None
        self._is_told: bool | None = None
        """Whether messages arrive; None while nobody knows."""
        self._now = clock
        self._known: dict[str, _Known] = {}

    async def read(self, model: str) -> None:
        """Read how the model's last jobs went, where what is known of them is too old. Raises `StorageError`."""
        known, now = self._known.get(model), self._now()
        if known is None or known.is_to_be_read_again(now):
            finishes = await self._jobs.finishes(model)
            self._known[model] = _Known(read_at=now, finishes=finishes, paces={}, usual=usual_time_of(finishes))

    def usual_time(self, model: str) -> UsualTime | None:
        """Return how long members waited for the model's last clips, as far as it was read; None where too few did."""
        known = self._known.get(model)
        return None if known is None else known.usual

    def wait(self, job: Job) -> timedelta:
        """Return how long to wait for the next look."""
        age, left = self.age(job), self._attempts.left(job)
        return self._schedule.next_look(age=age, chance=chance(), left=left, pace=self._pace(job.spec))

    def is_too_early(self, job: Job) -> bool:
        """Whether a look that was planned is not worth it any more: by now we know that we shall be told."""
        pace = self._pace(job.spec)
        is_planned = job.seen_at is not None and not self._attempts.is_overdue(job)
        return bool(self._is_told) and is_planned and pace is not None and self.age(job) < pace.first

    def heard(self, job: Job) -> Job:
        """Return the job as it was just before a message made us look at it; the same where nothing of the kind did.

        A message puts the job up to be claimed anew, due at once; so does a restart, but its jobs were due long before.
        """
        if not self._may_be_told or job.seen_at is not None or job.next_at is None:
            return job
        now = self._now()
        # To either side: the database keeps milliseconds, so that what is due now may lie a moment ahead.
        is_fresh = abs(now - job.next_at) < TOLD_WITHIN
        return replace(job, seen_at=min(now, job.next_at)) if is_fresh else job

    def found(self, job: Job, *, was_told: bool) -> None:
        """Take notice that a look found the job done: there is something to learn, also of whether messages come."""
        known = self._known.get(job.spec.model)
        if known is not None:
            known.found += 1
        # What a restart found may have been told to nobody because nobody was there.
        is_evidence = self._may_be_told and (was_told or job.seen_at is not None)
        if is_evidence and was_told != self._is_told:
            log.info("told_of_finished_jobs" if was_told else "not_told_of_a_finished_job", job_id=job.id)
            self._is_told = was_told

    def age(self, job: Job) -> timedelta:
        """Return the time since the submit."""
        return self._now() - (job.submitted_at or job.created_at)

    def _pace(self, spec: VideoSpec) -> Pace | None:
        pace = self._learned(spec) or (cold_start(spec) if self._schedule.knows_models else None)
        if not self._may_be_told or self._is_told is False:
            return pace
        # One look in case the message is lost, when nearly all such jobs are done; from then on as if nobody told us.
        known = pace or self._schedule.unknown
        last = known.nearly_all
        if self._is_told is None:
            last = min(last, max(known.first, self._schedule.every * UNTRIED_LOOKS))
        return Pace(first=min(last, self._schedule.late), nearly_all=known.nearly_all)

    def _learned(self, spec: VideoSpec) -> Pace | None:
        known = self._known.get(spec.model)
        if known is None:
            return None
        kind = (spec.duration, spec.resolution)
        if kind not in known.paces:
            own = [each for each in known.finishes if each.is_like(spec)]
            # Of a kind that is new, its model's other jobs say more than nothing, and the fastest of them decide.
            every = self._schedule.every
            known.paces[kind] = pace_of(own, every=every) or pace_of(known.finishes, every=every)
        return known.paces[kind]
