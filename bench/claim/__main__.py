"""Measures how many steps 1, 4 and 16 workers take together: `uv run python -m bench.claim [--quick] [--json FILE]`.

Each worker is a process of its own. All claim from one PostgreSQL, which waits for the disk at every commit, and write
every step down. Beside it the same with one claim at a time, as it would be without SKIP LOCKED. Every step is counted
by its job: the goal is that none is taken twice and none is left over.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from bench.backlog import send
from bench.children import ROOT
from bench.claim.child import Seen, Task
from bench.psql import run_statement
from bench.report import ROUNDS, Goal, Report, Row, arguments, conclude, keep_quiet, side_by_side
from sandbox.postgresql import Cluster, cluster
from services.database import Database

WORKERS: Final = (1, 4, 16)
QUICK_WORKERS: Final = (1, 4)
STEPS: Final = 1_000
QUICK_STEPS: Final = 100
SERVERS_OWN: Final = "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What all workers of a round did together."""

    rate: float
    """Steps a second, from the first worker's beginning to the last one's end."""
    twice: int
    left_over: int


async def measure(*, quick: bool) -> Report:
    """Measure all numbers of workers, each in both ways."""
    workers, steps, rounds = (QUICK_WORKERS, QUICK_STEPS, 1) if quick else (WORKERS, STEPS, ROUNDS)
    with cluster(is_durable=True) as server:
        sides = {
            _name(count, in_turns=in_turns): _side(server, count, steps=steps, in_turns=in_turns)
            for count in workers
            for in_turns in (False, True)
        }
        seen = await side_by_side(sides, rounds=rounds)
    rows: list[Row] = []
    for count in workers:
        ours, baseline = seen[_name(count, in_turns=False)], seen[_name(count, in_turns=True)]
        rows += [
            Row(
                name=f"{count} {'worker' if count == 1 else 'workers'}: steps",
                unit="a second",
                ours=[each.rate for each in ours],
                baseline=[each.rate for each in baseline],
                against="one claim at a time",
            ),
            _none(f"{count}: steps taken twice", [each.twice for each in ours]),
            _none(f"{count}: steps not taken", [each.left_over for each in ours]),
        ]
    notes = [f"{steps:,} steps a round, each a durable commit; a claim takes 10."]
    return Report(benchmark="claim", rows=rows, is_quick=quick, notes=notes)


def _name(workers: int, *, in_turns: bool) -> str:
    return f"{workers} workers{', one claim at a time' if in_turns else ''}"


def _none(name: str, found: Sequence[int]) -> Row:
    return Row(name=name, unit="steps", ours=[max(found)], goal=Goal(most=0))


def _side(server: Cluster, workers: int, *, steps: int, in_turns: bool) -> Callable[[], Awaitable[Round]]:
    async def measured() -> Round:
        own, url = server.address.url(SERVERS_OWN), server.address.url("round")
        await run_statement(own, "CREATE DATABASE round")
        try:
            database = await Database.open(url)
            await send(database, [f"gen-{number}" for number in range(steps)], now=datetime.now(UTC))
            await database.close()
            await run_statement(url, "VACUUM ANALYZE")
            tasks = [Task(database=url, name=f"worker {number}", in_turns=in_turns) for number in range(workers)]
            return _together(await _race(tasks), steps=steps)
        finally:
            await run_statement(own, "DROP DATABASE round WITH (FORCE)")

    return measured


def _together(seen: Sequence[Seen], *, steps: int) -> Round:
    times = Counter(job_id for each in seen for job_id in each.jobs)
    took = max(each.ended for each in seen) - min(each.began for each in seen)
    return Round(
        rate=times.total() / took, twice=sum(count - 1 for count in times.values()), left_over=steps - len(times)
    )


async def _race(tasks: Sequence[Task]) -> Sequence[Seen]:
    """Let one process for each task begin at the same moment."""
    async with AsyncExitStack() as stack:
        children = [await _started(stack, task) for task in tasks]
        for child in children:
            _line(child, "")
        return [Seen(**json.loads(await _answer(child))) for child in children]


async def _started(stack: AsyncExitStack, task: Task) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.claim.child"), stdin=pipe, stdout=pipe, cwd=ROOT, limit=2**24
    )
    stack.push_async_callback(_ended, child)
    _line(child, json.dumps(asdict(task)))
    await _answer(child)
    return child


def _line(child: asyncio.subprocess.Process, text: str) -> None:
    if child.stdin is not None:
        child.stdin.write(f"{text}\n".encode())


async def _answer(child: asyncio.subprocess.Process) -> bytes:
    answer = await child.stdout.readline() if child.stdout is not None else b""
    if not answer:
        raise RuntimeError("a worker ended; what it complained of stands above")
    return answer


async def _ended(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        child.kill()
    await child.wait()


def main() -> int:
    """Read the command line, measure, and say what was seen."""
    chosen = arguments("claim", __doc__).parse_args()
    keep_quiet()
    return conclude(asyncio.run(measure(quick=chosen.quick)), chosen)


if __name__ == "__main__":
    sys.exit(main())
