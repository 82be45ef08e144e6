"""Measures what looking after jobs costs: `uv run python -m bench.polling [--jobs 1000 5000] [--quick] [--json FILE]`.

First, without any waiting, how many looks policies need and how late they find: fixed intervals, the bot's schedule
with and without what it learns, and the best that can be at all. Then the whole worker, with its table of jobs on the
disk, follows jobs of a stand-in upstream, in turn with the official `openrouter` package (one task for each job, as its
guide shows) and with bare aiohttp. Downloads and posting are left out: others measure them. Last, many jobs at once.

Jobs take as long as lognormal quantiles with a median of 90 s and sigma 0.5 say. So that a run takes no ten minutes,
the clock of every client and of the upstream runs faster; CPU per job does not depend on that. Five thousand jobs run
in real time. All of it takes about half an hour.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from bench.polling.filling import fill
from bench.polling.runs import Plan, Run, one_run
from bench.polling.tables import (
    EVERY,
    Sides,
    compare_policies,
    crowd_rows,
    life_rows,
    policy_rows,
)
from bench.polling.task import Client
from bench.report import ROUNDS, Report, Row, arguments, conclude, say, side_by_side

GUIDE: Final = 30.0
"""Seconds between looks in the official guide."""
SHORT_JOBS: Final = 100
"""So few that even the slowest client is not kept waiting by its own work at the short runs' pace."""
SHORT_FACTOR: Final = 20.0
POLICY_JOBS: Final = 3_000
CROWD: Final = 2_000
"""From so many jobs on time runs as it does."""
FASTER: Final = 10.0
"""Below that."""
WINDOW: Final = 0.0
"""All jobs are there at once. Were some due later, the worker would pass them in line again and again, as no real line
has it; and were they reserved meanwhile, that would be counted to it."""
NOTES: Final = (
    "CPU is of the client's process alone, all threads, from the first job's arrival until all rest.",
    "The worker keeps every job durably, and submits over a fresh connection each time; the others do neither.",
    "Plain HTTP on loopback. With TLS a fresh connection costs some 2 ms more, which falls on the worker's submits.",
    "Latency is from a job's end until the client knew, in seconds of the jobs, told by webhook in the world's.",
)


async def measure(*, sizes: Sequence[int], is_quick: bool, has_official: bool) -> Report:
    """Measure all of it."""
    say("playing the policies")
    policies = compare_policies(jobs=500 if is_quick else POLICY_JOBS, seeds=1 if is_quick else ROUNDS)
    with tempfile.TemporaryDirectory(prefix="bench-polling-") as folder:
        filled = partial(_filled, Path(folder))
        sides = await _sides(filled, rounds=1 if is_quick else ROUNDS, jobs=20 if is_quick else SHORT_JOBS)
        crowds = [row for jobs in sizes for row in await _crowd(filled, jobs, has_official=has_official)]
    pace = f"Short runs: {SHORT_JOBS} jobs whose time passes {SHORT_FACTOR:.0f} times faster."
    rows: Sequence[Row] = (*policy_rows(policies), *life_rows(sides), *crowds)
    return Report(benchmark="polling", rows=rows, is_quick=is_quick, notes=(*NOTES, pace))


async def _filled(folder: Path, jobs: int) -> Path:
    """Return a file in which so many jobs wait, made at the first time."""
    path = folder / f"{jobs}.db"
    if not path.exists():
        await fill(path, jobs=jobs, window=WINDOW)
    return path


async def _sides(filled: Callable[[int], Awaitable[Path]], *, rounds: int, jobs: int) -> Sides:
    file = await filled(jobs)

    def side(client: Client, every: float) -> Callable[[], Awaitable[Run]]:
        plan = Plan(client=client, jobs=jobs, every=every, factor=SHORT_FACTOR, window=WINDOW)
        return lambda: one_run(plan, filled=file)

    seen = await side_by_side(
        {
            "worker": side(Client.WORKER, EVERY),
            "official": side(Client.OFFICIAL, GUIDE),
            "bare": side(Client.BARE, GUIDE),
            "bare, every 10 s": side(Client.BARE, EVERY),
            "webhooks": side(Client.WEBHOOKS, EVERY),
        },
        rounds=rounds,
    )
    return Sides(
        worker=seen["worker"],
        official=seen["official"],
        bare=seen["bare"],
        bare_often=seen["bare, every 10 s"],
        webhooks=seen["webhooks"],
        factor=SHORT_FACTOR,
    )


async def _crowd(filled: Callable[[int], Awaitable[Path]], jobs: int, *, has_official: bool) -> Sequence[Row]:
    factor = 1.0 if jobs >= CROWD else FASTER
    file = await filled(jobs)

    async def run(client: Client, every: float) -> Run:
        say(f"{jobs:,} jobs: {client}")
        plan = Plan(client=client, jobs=jobs, every=every, factor=factor, window=WINDOW)
        return await one_run(plan, filled=file)

    ours = await run(Client.WORKER, EVERY)
    official = await run(Client.OFFICIAL, GUIDE) if has_official else None
    return crowd_rows(jobs, ours=ours, official=official)


def main() -> int:
    """Read the command line, measure, and say what was seen."""
    parser = arguments("polling", __doc__)
    parser.add_argument("--jobs", type=int, nargs="*", default=(1_000, 5_000), help="sizes of the crowds")
    parser.add_argument("--no-official", action="store_true", help="no crowds for the official package, which is slow")
    chosen = parser.parse_args()
    sizes: Sequence[int] = () if chosen.quick else chosen.jobs
    report = asyncio.run(measure(sizes=sizes, is_quick=chosen.quick, has_official=not chosen.no_official))
    return conclude(report, chosen)


if __name__ == "__main__":
    sys.exit(main())
