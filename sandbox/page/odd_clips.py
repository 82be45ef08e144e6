"""Clips that the stand-in's own studio does not draw: such as one in HEVC, which Discord shows to nobody."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Final

from sandbox.openrouter.clips import EncodeError
from sandbox.openrouter.clips.encoder import find_ffmpeg

SECONDS: Final = 4


class OddClips:
    """Makes odd clips into `folder`, each once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = asyncio.Lock()

    async def hevc(self) -> Path:
        """Return a clip in HEVC.

        Raises:
            EncodeError: ffmpeg failed.
        """
        target = self._folder / "hevc.mp4"
        async with self._turn:
            if not target.exists():
                await _run(
                    *("-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate=24:duration={SECONDS}"),
                    *("-f", "lavfi", "-i", f"sine=frequency=220:duration={SECONDS}"),
                    *("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-tag:v", "hvc1"),
                    *("-c:a", "aac", "-movflags", "+faststart"),
                    target=target,
                )
        return target


async def _run(*arguments: str, target: Path) -> None:
    """Make `target`. A cancelled call leaves no process behind, and a failed one no file."""
    part = target.with_suffix(".part.mp4")
    command = (await find_ffmpeg(), "-hide_banner", "-nostdin", "-v", "error", "-y", *arguments, str(part))
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
    try:
        _, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise EncodeError(complaint.decode(errors="replace")[-2000:])
    part.rename(target)
