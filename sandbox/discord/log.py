"""A record of every REST request, so that tests can count them and read what was sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sandbox.discord.changes import Changes


class Authorization(StrEnum):
    """What came in the Authorization header; the token itself is never kept."""

    BOT = "bot"
    NONE = "none"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file of a request."""

    name: str
    size: int
    sha256: str
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """One REST request. `status` is None until it was answered, and stays None where the connection was cut."""

    number: int
    method: str
    path: str
    """As it arrived, with the query."""
    route: str
    """The template, such as `POST /channels/{channel_id}/messages`; empty where no route fits."""
    headers: Mapping[str, str]
    authorization: Authorization
    received_at: datetime
    body: Any = None
    """The JSON body, or the form's `payload_json`."""
    files: tuple[SentFile, ...] = ()
    status: int | None = None
    fault: str | None = None
    """The kind of the scripted fault that was played on it."""


class RequestLog:
    """All requests in the order of their arrival."""

    def __init__(self, *, changes: Changes) -> None:
        self.records: list[RequestRecord] = []
        self._changes = changes

    def open(self, record: RequestRecord) -> None:
        """Note a request that has arrived; its number is its place in the log."""
        self.records.append(record)
        self._changes.announce()

    def note_body(self, number: int, *, body: object, files: tuple[SentFile, ...]) -> None:
        """Note what the request carried, once it was read."""
        self.records[number] = replace(self.records[number], body=body, files=files)

    def note_fault(self, number: int, kind: str) -> None:
        """Note that a fault was played on the request."""
        self.records[number] = replace(self.records[number], fault=kind)

    def close(self, number: int, *, status: int) -> None:
        """Note the answer."""
        self.records[number] = replace(self.records[number], status=status)
        self._changes.announce()

    def to_route(self, route: str) -> list[RequestRecord]:
        """The requests to one route template."""
        return [record for record in self.records if record.route == route]
