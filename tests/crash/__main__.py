"""The kill matrix from the command line: `python -m tests.crash`, and with `--pairs` all pairs of kills."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence

from tests.crash.cell import Outcome, Variation
from tests.crash.points import EVERY_SERIES, Kind
from tests.crash.sweep import Plan, sweep


def main(arguments: Sequence[str]) -> int:
    """Run the sweep; 0 where nothing was violated."""
    # A stand-in's server complains of every client that dies in the middle of a request; here that is the point.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    summary = asyncio.run(sweep(_plan(arguments), show=_show))
    _say(str(summary))
    return 1 if summary.faults else 0


def _plan(arguments: Sequence[str]) -> Plan:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--pairs", action="store_true", help="kill once more while the bot recovers; takes hours")
    parser.add_argument("--kind", choices=[*Kind], help="only requests, or only statements")
    parser.add_argument("--nonce-memory", choices=("on", "off"), default="on", help="whether Discord remembers nonces")
    parser.add_argument("--upstream", choices=("completed", "failed"), default="completed", help="how every job ends")
    parser.add_argument("--every", type=int, default=1, metavar="K", help="only every K-th point")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="cells at a time")
    parser.add_argument("--mutant", default="", help="a fault to put into the bot, from tests.crash.mutants")
    chosen = parser.parse_args(arguments)
    return Plan(
        series=[series for series in EVERY_SERIES if chosen.kind in {None, series.kind}],
        variation=Variation(
            remembers_nonces=chosen.nonce_memory == "on", upstream=chosen.upstream, mutant=chosen.mutant
        ),
        every=chosen.every,
        pairs=chosen.pairs,
        jobs=chosen.jobs,
    )


def _show(outcome: Outcome) -> None:
    where = " then ".join(str(point) for point in outcome.points)
    _say(f"{where}  {'VIOLATED' if outcome.violations else 'ok'}")
    for violation in outcome.violations:
        _say(f"    {violation}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
