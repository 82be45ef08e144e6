"""When to look at a running job next, and how long to wait after a failed try; pure.

The video API never says how far a job is, so the only question is when to ask. Early looks find a finished clip
sooner, late looks cost nothing but patience: dense at first, sparse when the job takes longer than jobs do, and a few
an hour once it is so late that nobody waits for it. Where a job stands in this is told by its age alone, which a
restart does not change; so no look needs to be written down.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

JITTER: Final = 0.2
"""Looks are spread by this share to either side, so that jobs that began together do not ask together."""
SLOWER_AFTER: Final = timedelta(minutes=2)
SLOWEST_AFTER: Final = timedelta(minutes=15)
SLOWEST: Final = timedelta(seconds=60)
"""While a job may come any minute, and in the first hour in which it is late."""
PATIENCE_WITH_LATE: Final = timedelta(hours=1)
LATE_PACE: Final = timedelta(minutes=5)
"""After that hour, until the job is given up."""
LAST_LOOK: Final = timedelta(seconds=1)
"""So long after the deadline comes the look that decides."""
LONGEST_BACKOFF: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The owner's pace: the wait before the first look, between looks in the first minutes, and what is late."""

    first: timedelta
    every: timedelta
    late: timedelta = timedelta(minutes=20)
    """The age at which a job takes longer than usual. It changes what members read; looks grow rarer later."""

    def is_late(self, age: timedelta) -> bool:
        """Whether a job submitted `age` ago takes longer than usual."""
        return age > self.late

    def next_look(self, *, age: timedelta, chance: float, left: timedelta | None = None) -> timedelta:
        """Return the wait until the next look at a job submitted `age` ago; `chance` is uniform in 0 to 1.

        `left` is the time to the deadline: however sparse the looks are, one follows at once upon it. The clock of the
        host may have moved back, so that `age` is negative: then it counts as none.
        """
        if age < self.first:
            # Spread to one side only: a look that came before the first was due would be followed by the real one.
            wait = min(self.first, self.first - age) + self.first * (JITTER * chance)
        else:
            wait = self._pace(age) * (1 - JITTER + 2 * JITTER * chance)
        return wait if left is None else min(wait, max(left, timedelta(0)) + LAST_LOOK)

    def _pace(self, age: timedelta) -> timedelta:
        slow = max(SLOWEST, self.every)
        if age < SLOWER_AFTER:
            return self.every
        if age < SLOWEST_AFTER:
            return min(self.every * 2, slow)
        if age < max(SLOWEST_AFTER, self.late + PATIENCE_WITH_LATE):
            return slow
        return max(LATE_PACE, self.every)


def backoff(*, attempts: int, chance: float, hint: timedelta | None = None) -> timedelta:
    """Return the wait after the `attempts`-th failed try: 2, 4, 8 ... seconds, never sooner than the `hint`."""
    grown = min(LONGEST_BACKOFF, timedelta(seconds=2.0 ** min(max(attempts, 1), 16)))
    return max(grown * (1 - JITTER + 2 * JITTER * chance), hint or timedelta(0))
