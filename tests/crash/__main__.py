"""The kill matrix from the command line: `python -m tests.crash`, and with `--pairs` all pairs of kills.

Without `--story` it plays the video that is delivered at every point, and every other story at every second request:
to die after one request is nearly to die before the next.
A story that is a sequel is played only where it is told nowhere else.
With `--story` it plays that one at every point; `--kind http` leaves out the statements.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence

from tests.crash.cell import Outcome, Variation
from tests.crash.mutants import MUTANTS
from tests.crash.points import EVERY_SERIES, Kind
from tests.crash.stories import DELIVERED, STORIES
from tests.crash.sweep import JOBS, Plan, sweep
from tests.grounds import ENGINES, ground_of


def main(arguments: Sequence[str]) -> int:
    """Run the sweeps; 0 where nothing was violated."""
    # A stand-in's server complains of every client that dies in the middle of a request; here that is the point.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    chosen = _read(arguments)
    with ground_of(chosen.database) as ground:
        summary = asyncio.run(sweep(_plans(chosen), ground=ground, show=_show, jobs=chosen.jobs))
    _say(str(summary))
    return 1 if summary.faults else 0


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.crash", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", choices=ENGINES, default=ENGINES[0], help="the bot's engine")
    parser.add_argument("--pairs", action="store_true", help="kill once more while the bot recovers; takes long")
    parser.add_argument("--kind", choices=[*Kind], help="only requests, or only statements")
    parser.add_argument("--story", choices=[*STORIES], action="append", help="only this one; may be given again")
    parser.add_argument("--nonce-memory", choices=("on", "off"), default="on", help="whether Discord remembers nonces")
    parser.add_argument("--first-start", action="store_true", help="begin without a database: its making counts too")
    parser.add_argument("--every", type=int, metavar="K", help="only every K-th point, or with 1 every one")
    parser.add_argument("--jobs", type=int, default=JOBS, metavar="N", help="cells at a time")
    parser.add_argument("--mutant", choices=[*MUTANTS], help="a fault to put into the bot")
    return parser.parse_args(arguments)


def _plans(chosen: argparse.Namespace) -> Sequence[Plan]:
    plans: list[Plan] = []
    for name in chosen.story or STORIES:
        story = STORIES[name]
        every_kind = {*Kind} if chosen.story or story is DELIVERED else {Kind.HTTP}
        kinds = {chosen.kind} if chosen.kind else every_kind
        plans.append(
            Plan(
                series=[series for series in EVERY_SERIES if series.kind in kinds],
                variation=Variation(
                    story=story, remembers_nonces=chosen.nonce_memory == "on", mutant=chosen.mutant or ""
                ),
                every=chosen.every or (1 if chosen.story or story is DELIVERED else 2),
                pairs=chosen.pairs,
                is_first_start=chosen.first_start,
            )
        )
    return plans


def _show(outcome: Outcome) -> None:
    where = " then ".join(str(point) for point in outcome.points)
    _say(f"{outcome.story}  {where}  {'VIOLATED' if outcome.violations else 'ok'}")
    for violation in outcome.violations:
        _say(f"    {violation}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
