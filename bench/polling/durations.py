"""How long the jobs of a benchmark take: lognormal with a median of 90 seconds, the same ones for everybody.

They are quantiles in a drawn order, not draws: however few the jobs are, their distribution is the same, so that two
runs of different seeds differ by nothing but the order.
"""

import math
import random
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import Final

MEDIAN: Final = 90.0
"""Seconds: between the fast and the slow models of the video API."""
SIGMA: Final = 0.5


def quantile(share: float, *, median: float = MEDIAN) -> float:
    """Return the seconds within which `share` (0 to 1, neither) of all jobs are done."""
    return median * math.exp(SIGMA * NormalDist().inv_cdf(share))


def durations(jobs: int, *, seed: int, median: float = MEDIAN) -> Sequence[float]:
    """Return how long each of so many jobs takes, in seconds."""
    taken = [quantile((number + 0.5) / jobs, median=median) for number in range(jobs)]
    random.Random(seed).shuffle(taken)  # noqa: S311  # an order that comes again, no secret
    return taken


def finishing(*, horizon: float, tick: float = 1.0, median: float = MEDIAN) -> Sequence[float]:
    """Return the share of jobs that is done within each tick of so many seconds.

    What takes longer than the horizon counts to its last tick.
    """
    ticks = math.ceil(horizon / tick)
    done = [0.0, *(_done_by(number * tick, median=median) for number in range(1, ticks)), 1.0]
    return [after - before for before, after in pairwise(done)]


def _done_by(seconds: float, *, median: float) -> float:
    return NormalDist().cdf(math.log(seconds / median) / SIGMA)
