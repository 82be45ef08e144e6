"""The API's JSON: the body of a submit as it goes, and every field that we read as it comes.

What comes may be missing, null or of another type. Unknown fields are ignored and a strange value reads as absent,
because a new field of theirs must not lose a video of ours. Only what makes a body useless (no JSON, no object) gives
None.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from services.models import Frame, VideoSpec

_T = TypeVar("_T")


def _or_none(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    try:
        return validate(value)
    except ValidationError:
        return None


Lenient: TypeAlias = Annotated[_T | None, WrapValidator(_or_none)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Metadata(_Body):
    """What an error says besides its message; which keys are there depends on where it arose."""

    error_type: Lenient[str] = None
    provider_code: Lenient[str] = None
    raw: object = None
    """The model provider's own answer, usually JSON inside a string."""
    reasons: Lenient[list[str]] = None
    flagged_input: Lenient[str] = None
    patterns: Lenient[list[str]] = None


class Availability(_Body):
    """Why a model cannot be had now."""

    code: Lenient[str] = None
    retryable: Lenient[bool] = None
    retry_after: Lenient[Decimal] = None


class Error(_Body):
    """An error object; `code` is documented and can still be missing, so nothing relies on it."""

    message: Lenient[str] = None
    code: Lenient[str | int] = None
    error_type: Lenient[str] = None
    metadata: Lenient[Metadata] = None
    availability: Lenient[Availability] = None


class ErrorBody(_Body):
    """What comes with an HTTP failure."""

    error: Lenient[str | Error] = None


class Usage(_Body):
    """What a job was billed, in dollars."""

    cost: Lenient[Decimal] = None


class JobBody(_Body):
    """A job, as POST and GET answer it. The addresses in it are not read, so they cannot be followed."""

    id: Lenient[str] = None
    status: Lenient[str] = None
    error: Lenient[str | Error] = None
    usage: Lenient[Usage] = None


class EventBody(_Body):
    """What a webhook brings."""

    type: Lenient[str] = None
    data: Lenient[JobBody] = None


class ModelEntry(_Body):
    """One model of the list. Strict where the others are lenient: a model that is half understood is not offered."""

    id: str
    name: Lenient[str] = None
    created: Lenient[int] = None
    supported_durations: list[int] | None = None
    supported_resolutions: list[str] | None = None
    supported_aspect_ratios: list[str] | None = None
    supported_sizes: list[str] | None = None
    supported_frame_images: list[str] | None = None
    generate_audio: bool | None = None
    seed: bool | None = None
    upscale_factor: object = None
    pricing_skus: dict[str, str | int | Decimal | None] | None = None


class ModelList(_Body):
    """The list of models. Its entries are read one by one, so that one bad entry costs one model."""

    data: list[object]


class Budget(_Body):
    """A budget set over the key."""

    remaining_usd: Lenient[Decimal] = None
    resets_at: Lenient[str] = None


class KeyData(_Body):
    """What is known of the key, in dollars."""

    limit: Lenient[Decimal] = None
    limit_remaining: Lenient[Decimal] = None
    limit_reset: Lenient[str] = None
    usage_daily: Lenient[Decimal] = None
    usage_monthly: Lenient[Decimal] = None
    effective_budget: Lenient[Budget] = None
    expires_at: Lenient[str | int] = None


class KeyBody(_Body):
    """The answer about the key."""

    data: KeyData


_Read = TypeVar("_Read", bound=_Body)
NOTHING: Final = ErrorBody()


def submit_body(*, prompt: str, spec: VideoSpec, frames: Sequence[Frame], callback_url: str | None) -> bytes:
    """The body of a submit. The API drops a field it does not know without a word and bills all the same."""
    fields: dict[str, object] = {
        "model": spec.model,
        "prompt": prompt,
        "duration": spec.duration,
        "resolution": spec.resolution,
        "aspect_ratio": spec.aspect_ratio,
        "generate_audio": spec.audio,
        "seed": spec.seed,
        "frame_images": [_frame(frame) for frame in frames] or None,
        "previous_job_id": spec.continues,
        "callback_url": callback_url,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def _frame(frame: Frame) -> Mapping[str, object]:
    # The picture itself, and no address of it: Discord's are signed, and expire.
    address = f"data:{frame.media_type};base64,{b64encode(frame.content).decode()}"
    return {"type": "image_url", "image_url": {"url": address}, "frame_type": frame.kind.value}


def parse(shape: type[_Read], body: bytes) -> _Read | None:
    """The body read as `shape`, or None when it is no JSON object of that shape."""
    try:
        return shape.model_validate(load(body))
    except (ValueError, RecursionError):  # pydantic's ValidationError is a ValueError
        return None


def load(body: bytes) -> object:
    """JSON in which fractions are exact decimals, and NaN, Infinity and impossible exponents are None.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested absurdly deep.
    """
    document: object = json.loads(body.decode(), parse_float=_decimal, parse_constant=_nothing)
    return document


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _nothing(_: str) -> None:
    return None
