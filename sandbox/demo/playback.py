"""Does a clip play, how long, and how large is its picture? Asked of ffmpeg, which decodes every frame of it."""

import asyncio
import re
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.openrouter.clips.encoder import find_ffmpeg

DURATION: Final = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
PICTURE: Final = re.compile(r"Stream #0:\d+.*: Video: (\w+).* (\d{2,5})x(\d{2,5})[ ,]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """What a player would say of a clip."""

    seconds: float
    width: int
    height: int
    codec: str


async def play_through(clip: Path) -> Playback | None:
    """Decode the whole clip, and return what it is; None where it does not play."""
    ffmpeg = await find_ffmpeg()
    process = await asyncio.create_subprocess_exec(
        *(ffmpeg, "-nostdin", "-hide_banner", "-xerror", "-i", str(clip), "-f", "null", "-"),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    words = said.decode(errors="replace")
    duration, picture = DURATION.search(words), PICTURE.search(words)
    if process.returncode != 0 or duration is None or picture is None:
        return None
    hours, minutes, seconds = duration.groups()
    codec, width, height = picture.groups()
    length = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return Playback(seconds=length, width=int(width), height=int(height), codec=codec)
