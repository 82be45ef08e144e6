"""What the tests of a fitter look at: a clip's bytes, what is in a folder, and whether a result is what was wanted."""

import hashlib
from pathlib import Path
from typing import Final

from services.media import FittedClip, Treatment, decide, read_facts
from tests.services.media.clips import ClipBank, decodes

PLENTY: Final = 10 * 1024 * 1024
ROOMY: Final = 430_000
"""Less than the heavy clip has, and enough for one attempt."""


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def require_good(fitted: FittedClip, *, limit: int, bank: ClipBank) -> None:
    assert fitted.path.stat().st_size == fitted.facts.size <= limit
    # What fits, and would not once it is one that plays everywhere, stays as it came.
    assert decide(read_facts(fitted.path), limit=limit) is Treatment.LEAVE or not fitted.is_playable_everywhere
    assert decodes(bank, fitted.path)
