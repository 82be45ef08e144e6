"""Measures moving clips beside curl: `uv run python -m bench.transfer [--megabytes 100] [--quick] [--json FILE]`.

A process of its own brings a clip from a stand-in of the video API to the disk with the bot's client, and posts it to
a stand-in of Discord with the bot's delivery, both over real HTTP; curl does the same in turn. Clips that are held
whole on their way would show: the peak is to lie less than 5 MiB above the memory at rest, whatever they weigh. Linux
only. Without curl there is nothing to compare with, and only the memory is judged.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from bench.report import ROUNDS, Goal, Of, Report, Row, arguments, conclude, side_by_side
from bench.transfer.passage import Clips, Passage
from bench.transfer.sides import by_curl, by_the_bot, find_curl

OURS, CURL = "the bot", "curl"
MOST_ADDED: Final = 5.0
"""MiB."""
LEAST_SPEED: Final = 0.8
"""Of curl's."""
FEW_MEGABYTES: Final = 4
NO_CURL: Final = "There is no curl on this machine, so speed was measured without anything to compare it with."
ABOUT: Final = (
    "Noise over loopback. A download ends when the bytes are on the disk, curl's too. Both stand-ins run in one "
    "Python process, which often is the slower end."
)


async def measure(megabytes: int, *, rounds: int, folder: Path) -> Report:
    """Send a clip through each side in turn."""
    clips = await Clips.make(megabytes, folder=folder)
    sides: dict[str, Callable[[], Awaitable[Passage]]] = {OURS: partial(by_the_bot, clips)}
    curl = find_curl()
    if curl:
        sides[CURL] = partial(by_curl, curl, clips)
    seen = await side_by_side(sides, rounds=rounds)
    notes = (ABOUT,) if curl else (ABOUT, NO_CURL)
    return Report(benchmark="transfer", rows=_rows(seen, megabytes), is_quick=rounds < ROUNDS, notes=notes)


def _rows(seen: Mapping[str, Sequence[Passage]], megabytes: int) -> Sequence[Row]:
    faster, lighter = Goal(of=Of.RATIO, least=LEAST_SPEED), Goal(most=MOST_ADDED)

    def row(what: str, unit: str, figure: Callable[[Passage], float], goal: Goal) -> Row:
        return Row(
            name=f"{megabytes} MB {what}",
            unit=unit,
            ours=[*map(figure, seen[OURS])],
            baseline=[*map(figure, seen.get(CURL, ()))],
            against=CURL,
            goal=goal,
        )

    return (
        row("download", "MB/s", lambda passage: passage.download_mb_per_second, faster),
        row("upload", "MB/s", lambda passage: passage.upload_mb_per_second, faster),
        row("download adds", "MiB", lambda passage: passage.download_adds_mib, lighter),
        row("upload adds", "MiB", lambda passage: passage.upload_adds_mib, lighter),
        row("arrived whole", "of 1", lambda passage: float(passage.arrived_whole), Goal(least=1)),
    )


def main() -> int:
    """Read the command line and measure."""
    parser = arguments("transfer", __doc__)
    parser.add_argument("--megabytes", type=int, default=100, help="of 10^6 bytes (default: %(default)s)")
    chosen = parser.parse_args()
    megabytes, rounds = (FEW_MEGABYTES, 1) if chosen.quick else (chosen.megabytes, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="bench-transfer-") as folder:
        report = asyncio.run(measure(megabytes, rounds=rounds, folder=Path(folder)))
    return conclude(report, chosen)


if __name__ == "__main__":
    sys.exit(main())
