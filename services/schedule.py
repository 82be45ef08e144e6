"""When to look at a running job next, and how long to wait after a failed try; pure.

The video API never says how far a job is, so the only question is when to ask. Early looks find a finished clip
sooner, late looks cost nothing but patience: dense at first, sparse when the job takes longer than jobs do.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

JITTER: Final = 0.2
"""Looks are spread by this share to either side, so that jobs that began together do not ask together."""
SLOWER_AFTER: Final = timedelta(minutes=2)
SLOWEST_AFTER: Final = timedelta(minutes=15)
SLOWEST: Final = timedelta(seconds=60)
LONGEST_BACKOFF: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The owner's pace: the wait before the first look, and between looks in the first minutes."""

    first: timedelta
    every: timedelta

    def next_look(self, *, age: timedelta, chance: float) -> timedelta:
        """Return the wait until the next look at a job submitted `age` ago; `chance` is uniform in 0 to 1.

        The clock of the host may have moved back, so that `age` is negative: then it counts as none.
        """
        if age < self.first:
            # Spread to one side only: a look that came before the first was due would be followed by the real one.
            return min(self.first, self.first - age) + self.first * (JITTER * chance)
        if age < SLOWER_AFTER:
            wait = self.every
        elif age < SLOWEST_AFTER:
            wait = self.every * 2
        else:
            wait = max(SLOWEST, self.every)
        return wait * (1 - JITTER + 2 * JITTER * chance)


def backoff(*, attempts: int, chance: float, hint: timedelta | None = None) -> timedelta:
    """Return the wait after the `attempts`-th failed try: 2, 4, 8 ... seconds, never sooner than the `hint`."""
    grown = min(LONGEST_BACKOFF, timedelta(seconds=2.0 ** min(max(attempts, 1), 16)))
    return max(grown * (1 - JITTER + 2 * JITTER * chance), hint or timedelta(0))
