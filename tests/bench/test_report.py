"""A report judges each row by its medians, tells it to people as a table, and to machines as JSON."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from bench.report import Goal, Of, Report, Row, arguments, conclude, median_of, quantile, side_by_side

ROW = Row(name="a reservation", unit="ms", ours=[9, 2, 4], baseline=[2, 2, 50], against="bare")


def judged(goal: Goal | None, *, row: Row = ROW) -> str:
    return Row(
        name=row.name, unit=row.unit, ours=row.ours, baseline=row.baseline, against=row.against, goal=goal
    ).verdict


def test_figures_are_medians_so_one_bad_round_on_either_side_changes_nothing() -> None:
    assert (ROW.value, ROW.base, ROW.ratio, ROW.difference) == (4, 2, 2, 2)


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [
        (Goal(most=4), "met"),
        (Goal(most=3.9), "NOT MET"),
        (Goal(least=4), "met"),
        (Goal(least=4.1), "NOT MET"),
        (Goal(of=Of.RATIO, most=2), "met"),
        (Goal(of=Of.RATIO, most=1.9), "NOT MET"),
        (Goal(of=Of.DIFFERENCE, least=1, most=2), "met"),
        (Goal(of=Of.DIFFERENCE, least=2.1, most=9), "NOT MET"),
        (None, ""),
    ],
)
def test_a_goal_is_about_the_figure_that_it_names(goal: Goal | None, verdict: str) -> None:
    assert judged(goal) == verdict


@pytest.mark.parametrize(
    "row",
    [
        Row(name="x", unit="s", ours=[], baseline=[1]),
        Row(name="x", unit="s", ours=[1]),
        Row(name="x", unit="s", ours=[1], baseline=[0]),
        Row(name="x", unit="s", ours=[1], baseline=[-1]),
    ],
)
def test_a_ratio_that_cannot_be_had_is_neither_met_nor_missed(row: Row) -> None:
    assert judged(Goal(of=Of.RATIO, most=1), row=row) == "not measured"


def test_the_table_shows_the_goal_the_verdict_and_every_note() -> None:
    told = io.StringIO()
    row = Row(name="memory", unit="bytes [each]", ours=[12_345.6], goal=Goal(most=300))

    Report(benchmark="memory", rows=[row], notes=["On a [busy] machine."]).print(Console(file=told, width=140))

    assert "12,346" in told.getvalue()
    assert "ours ≤ 300" in told.getvalue()
    assert "NOT MET" in told.getvalue()
    assert "On a [busy] machine." in told.getvalue()


def test_the_file_holds_every_sample_the_verdicts_and_the_machine(tmp_path: Path) -> None:
    row = Row(name="x", unit="s", ours=[3, 1], baseline=[1, 1], goal=Goal(of=Of.RATIO, most=1.5))

    Report(benchmark="x", rows=[row]).write(tmp_path / "deep" / "x.json")

    content = json.loads((tmp_path / "deep" / "x.json").read_text(encoding="utf-8"))
    assert content["is_met"] is False
    assert content["machine"]["cores"] > 0
    assert content["rows"][0]["samples"] == {"ours": [3, 1], "baseline": [1, 1]}
    assert content["rows"][0]["ratio"] == 2
    assert content["rows"][0]["verdict"] == "NOT MET"


@pytest.mark.parametrize(("is_quick", "code"), [(False, 1), (True, 0)])
def test_a_missed_goal_fails_a_full_run_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, is_quick: bool, code: int
) -> None:
    chosen = arguments("x", None).parse_args(["--json", str(tmp_path / "x.json")])
    row = Row(name="x", unit="s", ours=[3], goal=Goal(most=1))

    assert conclude(Report(benchmark="x", rows=[row], is_quick=is_quick), chosen) == code
    assert "NOT MET" in capsys.readouterr().out


async def test_sides_are_measured_in_turn_and_every_second_round_in_reverse() -> None:
    order: list[str] = []

    def side(name: str) -> Callable[[], asyncio.Future[int]]:
        def measure() -> asyncio.Future[int]:
            order.append(name)
            future = asyncio.get_running_loop().create_future()
            future.set_result(len(order))
            return future

        return measure

    seen = await side_by_side({"ours": side("ours"), "bare": side("bare")}, rounds=3)

    assert order == ["ours", "bare", "bare", "ours", "ours", "bare"]
    assert seen == {"ours": [1, 4, 5], "bare": [2, 3, 6]}


async def test_a_median_of_one_thing_is_taken_over_so_many_measurements() -> None:
    samples = iter([5.0, 1.0, 2.0])

    async def measure() -> float:
        return next(samples)

    assert await median_of(3, measure) == 2


def test_a_quantile_is_a_sample() -> None:
    assert quantile([*range(100)], 0.99) == 99
    assert quantile([3, 1, 2], 0.5) == 2
    assert quantile([7], 0.99) == 7
    with pytest.raises(ValueError, match="no samples"):
        quantile([], 0.5)
