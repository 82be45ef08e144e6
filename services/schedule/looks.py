"""When to look at a running job next.

The video API never says how far a job is, so the only question is when to ask. No look before the first jobs of its
kind tend to be done; dense looks while jobs of its kind do end; sparse ones when it takes longer than they do, and a
few an hour once it is so late that nobody waits for it. Where a job stands in this is told by its age alone, which a
restart does not change; so no look needs to be written down.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

SPREAD: Final = 0.05
"""Looks are spread by this share, so that jobs that began together do not ask together. The first comes later by it,
the others sooner: the owner's pace is the longest that a finished clip may lie there."""
SLOWER_AFTER: Final = timedelta(minutes=2)
SLOWEST_AFTER: Final = timedelta(minutes=15)
SLOWEST: Final = timedelta(seconds=60)
"""While a job may come any minute, and in the first hour in which it is late."""
PATIENCE_WITH_LATE: Final = timedelta(hours=1)
LATE_PACE: Final = timedelta(minutes=5)
"""After that hour, until the job is given up."""
LAST_LOOK: Final = timedelta(seconds=1)
"""So long after the deadline comes the look that decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How jobs of one kind go, by their age since the submit."""

    first: timedelta
    """When hardly any of them has been done for longer than the wait between two looks."""
    nearly_all: timedelta
    """When nearly all of them are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The owner's pace: the first look at what nothing is known of, the wait between looks, and what is late."""

    first: timedelta
    every: timedelta
    late: timedelta = timedelta(minutes=20)
    """The age at which a job takes longer than usual. It changes what members read; looks grow rarer later."""
    knows_models: bool = False
    """Whether a model that nothing was learned of yet is looked at as the figures of `cold_start` say."""

    @property
    def unknown(self) -> Pace:
        """How jobs go of which nothing is known."""
        return Pace(first=self.first, nearly_all=max(self.first, SLOWER_AFTER))

    def is_late(self, age: timedelta) -> bool:
        """Whether a job submitted `age` ago takes longer than usual."""
        return age > self.late

    def next_look(
        self, *, age: timedelta, chance: float, left: timedelta | None = None, pace: Pace | None = None
    ) -> timedelta:
        """Return the wait until the next look at a job submitted `age` ago; `chance` is uniform in 0 to 1.

        `left` is the time to the deadline: however sparse the looks are, one follows at once upon it. `pace` is what is
        known of such jobs. The clock of the host may have moved back, so that `age` is negative: then it counts as
        none.
        """
        known = pace or self.unknown
        if age < known.first:
            # Spread to one side only: a look that came before the first was due would be followed by the real one.
            wait = min(known.first, known.first - age) + min(known.first, self.every) * (SPREAD * chance)
        else:
            wait = self._between(age, known) * (1 - SPREAD * chance)
        return wait if left is None else min(wait, max(left, timedelta(0)) + LAST_LOOK)

    def _between(self, age: timedelta, pace: Pace) -> timedelta:
        slow = max(SLOWEST, self.every)
        dense_until = max(SLOWER_AFTER, pace.nearly_all)
        if age < dense_until:
            return self.every
        if age < max(SLOWEST_AFTER, dense_until):
            return min(self.every * 2, slow)
        if age < max(SLOWEST_AFTER, dense_until, self.late + PATIENCE_WITH_LATE):
            return slow
        return max(LATE_PACE, self.every)
