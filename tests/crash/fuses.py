"""Count what the process does to the world, and kill it at one point. The product's code has no part in it.

What is wrapped are the libraries: the one method through which every aiohttp session sends, whoever made the session,
the connections that sqlite3 makes, and the two methods through which a statement gets into asyncpg. Not all of these
names are public, so a new version of them may break this; then no cell dies where it should, and the tests of this
folder say so at once.
"""

import os
import re
import signal
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias

import aiohttp
import asyncpg
import yarl
from aiohttp import http_writer, streams

from tests.crash.points import Kind, Moment, Point

SEND: Final = "_request"
"""Of `aiohttp.ClientSession`: where every request of every session begins."""
WRITE: Final = "_write"
WRITE_LINES: Final = "_writelines"
"""Of aiohttp's `StreamWriter`: the two halves of the last door before the socket."""
STATEMENTS: Final = ("execute", "fetch")
"""Of `asyncpg.Connection`: every statement of ours takes one of them. BEGIN and COMMIT take the first."""
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)

Server: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
ServersStatement: TypeAlias = Callable[..., Awaitable[object]]


def die() -> NoReturn:
    """End as by `kill -9`: nothing is flushed, closed or told."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit  # not reached: SIGKILL cannot be waited out


class Counter:
    """Numbers the points of one series as they are passed: all of them, or those passed while there is a file."""

    def __init__(self, only_while: Path | None = None) -> None:
        self.passed = 0
        self._only_while = only_while

    def is_at(self, point: Point) -> bool:
        """Pass one; whether it is the point."""
        if self._only_while is not None and not self._only_while.exists():
            return False
        self.passed += 1
        return self.passed == point.n


def lay(point: Point, *, only_while: Path | None = None) -> Counter:
    """Arrange that this process dies at the point; returns what counts the points of its series.

    With `only_while` only those count that are passed while there is a file of that name.
    """
    counter = Counter(only_while)
    match point:
        case Point(kind=Kind.HTTP):
            _count_requests(point, counter)
        case Point(moment=Moment.AFTER):
            _count_durable(point, counter)
        case _:
            _count_statements(point, counter)
    return counter


def _count_requests(point: Point, counter: Counter) -> None:
    send: Callable[..., Awaitable[aiohttp.ClientResponse]] = getattr(aiohttp.ClientSession, SEND)
    cut_answer = _cut_answers() if point.moment is Moment.BODY else None
    cut_request = _cut_requests() if point.moment is Moment.BODY else None

    async def counted(
        self: aiohttp.ClientSession, method: str, address: str | yarl.URL, **options: object
    ) -> aiohttp.ClientResponse:
        if yarl.URL(address).scheme in {"ws", "wss"} or not counter.is_at(point):
            return await send(self, method, address, **options)
        if point.moment is Moment.BEFORE:
            die()
        if cut_request is not None and method.upper() in WITH_BODY:
            cut_request()
        try:
            answer = await send(self, method, address, **options)
        except BaseException:  # noqa: BLE001  # whatever it was, this was the request to die at
            die()
        if cut_answer is None or answer.content.is_eof():
            die()
        cut_answer(answer)
        return answer

    setattr(aiohttp.ClientSession, SEND, counted)


def _cut_answers() -> Callable[[aiohttp.ClientResponse], None]:
    """Return what arranges that the process dies when half of an answer's body has come."""
    feed, end = streams.StreamReader.feed_data, streams.StreamReader.feed_eof
    doomed: list[_Body] = []

    def feed_data(self: streams.StreamReader, data: bytes, size: int = 0) -> bool:
        for body in doomed:
            if body.stream is self and body.take(len(data)):
                feed(self, data, size)
                die()
        return feed(self, data, size)

    def feed_eof(self: streams.StreamReader) -> None:
        if any(body.stream is self for body in doomed):
            die()
        end(self)

    streams.StreamReader.feed_data = feed_data  # type: ignore[method-assign]  # what the parser hands a body to
    streams.StreamReader.feed_eof = feed_eof  # type: ignore[method-assign]  # the same

    def cut(answer: aiohttp.ClientResponse) -> None:
        doomed.append(_Body(stream=answer.content, left=(answer.content_length or 0) // 2))

    return cut


@dataclass(slots=True, kw_only=True)
class _Body:
    """The body of the answer to die in, and how many bytes of it are still to be let in."""

    stream: streams.StreamReader
    left: int

    def take(self, size: int) -> bool:
        """Take in so many bytes; whether that was half of the body."""
        self.left -= size
        return self.left <= 0


def _cut_requests() -> Callable[[], None]:
    """Return what arranges that the process dies when half of the calling task's request is on its way."""
    cut: ContextVar[_Sent | None] = ContextVar("cut", default=None)
    write: Callable[..., None] = getattr(http_writer.StreamWriter, WRITE)

    def written(self: http_writer.StreamWriter, chunk: http_writer.Buffer) -> None:
        sent = cut.get()
        if sent is not None and sent.is_half_with(bytes(chunk)):
            write(self, bytes(chunk)[:-1])
            die()
        write(self, chunk)

    def written_lines(self: http_writer.StreamWriter, chunks: Iterable[http_writer.Buffer]) -> None:
        written(self, b"".join(bytes(chunk) for chunk in chunks))

    setattr(http_writer.StreamWriter, WRITE, written)
    setattr(http_writer.StreamWriter, WRITE_LINES, written_lines)

    def begin() -> None:
        cut.set(_Sent())

    return begin


@dataclass(slots=True)
class _Sent:
    """How much of a request's body has been written."""

    length: int | None = None
    body: int = 0

    def is_half_with(self, data: bytes) -> bool:
        """Take in what is written next; whether it carries the request past half of its body."""
        if self.length is None:
            head, _, rest = data.partition(b"\r\n\r\n")
            announced = LENGTH.search(head + b"\r\n")
            self.length = int(announced[1]) if announced else 0
            data = rest
        self.body += len(data)
        return bool(data) and self.body * 2 >= self.length


def _count_statements(point: Point, counter: Counter) -> None:
    """Die before a statement."""

    class Counted(sqlite3.Connection):
        def execute(self, *statement: Any) -> sqlite3.Cursor:  # noqa: ANN401  # as sqlite3 has it
            if counter.is_at(point):
                die()
            return super().execute(*statement)

    sqlite3.connect = partial(sqlite3.connect, factory=Counted)  # type: ignore[assignment]  # the same, but ours

    def sent(statement: ServersStatement) -> ServersStatement:
        async def counted(self: Server, *values: object, **options: object) -> object:
            if counter.is_at(point):
                die()
            return await statement(self, *values, **options)

        return counted

    _wrap(sent)


def _count_durable(point: Point, counter: Counter) -> None:
    """Die once what was written is on disk: after a COMMIT, or after a statement outside of any transaction."""

    class Counted(sqlite3.Connection):
        def execute(self, *statement: Any) -> sqlite3.Cursor:  # noqa: ANN401  # as sqlite3 has it
            outcome = super().execute(*statement)
            # In the driver's thread, so that nobody has heard of it yet.
            if not self.in_transaction and counter.is_at(point):
                die()
            return outcome

    sqlite3.connect = partial(sqlite3.connect, factory=Counted)  # type: ignore[assignment]  # the same, but ours

    def answered(statement: ServersStatement) -> ServersStatement:
        async def counted(self: Server, *values: object, **options: object) -> object:
            outcome = await statement(self, *values, **options)
            # The server's answer is in the driver, and nobody has heard of it yet.
            if not self.is_in_transaction() and counter.is_at(point):
                die()
            return outcome

        return counted

    _wrap(answered)


def _wrap(wrapped: Callable[[ServersStatement], ServersStatement]) -> None:
    for name in STATEMENTS:
        setattr(asyncpg.Connection, name, wrapped(getattr(asyncpg.Connection, name)))
