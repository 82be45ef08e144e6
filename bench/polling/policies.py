"""What policies of looking lead to: looks per job and how late its end is seen. Pure, so that seconds stand for days.

Ours is the schedule of the bot itself, with whatever it has learned from the jobs before.
"""

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

from bench.report import quantile
from services.schedule import Finish, Pace, Schedule, pace_of

DURATION: Final = 5
RESOLUTION: Final = "720p"
REMEMBERED: Final = 60
"""Finished jobs that a learning policy is given at most, newest first: more than it asks for."""


class Policy(Protocol):
    """Says when to look. All times are seconds since a job's submit."""

    def next_look(self, age: float, *, chance: float) -> float:
        """Return the wait until the next look at a job of that age; `chance` is uniform in 0 to 1."""
        ...

    def learn(self, *, ran: float, found: float) -> None:
        """Take in that a job was seen running at `ran` for the last time, and found done at `found`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A look every so many seconds, as guides show it."""

    every: float

    def next_look(self, age: float, *, chance: float) -> float:
        """Return the same wait every time."""
        del age, chance
        return self.every

    def learn(self, *, ran: float, found: float) -> None:
        """Learn nothing."""


@dataclass(slots=True, kw_only=True)
class Ours:
    """The bot's own schedule."""

    schedule: Schedule
    learns: bool
    finishes: deque[Finish] = field(default_factory=lambda: deque[Finish](maxlen=REMEMBERED))
    """What it remembers, newest first."""
    _pace: Pace | None = None

    def next_look(self, age: float, *, chance: float) -> float:
        """Return what the schedule says."""
        return self.schedule.next_look(age=timedelta(seconds=age), chance=chance, pace=self._pace).total_seconds()

    def learn(self, *, ran: float, found: float) -> None:
        """Keep how the job went, as the worker writes it down, and draw the consequences."""
        if self.learns:
            spans = timedelta(seconds=ran), timedelta(seconds=found)
            self.finishes.appendleft(Finish(duration=DURATION, resolution=RESOLUTION, ran=spans[0], done=spans[1]))
            self._pace = pace_of([*self.finishes], every=self.schedule.every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a policy led to."""

    looks: float
    """Per job."""
    p50: float
    """Seconds from a job's end to the look that found it."""
    p95: float


def play(policy: Policy, durations: Sequence[float], *, seed: int, unjudged: int = 0) -> Outcome:
    """Look after one job after the other. Of the first `unjudged` only what was learned counts."""
    dice = random.Random(seed)  # noqa: S311  # spreads looks; no secret
    looks: list[int] = []
    lateness: list[float] = []
    for taken in durations:
        count, found = _follow(policy, taken, chance=dice.random)
        looks.append(count)
        lateness.append(found - taken)
    judged = lateness[unjudged:]
    counted = looks[unjudged:]
    return Outcome(looks=sum(counted) / len(counted), p50=quantile(judged, 0.5), p95=quantile(judged, 0.95))


def _follow(policy: Policy, taken: float, *, chance: Callable[[], float]) -> tuple[int, float]:
    """Look at one job until it is done. Return how many looks that took, and when the last one came."""
    count, ran, age = 0, 0.0, policy.next_look(0.0, chance=chance())
    while True:
        count += 1
        if age >= taken:
            policy.learn(ran=ran, found=age)
            return count, age
        ran, age = age, age + policy.next_look(age, chance=chance())
