"""What a failure means: the one table that turns the API's answers into our exceptions. Pure.

For a submit the only question is whether a video may have been bought, because there is no idempotency key, no list
and no cancel: whatever does not say for certain that it was not accepted is unknown. For a read the question is only
whether reading again can help, and reading again is always harmless.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.errors import (
    AccountError,
    ClipGoneError,
    ContentRefusedError,
    RemoteJobMissingError,
    RequestRejectedError,
    SubmitUnknownError,
    TryLaterError,
    UpstreamBusyError,
    UpstreamError,
)
from services.openrouter import wire
from services.openrouter.redaction import redacted
from services.openrouter.retry_after import retry_after

_REFUSAL_TYPES: Final = frozenset({"content_policy_violation", "refusal"})
_OVERLOAD_CODES: Final = frozenset({"provider_overloaded", "capacity_exhausted", "temporarily_unavailable"})
# Wordings seen so far; providers change them, so they are matched loosely. A parameter such as `safety_tolerance` or
# `contentModeration` that is merely wrong must not match, nor the "data policy" that excludes a model.
_REFUSAL: Final = re.compile(
    r"sensitive\s*content|filtered|content.filter|completed with no output|may contain real person"
    r"|\bmoderation\b|\bmoderated\b|\bsafety\b|\bflagged\b|\bnsfw\b|\bprohibited\b"
    r"|prompt injection|guardrail(?! restriction)"
    r"|(?<!data )(?<!retry )(?<!privacy )\bpolic(?:y|ies)\b|content_policy",
    re.IGNORECASE,
)
_OVERLOAD: Final = re.compile(r"overloaded|at capacity|high load|too many requests", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An answer that is not a success, read once."""

    status: int
    detail: str = ""
    """The API's words, redacted and capped."""
    is_json: bool = True
    is_refusal: bool = False
    """It says that the content was the reason."""
    is_overload: bool = False
    """It says that there was no room, and so that nothing was begun."""
    is_regional: bool = False
    """It says that this model may not be used from here; another one may."""
    retry_after: timedelta | None = None


def read_failure(*, status: int, headers: Mapping[str, str], body: bytes, key: str, now: datetime) -> Failure:
    """Read a failed answer. Its body may be JSON of several shapes, the HTML of an edge server, or nothing."""
    parsed = wire.parse(wire.ErrorBody, body)
    found = (parsed or wire.NOTHING).error
    error = found if isinstance(found, wire.Error) else wire.Error(message=found)
    availability = error.availability or wire.Availability()
    words = words_of(error) if parsed and found else body[:10_000].decode(errors="replace")
    return Failure(
        status=status,
        detail=redacted(words, key=key),
        is_json=parsed is not None,
        is_refusal=says_refused(error),
        is_overload=_says_overloaded(error, availability),
        is_regional=availability.code == "region_restricted",
        retry_after=retry_after(headers, now=now, body_seconds=availability.retry_after),
    )


def words_of(error: str | wire.Error | None) -> str:
    """What an error says, in the API's words. The echoed prompt (`flagged_input`) is left out."""
    if error is None or isinstance(error, str):
        return error or ""
    metadata = error.metadata or wire.Metadata()
    code = error.code if isinstance(error.code, str) else None
    parts = (error.message, code, ", ".join(metadata.reasons or ()), str(metadata.raw or ""))
    return ": ".join(part for part in parts if part)


def says_refused(error: str | wire.Error | None) -> bool:
    """Whether an error says that the content was the reason."""
    if isinstance(error, wire.Error):
        metadata = error.metadata or wire.Metadata()
        if metadata.reasons or metadata.flagged_input or metadata.patterns or _types(error) & _REFUSAL_TYPES:
            return True
    return _REFUSAL.search(words_of(error)) is not None


def _says_overloaded(error: wire.Error, availability: wire.Availability) -> bool:
    if availability.retryable is not None:
        return availability.retryable
    return bool(_types(error) & _OVERLOAD_CODES) or _OVERLOAD.search(error.message or "") is not None


def _types(error: wire.Error) -> frozenset[str | int | None]:
    metadata = error.metadata or wire.Metadata()
    availability = error.availability or wire.Availability()
    return frozenset({error.code, error.error_type, metadata.error_type, metadata.provider_code, availability.code})


def speaks_of_account(failure: Failure) -> bool:
    """Whether a failure says that the owner's key or credit was the reason.

    403 is moderation, a guardrail, a permission or a budget; without a sign of the first two it is the account. But a
    403 that is not the API's JSON comes from the edge in front of it, which can dislike the text of one prompt. That
    says nothing about the account, and no member may make the bot believe that the key is dead.
    """
    match failure.status:
        case 401 | 402:
            return True
        case 403:
            return failure.is_json and not failure.is_refusal and not failure.is_regional
        case _:
            return False


def submit_failure(failure: Failure) -> UpstreamError:
    """What a failed POST means: not accepted and why, or unknown."""
    status, detail = failure.status, failure.detail
    if speaks_of_account(failure):
        return AccountError(status=status, detail=detail)
    match failure:
        case Failure(status=400 | 403 | 404 | 413 | 422, is_refusal=True):
            return ContentRefusedError(status=status, detail=detail)
        case Failure(status=400 | 403 | 404 | 413 | 422):
            return RequestRejectedError(status=status, detail=detail)
        case Failure(status=429) | Failure(status=503, is_overload=True):
            return UpstreamBusyError(status=status, detail=detail, retry_after=failure.retry_after)
        case _:
            # 408 409 499 500 502 504 524 529, a redirect, and anything new: it may have been begun.
            return SubmitUnknownError(status=status, detail=detail)


def job_failure(failure: Failure) -> UpstreamError:
    """What a failed GET of a job means. It was paid for, and is still there when the owner has put a key right."""
    match failure.status:
        case 404 | 410:
            return RemoteJobMissingError(status=failure.status, detail=failure.detail)
        case _:
            return _account_or_later(failure)


def content_failure(failure: Failure) -> UpstreamError:
    """What a failed GET of a job's clip means. 409 is read as "not ready yet", 410 as "no longer stored"."""
    match failure.status:
        case 404:
            return RemoteJobMissingError(status=404, detail=failure.detail)
        case 410:
            return ClipGoneError(status=410, detail=failure.detail)
        case _:
            return _account_or_later(failure)


def stored_copy_failure(failure: Failure) -> UpstreamError:
    """What a failure at the end of a redirect means: a signed address may only have run out, so look again."""
    match failure.status:
        case 410:
            return ClipGoneError(status=410, detail=failure.detail)
        case _:
            return _later(failure)


def account_failure(failure: Failure) -> UpstreamError:
    """What a failed GET of the models or the key means."""
    return _account_or_later(failure)


def is_passing(error: TryLaterError) -> bool:
    """Whether the same read may succeed within seconds. None stands for a connection that failed."""
    status = error.status
    return status is None or status in {200, 408, 425, 429} or status >= 500  # noqa: PLR2004  # the 5xx class


def _account_or_later(failure: Failure) -> UpstreamError:
    if speaks_of_account(failure):
        return AccountError(status=failure.status, detail=failure.detail)
    return _later(failure)


def _later(failure: Failure) -> TryLaterError:
    return TryLaterError(status=failure.status, detail=failure.detail, retry_after=failure.retry_after)
