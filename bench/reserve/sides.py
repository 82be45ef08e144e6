"""What is measured: reservations through the job store, and one row and one commit through the bare driver."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Final, Self

import aiosqlite

from bench.report import quantile
from bench.reserve import history
from services.database import Database
from services.jobs import JobStore, NewJob
from services.limits import BotLimits, LimitBook, ServerBook
from services.models import Requester, VideoSpec

LIMITS: Final = BotLimits(
    videos_per_day=10_000, everywhere_per_day=100_000, total_microusd=10**15, server_microusd=10**15
)
"""Budgets as every bot has them, too large to be reached."""
SPEC: Final = VideoSpec(model="maker/model", duration=5, resolution="720p", aspect_ratio="16:9", audio=False)
FIRST_ID: Final = 10**18
P99: Final = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a number of them was."""

    per_second: float
    p99_ms: float

    @property
    def ms(self) -> float:
        """Milliseconds for each, all callers together."""
        return 1000 / self.per_second


async def paced(do: Callable[[], Awaitable[object]], *, times: int, callers: int = 1) -> Pace:
    """Do something so many times in all, by callers who each wait for the last one's end."""
    left = iter(range(times))
    took: list[float] = []

    async def call() -> None:
        for _ in left:
            began = perf_counter()
            await do()
            took.append(perf_counter() - began)

    began = perf_counter()
    await asyncio.gather(*(call() for _ in range(callers)))
    return Pace(per_second=times / (perf_counter() - began), p99_ms=quantile(took, P99) * 1000)


class Reserving:
    """A bot's own database with a history, and members who ask for videos."""

    def __init__(self, database: Database) -> None:
        limits, servers = LimitBook(database=database, bot_limits=LIMITS), ServerBook(database=database)
        self._database = database
        self._jobs = JobStore(database=database, limits=limits, servers=servers, owner="bench", running_at_once=4)
        self._numbers = count()
        self._random = Random(1)  # noqa: S311  # who asks next is no secret

    @classmethod
    async def open(cls, where: Path | str, *, jobs: int) -> Self:
        """Open a new database and write its history."""
        database = await Database.open(where)
        await history.write(database, jobs, now=datetime.now(UTC))
        return cls(database)

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()

    async def one(self) -> None:
        """Reserve a video for somebody."""
        now = datetime.now(UTC)
        member = self._random.randrange(history.MEMBERS)
        new = NewJob(
            interaction_id=FIRST_ID + next(self._numbers),
            channel_id=1,
            prompt="a red fox runs through deep snow at dawn",
            spec=SPEC,
            upload_limit=10 * 1024 * 1024,
            estimate_microusd=history.MICROUSD,
            reserved_microusd=history.MICROUSD,
            created_at=now,
        )
        requester = Requester(user_id=member + 1, guild_id=member // history.MEMBERS_OF_A_SERVER + 1)
        await self._jobs.reserve(new, requester, now=now)


class Bare:
    """The driver alone, as durable as the bot: one row and one commit at a time."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open a new file."""
        connection = await aiosqlite.connect(path, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "CREATE TABLE jobs (id INTEGER PRIMARY KEY, prompt TEXT NOT NULL) STRICT",
        ):
            await connection.execute(statement)
        return cls(connection)

    async def close(self) -> None:
        """Close the file."""
        await self._connection.close()

    async def one(self) -> None:
        """Write one row, durably."""
        await self._connection.execute("BEGIN IMMEDIATE")
        await self._connection.execute("INSERT INTO jobs (prompt) VALUES ('a red fox runs through deep snow at dawn')")
        await self._connection.execute("COMMIT")


def rates(paces: Sequence[Pace]) -> Sequence[float]:
    """Return how many a second, round by round."""
    return [pace.per_second for pace in paces]


def costs(paces: Sequence[Pace]) -> Sequence[float]:
    """Return how many milliseconds each, round by round."""
    return [pace.ms for pace in paces]


def worst(paces: Sequence[Pace]) -> Sequence[float]:
    """Return the p99 in milliseconds, round by round."""
    return [pace.p99_ms for pace in paces]
