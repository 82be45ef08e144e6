"""The soak from the command line: `python -m tests.soak --minutes 30`."""

import argparse
import asyncio
import logging
import random
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

from tests.grounds import ENGINES, ground_of
from tests.soak.soak import Plan, soak


def main(arguments: Sequence[str]) -> int:
    """Run one soak and print its verdict; 0 where nothing was violated. Its folder is kept where something was."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, metavar="N", help="how long")
    parser.add_argument("--seed", type=int, help="what happens by chance; printed at the end")
    parser.add_argument("--database", choices=ENGINES, default=ENGINES[0], help="the bot's engine")
    chosen = parser.parse_args(arguments)
    # A stand-in's server complains of every client that dies in the middle of a request; here that is the point.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    seed = random.randrange(1_000_000) if chosen.seed is None else chosen.seed  # noqa: S311  # any number will do
    folder = Path(mkdtemp(prefix="soak-"))
    with ground_of(chosen.database) as ground, ground.stored(folder / "data") as stored:
        verdict = asyncio.run(soak(Plan(seconds=chosen.minutes * 60, seed=seed), folder=folder, stored=stored))
    for violation in verdict.violations:
        sys.stdout.write(f"{violation}\n")
    sys.stdout.write(f"{verdict}\n")
    if verdict.violations:
        sys.stdout.write(f"kept: {folder}\n")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
