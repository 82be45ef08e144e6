"""Faults as data: what a stand-in shall do wrong, to which call of which route.

A stand-in names its routes (`"submit"`, `"status"`, ...). A fault names one of them, the first call that it touches and
how many calls in a row. Calls are counted from 1, separately for each fault, from the moment it is scripted: `nth=1` is
the next call. With `about` a fault is meant for one thing alone, and other calls of the route go on beside it. The
values here fit any HTTP service; each stand-in adds its own kinds and carries all of them out.
Each kind has a `kind` word, so that a fault can be written as JSON and read back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeVar

from pydantic import ConfigDict

FaultT = TypeVar("FaultT", bound="Fault")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Which calls are touched: `times` calls of `route` from the `nth` on, all of them where `times` is None.

    Raises:
        ValueError: `nth` or `times` is below 1.
    """

    # Read by pydantic where a fault comes in as JSON: a misspelt field must not pass as a fault that does nothing.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", val_json_bytes="base64", ser_json_bytes="base64"
    )

    route: str
    nth: int = 1
    times: int | None = 1
    about: str | None = None
    """Only calls about the thing whose description has these words in it, and only they are counted; None: any call."""

    def __post_init__(self) -> None:
        if self.nth < 1 or (self.times is not None and self.times < 1):
            msg = f"nth and times count from 1, not {self.nth} and {self.times}"
            raise ValueError(msg)

    def touches(self, call: int) -> bool:
        """Whether the `call`-th call since the fault was scripted is touched."""
        return call >= self.nth and (self.times is None or call < self.nth + self.times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Fault):
    """Answer this instead: `json`, else `text`, else `body` (base64 where the fault is written as JSON).

    With `after_work` the call first does everything it would have done and only its answer is replaced, so that a
    service which accepts and then answers 500, or garbage, can be played.
    """

    kind: Literal["answer"] = "answer"
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    json: object = None
    text: str | None = None
    body: bytes = b""
    after_work: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(Fault):
    """Reset the connection (TCP RST) without an answer, before or after doing the work."""

    kind: Literal["reset"] = "reset"
    after_work: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(Fault):
    """Say nothing for `seconds` of real time, before or after doing the work, then close without an answer."""

    kind: Literal["silence"] = "silence"
    seconds: float = 3600.0
    after_work: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay(Fault):
    """Wait `seconds` of real time, then do and answer as usual; with `after_work` the wait is before the answer."""

    kind: Literal["delay"] = "delay"
    seconds: float = 1.0
    after_work: bool = False


@dataclass(slots=True)
class _Entry:
    fault: Fault
    calls: int = 0


class FaultScript:
    """The faults in force, and how many calls each has seen."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def add(self, faults: Iterable[Fault]) -> None:
        """Put more faults in force, after those already there."""
        self._entries.extend(_Entry(fault) for fault in faults)

    def clear(self) -> None:
        """Put none in force."""
        self._entries.clear()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults in force, used up or not, in the order they were scripted."""
        return tuple(entry.fault for entry in self._entries)

    def next_call(self, route: str, *, about: str = "") -> tuple[Fault, ...]:
        """Count one call of `route`, and return the faults that touch it, in the order they were scripted.

        `about` describes the thing that the call is about, where there is one.
        """
        touched: list[Fault] = []
        for entry in self._entries:
            if entry.fault.route == route and (entry.fault.about or "") in about:
                entry.calls += 1
                if entry.fault.touches(entry.calls):
                    touched.append(entry.fault)
        return tuple(touched)


def first_of(kind: type[FaultT], faults: Iterable[Fault]) -> FaultT | None:
    """Return the first fault of that kind, or None."""
    return next((fault for fault in faults if isinstance(fault, kind)), None)
