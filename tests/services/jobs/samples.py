"""Jobs to test with: a clock that stands still, people who ask, and a job store over a real database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from services.database import Database
from services.jobs import JobStore, NewJob
from services.limits import BotLimits, LimitBook, ServerBook
from services.models import FailureReason, Job, JobState, Requester, VideoSpec

NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)
MODEL: Final = "acme/clip-1"
SPEC: Final = VideoSpec(model=MODEL, duration=5, resolution="720p", aspect_ratio="16:9", audio=False)
LEASE: Final = timedelta(seconds=90)
GENEROUS: Final = BotLimits(videos_per_day=1_000, everywhere_per_day=100_000)
ESTIMATED: Final = 450_000
RESERVED: Final = 500_000
MEBIBYTE: Final = 1024 * 1024
PATH: Final = (
    JobState.QUEUED,
    JobState.SUBMITTING,
    JobState.GENERATING,
    JobState.DOWNLOADING,
    JobState.DELIVERING,
    JobState.DELIVERED,
)
"""The way of a job that goes well."""


class HandClock:
    """A clock that only moves by hand."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


def asker(user: int = 1, guild: int = 1, *, roles: Sequence[int] = ()) -> Requester:
    return Requester(user_id=user, guild_id=guild, role_ids=frozenset(roles))


def manager(guild: int = 1, *, user: int = 900, interaction: int = 0) -> Requester:
    return Requester(user_id=user, guild_id=guild, is_manager=True, interaction_id=interaction)


def owner(guild: int = 1, *, interaction: int = 0) -> Requester:
    return Requester(user_id=999, guild_id=guild, is_owner=True, interaction_id=interaction)


def new_job(
    interaction_id: int,
    *,
    at: datetime = NOON,
    prompt: str = "a lighthouse in a storm",
    seconds: int = 5,
    reserved: int = RESERVED,
) -> NewJob:
    return NewJob(
        interaction_id=interaction_id,
        channel_id=77,
        prompt=prompt,
        spec=replace(SPEC, duration=seconds),
        upload_limit=10 * MEBIBYTE,
        estimate_microusd=min(ESTIMATED, reserved),
        reserved_microusd=reserved,
        created_at=at,
    )


@dataclass(slots=True, kw_only=True)
class House:
    """A job store over a real database, with the shortest ways to a job in any state."""

    database: Database
    limits: LimitBook
    servers: ServerBook
    jobs: JobStore
    _interactions: "count[int]" = field(default_factory=lambda: count(9_000))

    async def reserved(
        self,
        user: int = 1,
        guild: int = 1,
        *,
        at: datetime = NOON,
        roles: Sequence[int] = (),
        microusd: int = RESERVED,
        seconds: int = 5,
    ) -> Job:
        """Ask for a video; its answer is still on its way. The prompt says who asked where."""
        prompt = f"member {user} of server {guild}"
        new = new_job(next(self._interactions), at=at, prompt=prompt, seconds=seconds, reserved=microusd)
        return (await self.jobs.reserve(new, asker(user, guild, roles=roles), now=at)).job

    async def next_claim_at(self, *, now: datetime) -> datetime | None:
        """Return what is in sight of a process that takes nothing now."""
        return (await self.jobs.claim_and_foresee(now=now, lease=LEASE, most=0)).next_at

    async def queued(self, user: int = 1, guild: int = 1, *, at: datetime = NOON, microusd: int = RESERVED) -> Job:
        """Ask for a video whose answer the member sees."""
        asked = await self.reserved(user, guild, at=at, microusd=microusd)
        job = await self.jobs.acknowledge(asked.id, next(self._interactions), now=at)
        assert job is not None
        return job

    async def walked(self, job: Job, state: JobState, *, now: datetime = NOON) -> Job:
        """Bring a job along its way to a state."""
        for following in PATH[PATH.index(job.state) + 1 : PATH.index(state) + 1]:
            job = await self.jobs.move(
                job,
                following,
                now=now,
                remote_id=f"remote-{job.id}" if following is JobState.GENERATING else None,
                cost_microusd=400_000 if following is JobState.DOWNLOADING else None,
                result=(77, 5_000 + job.id) if following is JobState.DELIVERED else None,
            )
        return job

    async def job(
        self, state: JobState, *, user: int = 1, guild: int = 1, now: datetime = NOON, microusd: int = RESERVED
    ) -> Job:
        """Make a job that has come as far as `state` on its good way."""
        return await self.walked(await self.queued(user, guild, at=now, microusd=microusd), state, now=now)

    async def failed(
        self, reason: FailureReason, *, user: int = 1, guild: int = 1, cost: int | None = None, now: datetime = NOON
    ) -> Job:
        """Make a job that failed while it was made."""
        job = await self.job(JobState.GENERATING, user=user, guild=guild, now=now)
        return await self.jobs.move(job, JobState.FAILED, now=now, reason=reason, cost_microusd=cost)

    async def stored(self, job: Job) -> Job:
        """Read a job again."""
        stored = await self.jobs.get(job.id)
        assert stored is not None
        return stored

    async def rows(self, statement: str, values: Mapping[str, int | str | None] | None = None) -> Sequence[Any]:
        """Run a statement of the test's own."""
        async with self.database.transaction() as tx:
            return await tx.fetch_all(statement, values)

    def another(self, owner: str, *, running_at_once: int = 4) -> JobStore:
        """Return a second process's view of the same table."""
        return JobStore(
            database=self.database,
            limits=self.limits,
            servers=self.servers,
            owner=owner,
            running_at_once=running_at_once,
        )


def house_over(
    database: Database, *, bot_limits: BotLimits = GENEROUS, running_at_once: int = 4, owner: str = "one"
) -> House:
    """Put a store over a database."""
    limits = LimitBook(database=database, bot_limits=bot_limits)
    servers = ServerBook(database=database)
    jobs = JobStore(database=database, limits=limits, servers=servers, owner=owner, running_at_once=running_at_once)
    return House(database=database, limits=limits, servers=servers, jobs=jobs)
