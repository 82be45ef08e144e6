"""What is wrong with a clip, or with the encoder that was to mend it."""

from dataclasses import dataclass, field

from services.errors.root import BotError
from services.errors.upstream import UpstreamError


class ClipError(UpstreamError):
    """The result is no use as it came."""


class ClipGoneError(ClipError):
    """The result is no longer stored upstream."""


class ClipTooLargeError(ClipError):
    """The result has more bytes than allowed; the download was stopped."""


@dataclass(eq=False)
class ClipUnfitError(ClipTooLargeError):
    """The result is over `limit` bytes, and every attempt to make it smaller missed. The clip itself is untouched."""

    limit: int = 0
    attempts: int = 0


class ClipUnplayableError(ClipError):
    """The result is not a whole MP4, or no decoder makes pictures of it."""


class PageInsteadOfClipError(ClipUnplayableError):
    """A page of text came with status 200, or a compressed body: something between us and the clip may be failing."""


@dataclass(eq=False)
class EncoderError(BotError):
    """ffmpeg is missing, cannot do what is needed, or died. Later, or with another ffmpeg, the same clip may do."""

    # Kept out of the repr like `UpstreamError.detail`: ffmpeg quotes what it finds inside a file.
    detail: str = field(default="", repr=False)


class EncoderLimitError(EncoderError):
    """ffmpeg took more time or space than any clip should, and was stopped. The same clip would take as much again."""


class EncoderStoppedError(EncoderError):
    """An encode was broken off because the bot stops. Nothing is wrong: the next start begins it anew."""
