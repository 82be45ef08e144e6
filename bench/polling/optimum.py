"""The fewest looks that can be enough: no policy that knows only a job's age does better than this.

Given is the share of jobs that finish in each tick. Wanted are the moments to look, so that the expected number of
looks is the smallest of all for which no more than a given share of the jobs is found late: more than `patience` ticks
after the beginning of the tick in which it finished. With a price on every late job this is a shortest path from one
look to the next, which dynamic programming finds exactly; the price is then sought at which just so many are late.
Between two paths of the same price lies what a policy can do that throws a die between them, and nothing lies below.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

HALVINGS: Final = 40
"""Of the interval in which the price is sought: finer than two paths of any use can differ by."""
DEAREST: Final = 1e6
"""Looks that a late job is worth at most: at this price nothing is late that need not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One way to look, and what it leads to."""

    looks: Sequence[int]
    """The ticks, ascending; the last one finds whatever is left."""
    expected: float
    """Looks per job."""
    late: float
    """The share of jobs that is found late."""


def fewest_looks(finishing: Sequence[float], *, patience: int, late: float) -> float:
    """Return the expected looks per job of the best policy that finds at most the share `late` of the jobs late.

    A look at tick `s` finds what finished in the ticks before it. What finished in tick `k` is late when `s - k` is
    more than `patience`. Everything is found in the end.
    """
    few = best_path(finishing, patience=patience, price=0.0)
    if few.late <= late:
        return few.expected
    many = best_path(finishing, patience=patience, price=DEAREST)
    low, high = 0.0, DEAREST
    for _ in range(HALVINGS):
        price = (low + high) / 2
        found = best_path(finishing, patience=patience, price=price)
        if found.late <= late:
            many, high = found, price
        else:
            few, low = found, price
    share = (late - many.late) / (few.late - many.late)
    return many.expected + share * (few.expected - many.expected)


def best_path(finishing: Sequence[float], *, patience: int, price: float) -> Path:
    """Return the way to look that costs least, where a look costs 1 and a late job `price`.

    From the end: what it costs from a look on is what the best next look and everything after it cost. A look is paid
    for by the jobs that are still running when it comes.
    """
    done = (0.0, *accumulate(finishing))
    end = len(finishing)
    cost = [0.0] * (end + 1)
    following = [end] * (end + 1)
    for tick in reversed(range(end)):
        running, known = 1.0 - done[tick], done[tick]
        cheapest = float("inf")
        for look in range(tick + 1, end + 1):
            missed = done[max(0, look - patience)] - known
            total = cost[look] + (price * missed if missed > 0 else 0.0)
            if total < cheapest:
                cheapest, following[tick] = total, look
        cost[tick] = running + cheapest
    return judged([*_steps(following)], finishing, patience=patience)


def judged(looks: Sequence[int], finishing: Sequence[float], *, patience: int) -> Path:
    """Return what looking at these ticks leads to."""
    done = (0.0, *accumulate(finishing))
    pairs = [*zip([0, *looks], looks, strict=False)]
    expected = sum(1.0 - done[before] for before, _ in pairs)
    late = sum(max(0.0, done[max(0, look - patience)] - done[before]) for before, look in pairs)
    return Path(looks=looks, expected=expected, late=late)


def _steps(following: Sequence[int]) -> Iterator[int]:
    tick, end = 0, len(following) - 1
    while tick < end:
        tick = following[tick]
        yield tick
