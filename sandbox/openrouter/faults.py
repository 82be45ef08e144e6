"""The faults that only a video API has: a body that goes wrong on its way, and a job that ends as it should not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from sandbox.faults import Answer, Delay, Fault, Reset, Silence

ROUTES: Final = frozenset({"submit", "status", "content", "models", "key", "other", "webhook"})
ABOUT_A_JOB: Final = frozenset({"submit", "status", "content"})
"""Where a fault may say which job it is about, by words of the job's prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowBody(Fault):
    """Send the clip, or another route's answer, at so many bytes per second of real time."""

    route: str = "content"
    kind: Literal["slow_body"] = "slow_body"
    bytes_per_second: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EndlessBody(Fault):
    """Send the clip, or another route's answer, and then more and more, without ever saying how much."""

    route: str = "content"
    kind: Literal["endless_body"] = "endless_body"


@dataclass(frozen=True, slots=True, kw_only=True)
class GzipBomb(Fault):
    """Send a small body that `Content-Encoding: gzip` unpacks to `size` zero bytes."""

    route: str = "content"
    kind: Literal["gzip_bomb"] = "gzip_bomb"
    size: int = 1 << 30


class Truncation(StrEnum):
    """How a body that ends too soon was announced."""

    LENGTH = "length"
    """By a `Content-Length` that is more than what comes."""
    CHUNKED = "chunked"
    """In chunks, of which the last never comes."""
    SILENT = "silent"
    """By `Connection: close` alone: nothing on the wire tells that anything is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TruncatedBody(Fault):
    """Send only the first part of the clip, or of another route's answer, then close the connection."""

    route: str = "content"
    kind: Literal["truncated_body"] = "truncated_body"
    style: Truncation = Truncation.LENGTH
    part: float = 0.5
    """The share of the clip that is sent, from 0 to 1."""


BodyFault = SlowBody | EndlessBody | GzipBomb | TruncatedBody


class UsageShown(StrEnum):
    """What a completed job says of its cost."""

    COST = "cost"
    NULL = "null"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlan(Fault):
    """How the job that this submit starts will go. What is left alone goes well."""

    route: str = "submit"
    kind: Literal["job"] = "job"
    status: str = "completed"
    """The word it ends with: any word, known to the schema or not. Only `completed` is charged and has a clip."""
    error: object = None
    never_ends: bool = False
    """It stays `pending` for ever."""
    shows_progress: bool = True
    """False: it never says `in_progress` but stays `pending` until its end, as many jobs there do."""
    seconds: float | None = None
    """When it ends, on the stand-in's clock; None: as every job."""
    cost: Decimal | None = None
    """Dollars to charge; None: by the model's price lines."""
    usage: UsageShown = UsageShown.COST
    outputs: int = 1
    fields: Mapping[str, object] = field(default_factory=dict[str, object])
    """Laid over every answer about the job: more fields, another `polling_url`."""
    final_fields: Mapping[str, object] = field(default_factory=dict[str, object])
    """Laid over the answers after its end: foreign `unsigned_urls`, signed `urls` with `expires_at`."""
    clip_file: str | None = None
    """A file to serve as the clip, whatever is in it; None: one is drawn."""
    clip_body: bytes | None = None
    """The same as bytes (base64 in JSON)."""
    pad_to: int | None = None
    """Make the clip this many bytes; an MP4 stays valid and whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPlan(Fault):
    """How the message about a job goes; its calls are the submits that name an address."""

    route: str = "webhook"
    kind: Literal["webhook"] = "webhook"
    is_missing: bool = False
    """It is never sent."""
    seconds: float = 0.0
    """Real seconds from the job's end to the message; one that is late comes after those of jobs that ended later."""
    copies: int = 1
    """How often it is sent at the same moment."""
    secret: str | None = None
    """Sign with this secret instead of the workspace's."""
    signed_at: float = 0.0
    """Seconds by which the signature's time is off: below 0 it is old."""
    fields: Mapping[str, object] = field(default_factory=dict[str, object])
    """Laid over the message before it is signed."""


AnyFault = Answer | Reset | Silence | Delay | SlowBody | EndlessBody | GzipBomb | TruncatedBody | JobPlan | WebhookPlan


@cache
def _adapter() -> TypeAdapter[list[AnyFault]]:
    return TypeAdapter(list[Annotated[AnyFault, Field(discriminator="kind")]])


def read_faults(text: str | bytes) -> list[AnyFault]:
    """Read a JSON list of faults, each an object with its `kind`.

    Raises:
        ValueError: it is not such a list, or a field is unknown or of the wrong type (pydantic's ValidationError).
    """
    return _adapter().validate_json(text)


def write_faults(faults: Iterable[Fault]) -> list[object]:
    """Return the faults as JSON objects that `read_faults` reads."""
    written = _adapter().dump_python([fault for fault in faults if isinstance(fault, AnyFault)], mode="json")
    return list[object](written)


def check_places(faults: Iterable[Fault]) -> None:
    """Refuse a fault that could never happen.

    Raises:
        ValueError: it names a route that does not exist, or one where faults of its kind mean nothing.
    """
    for fault in faults:
        if fault.route == "content" and getattr(fault, "after_work", False):
            raise ValueError("the work of the route 'content' is its answer, so nothing can follow it")
        places = _places(fault)
        if fault.about is not None and fault.route not in ABOUT_A_JOB:
            msg = f"a call of the route {fault.route!r} is about no job; choose from {sorted(ABOUT_A_JOB)}"
            raise ValueError(msg)
        if fault.route not in places:
            msg = f"{type(fault).__name__} cannot happen on the route {fault.route!r}; choose from {sorted(places)}"
            raise ValueError(msg)


def _places(fault: Fault) -> frozenset[str]:
    """Return the routes on which a fault of its kind can happen; none of the others' is a call that we answer."""
    match fault:
        case WebhookPlan():
            return frozenset({"webhook"})
        case JobPlan():
            return frozenset({"submit"})
        case _:
            return ROUTES - {"webhook"}
