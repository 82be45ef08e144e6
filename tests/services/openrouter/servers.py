"""Two local stand-ins for these tests: a web server with scripted answers, and a bare socket for the rest."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
HERE = Path(__file__).parent


def examples(name: str) -> dict[str, dict[str, Any]]:
    """One of the files of example bodies beside this one."""
    found: dict[str, dict[str, Any]] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request as it arrived. `path` is as on the wire, still quoted."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    peer: object
    at: float


def answer(
    status: int = 200, body: object = None, *, headers: Mapping[str, str] | None = None, text: str | None = None
) -> Answer:
    """Answer with JSON, or with a text of any type."""

    async def reply(_: web.Request) -> web.StreamResponse:
        if text is not None:
            kind = (headers or {}).get("Content-Type", "text/html")
            rest = {name: value for name, value in (headers or {}).items() if name != "Content-Type"}
            return web.Response(status=status, text=text, content_type=kind, headers=rest)
        return web.Response(
            status=status, text=json.dumps(body), content_type="application/json", headers=headers or {}
        )

    return reply


@dataclass
class Upstream:
    """Answers from a script; the last answer stays. Every request is kept."""

    script: list[Answer] = field(default_factory=list[Answer])
    seen: list[Seen] = field(default_factory=list[Seen])
    _runner: web.AppRunner | None = None
    _port: int = 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=10 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/api/v1"

    def will(self, *answers: Answer) -> None:
        self.script = list(answers)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        peer = request.transport.get_extra_info("peername") if request.transport else None
        self.seen.append(
            Seen(
                method=request.method,
                path=request.raw_path,
                headers=request.headers.copy(),
                body=body,
                peer=peer,
                at=time.monotonic(),
            )
        )
        chosen = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return await chosen(request)


@dataclass
class BareSocket:
    """Reads one whole request per connection, then writes `says` and hangs up, or goes on as `then` says."""

    says: bytes = b""
    reads_first: bool = True
    resets: bool = False
    keeps_silent: bool = False
    requests: list[bytes] = field(default_factory=list[bytes])
    _server: asyncio.Server | None = None
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._released.set()
        self._server.close()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.reads_first:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                ),
                0,
            )
            self.requests.append(head + await reader.readexactly(length))
        writer.write(self.says)
        await writer.drain()
        if self.keeps_silent:
            await self._released.wait()
        if self.resets:
            writer.transport.abort()
        writer.close()
