"""The process that is measured: one client, and everybody's jobs.

It reads its task as JSON from its input, and writes what it saw as the last line of its output.
"""

import asyncio
import cProfile
import json
import resource
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Final

from bench.children import peak, reset_peak, resident
from bench.polling.hastened import run
from bench.polling.task import Client, Seen, Task
from bench.report import quantile

BEAT: Final = 0.05
"""Seconds of the world between looks at the event loop."""

Found = dict[str, float]


async def measure(task: Task) -> Seen:
    """Look after all jobs until they rest, and say what it took."""
    found: Found = {}
    lags: list[float] = []
    async with _client(task, found) as work:
        idle = resident()
        reset_peak()
        profile = cProfile.Profile()
        async with _beating(lags, factor=task.factor):
            began, cpu, loop_cpu = time.monotonic(), _cpu(), time.thread_time()
            if task.profile:
                profile.enable()
            await work()
            profile.disable()
            wall, cpu, loop_cpu = time.monotonic() - began, _cpu() - cpu, time.thread_time() - loop_cpu
        highest = peak()
    if task.profile:
        profile.dump_stats(task.profile)
    return Seen(
        cpu=cpu,
        loop_cpu=loop_cpu,
        wall=wall,
        idle=idle,
        peak=highest,
        lag_p50=quantile(lags, 0.5),
        lag_p99=quantile(lags, 0.99),
        found_at=found,
    )


@asynccontextmanager
async def _client(task: Task, found: Found) -> AsyncGenerator[Callable[[], Awaitable[None]]]:
    """Make the client; only what it needs is loaded, because its memory counts."""
    if task.client in {Client.WORKER, Client.WEBHOOKS}:
        from bench.polling.scene import working  # noqa: PLC0415  # see above
        from ops.logs import set_up_logging  # noqa: PLC0415  # see above

        set_up_logging(level="INFO", style="json", secrets=())
        client = working
    else:
        from bench.polling.clients import bare, official  # noqa: PLC0415  # see above

        client = official if task.client == Client.OFFICIAL else bare
    async with client(task, found) as work:
        yield work


@asynccontextmanager
async def _beating(lags: list[float], *, factor: float) -> AsyncGenerator[None]:
    """Note for as long as this is open by how much each beat of the event loop comes late."""

    async def beat() -> None:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(BEAT * factor)
            lags.append(max(0.0, time.monotonic() - begun - BEAT))

    beating = asyncio.create_task(beat(), name="beat")
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Read the task, and do it."""
    task = Task(**json.load(sys.stdin))
    sys.stdout.write(json.dumps(asdict(run(measure(task), factor=task.factor))) + "\n")


if __name__ == "__main__":
    main()
