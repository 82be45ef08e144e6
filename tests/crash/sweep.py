"""All cells: for every series n = 1, 2, 3 … until a run passes untouched, so that no point can be forgotten."""

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from tests.crash.cell import Outcome, Variation, play
from tests.crash.points import EVERY_SERIES, Point, Series
from tests.crash.process import Nursery, nursery
from tests.crash.scene import write_clip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which cells are run, and how."""

    series: Sequence[Series] = EVERY_SERIES
    variation: Variation = field(default_factory=Variation)
    every: int = 1
    """Every so many-th point of a series."""
    pairs: bool = False
    """Kill once more while the bot recovers, at every point of that."""
    jobs: int = 2
    """Cells at a time."""


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


async def sweep(plan: Plan, *, show: Callable[[Outcome], None]) -> Summary:
    """Run the cells of the plan; `show` hears of each as it ends. Folders of cells that went wrong are kept."""
    began = time.monotonic()
    folder = Path(mkdtemp(prefix="crash-"))
    clip = write_clip(folder / "clip.mp4")
    frontiers = [Frontier(series, every=plan.every) for series in plan.series]
    outcomes: list[Outcome] = []

    async def work(start: Nursery) -> None:
        while frontiers:
            frontier = frontiers[0]
            if frontier.is_over:
                frontiers.remove(frontier)
                continue
            points = frontier.take()
            outcome = await _kept_if_wrong(points, folder=folder, clip=clip, start=start, variation=plan.variation)
            frontier.is_over |= outcome.is_untouched
            if not outcome.is_untouched or outcome.violations:
                outcomes.append(outcome)
                show(outcome)
            if plan.pairs and len(points) == 1 and not outcome.is_untouched:
                frontiers.extend(Frontier(series, every=plan.every, before=points) for series in plan.series)

    async with AsyncExitStack() as stack:
        nurseries = [await stack.enter_async_context(nursery()) for _ in range(plan.jobs)]
        async with asyncio.TaskGroup() as group:
            for start in nurseries:
                group.create_task(work(start))
    if not any(outcome.violations for outcome in outcomes):
        shutil.rmtree(folder)
    return Summary(outcomes=outcomes, seconds=time.monotonic() - began)


async def _kept_if_wrong(
    points: Sequence[Point], *, folder: Path, clip: Path, start: Nursery, variation: Variation
) -> Outcome:
    """Run one cell in a folder of its own, which is kept where something did not hold."""
    name = "-".join(str(point).replace(":", ".") for point in points)
    home = folder / name
    home.mkdir()
    outcome = await play(points, folder=home, clip=clip, start=start, variation=variation)
    if not outcome.violations:
        shutil.rmtree(home)
    return outcome
