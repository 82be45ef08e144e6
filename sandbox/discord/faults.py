"""Scripted misbehaviour: what the stand-in does to the n-th call of a route instead of, or besides, its work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """What happens to the call."""

    ANSWER = "answer"  # do nothing, give this answer
    ANSWER_AFTER_DOING = "answer_after_doing"  # do it, then give this answer instead of the real one
    RESET = "reset"  # cut the connection, do nothing
    RESET_AFTER_DOING = "reset_after_doing"  # do it, then cut the connection
    DELAY = "delay"  # wait, then do it
    DELAY_ANSWER = "delay_answer"  # do it, then wait before the answer
    HANG = "hang"  # do nothing and never answer
    RATE_LIMIT = "rate_limit"  # do nothing, answer 429 as Discord does


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One line of a script. Calls are counted per line, from the moment the line was written."""

    route: str
    """A route template with its method, such as `POST /channels/{channel_id}/messages`."""
    kind: FaultKind
    nth: int = 1
    """The first call it is played on."""
    times: int = 1
    """On how many calls in a row."""
    path: str = ""
    """Where it is given, only calls whose path contains it count: one channel, or one interaction."""
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    json: Any = None
    """The body of the answer as JSON …"""
    text: str | None = None
    """… or as text, such as the HTML of a proxy; where both are None the answer is Discord's bare one."""
    content_type: str = "text/html"
    """Of `text`."""
    seconds: float = 0.0
    """How long a delay is, or the `retry_after` of a rate limit."""
    says_when: bool = True
    """Whether a rate limit says how long to wait: in its body and in `Retry-After`."""
    is_by_discord: bool = True
    """False: the answer comes from the network before Discord, which clients tell by the missing `Via`."""
    is_global: bool = False
    scope: str = "user"
    """Of a rate limit: user, global or shared."""


class FaultScript:
    """The faults that are yet to be played."""

    def __init__(self) -> None:
        self._lines: list[_Line] = []

    def add(self, *faults: Fault) -> None:
        """Append lines; of several that fit one call the earliest is played."""
        self._lines.extend(_Line(fault) for fault in faults)

    def clear(self) -> None:
        """Drop what has not been played."""
        self._lines.clear()

    def take(self, route: str, path: str) -> Fault | None:
        """Count a call of the route; the fault to play on it, or None."""
        due = [line.fault for line in self._lines if line.concerns(route, path) and line.count()]
        self._lines = [line for line in self._lines if not line.is_over]
        return due[0] if due else None


class _Line:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._calls = 0

    def concerns(self, route: str, path: str) -> bool:
        """Whether the fault is about such a call."""
        return self.fault.route == route and self.fault.path in path

    def count(self) -> bool:
        """Count one call; whether the fault is due on it."""
        self._calls += 1
        return self.fault.nth <= self._calls < self.fault.nth + self.fault.times

    @property
    def is_over(self) -> bool:
        """Whether it will never be due again."""
        return self._calls >= self.fault.nth + self.fault.times - 1
