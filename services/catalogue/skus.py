"""The names of price lines, as the video API publishes them; pure.

There is no schema: the grammar was read from the live list, in which dollars and cents and seconds and tokens stand
side by side. A name that does not parse makes the whole model unpriceable, because it may be the one that bills.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

# Prices are at most some dollars per second; above this a line is a mistake.
_HIGHEST: Final = Decimal(1000)
_NUMBER: Final = re.compile(r"\d{1,12}(?:\.\d{1,18})?(?:[eE]-?\d{1,2})?", re.ASCII)
_RES: Final = r"(?:_(?P<res>\d{2,5}p|\d{1,2}k))?"
_AUDIO: Final = r"(?:_(?P<audio>with|without)_audio)?"
_GRAMMAR: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"(?:(?P<mode>text_to_video|image_to_video|reference)_)?(?P<unit>duration_seconds){_AUDIO}{_RES}",
        rf"(?P<unit>cents_per_second_output){_RES}",
        rf"(?P<unit>cents_per_video_output_second){_RES}{_AUDIO}",
        rf"(?P<unit>cents_per_second_video)_(?P<mode>continuation){_RES}",
        rf"(?P<unit>video_tokens){_RES}{_AUDIO}(?P<video>_with_video_input)?",
    )
)
# What is added to the price of the clip, in the order of the fields of `PriceList`.
_EXTRAS: Final = ("cents_per_image_input", "reference_images", "minimum_cents_per_generation")


class Mode(StrEnum):
    """How a clip is made. The words are those of the price lines."""

    TEXT = "text_to_video"
    IMAGE = "image_to_video"
    REFERENCE = "reference"
    CONTINUATION = "continuation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line that prices the clip itself. A tag that is None says nothing, so the line fits any."""

    usd: Decimal
    """Per second, or per token if `per_token`."""
    per_token: bool
    mode: Mode | None
    audio: bool | None
    resolution: str | None
    """In lower case."""
    video_input: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """A model's prices, in dollars."""

    lines: tuple[Line, ...]
    image_input: Decimal = Decimal(0)
    """For each picture, a frame or a reference."""
    reference_image: Decimal = Decimal(0)
    """For each reference picture; whether a frame counts as one is not documented."""
    minimum: Decimal = Decimal(0)
    """For the whole job."""


def parse(skus: Mapping[str, str]) -> PriceList | None:
    """The prices, or None if one name or one number cannot be read: a price is never guessed."""
    amounts = {key: _amount(text) for key, text in skus.items()}
    extras = {key: amounts.pop(key) for key in _EXTRAS if key in amounts}
    lines = [_line(key, amount) for key, amount in amounts.items()]
    known = tuple(line for line in lines if line is not None)
    if len(known) < len(lines) or None in extras.values():
        return None
    image, reference, minimum = (extras.get(key) or Decimal(0) for key in _EXTRAS)
    return PriceList(lines=known, image_input=image / 100, reference_image=reference, minimum=minimum / 100)


def _amount(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    amount = Decimal(text)
    return amount if amount <= _HIGHEST else None


def _line(key: str, amount: Decimal | None) -> Line | None:
    found = next((match for pattern in _GRAMMAR if (match := pattern.fullmatch(key))), None)
    # A clip that costs nothing would pass every limit on money: a zero is a mistake or a promise, and no price.
    if found is None or not amount:
        return None
    tags = found.groupdict()
    audio = tags.get("audio")
    return Line(
        usd=amount / 100 if tags["unit"].startswith("cents") else amount,
        per_token=tags["unit"] == "video_tokens",
        mode=Mode(tags["mode"]) if tags.get("mode") else None,
        audio=None if audio is None else audio == "with",
        resolution=tags.get("res"),
        video_input=bool(tags.get("video")),
    )
