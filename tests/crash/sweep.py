"""All cells: for every series n = 1, 2, 3 … until a run passes untouched, so that no point can be forgotten."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from tests.crash.cell import Outcome, Variation, play
from tests.crash.points import EVERY_SERIES, Point, Series
from tests.crash.process import Nursery, nursery
from tests.stored import Ground

JOBS: Final = 3
"""Cells at a time: a cell waits about as long as it works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which cells are run, and how."""

    series: Sequence[Series] = EVERY_SERIES
    variation: Variation = field(default_factory=Variation)
    every: int = 1
    """Every so many-th point of a series."""
    pairs: bool = False
    """Kill once more while the bot recovers, at every point of that."""
    is_first_start: bool = False
    """Begin without a database, so that every statement that makes one is a point too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What came of a sweep."""

    outcomes: Sequence[Outcome]
    """Of the cells in which a process died where it should; and of those that passed untouched and still went wrong."""
    seconds: float

    @property
    def faults(self) -> Sequence[Outcome]:
        """The cells in which something did not hold."""
        return [outcome for outcome in self.outcomes if outcome.violations]

    def __str__(self) -> str:
        found = sum(len(outcome.violations) for outcome in self.outcomes)
        return f"{len(self.outcomes)} cells, {found} violations, {self.seconds:.0f} s"


class Frontier:
    """Hands out the cells of one series, whose first points are `before`, until one of them passes untouched."""

    def __init__(self, series: Series, *, every: int, before: tuple[Point, ...] = ()) -> None:
        self._series = series
        self._every = every
        self._before = before
        self._next = 1
        self.is_over = False

    def take(self) -> tuple[Point, ...]:
        """Return the next cell."""
        points = (*self._before, self._series.point(self._next))
        self._next += self._every
        return points


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What all cells of a sweep have in common."""

    folder: Path
    clip: Path
    variation: Variation
    ground: Ground
    is_first_start: bool

    async def play(self, points: Sequence[Point], *, start: Nursery) -> Outcome:
        """Run one cell in a folder of its own, which is kept where something did not hold."""
        home = self.folder / "-".join(str(point).replace(":", ".") for point in points)
        home.mkdir()
        outcome = await play(
            points,
            folder=home,
            clip=self.clip,
            start=start,
            variation=self.variation,
            ground=self.ground,
            is_empty=self.is_first_start,
        )
        if not outcome.violations:
            shutil.rmtree(home)
        return outcome


async def sweep(plans: Iterable[Plan], *, ground: Ground, show: Callable[[Outcome], None], jobs: int = JOBS) -> Summary:
    """Run the cells of the plans, so many at a time; `show` hears of each as it ends.

    What is made on `ground` is to have today's schema. Folders of cells that went wrong are kept.
    """
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        # For all plans together: importing everything takes a nursery as long as playing some cells.
        starts = [await stack.enter_async_context(nursery()) for _ in range(jobs)]
        outcomes = [
            outcome for plan in plans for outcome in await _sweep(plan, ground=ground, starts=starts, show=show)
        ]
    return Summary(outcomes=outcomes, seconds=time.monotonic() - began)


async def _sweep(
    plan: Plan, *, ground: Ground, starts: Iterable[Nursery], show: Callable[[Outcome], None]
) -> Sequence[Outcome]:
    folder = Path(mkdtemp(prefix="crash-"))
    cell = Cell(
        folder=folder,
        clip=plan.variation.story.draw(folder / "clip.mp4"),
        variation=plan.variation,
        ground=ground,
        is_first_start=plan.is_first_start,
    )
    frontiers = [Frontier(series, every=plan.every) for series in plan.series]
    outcomes: list[Outcome] = []

    async def work(start: Nursery) -> None:
        while frontiers:
            frontier = frontiers[0]
            if frontier.is_over:
                frontiers.remove(frontier)
                continue
            points = frontier.take()
            outcome = await cell.play(points, start=start)
            frontier.is_over |= outcome.is_untouched
            if not outcome.is_untouched or outcome.violations:
                outcomes.append(outcome)
                show(outcome)
            if plan.pairs and len(points) == 1 and not outcome.is_untouched:
                frontiers.extend(Frontier(series, every=plan.every, before=points) for series in plan.series)

    async with asyncio.TaskGroup() as group:
        for start in starts:
            group.create_task(work(start))
    if not any(outcome.violations for outcome in outcomes):
        shutil.rmtree(folder)
    return outcomes
