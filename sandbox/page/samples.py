"""Ready-made files to attach: pictures that the bot takes, and files that it must refuse. Drawn when asked for."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageDraw

from sandbox.discord import ClientRefusedError, Upload

Colour = tuple[int, int, int]
NIGHT: Final = (21, 32, 66)
DUSK: Final = (226, 120, 92)
DAWN: Final = (255, 206, 138)
SEA: Final = (24, 74, 102)
SUN: Final = (255, 236, 190)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A file by its name, and what it is good for."""

    name: str
    note: str
    draw: Callable[[], bytes]


class Samples:
    """The files that everybody on the page has at hand."""

    @cached_property
    def _all(self) -> Mapping[str, Sample]:
        samples = (
            Sample(name="sunset.png", note="a landscape, 1280 by 720", draw=lambda: _scene(1280, 720, "PNG")),
            Sample(name="lighthouse.jpg", note="upright, 720 by 1280", draw=lambda: _scene(720, 1280, "JPEG")),
            Sample(name="not-a-picture.png", note="a text that says it is a picture", draw=lambda: b"I am no picture."),
        )
        return {sample.name: sample for sample in samples}

    def listed(self) -> list[dict[str, Any]]:
        """Return what there is, for the page."""
        return [{"name": sample.name, "note": sample.note} for sample in self._all.values()]

    def upload(self, name: str) -> Upload:
        """Return a file as if the member had chosen it.

        Raises:
            ClientRefusedError: there is no such file.
        """
        sample = self._all.get(name)
        if sample is None:
            raise ClientRefusedError(f"there is no ready-made file {name!r}")
        return Upload(filename=sample.name, content=sample.draw())


def _scene(width: int, height: int, kind: str) -> bytes:
    """Draw a lighthouse by the sea at dusk."""
    picture = _sky(width, height)
    draw = ImageDraw.Draw(picture)
    horizon, unit = round(height * 0.68), min(width, height) / 100
    _sun(draw, x=width * 0.32, y=horizon, radius=13 * unit)
    _waves(draw, width=width, height=height, horizon=horizon)
    _lighthouse(draw, x=width * 0.74, ground=horizon + 6 * unit, unit=unit)
    file = BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def _sky(width: int, height: int) -> Image.Image:
    column = Image.new("RGB", (1, height))
    for y in range(height):
        part = y / height / 0.68
        upper, lower = (NIGHT, DUSK) if part < 0.6 else (DUSK, DAWN)  # noqa: PLR2004  # where the light begins
        column.putpixel((0, y), _between(upper, lower, part / 0.6 if part < 0.6 else (part - 0.6) / 0.4))  # noqa: PLR2004  # the same
    return column.resize((width, height))


def _sun(draw: ImageDraw.ImageDraw, *, x: float, y: float, radius: float) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=SUN)


def _waves(draw: ImageDraw.ImageDraw, *, width: int, height: int, horizon: int) -> None:
    for y in range(horizon, height):
        depth = (y - horizon) / (height - horizon)
        shade = _between(SEA, NIGHT, depth)
        glitter = math.sin(y * 0.45) * math.sin(y * 0.13) > 0.25  # noqa: PLR2004  # how much of the sea glitters
        draw.line((0, y, width, y), fill=shade)
        if glitter:
            half = width * (0.05 + 0.12 * depth)
            draw.line((width * 0.32 - half, y, width * 0.32 + half, y), fill=_between(shade, SUN, 0.45 * (1 - depth)))


def _lighthouse(draw: ImageDraw.ImageDraw, *, x: float, ground: float, unit: float) -> None:
    top = ground - 42 * unit
    draw.ellipse((x - 17 * unit, ground - 5 * unit, x + 19 * unit, ground + 9 * unit), fill=(15, 22, 40))
    for band in range(4):
        lower, upper = 1 - band / 4, 1 - (band + 1) / 4
        colour = (238, 236, 230) if band % 2 else (186, 58, 60)
        wide, narrow = (3 + 2 * lower) * unit, (3 + 2 * upper) * unit
        bottom_y, top_y = top + (ground - top) * lower, top + (ground - top) * upper
        draw.polygon(
            [(x - wide, bottom_y), (x + wide, bottom_y), (x + narrow, top_y), (x - narrow, top_y)], fill=colour
        )
    draw.rectangle((x - 3 * unit, top - 5 * unit, x + 3 * unit, top), fill=(255, 224, 130))
    draw.polygon(
        [(x - 4 * unit, top - 5 * unit), (x + 4 * unit, top - 5 * unit), (x, top - 10 * unit)], fill=(15, 22, 40)
    )


def _between(first: Colour, second: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * min(1.0, max(0.0, part))) for a, b in zip(first, second, strict=True))
    return red, green, blue
