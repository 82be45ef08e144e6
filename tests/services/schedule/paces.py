"""A model that makes one clip after another, and a schedule that looks at it and learns."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.schedule import Finish, Pace, Schedule, pace_of

SCHEDULE: Final = Schedule(first=timedelta(seconds=8), every=timedelta(seconds=10))
MEDIAN: Final = 90.0
KEPT: Final = 80
"""More than is learned from."""

Learner = Callable[[Sequence[Finish]], Pace | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a number of jobs went, the oldest first; times in seconds."""

    looks: Sequence[int]
    delays: Sequence[float]
    """From when each was done to the look that found it."""
    firsts: Sequence[float]
    """When the first look at each was due."""

    @property
    def looks_each(self) -> float:
        return sum(self.looks) / len(self.looks)

    @property
    def late(self) -> float:
        """The delay that 95 of 100 jobs do not exceed."""
        return sorted(self.delays)[int(len(self.delays) * 0.95)]

    def since(self, job: int) -> "Course":
        return Course(looks=self.looks[job:], delays=self.delays[job:], firsts=self.firsts[job:])


def learning(finishes: Sequence[Finish]) -> Pace | None:
    """Learn as the bot does."""
    return pace_of(finishes, every=SCHEDULE.every)


def course(
    jobs: int,
    *,
    medians: Callable[[int], float] = lambda _: MEDIAN,
    spread: float = 0.5,
    learner: Learner = learning,
    seed: int = 7,
) -> Course:
    """Let so many jobs of lognormal durations go one after the other, each with its model's median of that moment."""
    chance = random.Random(seed)  # noqa: S311  # the same jobs at every run; nothing secret depends on it
    finishes: list[Finish] = []
    looks, delays, firsts = list[int](), list[float](), list[float]()
    for job in range(jobs):
        takes = timedelta(seconds=medians(job) * math.exp(spread * chance.gauss(0, 1)))
        pace = learner(finishes)
        ran, done, count = _looked_at(takes, pace, chance)
        finishes = [Finish(duration=5, resolution="720p", ran=ran, done=done), *finishes[: KEPT - 1]]
        looks.append(count)
        delays.append((done - takes).total_seconds())
        firsts.append((pace or SCHEDULE.unknown).first.total_seconds())
    return Course(looks=looks, delays=delays, firsts=firsts)


def _looked_at(takes: timedelta, pace: Pace | None, chance: random.Random) -> tuple[timedelta, timedelta, int]:
    """Return the age at the last look that saw it running, that at the one that found it done, and their number."""
    ran = age = timedelta(0)
    looks = 0
    while True:
        age += SCHEDULE.next_look(age=age, chance=chance.random(), pace=pace)
        looks += 1
        if age >= takes:
            return ran, age, looks
        ran = age
