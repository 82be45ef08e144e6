"""How long to wait after a failed try."""

from datetime import timedelta
from typing import Final

JITTER: Final = 0.2
"""Tries are spread by this share to either side, so that what failed together is not tried again together."""
LONGEST_BACKOFF: Final = timedelta(minutes=5)


def backoff(*, attempts: int, chance: float, hint: timedelta | None = None) -> timedelta:
    """Return the wait after the `attempts`-th failed try: 2, 4, 8 ... seconds, never sooner than the `hint`."""
    grown = min(LONGEST_BACKOFF, timedelta(seconds=2.0 ** min(max(attempts, 1), 16)))
    return max(grown * (1 - JITTER + 2 * JITTER * chance), hint or timedelta(0))
