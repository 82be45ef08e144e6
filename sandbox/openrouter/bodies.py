"""Send a clip to whoever asked for it: whole, or as badly as a fault says."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from sandbox.openrouter.faults import BodyFault, EndlessBody, GzipBomb, SlowBody, TruncatedBody, Truncation

_CHUNK: Final = 256 * 1024
_ZEROS: Final = 8 * 1024 * 1024
_TICK: Final = 0.1
"""Seconds between the pieces of a slow body."""


async def send_clip(request: web.Request, clip: Path, *, fault: BodyFault | None) -> web.StreamResponse:
    """Answer with the clip, for as long as the client stays."""
    match fault:
        case None:
            return await _send(request, _pieces(clip), length=await _size(clip))
        case SlowBody(bytes_per_second=rate):
            return await _send(request, _slowly(clip, rate=rate), length=await _size(clip))
        case EndlessBody():
            return await _send(request, _for_ever(clip), length=None)
        case GzipBomb(size=size):
            return await _send(request, _zeros_packed(size), length=None, encoding="gzip")
        case TruncatedBody():
            return await _send_part(request, clip, fault=fault)


async def _size(clip: Path) -> int:
    return (await asyncio.to_thread(clip.stat)).st_size


async def _send(
    request: web.Request, pieces: AsyncIterator[bytes], *, length: int | None, encoding: str | None = None
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Encoding": encoding} if encoding else None)
    response.content_type = "video/mp4"
    response.content_length = length
    with suppress(ConnectionError):  # the client may leave at any time: of these bodies, it should
        await response.prepare(request)
        async for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    return response


async def _send_part(request: web.Request, clip: Path, *, fault: TruncatedBody) -> web.StreamResponse:
    """Write the head by hand, because no well-behaved server would end such a body."""
    whole = await asyncio.to_thread(clip.read_bytes)
    part = whole[: round(len(whole) * fault.part)]
    match fault.style:
        case Truncation.LENGTH:
            announced = f"Content-Length: {len(whole)}\r\n"
        case Truncation.CHUNKED:
            announced, part = "Transfer-Encoding: chunked\r\n", b"%x\r\n%b\r\n" % (len(part), part)
        case Truncation.SILENT:
            announced = ""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n{announced}Connection: close\r\n\r\n"
    if request.transport is not None:
        request.transport.write(head.encode() + part)
        request.transport.close()  # what was written still goes out
    return web.Response()  # for the log: the connection is gone, so nothing of it is sent


async def _pieces(clip: Path, *, size: int = _CHUNK) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(clip.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, size):
            yield piece
    finally:
        file.close()


async def _slowly(clip: Path, *, rate: int) -> AsyncIterator[bytes]:
    async for piece in _pieces(clip, size=max(1, round(rate * _TICK))):
        await asyncio.sleep(len(piece) / rate)
        yield piece


async def _for_ever(clip: Path) -> AsyncIterator[bytes]:
    async for piece in _pieces(clip):
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
