"""What can be wrong with a picture that a member sends. Nothing was reserved in any of these."""

from dataclasses import dataclass
from enum import StrEnum

from services.errors import RequestError
from services.models import FrameKind


class PictureFault(StrEnum):
    """Why a picture cannot be used."""

    LAST_ALONE = "last_alone"  # a last frame without a first
    NO_PICTURE = "no_picture"  # the message has none
    ELSEWHERE = "elsewhere"  # no attachment of Discord's
    TOO_LARGE = "too_large"  # in bytes
    GONE = "gone"  # deleted, or its address has expired
    LATER = "later"  # it could not be brought in passing
    OTHER_TYPE = "other_type"
    BROKEN = "broken"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"  # in pixels
    LOST = "lost"  # it was brought, and is no longer here


# `eq=False`: an exception is itself and stays hashable, as the standard library expects of it.
@dataclass(eq=False)
class PictureError(RequestError):
    """A picture cannot be used. `kind` is which one, where it matters."""

    fault: PictureFault
    kind: FrameKind | None = None
