"""How many pixels a resolution and an aspect ratio are: by what the model lists, else by the short edge."""

from collections.abc import Sequence
from typing import Final, NamedTuple

_SHORT_EDGES: Final = {"1K": 1024, "2K": 1440, "4K": 2160}
_RATIO_TOLERANCE: Final = 0.04  # 480x854 is a listed size of 9:16, and 1470x630 of 21:9
_AREA_TOLERANCE: Final = 0.1  # some models list sizes of one area rather than of one short edge


class Pixels(NamedTuple):
    """A frame's width and height."""

    width: int
    height: int


def short_edge(resolution: str) -> int:
    """Return the short edge of `720p`, `2K` and the like in pixels."""
    return _SHORT_EDGES.get(resolution) or int(resolution.rstrip("p"))


def parse_size(size: str) -> Pixels:
    """Read `1280x720`."""
    width, height = size.split("x")
    return Pixels(int(width), int(height))


def computed_size(resolution: str, aspect_ratio: str) -> Pixels:
    """Return the size whose short edge is the resolution; both edges are even, as H.264 wants them."""
    across, down = (int(part) for part in aspect_ratio.split(":"))
    edge = short_edge(resolution)
    long_edge = 2 * round(edge * max(across, down) / min(across, down) / 2)
    return Pixels(long_edge, edge) if across >= down else Pixels(edge, long_edge)


def listed_size(sizes: Sequence[str], *, resolution: str, aspect_ratio: str) -> Pixels | None:
    """Return the listed size that the pair means: by its short edge, else by the area of 16:9; None if none is."""
    across, down = (int(part) for part in aspect_ratio.split(":"))
    every = [parse_size(size) for size in sizes]
    of_ratio = [size for size in every if abs(size.width * down / (size.height * across) - 1) < _RATIO_TOLERANCE]
    nominal = computed_size(resolution, "16:9")
    area = nominal.width * nominal.height
    by_area = [size for size in of_ratio if abs(size.width * size.height / area - 1) < _AREA_TOLERANCE]
    by_edge = [size for size in of_ratio if min(size) == short_edge(resolution)]
    return next(iter(by_edge + by_area), None)
