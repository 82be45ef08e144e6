"""Watches what goes on while something runs: how late the event loop is, and how much the children take."""

import asyncio
import re
import resource
import statistics
import threading
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

BEAT: Final = 0.005
"""Seconds between looks at the event loop."""
LOOK: Final = 0.05
"""Seconds between looks at the children, from a thread: the event loop is not to be late because of them."""


@dataclass(slots=True)
class Watch:
    """What was seen; complete once the watching is over."""

    lags: list[float] = field(default_factory=list[float])
    """Seconds by which each beat came late."""
    child_kib: int = 0
    """The most memory that any one child held."""
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of children that have ended."""


@asynccontextmanager
async def watching() -> AsyncGenerator[Watch]:
    """Watch for as long as this is open."""
    watch, over = Watch(), threading.Event()
    beating = asyncio.create_task(_beat(watch), name="beat")
    looking = asyncio.create_task(asyncio.to_thread(_look, watch, over), name="look")
    begun, cpu = time.perf_counter(), _children_cpu()
    try:
        yield watch
    finally:
        watch.wall_seconds, watch.cpu_seconds = time.perf_counter() - begun, _children_cpu() - cpu
        over.set()
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        await looking


def p99(seconds: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(seconds, n=100)[98] if len(seconds) > 1 else 0.0


def children() -> Sequence[int]:
    """Return the numbers of all living children of this process; none where there is no /proc."""
    found: list[int] = []
    for listing in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, listing.read_text().split())
    return found


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _beat(watch: Watch) -> None:
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(BEAT)
        watch.lags.append(time.perf_counter() - begun - BEAT)


def _look(watch: Watch, over: threading.Event) -> None:
    while not over.wait(LOOK):
        watch.child_kib = max([watch.child_kib, *map(_memory, children())])


def _memory(pid: int) -> int:
    """Return the most memory that a process has held, in KiB."""
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) if found else 0
    return 0
