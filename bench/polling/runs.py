"""One run: an upstream in a process of its own, a client in another, and what both saw put together."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bench.children import ROOT, run_child
from bench.polling.durations import MEDIAN, durations
from bench.polling.task import Client, Seen, Task
from bench.polling.upstream import UpstreamTask
from bench.report import quantile

CHILD: Final = "bench.polling.child"
UPSTREAM: Final = "bench.polling.upstream"
SECRET: Final = "whsec-bench"  # noqa: S105  # of a stand-in
ANSWER_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of what an upstream says that it saw: a line for all jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run is to be like. Times are seconds of the jobs."""

    client: Client
    jobs: int
    every: float
    factor: float
    """How much faster than the world's the jobs' time passes."""
    window: float = 0.0
    """In which the jobs arrive, evenly; 0: all are there at once."""
    seed: int = 1
    median: float = MEDIAN
    """Of the jobs' durations."""
    profile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was seen, per job where that makes sense. Latencies are seconds of the jobs, the rest of the world."""

    cpu_ms: float
    """Per job, of all threads."""
    loop_cpu_ms: float
    looks: float
    """Per job."""
    requests: float
    """Per job: the submit and the looks."""
    connections: float
    """Per job."""
    p50: float
    """From a job's end until the client knew."""
    p95: float
    idle_mb: float
    added_mb: float
    """The peak over idle, in 10^6 bytes."""
    lag_p99_ms: float
    wall: float
    most_running: int


async def one_run(plan: Plan, *, filled: Path | None = None) -> Run:
    """Run a client over its jobs. `filled` is the worker's file, which is copied first.

    Raises:
        RuntimeError: a process failed, or a job was not followed to its end.
    """
    taken = durations(plan.jobs, seed=plan.seed, median=plan.median)
    upstream = UpstreamTask(seconds=[each / plan.factor for each in taken], webhook_secret=SECRET)
    with tempfile.TemporaryDirectory(prefix="bench-polling-") as folder:
        database = Path(folder) / "bot.db"
        if filled is not None:
            await asyncio.to_thread(shutil.copy, filled, database)
        told: dict[str, Any] = {}
        async with _upstream(upstream, told) as url:
            task = Task(
                client=plan.client,
                url=url,
                jobs=plan.jobs,
                window=plan.window,
                factor=plan.factor,
                every=plan.every,
                database=str(database),
                webhook_secret=SECRET,
                profile=plan.profile,
            )
            seen = Seen(**await run_child(CHILD, asdict(task)))
    return _together(plan, seen, told)


@asynccontextmanager
async def _upstream(task: UpstreamTask, told: dict[str, Any]) -> AsyncGenerator[str]:
    """Run an upstream; yields its address, and puts into `told` what it saw once it has ended."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", UPSTREAM),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=ANSWER_LIMIT,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the upstream has no pipes")
    try:
        process.stdin.write(json.dumps(asdict(task)).encode() + b"\n")
        yield (await process.stdout.readline()).decode().strip()
        process.stdin.close()
        told |= json.loads(await process.stdout.readline())
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _together(plan: Plan, seen: Seen, told: Mapping[str, Any]) -> Run:
    done_at: Mapping[str, float] = told["done_at"]
    if done_at.keys() != seen.found_at.keys() or len(done_at) != plan.jobs:
        raise RuntimeError(f"{len(done_at)} jobs were submitted and {len(seen.found_at)} of {plan.jobs} found")
    late = [plan.factor * (at - done_at[remote_id]) for remote_id, at in seen.found_at.items()]
    return Run(
        cpu_ms=1_000 * seen.cpu / plan.jobs,
        loop_cpu_ms=1_000 * seen.loop_cpu / plan.jobs,
        looks=told["looks"] / plan.jobs,
        requests=(told["looks"] + told["submits"]) / plan.jobs,
        connections=told["connections"] / plan.jobs,
        p50=quantile(late, 0.5),
        p95=quantile(late, 0.95),
        idle_mb=seen.idle / 1e6,
        added_mb=(seen.peak - seen.idle) / 1e6,
        lag_p99_ms=1_000 * seen.lag_p99,
        wall=seen.wall,
        most_running=told["most_running"],
    )
