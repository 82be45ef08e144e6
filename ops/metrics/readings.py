"""What is read anew for a scrape and counted nowhere: the table of jobs, the disk, and how the process feels.

What comes from the database is the truth after a restart too, and the same in every process on it: of several, take
one (`max`), and never the sum.
"""

import asyncio
import re
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ops.heartbeat import IDLE_AFTER, Beat, Senses
from services.errors import StorageError
from services.jobs import FigureBook, Figures
from services.models import LIVING

KEPT_FOR: Final = timedelta(seconds=5)
"""However many ask, the database is asked no more often."""
PATIENCE: Final = timedelta(seconds=5)
"""For the database: Prometheus gives up after ten."""
MOST_MODELS: Final = 50
"""Labels for models. The video API lists about twenty, and what it lists is not ours to bound."""
OTHER: Final = "other"
MICRODOLLARS: Final = 1_000_000
FROM_DATABASE: Final = " Read from the database: the same in every process."
_MODEL: Final = re.compile(r"[\w.:/~+-]{1,100}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    at: float
    beat: Beat
    gateway_is_there: bool | None
    """None where the process has none."""
    figures: Figures | None
    """None where the database did not answer."""
    now: datetime
    disk_free: int | None


class Readings(Collector):
    """Reads when it is told to, and tells Prometheus' registry what it read last.

    `models` are the ids of those on offer, whose names become labels; all others are one.
    """

    def __init__(
        self,
        *,
        senses: Senses,
        figures: FigureBook,
        models: Callable[[], Collection[str]],
        clock: Callable[[], datetime],
        folder: Path,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._senses = replace(senses, patience=patience)
        self._patience = patience
        self._figures = figures
        self._models = models
        self._now = clock
        self._folder = folder
        self._last: _Reading | None = None
        self._spent = 0
        self._reading = asyncio.Lock()

    async def refresh(self) -> None:
        """Read, unless that was done a moment ago."""
        async with self._reading:
            time = asyncio.get_running_loop().time()
            if self._last is None or time - self._last.at >= KEPT_FOR.total_seconds():
                self._last = await self._read(time)

    async def what_is_not_ready(self) -> list[str]:
        """Return which of the database, the gateway and the worker cannot do its part; empty where all can."""
        await self.refresh()
        return [] if self._last is None else [*_not_ready(self._last)]

    async def _read(self, time: float) -> _Reading:
        figures, is_there = await self._read_figures(), self._senses.gateway_is_there
        return _Reading(
            at=time,
            beat=await self._senses.beat(),
            # Asked here: a beat says for how long it has been gone, which at first is for no time at all.
            gateway_is_there=None if is_there is None else is_there(),
            figures=figures,
            now=self._now(),
            disk_free=await asyncio.to_thread(_free, self._folder),
        )

    async def _read_figures(self) -> Figures | None:
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                figures = await self._figures.read(now=self._now())
        except (StorageError, TimeoutError) as error:
            log.warning("figures_not_read", kind=type(error).__name__)
            return None
        # A job that is sent again, or found after all, is not over any more; a counter that fell would count it twice.
        self._spent = max(self._spent, figures.spent)
        return figures

    def collect(self) -> Iterable[Metric]:
        """Yield what was read last."""
        last = self._last
        if last is None:
            return
        yield from _health(last)
        if last.figures is not None:
            yield jobs_by_model(last.figures, self._models())
            yield from _work(last.figures, now=last.now)
            yield from _money(last.figures)
            spent = CounterMetricFamily(
                "video_bot_spend_dollars",
                "What all videos that have ended cost; one without a bill counts with what is held for it."
                + FROM_DATABASE,
            )
            spent.add_metric([], self._spent / MICRODOLLARS)
            yield spent


def jobs_by_model(figures: Figures, models: Collection[str]) -> Metric:
    """Return the jobs under way, in every state of each model that has any; `models` are those with a label."""
    named = set(sorted(model for model in models if _MODEL.fullmatch(model))[:MOST_MODELS])
    jobs: Counter[tuple[str, str]] = Counter()
    for (state, model), count in figures.alive.items():
        jobs[state.value, model if model in named else OTHER] += count
    family = GaugeMetricFamily(
        "video_bot_jobs", "Jobs under way, by state and model." + FROM_DATABASE, labels=["state", "model"]
    )
    for model in sorted({model for _, model in jobs} | {OTHER}):
        for state in sorted(LIVING):
            family.add_metric([state.value, model], jobs[state.value, model])
    return family


def _not_ready(last: _Reading) -> Iterator[str]:
    beat = last.beat
    if not beat.database_answers:
        yield "database"
    if last.gateway_is_there is False:
        yield "gateway"
    if beat.worker_idle_seconds is not None and beat.worker_idle_seconds > IDLE_AFTER.total_seconds():
        yield "worker"


def _health(last: _Reading) -> Iterator[Metric]:
    beat, database_answers = last.beat, last.beat.database_answers and last.figures is not None
    gauges: Mapping[str, tuple[str, float | None]] = {
        "video_bot_ready": (
            "Whether the database, the gateway and the worker can do their parts.",
            not [*_not_ready(last)],
        ),
        "video_bot_database_up": ("Whether the database answers.", database_answers),
        "video_bot_gateway_up": (
            "Whether Discord's gateway is there. Missing where this process has none.",
            last.gateway_is_there,
        ),
        "video_bot_gateway_latency_seconds": (
            "How long Discord's gateway takes to answer a heartbeat.",
            beat.gateway_seconds,
        ),
        "video_bot_worker_idle_seconds": (
            "Since the worker last looked for work. Missing where this process has none.",
            beat.worker_idle_seconds,
        ),
        "video_bot_disk_free_bytes": ("What is free on the disk of DATA_DIR.", last.disk_free),
    }
    yield from _gauges(gauges)


def _work(figures: Figures, *, now: datetime) -> Iterator[Metric]:
    waited = 0.0 if figures.oldest_queued is None else max(0.0, (now - figures.oldest_queued).total_seconds())
    yield from _gauges(
        {
            "video_bot_queue_depth": ("Jobs that wait for their turn." + FROM_DATABASE, figures.queued),
            "video_bot_queue_oldest_seconds": (
                "How long ago the first of those was asked for." + FROM_DATABASE,
                waited,
            ),
            "video_bot_unknown_submits": (
                "Submits of unknown outcome that wait for the owner's word." + FROM_DATABASE,
                figures.unknown,
            ),
        }
    )


def _money(figures: Figures) -> Iterator[Metric]:
    budget, used = figures.budget, figures.used
    yield from _gauges(
        {
            "video_bot_reserved_dollars": (
                "What is held for jobs under way, and for submits of unknown outcome." + FROM_DATABASE,
                figures.reserved / MICRODOLLARS,
            ),
            "video_bot_budget_used_dollars": (
                "What weighs on the budget for everything: 30 days, with what is held." + FROM_DATABASE,
                used / MICRODOLLARS,
            ),
            "video_bot_budget_limit_dollars": (
                "The budget for everything. Missing where there is none." + FROM_DATABASE,
                None if budget is None else budget / MICRODOLLARS,
            ),
            "video_bot_budget_remaining_dollars": (
                "What is left of it; below zero where bills came out higher." + FROM_DATABASE,
                None if budget is None else (budget - used) / MICRODOLLARS,
            ),
        }
    )


def _gauges(found: Mapping[str, tuple[str, float | None]]) -> Iterator[Metric]:
    for name, (meaning, value) in found.items():
        if value is not None:
            yield GaugeMetricFamily(name, meaning, value=float(value))


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
