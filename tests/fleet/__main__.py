"""The fleet from the command line: `python -m tests.fleet --gateways 4 --workers 8 --minutes 10`."""

import argparse
import asyncio
import logging
import random
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

from sandbox.postgresql import cluster
from tests.fleet.fleet import Plan, Verdict, sail
from tests.postgresql.ground import make_template, standing_on


def main(arguments: Sequence[str]) -> int:
    """Run one fleet and print its verdict; 0 where nothing was violated. Its folder is kept where something was."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N", help="how long")
    parser.add_argument("--gateways", type=int, default=4, metavar="N", help="processes that answer members")
    parser.add_argument("--workers", type=int, default=8, metavar="N", help="processes that make videos")
    parser.add_argument("--seed", type=int, help="what happens by chance; printed at the end")
    chosen = parser.parse_args(arguments)
    # A stand-in's server complains of every client that dies in the middle of a request; here that is the point.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    seed = random.randrange(1_000_000) if chosen.seed is None else chosen.seed  # noqa: S311  # any number will do
    plan = Plan(
        seconds=chosen.minutes * 60,
        seed=seed,
        gateways=chosen.gateways,
        workers=chosen.workers,
        shards=chosen.gateways,
    )
    folder = Path(mkdtemp(prefix="fleet-"))
    verdict = _run(plan, folder=folder)
    for violation in verdict.violations:
        sys.stdout.write(f"{violation}\n")
    sys.stdout.write(f"{verdict}\n")
    if verdict.violations:
        sys.stdout.write(f"kept: {folder}\n")
        return 1
    shutil.rmtree(folder)
    return 0


def _run(plan: Plan, *, folder: Path) -> Verdict:
    with cluster() as running:
        asyncio.run(make_template(running.address))
        with standing_on(running.address) as ground, ground.stored(folder / "data") as stored:
            return asyncio.run(sail(plan, folder=folder, stored=stored, cluster=running))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
