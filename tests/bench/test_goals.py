"""The goals are judged by the figures: each can be met, missed or not measured."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bench.media.goals import Figures, Goal, judge
from bench.media.promises import Cancel, Decision
from bench.media.rows import Row

ROW = Row(
    clip="1080p 25 MB",
    megabytes=25,
    limit_mib=10,
    treatment="reencode",
    attempts=1,
    size_over_limit=0.96,
    wall_seconds=6,
    cpu_seconds=11,
    child_mib=260,
    loop_lag_p99_ms=2,
    likeness=99.2,
)
CANCEL = Cancel(after_seconds=1, took_ms=60, processes=0, files=0)
GOOD = Figures(
    rows=[ROW],
    diced=[replace(ROW, clip="noise")] * 100,
    decision=Decision(median_ms=0.4, p99_ms=2, is_same_clip=True),
    cancels=[CANCEL],
    lag_ms=6,
    idle_lag_ms=1,
    measure="VMAF",
    ceiling=99.6,
)


def _missed(goals: Sequence[Goal]) -> Sequence[str]:
    return [goal.name for goal in goals if goal.is_met is False]


def test_good_figures_meet_every_goal() -> None:
    assert {goal.is_met for goal in judge(GOOD)} == {True}


@pytest.mark.parametrize(
    ("figures", "name"),
    [
        (replace(GOOD, diced=[replace(ROW, size_over_limit=1.0001)]), "never over the limit"),
        (replace(GOOD, diced=[replace(ROW, attempts=2)] * 2), "one attempt is enough"),
        (replace(GOOD, diced=[replace(ROW, treatment="unfit", attempts=3)] * 2), "one attempt is enough"),
        (replace(GOOD, rows=[replace(ROW, size_over_limit=0.89)]), "share of 10 and 20 MiB used by natural clips"),
        (replace(GOOD, rows=[replace(ROW, cpu_seconds=12.1)]), "1080p 25 MB to 10 MiB: CPU seconds"),
        (replace(GOOD, rows=[replace(ROW, child_mib=306)]), "1080p 25 MB to 10 MiB: memory of the child"),
        (replace(GOOD, rows=[replace(ROW, likeness=98.9)]), "1080p 25 MB to 10 MiB: VMAF"),
        (
            replace(GOOD, decision=replace(GOOD.decision, is_same_clip=False)),
            "a clip that fits and plays keeps its SHA-256",
        ),
        (replace(GOOD, decision=replace(GOOD.decision, median_ms=1.1)), "and that is decided"),
        (replace(GOOD, lag_ms=10.1), "event-loop lag p99 during an encode"),
        (replace(GOOD, cancels=[replace(CANCEL, took_ms=101)]), "a cancel leaves no process and no file"),
        (replace(GOOD, cancels=[CANCEL, replace(CANCEL, processes=1)]), "a cancel leaves no process and no file"),
        (replace(GOOD, cancels=[CANCEL, replace(CANCEL, files=1)]), "a cancel leaves no process and no file"),
    ],
)
def test_each_goal_is_missed_by_the_figure_it_is_about(figures: Figures, name: str) -> None:
    assert _missed(judge(figures)) == [name]


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    unknown = judge(replace(GOOD, rows=[], measure="SSIM"))

    assert _missed(unknown) == []
    assert [goal.is_met for goal in unknown].count(None) == 4
