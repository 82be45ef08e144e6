"""Measures what a clip adds to the bot's own memory: `uv run python -m bench.transfer [--megabytes 100] [--json FILE]`.

A process of its own brings a clip from a stand-in of the video API to the disk with the bot's client, and posts it to
a stand-in of Discord with the bot's delivery, both over real HTTP. The goal: the peak lies less than 5 MiB above the
memory at rest, whatever the clip weighs. Linux only. The exit code is 1 where that is not so.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bench.transfer.passage import Passage, pass_through

MOST_ADDED: Final = 5.0
"""MiB."""


def _tell(passage: Passage) -> Sequence[str]:
    verdict = "met" if passage.most_added_mib < MOST_ADDED else "NOT MET"
    return (
        f"{passage.megabytes:.0f} MB; at rest the process has {passage.before_mib:.1f} MiB",
        f"download adds at most {passage.download_adds_mib:.2f} MiB",
        f"upload adds at most {passage.upload_adds_mib:.2f} MiB",
        f"the clip arrived {'whole' if passage.arrived_whole else 'CHANGED'}, in {passage.seconds:.1f} s all in all",
        f"{verdict}: wanted under {MOST_ADDED:.0f} MiB, seen {passage.most_added_mib:.2f} MiB",
    )


def main() -> int:
    """Read the command line, measure, and say what was seen."""
    parser = argparse.ArgumentParser(prog="python -m bench.transfer", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100, help="of 10^6 bytes")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-transfer-") as folder:
        passage = asyncio.run(pass_through(chosen.megabytes, folder=Path(folder)))
    sys.stdout.write("\n".join(_tell(passage)) + "\n")
    if chosen.json:
        chosen.json.write_text(json.dumps(asdict(passage), indent=2) + "\n", encoding="utf-8")
    return int(passage.most_added_mib >= MOST_ADDED or not passage.arrived_whole)


if __name__ == "__main__":
    sys.exit(main())
