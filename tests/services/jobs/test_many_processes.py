"""Four gateways and eight workers on one PostgreSQL, each with connections of its own, all at once.

What they may do together is checked against the rows, not against what they say: the dollar cap, a member's day, the
slots, whose turn it was, and that no step was taken twice.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, suppress
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from services.database import Database
from services.errors import RequestError, StaleJobError
from services.jobs import NewJob
from services.limits import BotLimits
from services.models import Job, JobState
from tests.postgresql.ground import PostgresGround
from tests.services.jobs.samples import LEASE, NOON, PATH, RESERVED, House, asker, house_over, new_job

GATEWAYS: Final = 4
WORKERS: Final = 8
SLOTS: Final = 3
VIDEOS: Final = 2
"""A member's in a day."""
MEMBERS: Final = 5
SERVERS: Final = 3
CAP: Final = 12
"""Videos that the cap on everything has room for."""
PATIENCE: Final = 60
UPSTREAM_NOW: Final = "SELECT COUNT(*) AS jobs FROM jobs WHERE state IN ('submitting', 'generating')"
LIMITS: Final = BotLimits(videos_per_day=VIDEOS, everywhere_per_day=VIDEOS * SERVERS - 1, total_microusd=CAP * RESERVED)


@pytest.fixture
async def houses(postgresql: PostgresGround, tmp_path: Path) -> AsyncGenerator[Sequence[House]]:
    async with AsyncExitStack() as stack:
        stored = stack.enter_context(postgresql.stored(tmp_path))
        made: list[House] = []
        for number in range(GATEWAYS + WORKERS):
            database = await Database.open(stored.where)
            stack.push_async_callback(database.close)
            made.append(house_over(database, bot_limits=LIMITS, running_at_once=SLOTS, owner=f"process {number}"))
        yield made


class Town:
    """Everything that happens at once, with the steps that were taken."""

    def __init__(self, houses: Sequence[House]) -> None:
        self._gateways, self._workers = houses[:GATEWAYS], houses[GATEWAYS:]
        self.steps: Counter[tuple[int, JobState]] = Counter()
        self.most_upstream = 0
        self._is_open = True
        self._numbers = count(1)

    async def live(self) -> None:
        """Let everybody ask for more than there is, everywhere, while all workers work."""
        workers = [asyncio.create_task(self._work(house)) for house in self._workers]
        watch = asyncio.create_task(self._watch(self._gateways[0]))
        await asyncio.gather(*map(self._ask, self._gateways))
        self._is_open = False
        await asyncio.gather(*workers)
        await watch

    async def _ask(self, house: House) -> None:
        for member in range(1, MEMBERS + 1):
            for server in range(1, SERVERS + 1):
                with suppress(RequestError):
                    job = (await house.jobs.reserve(self._new(), asker(member, server), now=NOON)).job
                    await house.jobs.acknowledge(job.id, job.interaction_id, now=NOON)

    def _new(self) -> NewJob:
        return new_job(next(self._numbers))

    async def _work(self, house: House) -> None:
        idle = 0
        while self._is_open or idle < 3:
            jobs = await house.jobs.claim(now=NOON, lease=LEASE, most=2)
            for job in jobs:
                await self._make(house, job)
            idle = 0 if jobs or await self._is_anything_left(house) else idle + 1

    async def _make(self, house: House, job: Job) -> None:
        while job.state is not JobState.DELIVERED:
            state = PATH[PATH.index(job.state) + 1]
            try:
                job = await house.walked(job, state)
            except StaleJobError:
                return
            self.steps[job.id, state] += 1
        await house.jobs.told(job, now=NOON, next_at=None)

    async def _is_anything_left(self, house: House) -> bool:
        rows = await house.rows("SELECT COUNT(*) AS living FROM jobs WHERE ended_at IS NULL")
        return bool(rows[0]["living"])

    async def _watch(self, house: House) -> None:
        while self._is_open or await self._is_anything_left(house):
            rows = await house.rows(UPSTREAM_NOW)
            self.most_upstream = max(self.most_upstream, int(rows[0]["jobs"]))


async def test_limits_slots_and_steps_hold_while_everybody_is_at_it(houses: Sequence[House]) -> None:
    town = Town(houses)

    async with asyncio.timeout(PATIENCE):
        await town.live()

    jobs = await houses[0].rows("SELECT id, user_id, guild_id, state, held_microusd FROM jobs")
    # What a video really cost is less than was reserved for it, so there may be room for some more.
    assert len(jobs) >= CAP
    assert sum(job["held_microusd"] for job in jobs) <= CAP * RESERVED
    assert {job["state"] for job in jobs} == {"delivered"}
    assert max(Counter((job["user_id"], job["guild_id"]) for job in jobs).values()) <= VIDEOS
    assert max(Counter(job["user_id"] for job in jobs).values()) <= VIDEOS * SERVERS - 1
    assert 0 < town.most_upstream <= SLOTS
    assert set(town.steps.values()) == {1}
    assert len(town.steps) == len(jobs) * (len(PATH) - 1)
    # Nobody is in line, and no line says that somebody were.
    assert await houses[0].rows("SELECT guild_id FROM server_lines UNION ALL SELECT user_id FROM member_lines") == []
