"""What is known of models before the first of their jobs."""

from datetime import timedelta

import pytest

from services.models import VideoSpec
from services.schedule import cold_start


@pytest.mark.parametrize(
    ("model", "clip", "first", "nearly_all"),
    [
        ("google/veo-3.1", 8, 40.8, 255),
        ("google/veo-3.1", 4, 20.4, 127.5),  # half as long a clip
        ("bytedance/seedance-2.0", 15, 32, 200),  # how much longer that takes is left to be learned
        ("google/veo-3.1-lite", 4, 16.4, 120),  # not before looks would be rarer anyway
    ],
)
def test_a_model_with_a_figure_is_first_looked_at_by_it(model: str, clip: int, first: float, nearly_all: float) -> None:
    pace = cold_start(VideoSpec(model=model, duration=clip))

    assert pace is not None
    assert (pace.first, pace.nearly_all) == (timedelta(seconds=first), timedelta(seconds=nearly_all))


def test_a_model_without_one_is_taken_for_the_fastest_of_its_family() -> None:
    pace, fastest = [cold_start(VideoSpec(model=f"google/veo-{which}", duration=4)) for which in ("4", "3.1-lite")]

    assert pace is not None
    assert fastest is not None
    assert pace.first == fastest.first
    assert pace.nearly_all >= fastest.nearly_all


def test_nothing_is_made_up_for_a_family_that_nobody_knows() -> None:
    assert cold_start(VideoSpec(model="acme/clip-1", duration=5)) is None
