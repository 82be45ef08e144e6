"""Mutants of good clips through the parser: `python -m tests.services.media.mutants 100000 1 2 3`, a count and seeds.

Each is a good clip with a few bytes of its index changed, a piece cut out, doubled or overwritten. The parser may
accept or refuse it, and what it accepts has to lead to a decision and a plan; anything else is a fault, and so are
taking long and leaving a file or an open one behind.
"""

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.errors import ClipUnfitError, ClipUnplayableError
from services.media import ClipFacts, Treatment, decide, read_facts
from services.media.faststart import move_index_to_front
from services.media.plan import ATTEMPTS, plan_encode
from tests.services.media.clips import ClipBank

BASES: Final = ("sound", "silent", "index at the end", "fragmented", "hevc hvc1", "av1", "vp9", "mp3 sound")
INTERESTING: Final = (0, 1, 7, 8, 0x7F, 0x80, 0xFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the mutants, and the longest that one of them took, in seconds."""

    accepted: int
    refused: int
    slowest: float
    planned: int
    """Accepted ones that would go on to an encoder."""
    left: int
    """Files in the folder beside the mutant and its moved copy, and files that are still open."""


def mutant(good: bytes, dice: random.Random) -> bytes:
    """Return a clip that went wrong, mostly in its index."""
    content = bytearray(good)
    index = content.find(b"moov")
    size = int.from_bytes(content[index - 4 : index])
    for _ in range(dice.randint(1, 6)):
        place = dice.randrange(max(0, index - 4), min(len(content), index + size))
        match dice.randrange(8):
            case 0:
                content[place : place + 4] = dice.randbytes(4)
            case 1:
                content[place : place + 4] = dice.choice((bytes(4), b"\xff" * 4, b"\0\0\0\1", b"\x7f\xff\xff\xff"))
            case 2:
                del content[place : place + dice.randint(1, 40)]
            case 3:
                content[place:place] = content[place : place + dice.randint(1, 40)]
            case 4:
                del content[dice.randrange(len(content)) + 1 :]
                return bytes(content)
            case _:
                content[place] = dice.choice(INTERESTING)
    return bytes(content)


def run(bank: ClipBank, folder: Path, *, count: int, seed: int) -> Tally:
    """Put mutants through the parser, and those with their index at the end through the move. A fault is raised."""
    dice = random.Random(seed)  # noqa: S311  # the same mutants for the same seed are the point
    goods = [bank.clip(name).read_bytes() for name in BASES]
    clip, moved = folder / "mutant.mp4", folder / "moved.mp4"
    before = {*folder.iterdir(), clip, moved}
    accepted, planned, slowest, opened = 0, 0, 0.0, _open_files()
    for _ in range(count):
        clip.write_bytes(mutant(dice.choice(goods), dice))
        begun = time.thread_time()
        try:
            facts = read_facts(clip)
            accepted += 1
            planned += _is_planned(facts)
            if not facts.has_index_in_front:
                moved.unlink(missing_ok=True)
                move_index_to_front(clip, moved)
        except ClipUnplayableError:
            pass
        slowest = max(slowest, time.thread_time() - begun)
    left = len({*folder.iterdir()} - before) + _open_files() - opened
    return Tally(accepted=accepted, refused=count - accepted, slowest=slowest, planned=planned, left=left)


def _is_planned(facts: ClipFacts) -> bool:
    """Decide about a clip, and plan every attempt to halve it where an encoder would be asked."""
    limit = facts.size // 2
    if decide(facts, limit=limit) is not Treatment.REENCODE:
        return False
    try:
        return all(plan_encode(facts, limit=limit, attempt=attempt) for attempt in range(1, ATTEMPTS + 1))
    except ClipUnfitError:
        return False


def _open_files() -> int:
    """Return how many files this process has open; 0 where the system does not tell."""
    listing = Path("/proc/self/fd")
    return len(list(listing.iterdir())) if listing.exists() else 0


def main(arguments: Sequence[str]) -> None:
    count, *seeds = map(int, arguments or ["100000"])
    with tempfile.TemporaryDirectory() as folder:
        bank = ClipBank(Path(folder))
        for seed in seeds or [1]:
            tally = run(bank, Path(folder), count=count, seed=seed)
            sys.stdout.write(f"{count} mutants, seed {seed}: {tally}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
