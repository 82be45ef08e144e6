"""What the runs add up to: the rows of the report, and the goals that they are judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bench.polling.durations import durations, finishing, quantile
from bench.polling.optimum import fewest_looks
from bench.polling.policies import Fixed, Ours, Outcome, Policy, play
from bench.polling.runs import Run
from bench.report import Goal, Of, Row
from services.schedule import Schedule

EVERY: Final = 10.0
"""Seconds between our looks while jobs of a kind do end, and so the latency that everybody is compared at."""
LATE: Final = 0.05
HORIZON: Final = 0.9999
"""The share of jobs that the best policy is sought over; what takes longer counts to its end."""
TICK: Final = 1.0
LEARNING: Final = 200
"""Jobs of which only is learned, before anything is judged."""
SCHEDULE: Final = Schedule(first=timedelta(seconds=8), every=timedelta(seconds=EVERY))
"""The settings' defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """What every policy led to, once for each seed."""

    optimum: float
    """Looks per job that nothing can do with less of, for the same p95."""
    outcomes: Mapping[str, Sequence[Outcome]]

    def looks(self, name: str) -> Sequence[float]:
        """Return the looks per job."""
        return [outcome.looks for outcome in self.outcomes[name]]

    def p95(self, name: str) -> Sequence[float]:
        """Return the latencies of the latest twentieth."""
        return [outcome.p95 for outcome in self.outcomes[name]]


def compare_policies(*, jobs: int, seeds: int) -> Policies:
    """Play every policy over so many jobs, with so many seeds."""
    outcomes: dict[str, list[Outcome]] = {}
    for seed in range(seeds):
        taken = durations(jobs + LEARNING, seed=seed)
        for name, policy in _policies().items():
            outcomes.setdefault(name, []).append(play(policy, taken, seed=seed, unjudged=LEARNING))
    best = fewest_looks(finishing(horizon=quantile(HORIZON), tick=TICK), patience=round(EVERY / TICK), late=LATE)
    return Policies(optimum=best, outcomes=outcomes)


def _policies() -> Mapping[str, Policy]:
    return {
        "fixed 30 s": Fixed(every=30),
        "fixed 10 s": Fixed(every=EVERY),
        "unlearned": Ours(schedule=SCHEDULE, learns=False),
        "learned": Ours(schedule=SCHEDULE, learns=True),
    }


def policy_rows(policies: Policies) -> Sequence[Row]:
    """Return the looks that policies need, and how late they find."""
    looks, p95 = policies.looks, policies.p95
    optimum = [policies.optimum] * len(looks("learned"))
    fixed, best = looks("fixed 10 s"), f"the best there is for p95 {EVERY:.0f} s"
    return (
        Row(
            name="looks per job, learned schedule",
            unit="looks",
            ours=looks("learned"),
            baseline=fixed,
            against="every 10 s",
            goal=Goal(of=Of.RATIO, most=0.75),
        ),
        Row(
            name="looks per job, learned schedule",
            unit="looks",
            ours=looks("learned"),
            baseline=optimum,
            against=best,
            goal=Goal(of=Of.RATIO, most=1.2),
        ),
        Row(
            name="p95 detection, learned schedule",
            unit="s",
            ours=p95("learned"),
            baseline=p95("fixed 10 s"),
            against="every 10 s",
            goal=Goal(most=EVERY),
        ),
        Row(
            name="looks per job, nothing known",
            unit="looks",
            ours=looks("unlearned"),
            baseline=fixed,
            against="every 10 s",
        ),
        Row(
            name="p95 detection, nothing known",
            unit="s",
            ours=p95("unlearned"),
            baseline=p95("fixed 30 s"),
            against="every 30 s",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The short runs, in turn: one of each for every round."""

    worker: Sequence[Run]
    official: Sequence[Run]
    bare: Sequence[Run]
    bare_often: Sequence[Run]
    """The bare client as often as ours looks."""
    webhooks: Sequence[Run]
    factor: float


def life_rows(sides: Sides) -> Sequence[Row]:
    """Return what a job's whole life costs."""
    ours = [run.cpu_ms for run in sides.worker]
    named = "CPU of a job's life"
    guide, bare = "official package, every 30 s", "bare aiohttp, every 30 s"
    return (
        Row(
            name=named,
            unit="ms",
            ours=ours,
            baseline=[run.cpu_ms for run in sides.official],
            against=guide,
            goal=Goal(of=Of.RATIO, most=0.2),
        ),
        Row(
            name=named,
            unit="ms",
            ours=ours,
            baseline=[run.cpu_ms for run in sides.bare],
            against=bare,
            goal=Goal(of=Of.RATIO, most=2),
        ),
        Row(
            name=named,
            unit="ms",
            ours=ours,
            baseline=[run.cpu_ms for run in sides.bare_often],
            against="bare aiohttp, every 10 s",
        ),
        Row(
            name="of it in the event loop's thread",
            unit="ms",
            ours=[run.loop_cpu_ms for run in sides.worker],
        ),
        Row(
            name="requests per job",
            unit="requests",
            ours=[run.requests for run in sides.worker],
            baseline=[run.requests for run in sides.official],
            against=guide,
        ),
        Row(
            name="p50 detection, whole worker",
            unit="s",
            ours=[run.p50 for run in sides.worker],
            baseline=[run.p50 for run in sides.bare],
            against=bare,
        ),
        Row(
            name="p95 detection, whole worker",
            unit="s",
            ours=[run.p95 for run in sides.worker],
            baseline=[run.p95 for run in sides.bare],
            against=bare,
        ),
        *webhook_rows(sides),
    )


def webhook_rows(sides: Sides) -> Sequence[Row]:
    """Return what it is like to be told. How soon that is depends on the machine alone, so it is in its seconds."""
    return (
        Row(
            name="looks per job, told by webhook",
            unit="looks",
            ours=[run.looks for run in sides.webhooks],
            baseline=[run.looks for run in sides.worker],
            against="the worker that only looks",
            goal=Goal(most=1.05),
        ),
        Row(
            name="p95 detection, told by webhook",
            unit="s",
            ours=[run.p95 / sides.factor for run in sides.webhooks],
            goal=Goal(most=1),
        ),
        Row(
            name="CPU of a job's life, told by webhook",
            unit="ms",
            ours=[run.cpu_ms for run in sides.webhooks],
            baseline=[run.cpu_ms for run in sides.worker],
            against="the worker that only looks",
        ),
    )


def crowd_rows(jobs: int, *, ours: Run, official: Run | None) -> Sequence[Row]:
    """Return what so many jobs at once are like."""
    against = "official package, every 30 s" if official else ""

    def row(name: str, unit: str, figure: str, goal: Goal | None = None) -> Row:
        theirs: Sequence[float] = [getattr(official, figure)] if official else []
        mine: float = getattr(ours, figure)
        return Row(name=f"{jobs:,} jobs: {name}", unit=unit, ours=[mine], baseline=theirs, against=against, goal=goal)

    return (
        row("CPU of a job's life", "ms", "cpu_ms"),
        row("requests per job", "requests", "requests"),
        row("p50 detection", "s", "p50"),
        row("p95 detection", "s", "p95", Goal(most=EVERY)),
        row("memory over idle", "MB", "added_mb", Goal(most=100)),
        row("event loop lag p99", "ms", "lag_p99_ms", Goal(most=50)),
        row("most running at once", "jobs", "most_running"),
    )
