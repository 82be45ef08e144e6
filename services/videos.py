"""What the cogs call: every wish of a member or a manager, in the terms of the product."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.catalogue import Catalogue, NotEstimable
from services.errors import LimitSource, NotAllowedError
from services.generation import Worker
from services.jobs import JobStore, NewJob
from services.limits import Allowance, BotLimits, LimitBook, LimitEntry
from services.models import Job, JobState, Requester, UsualTime, VideoRequest, VideoSpec

LATEST: Final = 5
"""How many ended jobs `/status` shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A request that was reserved, and what its member should read about it."""

    job: Job
    is_new: bool
    """False where Discord delivered the same interaction twice: then it has been answered already."""
    place: int
    """0 where it starts at once, else the place in the queue from 1."""
    allowance: Allowance
    usual: UsualTime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What `/status` shows of one member in one server."""

    allowance: Allowance
    living: Sequence[Job]
    places: dict[int, int]
    """Of the living jobs that still wait."""
    ended: Sequence[Job]
    """The latest, newest first."""


class CancelOutcome(StrEnum):
    """What came of a wish to cancel."""

    CANCELLED = "cancelled"
    ALREADY_CANCELLED = "already_cancelled"
    TOO_LATE = "too_late"  # sent to the video API, where nothing can be cancelled
    ENDED = "ended"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN_JOB = "unknown_job"


class VideoService:
    """Accepts, shows and cancels videos, and keeps the servers' limits."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        jobs: JobStore,
        limits: LimitBook,
        worker: Worker,
        clock: Callable[[], datetime],
    ) -> None:
        self.catalogue = catalogue
        self._jobs = jobs
        self._limits = limits
        self._worker = worker
        self._now = clock

    async def request(
        self,
        request: VideoRequest,
        requester: Requester,
        *,
        interaction_id: int,
        channel_id: int,
        upload_limit: int,
        asked_at: datetime,
    ) -> Accepted:
        """Complete, check, price and reserve a request. Nothing is bought before `acknowledge`.

        Raises:
            RequestError: with what the member can do about it; nothing was reserved.
        """
        await self.catalogue.models()
        spec = self.catalogue.choose(request)
        reservation = await self._jobs.reserve(
            NewJob(
                interaction_id=interaction_id,
                channel_id=channel_id,
                prompt=request.prompt,
                spec=spec,
                upload_limit=upload_limit,
                reserved_microusd=self._worst_price(spec),
                created_at=asked_at,
            ),
            requester,
            now=self._now(),
        )
        return Accepted(
            job=reservation.job,
            is_new=reservation.is_new,
            place=(await self._jobs.places(now=self._now())).get(reservation.job.id, 0),
            allowance=reservation.allowance,
            usual=await self._jobs.usual_time(spec.model),
        )

    async def acknowledge(self, job: Job, message_id: int) -> None:
        """Note that the member sees the status message: the job may now cost money."""
        await self._jobs.acknowledge(job.id, message_id, now=self._now())
        self._worker.wake()

    async def withdraw(self, job: Job) -> None:
        """Take a request back whose answer Discord refused; its reservation is released."""
        await self._jobs.cancel(job.id, now=self._now(), told=True)

    async def cancel(self, job_id: int, requester: Requester) -> tuple[CancelOutcome, Job | None]:
        """Cancel a job for its member, or for a moderator of its server, while it waits in our queue."""
        job = await self._jobs.get(job_id)
        if job is None or job.guild_id != requester.guild_id:
            return CancelOutcome.UNKNOWN_JOB, None
        if requester.user_id != job.user_id and not requester.is_moderator:
            return CancelOutcome.NOT_ALLOWED, job
        # Not told yet: the answer to the click may die with the process, so the worker shows it as well.
        cancelled = await self._jobs.cancel(job_id, now=self._now(), told=False)
        if cancelled is not None:
            self._worker.wake()
            return CancelOutcome.CANCELLED, cancelled
        job = await self._jobs.get(job_id) or job
        if not job.is_terminal:
            return CancelOutcome.TOO_LATE, job
        is_cancelled = job.state is JobState.CANCELLED
        return (CancelOutcome.ALREADY_CANCELLED if is_cancelled else CancelOutcome.ENDED), job

    async def standing(self, requester: Requester, *, at: datetime) -> Standing:
        """Return what the member has running, left and behind them in this server."""
        allowance, living, ended = await self._jobs.standing(requester, at=at, latest=LATEST)
        places = await self._jobs.places(now=self._now())
        return Standing(
            allowance=allowance,
            living=living,
            places={job.id: places[job.id] for job in living if job.id in places},
            ended=ended,
        )

    async def limit_entries(self, guild_id: int) -> tuple[BotLimits, Sequence[LimitEntry]]:
        """Return the owner's limits and what the server has set: its default, its roles, its members."""
        return self._limits.bot_limits, await self._limits.entries(guild_id)

    async def set_limit(self, entry: LimitEntry, manager: Requester) -> None:
        """Store what a manager set for a member, a role or the whole server; it binds the next request.

        Raises:
            NotAllowedError: the requester does not manage the server.
        """
        if not manager.is_manager:
            raise NotAllowedError
        await self._limits.set(entry, guild_id=manager.guild_id, changed_by=manager.user_id, at=self._now())

    async def clear_limit(self, source: LimitSource, source_id: int, manager: Requester) -> bool:
        """Forget what was set for a member, a role or the server. Return whether there was anything.

        Raises:
            NotAllowedError: the requester does not manage the server.
        """
        if not manager.is_manager:
            raise NotAllowedError
        return await self._limits.clear(source, source_id, guild_id=manager.guild_id)

    def _worst_price(self, spec: VideoSpec) -> int:
        """Return the most the video may cost in micro-dollars; 0 where its price cannot be stated."""
        stated = self.catalogue.price_of(spec)
        return 0 if isinstance(stated, NotEstimable) else stated.reserve_microusd
