"""The log of a stand-in: every request in order of arrival, so that a test can count them and wait for them."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """One request as it came in, and what it was answered."""

    number: int
    """Counts from 1 since the start, over all routes."""
    at: datetime
    route: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case; no credential is kept."""
    body: object = None
    """The JSON that was sent, as it was parsed; None where there was none or it was not read."""
    dropped: tuple[str, ...] = ()
    """Fields of the body that were ignored, as the real service ignores them."""
    subject: str | None = None
    """The id of the thing the request made or asked for."""
    status: int | None = None
    """What was answered; None while it is not answered, and for ever where the connection was broken instead."""


@dataclass(slots=True)
class RequestLog:
    """Every request, oldest first."""

    _records: dict[int, RequestRecord] = field(default_factory=dict[int, RequestRecord])
    _count: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[RequestRecord]:
        return iter(tuple(self._records.values()))

    def __getitem__(self, index: int) -> RequestRecord:
        return tuple(self._records.values())[index]

    def of(self, route: str) -> tuple[RequestRecord, ...]:
        """All requests to one route, oldest first."""
        return tuple(record for record in self._records.values() if record.route == route)

    def arrived(
        self, *, route: str, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> int:
        """Write a request down; return its number, for `amend`."""
        self._count += 1
        self._records[self._count] = RequestRecord(
            number=self._count,
            at=datetime.now(UTC),
            route=route,
            method=method,
            path=path,
            query=dict(query),
            headers=dict(headers),
        )
        self._wake()
        return self._count

    def amend(
        self,
        number: int,
        *,
        body: object = None,
        dropped: tuple[str, ...] = (),
        subject: str | None = None,
        status: int | None = None,
    ) -> None:
        """Complete a request's record. One that was cleared meanwhile stays cleared."""
        record = self._records.get(number)
        if record is not None:
            self._records[number] = replace(record, body=body, dropped=dropped, subject=subject, status=status)
            self._wake()

    def clear(self) -> None:
        """Forget all requests; the numbers go on."""
        self._records.clear()
        self._wake()

    async def wait_for(self, route: str, *, count: int = 1, answered: bool = False) -> tuple[RequestRecord, ...]:
        """Wait until `count` requests to `route` have arrived (or were answered), and return them."""
        while True:
            changed = self._changed
            found = tuple(record for record in self.of(route) if record.status is not None or not answered)
            if len(found) >= count:
                return found
            await changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
