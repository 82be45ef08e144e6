import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalogue.sizes import computed_size, height, ratios_at, size_of
from services.models import VideoModel
from tests.services.catalogue.listed import captured

MODELS = captured()
# The pairs that the two lists allow and the sizes do not have.
MISSING = {
    ("bytedance/seedance-2.0", "480p", "9:21"),
    ("bytedance/seedance-2.0", "1080p", "9:21"),
    ("bytedance/seedance-2.0", "4K", "9:21"),
    ("bytedance/seedance-2.0-fast", "480p", "9:21"),
    ("bytedance/seedance-2.0-mini", "480p", "9:21"),
}


def test_every_listed_pair_of_the_capture_has_a_size_but_for_five() -> None:
    refused = {
        (model.id, resolution, ratio)
        for model in MODELS.values()
        for resolution in model.resolutions
        for ratio in model.aspect_ratios
        if ratio not in ratios_at(model, resolution)
    }

    assert refused == MISSING


def test_every_listed_size_of_the_capture_belongs_to_some_pair() -> None:
    for model in MODELS.values():
        reached = {
            size_of(model, resolution=resolution, aspect_ratio=ratio)
            for resolution in model.resolutions
            for ratio in model.aspect_ratios
        } - {None}
        assert {f"{size[0]}x{size[1]}" for size in reached if size} == set(model.sizes)


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [
        ("720p", "16:9", (1280, 720)),
        ("720p", "9:16", (720, 1280)),
        ("720p", "4:3", (1112, 834)),
        ("720p", "1:1", (960, 960)),
        ("720p", "21:9", (1470, 630)),
        ("480p", "21:9", (992, 432)),
        ("480p", "4:3", (752, 560)),
        ("480p", "3:4", (560, 752)),
        ("1080p", "16:9", None),
        ("720p", "9:21", None),
        ("720p", "wide", None),
        ("large", "16:9", None),
    ],
)
def test_sizes_that_keep_the_area_are_recognised(resolution: str, ratio: str, size: tuple[int, int] | None) -> None:
    assert size_of(MODELS["bytedance/seedance-2.5"], resolution=resolution, aspect_ratio=ratio) == size


def test_a_size_with_the_exact_edge_goes_before_one_with_about_the_area() -> None:
    model = VideoModel(id="m/m", name="m", sizes=("750x750", "unreadable", "480x480", "640x640"))

    assert size_of(model, resolution="480p", aspect_ratio="1:1") == (480, 480)


def test_sizes_that_fit_nothing_at_a_resolution_say_nothing_about_it() -> None:
    model = VideoModel(id="m/m", name="m", aspect_ratios=("16:9", "1:1"), sizes=("1280x720", "huge"))

    assert ratios_at(model, "720p") == ("16:9",)
    assert ratios_at(model, "1080p") == ("16:9", "1:1")


@pytest.mark.parametrize(
    ("word", "edge"),
    [
        ("480p", 480),
        ("1080P", 1080),
        ("1K", 1080),
        ("2K", 1440),
        ("4k", 2160),
        ("864x496", 496),
        ("0p", None),
        ("\u0667\u0662\u0660p", None),
        ("HD", None),
        ("", None),
    ],
)
def test_a_resolution_names_its_short_edge(word: str, edge: int | None) -> None:
    assert height(word) == edge


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [
        ("480p", "16:9", (854, 480)),
        ("480p", "9:16", (480, 854)),
        ("480p", "9:21", (480, 1120)),
        ("720p", "1:1", (720, 720)),
        ("4K", "16:9", (3840, 2160)),
        ("big", "1:1", None),
        ("720p", "square", None),
    ],
)
def test_a_size_can_be_computed(resolution: str, ratio: str, size: tuple[int, int] | None) -> None:
    assert computed_size(resolution=resolution, aspect_ratio=ratio) == size


@given(edge=st.integers(10, 9999), wide=st.integers(1, 99), high=st.integers(1, 99))
def test_a_computed_size_is_never_smaller_than_asked_for(edge: int, wide: int, high: int) -> None:
    size = computed_size(resolution=f"{edge}p", aspect_ratio=f"{wide}:{high}")

    assert size is not None
    assert min(size) == edge or max(size) - edge <= 1
    assert max(size) * min(wide, high) >= edge * max(wide, high)
