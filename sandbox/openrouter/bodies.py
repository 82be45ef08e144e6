"""Send a clip or any other body to whoever asked for it: whole, or as badly as a fault says."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web

from sandbox.openrouter.faults import BodyFault, EndlessBody, GzipBomb, SlowBody, TruncatedBody, Truncation

_CHUNK: Final = 256 * 1024
_ZEROS: Final = 8 * 1024 * 1024
_TICK: Final = 0.1
"""Seconds between the pieces of a slow body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What is sent: a file, or bytes that are at hand."""

    body: Path | bytes
    kind: str = "video/mp4"
    status: int = 200

    async def size(self) -> int:
        """Return how many bytes it has."""
        return len(self.body) if isinstance(self.body, bytes) else (await asyncio.to_thread(self.body.stat)).st_size

    async def whole(self) -> bytes:
        """Return all of it."""
        return self.body if isinstance(self.body, bytes) else await asyncio.to_thread(self.body.read_bytes)

    async def pieces(self, *, size: int = _CHUNK) -> AsyncIterator[bytes]:
        """Yield it in pieces of at most `size` bytes."""
        if isinstance(self.body, bytes):
            for start in range(0, len(self.body), size):
                yield self.body[start : start + size]
            return
        file = await asyncio.to_thread(self.body.open, "rb")
        try:
            while piece := await asyncio.to_thread(file.read, size):
                yield piece
        finally:
            file.close()


async def send(request: web.Request, sent: Sent, *, fault: BodyFault | None) -> web.StreamResponse:
    """Answer with a body, for as long as the client stays."""
    match fault:
        case None:
            return await _send(request, sent, sent.pieces(), length=await sent.size())
        case SlowBody(bytes_per_second=rate):
            return await _send(request, sent, _slowly(sent, rate=rate), length=await sent.size())
        case EndlessBody():
            return await _send(request, sent, _for_ever(sent), length=None)
        case GzipBomb(size=size):
            return await _send(request, sent, _zeros_packed(size), length=None, encoding="gzip")
        case TruncatedBody():
            return await _send_part(request, sent, fault=fault)


async def _send(
    request: web.Request, sent: Sent, pieces: AsyncIterator[bytes], *, length: int | None, encoding: str | None = None
) -> web.StreamResponse:
    headers = {"Content-Encoding": encoding} if encoding else None
    response = web.StreamResponse(status=sent.status, headers=headers)
    response.content_type = sent.kind
    response.content_length = length
    with suppress(ConnectionError):  # the client may leave at any time: of these bodies, it should
        await response.prepare(request)
        async for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    return response


async def _send_part(request: web.Request, sent: Sent, *, fault: TruncatedBody) -> web.StreamResponse:
    """Write the head by hand, because no well-behaved server would end such a body."""
    whole = await sent.whole()
    part = whole[: round(len(whole) * fault.part)]
    match fault.style:
        case Truncation.LENGTH:
            announced = f"Content-Length: {len(whole)}\r\n"
        case Truncation.CHUNKED:
            announced, part = "Transfer-Encoding: chunked\r\n", b"%x\r\n%b\r\n" % (len(part), part)
        case Truncation.SILENT:
            announced = ""
    line = f"HTTP/1.1 {sent.status} {HTTPStatus(sent.status).phrase}\r\n"
    head = f"{line}Content-Type: {sent.kind}\r\n{announced}Connection: close\r\n\r\n"
    if request.transport is not None:
        request.transport.write(head.encode() + part)
        request.transport.close()  # what was written still goes out
    return web.Response(status=sent.status)  # for the log: the connection is gone, so nothing of it is sent


async def _slowly(sent: Sent, *, rate: int) -> AsyncIterator[bytes]:
    async for piece in sent.pieces(size=max(1, round(rate * _TICK))):
        await asyncio.sleep(len(piece) / rate)
        yield piece


async def _for_ever(sent: Sent) -> AsyncIterator[bytes]:
    async for piece in sent.pieces():
        yield piece
    while True:
        yield bytes(_CHUNK)
        await asyncio.sleep(0)  # even where the socket takes everything at once, others get their turn


async def _zeros_packed(size: int) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    while size > 0:
        yield await asyncio.to_thread(packer.compress, bytes(min(size, _ZEROS)))
        size -= _ZEROS
    yield packer.flush()
