"""Receive a clip into a file: judged before the first byte is written, counted while it comes, gone if it fails."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

import aiohttp

from services.errors import ClipTooLargeError, PageInsteadOfClipError, TryLaterError
from services.openrouter.transport import CHUNK

# An error that came with status 200: the edge's page, or the API's JSON. Any other type may still be a clip under an
# odd name, and whether it is one is for the MP4 check to say.
_ERROR_TYPES: Final = ("text/", "application/json", "application/problem+json", "application/xhtml", "application/xml")


async def save(answer: aiohttp.ClientResponse, *, target: Path, max_bytes: int) -> int:
    """Write the body of an answer of status 200 to `target`, which must not exist, and return its size in bytes.

    When this returns, the bytes are on the disk; when it raises, the file is gone. A body without a length that ends
    early because the connection was closed looks whole here: only the MP4 check can tell.

    Raises:
        PageInsteadOfClipError: text, or a compressed body.
        TryLaterError: cut short.
        ClipTooLargeError: more than `max_bytes`.
        FileExistsError: `target` exists; it is left alone.
        OSError: the disk.
        aiohttp.ClientError, TimeoutError: the connection.
    """
    _judge(answer, max_bytes=max_bytes)
    # Opening and removing are single system calls, so they run here: no cancel can slip between them and the `try`.
    file = _create(target)
    try:
        size = await _receive(answer, write=file.write, max_bytes=max_bytes)
        await asyncio.to_thread(_settle, file)
    except BaseException:  # a cancel must not leave a file behind either
        _discard(file, target)
        raise
    return size


def _judge(answer: aiohttp.ClientResponse, *, max_bytes: int) -> None:
    """Refuse by the headers alone."""
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding != "identity":
        # We asked for no compression. What is small on the wire may be endless once it is inflated.
        raise PageInsteadOfClipError(status=answer.status, detail="the clip came compressed")
    if answer.content_type.lower().startswith(_ERROR_TYPES):
        raise PageInsteadOfClipError(status=answer.status, detail="the answer is text, not a clip")
    if (answer.content_length or 0) > max_bytes:
        raise ClipTooLargeError(status=answer.status, detail=f"{answer.content_length} bytes")


async def _receive(answer: aiohttp.ClientResponse, *, write: Callable[[bytes], int], max_bytes: int) -> int:
    size, waiting = 0, bytearray()
    async for piece in answer.content.iter_chunked(CHUNK):
        size += len(piece)
        if size > max_bytes:
            raise ClipTooLargeError(status=answer.status, detail=f"more than {max_bytes} bytes")
        waiting += piece
        if len(waiting) >= CHUNK:
            await asyncio.to_thread(write, bytes(waiting))
            waiting.clear()
    if size == 0 or (answer.content_length is not None and size != answer.content_length):
        raise TryLaterError(status=answer.status, detail="the clip came incomplete")
    await asyncio.to_thread(write, bytes(waiting))
    return size


def _create(target: Path) -> BinaryIO:
    return target.open("xb")


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _discard(file: BinaryIO, target: Path) -> None:
    # A write that is under way in its thread holds the file's own lock, so closing waits for it: one chunk at most.
    with suppress(OSError):
        file.close()
    target.unlink(missing_ok=True)
