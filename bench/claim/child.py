"""One worker process: claims looks that are due, and writes each down, until there are none left.

It says when it is ready, and begins when it is told to, so that how long processes take to start is in no figure.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.report import keep_quiet
from services.database import Database
from services.errors import StaleJobError
from services.jobs import JobStore
from services.limits import BotLimits, LimitBook, ServerBook
from services.models import Job, JobState

LEASE: Final = timedelta(minutes=10)
AT_A_TIME: Final = 10
"""Jobs that a worker claims at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one process does. `in_turns` lets one process at a time claim, instead of each what no other has."""

    database: str
    name: str
    in_turns: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The steps that were taken, by job, and when by the system's monotonic clock."""

    jobs: Sequence[int]
    stale: int
    """Steps whose job had been taken away."""
    began: float
    ended: float


class OneAtATime(JobStore):
    """Claims as a queue without SKIP LOCKED has to: nobody looks for work while somebody does."""

    async def claim(self, *, now: datetime, lease: timedelta, most: int = AT_A_TIME) -> Sequence[Job]:
        """See `JobStore`: the same statements, inside a lock that is let go once they are committed."""
        async with self._database.transaction() as tx:
            await tx.hold("claims")
            return await super().claim(now=now, lease=lease, most=most)


async def work(task: Task) -> Seen:
    """Take steps until none is left."""
    database = await Database.open(task.database)
    try:
        kind = OneAtATime if task.in_turns else JobStore
        jobs = kind(
            database=database,
            limits=LimitBook(database=database, bot_limits=BotLimits(videos_per_day=1, everywhere_per_day=1)),
            servers=ServerBook(database=database),
            owner=task.name,
            running_at_once=1,
        )
        _say({"is_ready": True})
        await asyncio.to_thread(sys.stdin.readline)
        return await _take_all(jobs)
    finally:
        await database.close()


async def _take_all(jobs: JobStore) -> Seen:
    began, taken, stale = time.monotonic(), list[int](), 0
    while claimed := await jobs.claim(now=datetime.now(UTC), lease=LEASE, most=AT_A_TIME):
        for job in claimed:
            try:
                # Due again when nobody here waits for it any more: each job is one step.
                await jobs.move(job, JobState.DOWNLOADING, now=datetime.now(UTC), next_at=datetime.now(UTC) + LEASE)
                taken.append(job.id)
            except StaleJobError:
                stale += 1
    return Seen(jobs=taken, stale=stale, began=began, ended=time.monotonic())


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    keep_quiet()
    _say(asdict(asyncio.run(work(Task(**json.loads(sys.stdin.readline()))))))
