import pytest

from sandbox.openrouter.pixels import computed_size, listed_size


@pytest.mark.parametrize(
    ("resolution", "aspect_ratio", "size"),
    [
        ("720p", "16:9", (1280, 720)),
        ("720p", "9:16", (720, 1280)),
        ("480p", "16:9", (854, 480)),
        ("768p", "16:9", (1366, 768)),
        ("720p", "4:3", (960, 720)),
        ("1080p", "1:1", (1080, 1080)),
        ("720p", "2:3", (720, 1080)),
        ("720p", "21:9", (1680, 720)),
        ("2K", "16:9", (2560, 1440)),
        ("4K", "9:16", (2160, 3840)),
        ("1K", "1:1", (1024, 1024)),
    ],
)
def test_the_short_edge_is_the_resolution_and_both_are_even(
    resolution: str, aspect_ratio: str, size: tuple[int, int]
) -> None:
    assert computed_size(resolution, aspect_ratio) == size


def test_a_listed_size_is_found_by_its_short_edge_or_by_its_area() -> None:
    sizes = ["854x480", "560x752", "1280x720", "960x960", "1470x630"]

    assert listed_size(sizes, resolution="480p", aspect_ratio="16:9") == (854, 480)
    assert listed_size(sizes, resolution="720p", aspect_ratio="1:1") == (960, 960)
    assert listed_size(sizes, resolution="720p", aspect_ratio="21:9") == (1470, 630)
    assert listed_size(sizes, resolution="480p", aspect_ratio="3:4") == (560, 752)
    assert listed_size(sizes, resolution="480p", aspect_ratio="9:16") is None
