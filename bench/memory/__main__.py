"""Measures what a waiting job adds to the bot's memory: `uv run python -m bench.memory [--quick] [--json FILE]`.

A process of its own runs the real worker and store over a file of jobs until all of them wait: in the queue, or
upstream between two looks. Beside it the same over an empty file. The difference, for each job, is what is judged.
Python's own objects are counted in runs of their own, because counting them takes memory itself. Linux only.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from bench import backlog
from bench.children import run_child
from bench.memory.child import Seen, Task
from bench.report import ROUNDS, Goal, Report, Row, arguments, conclude, say, side_by_side
from services.database import Database

JOBS: Final = 50_000
FEW: Final = 500
COUNTED: Final = 2_000
"""Jobs whose objects are counted: that is slow, and exact however few they are."""
MOST_BYTES: Final = 300
RUNNING_AT_ONCE: Final = 4
FILE: Final = "bot.sqlite3"
IDLE, QUEUED, UPSTREAM = "idle", "queued", "upstream"
SITUATIONS: Final[Mapping[str, str]] = {
    QUEUED: "a job in the queue",
    UPSTREAM: "a job upstream, between two looks",
}
MEBIBYTE: Final = 1024 * 1024


async def measure(jobs: int, *, rounds: int, folder: Path) -> Report:
    """Fill the files of jobs once, and hold copies of them in one process after the other."""
    few = min(jobs, COUNTED)
    seen = await side_by_side(await _sides(jobs, folder=folder / "all", is_traced=False), rounds=rounds)
    counted = await side_by_side(await _sides(few, folder=folder / "few", is_traced=True), rounds=1)
    rows = [
        row for name in SITUATIONS for row in (*_resident(name, seen, jobs=jobs), _objects(name, counted, jobs=few))
    ]
    return Report(benchmark="memory", rows=rows, is_quick=jobs < JOBS, notes=_notes(counted, jobs=few))


async def _sides(jobs: int, *, folder: Path, is_traced: bool) -> Mapping[str, Callable[[], Awaitable[Seen]]]:
    """Fill a file for each situation, and return how to measure it."""
    await _fill(jobs, folder=folder)
    first = min(jobs, RUNNING_AT_ONCE)
    looks, submits = {IDLE: 0, QUEUED: 0, UPSTREAM: jobs}, {IDLE: 0, QUEUED: first, UPSTREAM: 0}
    return {
        name: partial(_hold, folder, name, looks=looks[name], submits=submits[name], is_traced=is_traced)
        for name in (IDLE, *SITUATIONS)
    }


async def _fill(jobs: int, *, folder: Path) -> None:
    now = datetime.now(UTC)
    for name in (IDLE, *SITUATIONS):
        say(f"filling a file: {name}, {0 if name == IDLE else jobs} jobs")
        place = folder / name
        await asyncio.to_thread(place.mkdir, parents=True)
        database = await Database.open(place / FILE)
        try:
            if name == QUEUED:
                await backlog.queue(database, jobs, now=now)
            elif name == UPSTREAM:
                await backlog.send(database, [f"gen-vid-1764000000-{number:020}" for number in range(jobs)], now=now)
        finally:
            await database.close()


async def _hold(folder: Path, name: str, *, looks: int, submits: int, is_traced: bool) -> Seen:
    """Run one child over a copy of its file."""
    copy = folder / "copy"
    await asyncio.to_thread(shutil.copytree, folder / name, copy)
    try:
        task = Task(
            database=str(copy / FILE),
            looks=looks,
            submits=submits,
            running_at_once=RUNNING_AT_ONCE,
            is_traced=is_traced,
        )
        return Seen.read(await run_child("bench.memory.child", asdict(task)))
    finally:
        await asyncio.to_thread(shutil.rmtree, copy)


def _resident(name: str, seen: Mapping[str, Sequence[Seen]], *, jobs: int) -> Sequence[Row]:
    held, idle = ([each.resident for each in seen[which]] for which in (name, IDLE))
    return (
        Row(
            name=f"{SITUATIONS[name]}: {jobs:,} of them, resident",
            unit="MiB",
            ours=[each / MEBIBYTE for each in held],
            baseline=[each / MEBIBYTE for each in idle],
            against="the idle worker",
        ),
        Row(
            name=f"{SITUATIONS[name]}: above idle",
            unit="bytes a job",
            ours=[(ours - base) / jobs for ours, base in zip(held, idle, strict=True)],
            goal=Goal(most=MOST_BYTES),
        ),
    )


def _objects(name: str, counted: Mapping[str, Sequence[Seen]], *, jobs: int) -> Row:
    added = counted[name][0].traced - counted[IDLE][0].traced
    return Row(name=f"{SITUATIONS[name]}: of that, Python objects", unit="bytes a job", ours=[added / jobs])


def _notes(counted: Mapping[str, Sequence[Seen]], *, jobs: int) -> Sequence[str]:
    """Return where the memory of jobs upstream was asked for, by line."""
    places = counted[UPSTREAM][0].places
    held = (f"{each.size / jobs:7.0f} bytes, {each.blocks / jobs:.1f} blocks a job: {each.line}" for each in places)
    return ("Where the objects of jobs upstream come from (counted once, exactly):", *held)


def main() -> int:
    """Read the command line and measure."""
    chosen = arguments("memory", __doc__).parse_args()
    jobs, rounds = (FEW, 1) if chosen.quick else (JOBS, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as folder:
        report = asyncio.run(measure(jobs, rounds=rounds, folder=Path(folder)))
    return conclude(report, chosen)


if __name__ == "__main__":
    sys.exit(main())
