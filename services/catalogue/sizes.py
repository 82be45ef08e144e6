"""Resolutions, aspect ratios and pixel sizes: which belong together; pure.

Models list resolutions and ratios, and sometimes sizes besides. The sizes are then the truth: seedance-2.0 lists the
ratio 9:21 and the resolution 480p, but no 9:21 size at 480p. They are also not exact: seedance-2.5 lists 1112x834 for
4:3 at 720p and 992x432 for 21:9 at 480p, keeping the area rather than the short edge.
"""

import re
from typing import Final

from services.models import VideoModel

_LINES: Final = re.compile(r"([1-9]\d{1,4})p", re.IGNORECASE | re.ASCII)
_THOUSANDS: Final = {"1k": 1080, "2k": 1440, "4k": 2160, "8k": 4320}
_SIZE: Final = re.compile(r"([1-9]\d{1,4})x([1-9]\d{1,4})", re.IGNORECASE | re.ASCII)
_RATIO: Final = re.compile(r"([1-9]\d{0,3}):([1-9]\d{0,3})", re.ASCII)
# Tolerances in percent. Listed sizes are off by at most 1.6 (ratio) and 4.6 (area); neighbouring ratios are 12 apart.
_RATIO_PERCENT: Final = 3
_AREA_PERCENT: Final = 10


def height(resolution: str) -> int | None:
    """The short edge in pixels that a resolution names: 720 for `720p`, 2160 for `4K`; None for an unknown word."""
    if lines := _LINES.fullmatch(resolution):
        return int(lines[1])
    if size := _pixels(resolution):
        return min(size)
    return _THOUSANDS.get(resolution.lower())


def size_of(model: VideoModel, *, resolution: str, aspect_ratio: str) -> tuple[int, int] | None:
    """Width and height of the size that the model lists for the pair, or None where it lists none that fits.

    A size of that ratio fits if its short edge is the resolution's, or else if its area is about the resolution's
    nominal 16:9 area.
    """
    edge, ratio = height(resolution), _ratio(aspect_ratio)
    if edge is None or ratio is None:
        return None
    listed = [size for text in model.sizes if (size := _pixels(text)) and _has_ratio(size, ratio)]
    exact = [size for size in listed if min(size) == edge]
    about = [size for size in listed if _has_area(size, edge)]
    return next(iter(exact + about), None)


def computed_size(*, resolution: str, aspect_ratio: str) -> tuple[int, int] | None:
    """Width and height by arithmetic, rounded up to even numbers; None for words that name no size."""
    edge, ratio = height(resolution), _ratio(aspect_ratio)
    if edge is None or ratio is None:
        return None
    wide, high = max(ratio), min(ratio)
    long_edge = 2 * -(-edge * wide // (2 * high))
    return (long_edge, edge) if ratio[0] >= ratio[1] else (edge, long_edge)


def ratios_at(model: VideoModel, resolution: str) -> tuple[str, ...]:
    """The ratios that can be had at a resolution.

    All listed ones, unless the sizes say otherwise; and sizes that fit no ratio at all at this resolution say nothing
    about it, so that a way of listing them that we do not know does not close the model.
    """
    if not model.sizes:
        return model.aspect_ratios
    fitting = tuple(
        ratio for ratio in model.aspect_ratios if size_of(model, resolution=resolution, aspect_ratio=ratio) is not None
    )
    return fitting or model.aspect_ratios


def _pixels(text: str) -> tuple[int, int] | None:
    found = _SIZE.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def _ratio(text: str) -> tuple[int, int] | None:
    found = _RATIO.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def _has_ratio(size: tuple[int, int], ratio: tuple[int, int]) -> bool:
    # |w/h - a/b| <= tolerance * a/b, without fractions
    cross, target = size[0] * ratio[1], ratio[0] * size[1]
    return abs(cross - target) * 100 <= target * _RATIO_PERCENT


def _has_area(size: tuple[int, int], edge: int) -> bool:
    # |w*h - edge*edge*16/9| <= tolerance * edge*edge*16/9, without fractions
    area, nominal = 9 * size[0] * size[1], 16 * edge * edge
    return abs(area - nominal) * 100 <= nominal * _AREA_PERCENT
