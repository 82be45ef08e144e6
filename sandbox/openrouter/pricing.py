"""What a video costs at the stand-in, from the model's own price lines.

It is written apart from the product's own estimate, on purpose: neither imports the other, so each judges the other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sandbox.openrouter.pixels import Pixels

_FRAMES_PER_SECOND: Final = 24
_PIXEL_FRAMES_PER_TOKEN: Final = 1024

_RESOLUTION: Final = r"(?:_(?P<resolution>\d+[pk]))?"
_AUDIO: Final = r"(?:_(?P<audio>with_audio|without_audio))?"
_DOLLARS_A_SECOND: Final = re.compile(
    rf"(?:(?P<mode>text_to_video|image_to_video|reference)_)?duration_seconds{_AUDIO}{_RESOLUTION}"
)
_CENTS_A_SECOND: Final = re.compile(rf"cents_per_(?:second_output|video_output_second){_RESOLUTION}{_AUDIO}")
_CENTS_CONTINUED: Final = re.compile(rf"cents_per_second_video_(?P<mode>continuation){_RESOLUTION}")
_DOLLARS_A_TOKEN: Final = re.compile(rf"video_tokens{_RESOLUTION}{_AUDIO}(?P<video>_with_video_input)?")
_PER_IMAGE: Final = {"cents_per_image_input": Decimal("0.01"), "reference_images": Decimal(1)}
_MINIMUM: Final = "minimum_cents_per_generation"


class Mode(StrEnum):
    """What a video is made from. The words are those of the price lines."""

    TEXT = "text_to_video"
    IMAGE = "image_to_video"
    REFERENCE = "reference"
    CONTINUATION = "continuation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What is bought: everything that a price can depend on."""

    mode: Mode
    seconds: int
    resolution: str | None
    pixels: Pixels
    audio: bool
    frame_images: int = 0
    reference_images: int = 0
    video_input: bool = False

    @property
    def tokens(self) -> Decimal:
        """How many video tokens it is."""
        return Decimal(self.pixels.width * self.pixels.height * _FRAMES_PER_SECOND * self.seconds) / (
            _PIXEL_FRAMES_PER_TOKEN
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One price line. A tag that is None fits every sale."""

    rate: Decimal
    per_token: bool
    mode: str | None
    audio: str | None
    resolution: str | None
    video_input: bool

    def fits(self, sale: Sale) -> bool:
        """Whether the line may be applied to the sale at all."""
        heard = "with_audio" if sale.audio else "without_audio"
        resolution = sale.resolution.lower() if sale.resolution else None
        continued = (self.mode == Mode.CONTINUATION) == (sale.mode == Mode.CONTINUATION)
        return (
            continued
            and self.mode in {None, sale.mode}
            and self.audio in {None, heard}
            and self.resolution in {None, resolution}
            and self.video_input <= sale.video_input
        )

    @property
    def precision(self) -> int:
        """How closely the line describes its sales: what is heard outranks the size, the size outranks the mode."""
        if self.per_token:
            return 4 * self.video_input + 2 * (self.resolution is not None) + (self.audio is not None)
        return 4 * (self.audio is not None) + 2 * (self.resolution is not None) + (self.mode is not None)

    def charge(self, sale: Sale) -> Decimal:
        """Return the dollars for the length of the sale."""
        return self.rate * (sale.tokens if self.per_token else sale.seconds)


def _line(name: str, value: str) -> _Line | None:
    """Read one price line; None if it is of an unknown kind."""
    for pattern, unit in (
        (_DOLLARS_A_SECOND, Decimal(1)),
        (_CENTS_A_SECOND, Decimal("0.01")),
        (_CENTS_CONTINUED, Decimal("0.01")),
        (_DOLLARS_A_TOKEN, Decimal(1)),
    ):
        match = pattern.fullmatch(name)
        if match:
            tags = match.groupdict()
            return _Line(
                rate=Decimal(value) * unit,
                per_token=pattern is _DOLLARS_A_TOKEN,
                mode=tags.get("mode"),
                audio=tags.get("audio"),
                resolution=tags.get("resolution"),
                video_input=bool(tags.get("video")),
            )
    return None


def price(skus: Mapping[str, str] | None, sale: Sale) -> Decimal | None:
    """Return the price in dollars, or None where the lines do not say: none fits, or one is of an unknown kind."""
    extras = {*_PER_IMAGE, _MINIMUM}
    lines = [_line(name, value) for name, value in (skus or {}).items() if name not in extras]
    known = [line for line in lines if line is not None]
    fitting = [line for line in known if line.fits(sale)]
    if len(known) < len(lines) or not fitting or skus is None:
        return None
    timed = [line for line in fitting if not line.per_token] or fitting
    total = max(timed, key=lambda line: line.precision).charge(sale)
    images = {
        "cents_per_image_input": sale.frame_images + sale.reference_images,
        "reference_images": sale.reference_images,
    }
    for name, unit in _PER_IMAGE.items():
        total += images[name] * unit * Decimal(skus.get(name, "0"))
    return max(total, Decimal(skus.get(_MINIMUM, "0")) / 100)
