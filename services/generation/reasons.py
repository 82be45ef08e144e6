"""What an exception means for a job: the one place where a fault becomes a `FailureReason`."""

from services.errors import (
    ClipError,
    ClipGoneError,
    ClipTooLargeError,
    ContentRefusedError,
    DirectClosedError,
    NotAcceptedError,
    SubmitUnknownError,
    UploadTooLargeError,
)
from services.models import FailureReason, Route


def submit_reason(error: NotAcceptedError | SubmitUnknownError) -> FailureReason:
    """Return why a submit failed for good."""
    match error:
        case SubmitUnknownError():
            return FailureReason.SUBMIT_UNKNOWN
        case ContentRefusedError():
            return FailureReason.REFUSED
        case _:
            return FailureReason.REJECTED


def clip_reason(error: ClipError) -> FailureReason:
    """Return why a clip that was paid for is no use."""
    match error:
        case ClipTooLargeError():
            return FailureReason.TOO_LARGE
        case ClipGoneError():
            return FailureReason.EXPIRED
        case _:
            return FailureReason.UNPLAYABLE


def delivery_reason(error: ClipError | DirectClosedError | UploadTooLargeError, *, route: Route) -> FailureReason:
    """Return why a finished clip could not be put in front of its member."""
    match error:
        case ClipError():
            return clip_reason(error)
        case UploadTooLargeError() if route is Route.CHANNEL:
            return FailureReason.TOO_LARGE
        case _:
            # Too large for direct messages, or for another channel, may be just right for a third.
            return FailureReason.UNDELIVERABLE
