"""Has a picture drawn anew in a child process that owns nothing, and is killed if it takes too long."""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from services.pictures import easel
from services.pictures.faults import PictureError, PictureFault

PATIENCE: Final = 120.0
"""Seconds from its start: a busy machine may need some, and a decoder has fewer of the processor's."""
MEANING: Final[Mapping[int, PictureFault]] = {
    easel.OTHER_TYPE: PictureFault.OTHER_TYPE,
    easel.TOO_MANY_PIXELS: PictureFault.TOO_MANY_PIXELS,
    easel.TOO_SMALL: PictureFault.TOO_SMALL,
}
"""What the child's exit codes mean; whatever else ends it is a broken picture."""

log = structlog.get_logger(__name__)


async def redrawn(content: bytes) -> bytes:
    """Return the picture as a small, upright JPEG without metadata.

    Raises:
        PictureError: it is no picture, or none that can be used; `LATER` where the child could not be started.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(Path(easel.__file__)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
            start_new_session=True,
        )
    except OSError as error:
        log.warning("picture_child_not_started", kind=type(error).__name__)
        raise PictureError(PictureFault.LATER) from error
    try:
        async with asyncio.timeout(PATIENCE):
            drawn = await _exchange(child, content)
            code = await child.wait()
    except TimeoutError:
        drawn, code = b"", easel.BROKEN
    finally:
        await _end(child)
    if code or not drawn or len(drawn) > easel.LARGEST_JPEG:
        log.info("picture_refused", code=code, bytes=len(content))
        raise PictureError(MEANING.get(code, PictureFault.BROKEN))
    return drawn


async def _exchange(child: asyncio.subprocess.Process, content: bytes) -> bytes:
    """Give the child the picture and return what it drew, or the beginning of it where that is too much."""
    assert child.stdin is not None  # noqa: S101  # both are pipes, as asked for above
    assert child.stdout is not None  # noqa: S101  # the same
    # A child that has seen enough reads no further.
    with suppress(BrokenPipeError, ConnectionResetError):
        child.stdin.write(content)
        await child.stdin.drain()
    child.stdin.close()
    drawn = bytearray()
    while len(drawn) <= easel.LARGEST_JPEG and (piece := await child.stdout.read(1 << 16)):
        drawn += piece
    return bytes(drawn)


async def _end(child: asyncio.subprocess.Process) -> None:
    """Leave no child behind, whatever it was doing."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
