"""What the video API said, or did not say."""

from dataclasses import dataclass, field
from datetime import timedelta

from services.errors.root import BotError


@dataclass(eq=False)
class UpstreamError(BotError):
    """The video API. `status` is the HTTP status or None; `detail` is its own words, capped, for the operator."""

    status: int | None = None
    # Kept out of the repr, because that is what a log shows of an exception, and the words may echo a prompt.
    detail: str = field(default="", repr=False)


class NotAcceptedError(UpstreamError):
    """The submit bought nothing, for certain."""


@dataclass(eq=False)
class UpstreamBusyError(NotAcceptedError):
    """Too busy, or never reached: the same submit may be sent again after `retry_after`."""

    retry_after: timedelta | None = None


class ContentRefusedError(NotAcceptedError):
    """Moderation said no."""


class RequestRejectedError(NotAcceptedError):
    """The request itself is wrong: unknown model, unsupported value, too large."""


class AccountError(UpstreamError):
    """The owner's key, credit or budget: until the owner acts, every call would fail alike.

    A submit that is answered so bought nothing; a job that is read is still there when the key is put right.
    """


class SubmitUnknownError(UpstreamError):
    """The submit may have bought a video. It is never sent again."""


@dataclass(eq=False)
class TryLaterError(UpstreamError):
    """A read failed in passing. Reading again is harmless, after `retry_after` where the API named one."""

    retry_after: timedelta | None = None


class RemoteJobMissingError(UpstreamError):
    """The API does not know the job: true for a moment after the submit, and for a wrong or forgotten id."""
