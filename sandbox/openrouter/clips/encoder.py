"""Set a clip's pictures in motion and encode them, with ffmpeg in a child process."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import imageio_ffmpeg  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]  # it has no types

from sandbox.openrouter.clips.brief import ClipBrief
from sandbox.openrouter.clips.picture import Layout

FRAMES_PER_SECOND: Final = 24
_STILLS: Final = ("still.png", "glow.png", "counter.png", "playhead.png")


@dataclass(eq=False)
class EncodeError(Exception):
    """ffmpeg did not make the clip. `detail` is the end of what it said."""

    detail: str


async def find_ffmpeg() -> str:
    """Return the ffmpeg to run: `FFMPEG_PATH` where it is set, else the one that comes with imageio-ffmpeg.

    Raises:
        RuntimeError: there is none.
    """
    named = os.environ.get("FFMPEG_PATH")
    if named:
        return named
    found: str = await asyncio.to_thread(imageio_ffmpeg.get_ffmpeg_exe)
    return found


async def encode(brief: ClipBrief, *, folder: Path, target: Path) -> None:
    """Make the clip at `target` from the pictures in `folder`. A cancelled call leaves no process behind.

    Raises:
        EncodeError: ffmpeg failed.
    """
    command = [await find_ffmpeg(), *_arguments(brief, folder=folder, target=target)]
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
    try:
        _, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise EncodeError(complaint.decode(errors="replace")[-2000:])


def _arguments(brief: ClipBrief, *, folder: Path, target: Path) -> list[str]:
    rate = str(FRAMES_PER_SECOND)
    stills = [part for name in _STILLS for part in ("-framerate", rate, "-i", str(folder / name))]
    sound = ["-f", "lavfi", "-i", _chord(brief)] if brief.sound else []
    heard = ["-map", f"{len(_STILLS)}:a", "-c:a", "aac", "-b:a", "96k"] if brief.sound else []
    return [
        *("-hide_banner", "-nostdin", "-v", "error", "-y", *stills, *sound),
        *("-filter_complex", _motion(brief), "-map", "[moving]", *heard),
        *("-frames:v", str(FRAMES_PER_SECOND * brief.seconds), "-r", rate),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-g", str(2 * FRAMES_PER_SECOND), "-threads", "2"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
        *("-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4", str(target)),
    ]


def _motion(brief: ClipBrief) -> str:
    """Return the filter graph: each picture is decoded once and repeated, and only the place of the small ones changes.

    The inputs are those of `_STILLS`, in that order; the output is `[moving]`.
    """
    layout = Layout(brief.width, brief.height)
    left, right, y = layout.track
    width, height = layout.counter
    length = brief.seconds
    again = f"loop=-1:1,setpts=N/{FRAMES_PER_SECOND}/TB"
    row = f"{height}*min({length - 1},floor(n/{FRAMES_PER_SECOND}))"
    drift = f"x='(W-w)/2*(1+sin(2*PI*t/{length}-1))':y='(H-h)/2+H/6*cos(2*PI*t/{length})'"
    travel = f"x='{left}+{right - left}*t/{length}-w/2':y={y}-h/2"
    corner = f"x={layout.margin}:y={brief.height - layout.margin}-{height - height // 4}"
    return ";".join(
        (
            f"[0]scale=out_color_matrix=bt709,format=yuv420p,{again}[ground]",
            f"[1]{again}[glow]",
            f"[ground][glow]overlay={drift}[lit]",
            f"[2]{again},crop=w={width}:h={height}:x=0:y='{row}'[counter]",
            f"[lit][counter]overlay={corner}[counted]",
            f"[3]{again}[playhead]",
            f"[counted][playhead]overlay={travel},format=yuv420p[moving]",
        ),
    )


def _chord(brief: ClipBrief) -> str:
    """Return a soft triad whose root comes from the prompt, faded in and out."""
    root = 130.81 * 2 ** (brief.seed[31] % 12 / 12)
    voices = "+".join(f"sin(2*PI*{root * ratio:.3f}*t)" for ratio in (1, 1.25, 1.5, 2))
    fade = f"min(1,min(t,{brief.seconds}-t)*2)"
    return f"aevalsrc='0.05*{fade}*({voices})':s=48000:d={brief.seconds}"
