"""What every benchmark ends in: rows that set ours beside a baseline, as a table for people and as JSON for machines.

A figure alone says more about the machine than about the bot, so each side is measured several times, in turn with the
other (`side_by_side`), and a row holds every sample. Goals are judged by medians. A benchmark's `__main__` is:

    chosen = arguments("reserve", __doc__).parse_args()
    report = asyncio.run(measure(quick=chosen.quick))
    return conclude(report, chosen)
"""

import argparse
import json
import logging
import os
import platform
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Final, TypeVar

import structlog
from rich.console import Console
from rich.table import Table

ROUNDS: Final = 5
"""The fewest samples that a median is worth something with."""
RESULTS: Final = Path(__file__).parents[1] / "build" / "bench"
"""Where the JSON goes unless told otherwise. Git ignores it: a result belongs to one machine and one hour."""
WIDTH: Final = 140
"""Characters of a table that is written to a file or a pipe."""
PACKAGES: Final = ("discord.py", "aiohttp", "aiosqlite", "asyncpg", "openrouter", "pydantic")
"""Those whose version may change a figure."""
HUGE: Final = 1_000
SMALL: Final = 10

Seen = TypeVar("Seen")


def this_machine() -> Mapping[str, object]:
    """Return what the figures depend on, as it is now: call it when the measuring is over."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


class Of(StrEnum):
    """Which figure of a row a goal is about."""

    OURS = "ours"
    RATIO = "ratio"
    """Ours divided by the baseline."""
    DIFFERENCE = "difference"
    """Ours less the baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound on one figure of a row: the most, the least, or both."""

    of: Of = Of.OURS
    most: float | None = None
    least: float | None = None

    def is_met_by(self, figure: float) -> bool:
        """Whether the figure keeps to it."""
        return (self.most is None or figure <= self.most) and (self.least is None or figure >= self.least)

    def __str__(self) -> str:
        bounds = [
            f"{sign} {_shown(bound)}" for sign, bound in (("≥", self.least), ("≤", self.most)) if bound is not None
        ]
        return f"{self.of} {' and '.join(bounds)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured thing: our samples and, where there is something to compare with, the baseline's."""

    name: str
    unit: str
    ours: Sequence[float]
    """One for each round; empty where it could not be measured."""
    baseline: Sequence[float] = ()
    against: str = ""
    """What the baseline is."""
    goal: Goal | None = None

    @property
    def value(self) -> float | None:
        """Our median."""
        return median(self.ours) if self.ours else None

    @property
    def base(self) -> float | None:
        """The baseline's median."""
        return median(self.baseline) if self.baseline else None

    @property
    def ratio(self) -> float | None:
        """Our median divided by the baseline's, where that is more than nothing."""
        return self.value / self.base if self.value is not None and self.base and self.base > 0 else None

    @property
    def difference(self) -> float | None:
        """Our median less the baseline's."""
        return self.value - self.base if self.value is not None and self.base is not None else None

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met. None without a goal, or where its figure was not measured."""
        if self.goal is None:
            return None
        figure = {Of.OURS: self.value, Of.RATIO: self.ratio, Of.DIFFERENCE: self.difference}[self.goal.of]
        return None if figure is None else self.goal.is_met_by(figure)

    @property
    def verdict(self) -> str:
        """The judgement in words; empty without a goal."""
        if self.goal is None:
            return ""
        return {True: "met", False: "NOT MET", None: "not measured"}[self.is_met]

    def as_json(self) -> Mapping[str, object]:
        """Return all of it, samples and derived figures."""
        return {
            "name": self.name,
            "unit": self.unit,
            "against": self.against,
            "ours": self.value,
            "baseline": self.base,
            "ratio": self.ratio,
            "difference": self.difference,
            "goal": str(self.goal) if self.goal else None,
            "verdict": self.verdict or None,
            "samples": {"ours": [*self.ours], "baseline": [*self.baseline]},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run of one benchmark saw."""

    benchmark: str
    rows: Sequence[Row]
    is_quick: bool = False
    """A smoke run: too little was measured for its verdicts to count."""
    notes: Sequence[str] = ()
    """What a reader has to know to understand the rows, one sentence each."""
    machine: Mapping[str, object] = field(default_factory=this_machine)

    @property
    def is_met(self) -> bool:
        """Whether no goal was missed."""
        return all(row.is_met is not False for row in self.rows)

    def print(self, console: Console | None = None) -> None:
        """Print the table, then the notes."""
        out = console or Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
        title = f"{self.benchmark}{' (quick: verdicts do not count)' if self.is_quick else ''}"
        table = Table(title=title, title_justify="left")
        for heading, justify in HEADINGS.items():
            table.add_column(heading, justify="right" if justify else "left", overflow="fold")
        for row in self.rows:
            table.add_row(*_cells(row), style={False: "red", True: "green", None: ""}[row.is_met])
        out.print(table)
        for note in (*self.notes, _about(self.machine)):
            out.print(note, markup=False)

    def write(self, path: Path) -> None:
        """Write all of it as JSON, the folder included."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "benchmark": self.benchmark,
            "is_quick": self.is_quick,
            "is_met": self.is_met,
            "machine": self.machine,
            "notes": [*self.notes],
            "rows": [row.as_json() for row in self.rows],
        }
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


HEADINGS: Final[Mapping[str, bool]] = {
    "measured": False,
    "unit": False,
    "ours": True,
    "baseline": True,
    "against": False,
    "ratio": True,
    "goal": False,
    "verdict": False,
}
"""The columns, and whether each holds numbers."""


async def side_by_side(
    sides: Mapping[str, Callable[[], Awaitable[Seen]]], *, rounds: int = ROUNDS
) -> Mapping[str, Sequence[Seen]]:
    """Measure every side once a round, every second round in reverse, so that a busy machine hits all alike."""
    seen: dict[str, list[Seen]] = {name: [] for name in sides}
    names = [*sides]
    for number in range(rounds):
        for name in names[:: 1 if number % 2 == 0 else -1]:
            say(f"round {number + 1} of {rounds}: {name}")
            seen[name].append(await sides[name]())
    return seen


async def median_of(rounds: int, measure: Callable[[], Awaitable[float]]) -> float:
    """Return the median of so many measurements of one thing that has nothing beside it."""
    return median([await measure() for _ in range(rounds)])


def quantile(samples: Sequence[float], share: float) -> float:
    """Return the sample below which `share` (0 to 1) of all samples lie.

    Raises:
        ValueError: there are no samples.
    """
    if not samples:
        raise ValueError("no samples")
    return sorted(samples)[min(len(samples) - 1, int(share * len(samples)))]


def arguments(benchmark: str, description: str | None) -> argparse.ArgumentParser:
    """Return the parser of every benchmark: `--quick` and `--json FILE`. Add to it what one needs besides."""
    parser = argparse.ArgumentParser(
        prog=f"python -m bench.{benchmark}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a smoke run of some seconds; its verdicts do not count")
    parser.add_argument("--json", type=Path, default=RESULTS / f"{benchmark}.json", help="default: %(default)s")
    return parser


def keep_quiet() -> None:
    """Let the product say only what is wrong: what it logs of each job would stand between the figures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def conclude(report: Report, chosen: argparse.Namespace) -> int:
    """Print the report and write it where the command line says. Return the exit code: 1 where a goal was missed."""
    report.print()
    report.write(chosen.json)
    say(f"written to {chosen.json}")
    return 0 if report.is_met or report.is_quick else 1


def say(line: str) -> None:
    """Tell whoever waits how far it is, beside the table."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _cells(row: Row) -> Sequence[str]:
    figures = (_shown(row.value), _shown(row.base))
    return (row.name, row.unit, *figures, row.against, _shown(row.ratio), str(row.goal or ""), row.verdict)


def _shown(figure: float | None) -> str:
    """Return a figure with about three digits that mean something."""
    if figure is None:
        return ""
    if abs(figure) >= HUGE or figure == int(figure):
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if abs(figure) >= SMALL else f"{figure:.3g}"


def _about(facts: Mapping[str, object]) -> str:
    return f"{facts['python']}, {facts['cores']} cores, load average {facts['load']}, {facts['at']}"
