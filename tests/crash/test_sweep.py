"""A part of the kill matrix, and proof that the whole of it can fail. All of it: `python -m tests.crash`."""

from collections.abc import Set as AbstractSet
from itertools import count
from pathlib import Path

import pytest

from tests.crash.cell import Outcome, Stage, Variation, play
from tests.crash.points import EVERY_SERIES, Kind, Moment, Point
from tests.crash.process import Start
from tests.crash.scene import Scene
from tests.crash.sweep import Plan, sweep

MOST_PASSES = 6


def unheard(_: Outcome) -> None:
    """Hear of a cell and say nothing."""


@pytest.mark.timeout(300)
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    "plan",
    [
        Plan(every=10),
        Plan(
            every=3,
            series=[series for series in EVERY_SERIES if series.kind is Kind.HTTP],
            variation=Variation(remembers_nonces=False),
        ),
    ],
    ids=["nonces remembered", "nonces forgotten"],
)
async def test_a_part_of_the_matrix_leaves_all_invariants_true(plan: Plan) -> None:
    summary = await sweep(plan, show=unheard)

    assert summary.faults == []
    assert {(point.kind, point.moment) for outcome in summary.outcomes for point in outcome.points} == {
        (series.kind, series.moment) for series in plan.series
    }


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("variation", "broken"),
    [
        pytest.param(Variation(mutant="resubmit"), {"I2", "I8"}, id="resubmit after a crash"),
        pytest.param(Variation(mutant="fresh-nonce,no-history"), {"I3"}, id="a fresh nonce and no look at the history"),
        pytest.param(
            Variation(mutant="no-history", remembers_nonces=False),
            {"I3"},
            id="no look at the history once nonces are forgotten",
        ),
    ],
)
async def test_a_mutant_is_caught(
    scene: Scene, fork: Start, clip: Path, variation: Variation, broken: AbstractSet[str]
) -> None:
    assert not await Stage(scene=scene, start=fork).live(None)

    first = _number_of_submit(scene)
    found: set[str] = set()
    # A progress edit and the post of the clip may overtake each other, so that a pass can miss the one that counts.
    for passage in range(MOST_PASSES):
        for n in count(first):
            home = scene.folder / f"{passage}-{n}"
            home.mkdir()
            point = Point(kind=Kind.HTTP, n=n, moment=Moment.AFTER)
            outcome = await play([point], folder=home, clip=clip, start=fork, variation=variation)
            found |= {violation.split()[0] for violation in outcome.violations}
            if outcome.is_untouched or found >= broken:
                break
        if found >= broken:
            break

    assert found >= broken


def _number_of_submit(scene: Scene) -> int:
    """Return which of the bot's requests bought a video, from 1: nothing before it runs beside anything else."""
    asked = [(record.received_at, record.route) for record in scene.discord.requests]
    asked += [(record.at, record.route) for record in scene.openrouter.requests]
    return [name for _, name in sorted(asked)].index("submit") + 1


def test_a_point_is_written_as_it_is_read() -> None:
    point = Point(kind=Kind.HTTP, n=7, moment=Moment.BODY)

    assert Point.read(str(point)) == point
