"""The process whose memory is measured: the real worker and store over a real file of jobs, until all of them wait.

Between two looks nothing happens for ten minutes, so the worker has come to rest once every job was looked at and
its tasks have ended.
"""

import asyncio
import gc
import json
import sys
import tracemalloc
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench.children import ROOT, resident
from bench.memory.stubs import EndlessVideos, SilentDelivery
from bench.report import keep_quiet
from services.database import Database
from services.generation import ClipShelf, Plan, Steps, Worker
from services.jobs import Detours, JobStore
from services.limits import BotLimits, LimitBook, ServerBook
from services.media import Fitter
from services.pictures import PictureShelf
from services.schedule import Schedule

LONG: Final = timedelta(minutes=10)
"""Between looks: none comes twice while this runs."""
GLANCE: Final = 0.05
REST: Final = 20
"""Glances in a row at which nothing was new: no call, and no task more or less."""
PLACES: Final = 12
"""Of the lines that hold most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Which file of jobs to work on, and how many of them are to be looked at before it rests."""

    database: str
    looks: int
    submits: int
    running_at_once: int
    is_traced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line that holds memory, with what it called."""

    line: str
    size: int
    blocks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Bytes at rest."""

    resident: int
    traced: int
    """Of Python's own objects; 0 unless asked for, because following them costs memory itself."""
    places: Sequence[Place]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Seen":
        """Read what a child wrote."""
        return cls(
            resident=told["resident"], traced=told["traced"], places=[Place(**place) for place in told["places"]]
        )


async def wait_with_jobs(task: Task) -> Seen:
    """Hold the jobs until all of them wait, and look at the memory."""
    if task.is_traced:
        tracemalloc.start()
    api = EndlessVideos()
    database = await Database.open(Path(task.database))
    try:
        worker = _worker(database, api, folder=Path(task.database).parent, running_at_once=task.running_at_once)
        running = asyncio.create_task(worker.run())
        await _rest(api, task)
        seen = _look(is_traced=task.is_traced)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    finally:
        await database.close()
    return seen


def _worker(database: Database, api: EndlessVideos, *, folder: Path, running_at_once: int) -> Worker:
    limits = LimitBook(database=database, bot_limits=BotLimits(videos_per_day=1, everywhere_per_day=1))
    servers = ServerBook(database=database)
    jobs = JobStore(database=database, limits=limits, servers=servers, owner="bench", running_at_once=running_at_once)
    steps = Steps(
        jobs=jobs,
        detours=Detours(database=database),
        api=api,
        delivery=SilentDelivery(),
        shelf=ClipShelf(folder=folder / "clips", api=api, fitter=Fitter(None), max_bytes=1),
        pictures=PictureShelf(folder / "pictures"),
        plan=Plan(deadline=24 * LONG, clip_retention=LONG, schedule=Schedule(first=LONG, every=LONG, late=24 * LONG)),
        clock=_now,
    )
    return Worker(jobs=jobs, steps=steps, clock=_now)


async def _rest(api: EndlessVideos, task: Task) -> None:
    """Wait until every job was looked at and nothing goes on."""
    quiet, before = 0, (0, 0)
    while quiet < REST or api.looks < task.looks or api.submits < task.submits:
        await asyncio.sleep(GLANCE)
        now = (api.looks + api.submits, len(asyncio.all_tasks()))
        quiet, before = (quiet + 1 if now == before else 0), now


def _look(*, is_traced: bool) -> Seen:
    gc.collect()
    if not is_traced:
        return Seen(resident=resident(), traced=0, places=())
    held = tracemalloc.take_snapshot().statistics("lineno")
    return Seen(
        resident=resident(),
        traced=tracemalloc.get_traced_memory()[0],
        places=[
            Place(line=str(each.traceback[0]).removeprefix(f"{ROOT}/"), size=each.size, blocks=each.count)
            for each in held[:PLACES]
        ],
    )


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    keep_quiet()
    sys.stdout.write(json.dumps(asdict(asyncio.run(wait_with_jobs(Task(**json.load(sys.stdin)))))))
