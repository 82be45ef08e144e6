"""What an exception means for a job: the one place where a fault becomes a `FailureReason`."""

from services.errors import (
    ClipError,
    ClipGoneError,
    ClipTooLargeError,
    ClipUnfitError,
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
        case ClipUnfitError() | UploadTooLargeError():
            return too_large_for(route)
        case ClipError():
            return clip_reason(error)
        case DirectClosedError():
            return FailureReason.UNDELIVERABLE


def too_large_for(route: Route) -> FailureReason:
    """Return why a clip failed that is over the limit of its place."""
    # Too large for direct messages, or for another channel, may be just right for a third.
    return FailureReason.TOO_LARGE if route is Route.CHANNEL else FailureReason.UNDELIVERABLE
