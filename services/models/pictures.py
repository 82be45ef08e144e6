"""The pictures that a video starts and ends with."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class FrameKind(StrEnum):
    """Which end of the video a picture is. The words are the video API's own."""

    FIRST = "first_frame"
    LAST = "last_frame"


FRAMES: Final = (FrameKind.FIRST, FrameKind.LAST)
"""In their order: a request with one picture has the first, with two both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A picture as it is sent along with a submit."""

    kind: FrameKind
    media_type: str
    content: bytes = field(repr=False)
