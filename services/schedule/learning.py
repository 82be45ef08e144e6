"""What finished jobs teach: when to look at the next of their kind, and how long members usually wait.

Nothing but the last jobs counts, so that a model which becomes faster or slower is known anew after a few dozen of
them. When a job was done is never known exactly: somewhere between the last look that saw it running and the one that
found it done. To take the time of the latter for it would be a trap: a later look finds later, and what is found later
makes the next look later still. So a job counts as done before it was found, and the more so the less is known: what
the very first look found may have been done long ago, and then the next first look comes sooner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from statistics import median, quantiles
from typing import Final

from services.models import UsualTime, VideoSpec
from services.schedule.looks import SLOWER_AFTER, Pace

WINDOW: Final = 60
"""So many last jobs of one kind are learned from: enough for so small a quantile, few enough to forget soon."""
FEWEST_SAMPLES: Final = 3
"""From fewer finished jobs nothing is learned, and there is no usual time to speak of."""
USUAL_SAMPLES: Final = 30
EARLY: Final = 0.02
"""This share of jobs may have been done for longer than one wait between looks when the first look finds them. Of the
rest of the 5 % that may be found late, what takes longest needs its part, and so does chance: so small a quantile of so
few jobs is often too high. With 0.03 one history in eight led to more than 5 %, with this one in twenty."""
MOST: Final = 0.95
BEYOND_MOST: Final = 1.5
UNSEEN_SHARE: Final = 0.3
UNSEEN_LOOKS: Final = 1.5
"""A job that the first look found counts as done that share of its age, and so many waits between looks, before."""
SURE_FROM: Final = 20
"""With fewer jobs the first look comes sooner than they say: the fastest was hardly among them."""
LONGEST_FIRST: Final = timedelta(minutes=15)
"""Whatever was learned, a job is looked at by then,"""
LONGEST_DENSE: Final = timedelta(hours=1)
"""and more rarely after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How one job went, in time since its submit."""

    duration: int
    """Seconds of clip. With the resolution it is what the work depends on most, and all that is told apart here."""
    resolution: str | None
    ran: timedelta | None
    """The last look that saw it running; nought where no look did, None where nobody knows: a restart came between."""
    done: timedelta
    """The look that found it done."""
    delivered: timedelta | None = None
    """When its member had it; None where they did not get it, or not at the first try."""

    def is_like(self, spec: VideoSpec) -> bool:
        """Whether it is of the same length and resolution."""
        return (self.duration, self.resolution) == (spec.duration, spec.resolution)

    def estimate(self, *, every: timedelta) -> timedelta | None:
        """Return when it was done, as far as is known; always before it was found. None where that means nothing."""
        if self.ran is None or not timedelta(0) <= self.ran <= self.done:
            return None
        unseen = self.done - max(self.done * UNSEEN_SHARE, every * UNSEEN_LOOKS)
        return max(timedelta(0), unseen, (self.ran + self.done) / 2 if self.ran else timedelta(0))


def pace_of(finishes: Sequence[Finish], *, every: timedelta) -> Pace | None:
    """Return how jobs of one kind go, from the last of them, newest first; None while too few are known.

    It cannot drift: a first look that finds too many jobs done makes the next one earlier by half of `every` or more.
    """
    estimates = (each.estimate(every=every) for each in finishes)
    known = [*islice((found for found in estimates if found is not None), WINDOW)]
    if len(known) < FEWEST_SAMPLES:
        return None
    sureness = (1 + min(len(known), SURE_FROM) / SURE_FROM) / 2
    first = _quantile(known, EARLY) * sureness + every
    nearly_all = _quantile(known, MOST) * BEYOND_MOST
    return Pace(first=min(first, LONGEST_FIRST), nearly_all=min(max(SLOWER_AFTER, nearly_all), LONGEST_DENSE))


def usual_time_of(finishes: Sequence[Finish]) -> UsualTime | None:
    """Return how long members waited for the last clips of a model, newest first; None while too few are known."""
    seconds = [each.delivered.total_seconds() for each in finishes if each.delivered is not None][:USUAL_SAMPLES]
    if len(seconds) < FEWEST_SAMPLES:
        return None
    low, _, high = quantiles(seconds, n=4, method="inclusive")
    return UsualTime(median=median(seconds), low=low, high=high, samples=len(seconds))


def _quantile(times: Sequence[timedelta], share: float) -> timedelta:
    ordered = sorted(times)
    whole, part = divmod(share * (len(ordered) - 1), 1)
    below, above = ordered[int(whole)], ordered[min(int(whole) + 1, len(ordered) - 1)]
    return below + (above - below) * part
