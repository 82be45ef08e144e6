"""A part of the kill matrix. All of it: `python -m tests.crash`; that it can fail: `test_mutants`."""

from collections.abc import Sequence

import pytest

from tests.crash.cell import Outcome, Variation
from tests.crash.points import EVERY_SERIES, Kind, Moment, Point
from tests.crash.stories import STORIES
from tests.crash.sweep import Plan, sweep
from tests.grounds import migrated
from tests.stored import Ground, SqliteGround

REQUESTS = [series for series in EVERY_SERIES if series.kind is Kind.HTTP]
OTHERS = ["late", "removed", "pictured"]


def unheard(_: Outcome) -> None:
    """Hear of a cell and say nothing."""


@pytest.fixture(scope="module")
def migrated_ground(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Where databases have today's schema from the start."""
    return migrated(tmp_path_factory.mktemp("migrated")) if isinstance(ground, SqliteGround) else ground


@pytest.mark.timeout(300)
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    "plans",
    [
        [Plan(every=25)],
        [Plan(every=40, is_first_start=True, series=[series for series in EVERY_SERIES if series.kind is Kind.DB])],
        [Plan(every=6, series=REQUESTS, variation=Variation(remembers_nonces=False))],
        [Plan(every=9, series=REQUESTS, variation=Variation(story=STORIES[name])) for name in OTHERS],
    ],
    ids=["nonces remembered", "first start", "nonces forgotten", "other stories"],
)
async def test_a_part_of_the_matrix_leaves_all_invariants_true(plans: Sequence[Plan], migrated_ground: Ground) -> None:
    summary = await sweep(plans, ground=migrated_ground, show=unheard)

    assert summary.faults == []
    assert {(cell.story, point.kind, point.moment) for cell in summary.outcomes for point in cell.points} == {
        (plan.variation.story.name, series.kind, series.moment) for plan in plans for series in plan.series
    }


def test_a_point_is_written_as_it_is_read() -> None:
    point = Point(kind=Kind.HTTP, n=7, moment=Moment.BODY)

    assert Point.read(str(point)) == point
