"""Measures reservations with durable commits: `uv run python -m bench.reserve [--quick] [--json FILE]`.

Through the job store, as `/video` does it: with no history, 100 thousand and a million jobs of it, and by 64 callers at
once on a file of their own. Beside it the bare driver on the same disk: aiosqlite, which goes to a thread of its own
for each statement as the bot does, with one row into a table without indexes and one commit, as durable. Where a
PostgreSQL server is installed, on a private one too. The exit code is 1 where a goal is missed.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final

from bench.report import RESULTS, Goal, Of, Report, Row, arguments, conclude, keep_quiet, say, side_by_side
from bench.reserve.sides import Bare, Pace, Reserving, costs, paced, rates, worst
from sandbox.postgresql import PostgresMissingError, cluster

HISTORIES: Final = (0, 100_000, 1_000_000)
QUICK_HISTORIES: Final = (0, 1_000, 10_000)
CALLERS: Final = 64
TIMES: Final = 300
QUICK_TIMES: Final = 40
ROUNDS: Final = 7
QUICK_ROUNDS: Final = 2

MONEY_LOCK: Final = (
    "On PostgreSQL one reservation at a time holds the lock on the money, until its commit is on disk: callers there "
    "wait for each other, whichever process they are in, and only what comes before the lock goes on side by side."
)

Paces = Mapping[str, Sequence[Pace]]


async def measure(*, quick: bool) -> Report:
    """Measure all of it, in turn, round by round."""
    histories = QUICK_HISTORIES if quick else HISTORIES
    rounds = QUICK_ROUNDS if quick else ROUNDS
    times = QUICK_TIMES if quick else TIMES
    async with AsyncExitStack() as until_done:
        # Not where the system keeps what is temporary: that may be memory, which waits for no disk.
        RESULTS.mkdir(parents=True, exist_ok=True)
        folder = Path(until_done.enter_context(tempfile.TemporaryDirectory(dir=RESULTS)))
        sides: dict[str, Callable[[], Awaitable[Pace]]] = {}
        bare = await Bare.open(folder / "bare.sqlite3")
        until_done.push_async_callback(bare.close)
        sides["bare"] = partial(paced, bare.one, times=times)
        for jobs in histories:
            say(f"writing {jobs:,} jobs of history")
            bot = await Reserving.open(folder / f"{jobs}.sqlite3", jobs=jobs)
            until_done.push_async_callback(bot.close)
            sides[f"{jobs}"] = partial(paced, bot.one, times=times)
        # On a file of their own: what they leave behind would be a history for the others.
        crowd = await Reserving.open(folder / "many.sqlite3", jobs=0)
        until_done.push_async_callback(crowd.close)
        sides["many"] = partial(paced, crowd.one, times=4 * times, callers=CALLERS)
        rows = rows_of(await side_by_side(sides, rounds=rounds), histories)
    on_server, notes = await _on_postgresql(times=times, rounds=rounds)
    return Report(benchmark="reserve", rows=[*rows, *on_server], is_quick=quick, notes=notes)


def rows_of(seen: Paces, histories: Sequence[int]) -> Sequence[Row]:
    """Return the rows by what was seen of each side: `bare`, `many`, and each number of jobs of history."""
    none, *more = (f"{jobs}" for jobs in histories)
    return [
        Row(
            name="one caller",
            unit="per second",
            ours=rates(seen[none]),
            baseline=rates(seen["bare"]),
            against="bare driver: one row, one commit",
            goal=Goal(of=Of.RATIO, least=0.6),
        ),
        Row(
            name=f"{CALLERS} callers",
            unit="per second",
            ours=rates(seen["many"]),
            baseline=rates(seen[none]),
            against="one caller",
            goal=Goal(of=Of.RATIO, least=5),
        ),
        *(
            Row(
                name=f"after {int(jobs):,} jobs",
                unit="ms each",
                ours=costs(seen[jobs]),
                baseline=costs(seen[none]),
                against="no history",
                goal=Goal(of=Of.RATIO, most=1.3),
            )
            for jobs in more
        ),
        *(Row(name=f"p99, {name}", unit="ms", ours=worst(paces)) for name, paces in seen.items()),
    ]


async def _on_postgresql(*, times: int, rounds: int) -> tuple[Sequence[Row], Sequence[str]]:
    try:
        with cluster(is_durable=True) as server:
            bot = await Reserving.open(server.address.url("postgres"), jobs=0)
            try:
                seen = await side_by_side(
                    {
                        "one": partial(paced, bot.one, times=times),
                        "many": partial(paced, bot.one, times=times, callers=CALLERS),
                    },
                    rounds=rounds,
                )
            finally:
                await bot.close()
    except PostgresMissingError as error:
        return [], [f"PostgreSQL was not measured. {error}"]
    one, many = seen["one"], seen["many"]
    return [
        Row(name="PostgreSQL, one caller", unit="per second", ours=rates(one)),
        Row(
            name=f"PostgreSQL, {CALLERS} callers",
            unit="per second",
            ours=rates(many),
            baseline=rates(one),
            against="one caller",
        ),
        Row(name="p99, PostgreSQL, one caller", unit="ms", ours=worst(one)),
        Row(name=f"p99, PostgreSQL, {CALLERS} callers", unit="ms", ours=worst(many)),
    ], [MONEY_LOCK]


def main() -> int:
    """Read the command line, measure, and say what was seen."""
    chosen = arguments("reserve", __doc__).parse_args()
    keep_quiet()
    return conclude(asyncio.run(measure(quick=chosen.quick)), chosen)


if __name__ == "__main__":
    sys.exit(main())
