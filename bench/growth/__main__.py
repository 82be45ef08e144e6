"""Measures what a job costs with few and with many others in line: `uv run python -m bench.growth [--quick]`.

The bot's own worker and store take jobs from a line of 100, 1,000, 10,000 and 100,000, over both engines, through every
step until they are settled, while the video API and Discord answer at once. Counted are the statements, and the
processor time of ours and of PostgreSQL's sessions. The goal: at most 1.3 times what it is with 100.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.backlog import queue
from bench.growth.scene import Cost, cost_of
from bench.psql import run_statement
from bench.report import ROUNDS, Goal, Of, Report, Row, arguments, conclude, keep_quiet, say, side_by_side
from sandbox.postgresql import Cluster, PostgresMissingError, cluster
from services.database import Database

LINES: Final = (100, 1_000, 10_000, 100_000)
QUICK_LINES: Final = (100, 1_000)
JOBS: Final = 80
"""How many of the line are made in each round."""
QUICK_JOBS: Final = 30
MOST_GROWTH: Final = 1.3
SERVERS_OWN: Final = "postgres"

Measure = Callable[[], Awaitable[Cost]]


async def measure(*, quick: bool) -> Report:
    """Measure both engines; PostgreSQL only where it is installed."""
    lines, jobs, rounds = (QUICK_LINES, QUICK_JOBS, 1) if quick else (LINES, JOBS, ROUNDS)
    notes = [f"{jobs} jobs of the line in each round, 20 jobs of a server in line."]
    with tempfile.TemporaryDirectory(prefix="bench-growth-") as folder:
        rows = _rows("SQLite", await _sqlite(Path(folder), lines=lines, jobs=jobs, rounds=rounds))
        try:
            with cluster() as server:
                found = await _postgresql(server, Path(folder), lines=lines, jobs=jobs, rounds=rounds)
                rows += _rows("PostgreSQL", found)
        except PostgresMissingError as error:
            notes.append(str(error))
    return Report(benchmark="growth", rows=rows, is_quick=quick, notes=notes)


async def _sqlite(folder: Path, *, lines: Sequence[int], jobs: int, rounds: int) -> Mapping[int, Sequence[Cost]]:
    def over(line: int) -> Measure:
        async def measured() -> Cost:
            # A copy each time: what a round has done to the line is not in the next one.
            with tempfile.TemporaryDirectory(dir=folder) as own:
                copy = shutil.copyfile(_file(folder, line), Path(own) / "round.sqlite3")
                return await cost_of(copy, folder=folder, jobs=jobs)

        return measured

    for line in lines:
        await _fill(_file(folder, line), line)
    return await _measured({line: over(line) for line in lines}, rounds=rounds)


async def _postgresql(
    server: Cluster, folder: Path, *, lines: Sequence[int], jobs: int, rounds: int
) -> Mapping[int, Sequence[Cost]]:
    address = server.address
    pid = _process_of(server)

    def over(line: int) -> Measure:
        async def measured() -> Cost:
            await run_statement(address.url(SERVERS_OWN), f"CREATE DATABASE round TEMPLATE line_{line}")
            try:
                return await cost_of(address.url("round"), folder=folder, jobs=jobs, server=pid)
            finally:
                await run_statement(address.url(SERVERS_OWN), "DROP DATABASE round WITH (FORCE)")

        return measured

    for line in lines:
        await run_statement(address.url(SERVERS_OWN), f"CREATE DATABASE line_{line}")
        await _fill(address.url(f"line_{line}"), line)
        # As its own sweeper would in passing, which this server has switched off.
        await run_statement(address.url(f"line_{line}"), "VACUUM ANALYZE")
    return await _measured({line: over(line) for line in lines}, rounds=rounds)


def _process_of(server: Cluster) -> int:
    return int((Path(server.address.folder) / "data" / "postmaster.pid").read_text().splitlines()[0])


async def _measured(sides: Mapping[int, Measure], *, rounds: int) -> Mapping[int, Sequence[Cost]]:
    seen = await side_by_side({f"{line:,} in line": side for line, side in sides.items()}, rounds=rounds)
    return {line: seen[f"{line:,} in line"] for line in sides}


async def _fill(where: Path | str, line: int) -> None:
    say(f"putting {line:,} jobs in line")
    database = await Database.open(where)
    try:
        await queue(database, line, now=datetime.now(UTC))
        await database.empty_log()
    finally:
        await database.close()


def _file(folder: Path, line: int) -> Path:
    return folder / f"line-{line}.sqlite3"


def _rows(engine: str, seen: Mapping[int, Sequence[Cost]]) -> list[Row]:
    fewest = min(seen)
    against = f"{fewest} in line"
    goal = Goal(of=Of.RATIO, most=MOST_GROWTH)
    rows: list[Row] = []
    for line, costs in seen.items():
        if line == fewest:
            continue
        name = f"{engine}, {line:,} in line"
        cpu = ([cost.cpu_ms for cost in costs], [cost.cpu_ms for cost in seen[fewest]])
        statements = ([cost.statements for cost in costs], [cost.statements for cost in seen[fewest]])
        rows += [
            Row(name=f"{name}: CPU", unit="ms a job", ours=cpu[0], baseline=cpu[1], against=against, goal=goal),
            Row(
                name=f"{name}: statements",
                unit="a job",
                ours=statements[0],
                baseline=statements[1],
                against=against,
                goal=goal,
            ),
        ]
    return rows


def main() -> int:
    """Read the command line, measure, and say what was seen."""
    chosen = arguments("growth", __doc__).parse_args()
    keep_quiet()
    return conclude(asyncio.run(measure(quick=chosen.quick)), chosen)


if __name__ == "__main__":
    sys.exit(main())
