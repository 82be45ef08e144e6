"""The clips that are measured, made by ffmpeg from a drawn scene and kept between runs."""

import hashlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.media import scene

X264: Final = ("libx264", "-preset", "veryfast")
X265: Final = ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
VP9: Final = ("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1")
AV1: Final = ("libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-row-mt", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A clip to make: some megabytes (of 10^6 bytes) of the scene, by an encoder with settings that people use."""

    megabytes: float
    seconds: int = 8
    size: tuple[int, int] = (1920, 1080)
    rate: int = 24
    codec: Sequence[str] = X264
    pixels: str = "yuv420p"
    has_sound: bool = True
    grain: int = 0
    """Of 255: how far the brightness of a pixel strays from one frame to the next. Video models make next to none."""


SET: Final[Mapping[str, Source]] = {
    "1080p 12 MB": Source(megabytes=12),
    "1080p 25 MB": Source(megabytes=25),
    "1080p 60 MB": Source(megabytes=60, grain=2),  # without grain no encoder finds so much to write
    "4K 60 MB": Source(megabytes=60, size=(3840, 2160)),
    "HEVC": Source(megabytes=12, codec=(*X265, "-tag:v", "hvc1")),
    "HEVC 10-bit": Source(megabytes=12, codec=(*X265, "-tag:v", "hvc1"), pixels="yuv420p10le"),
    "VP9": Source(megabytes=12, codec=VP9),
    "AV1": Source(megabytes=8, codec=AV1),
    "vertical": Source(megabytes=25, size=(1080, 1920)),
    "silent": Source(megabytes=25, has_sound=False),
    "15 s": Source(megabytes=40, seconds=15, rate=30),
    "grainy": Source(megabytes=25, grain=2),
}
HEADLINE: Final = "1080p 25 MB"
"""The clip that most of the goals are about."""


def make(source: Source, *, name: str, binary: str, folder: Path) -> Path:
    """Return the clip, made unless `folder` has it from before."""
    # A clip whose recipe has changed since is another one.
    recipe = hashlib.sha256(repr((source, _filters(source), scene.TEXTURE)).encode()).hexdigest()[:12]
    target = folder / f"{name.replace(' ', '-')}-{recipe}.mp4"
    if target.exists():
        return target
    part = target.with_suffix(".part")
    command = [*(binary, "-v", "error", "-y"), *_inputs(source, folder), *_outputs(source), "-f", "mp4", str(part)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)  # noqa: S603  # our own arguments
    return part.rename(target)


def _inputs(source: Source, folder: Path) -> Sequence[str]:
    still = ("-loop", "1", "-framerate", str(source.rate), "-t", str(source.seconds))
    pictures = [part for layer in scene.draw(folder, source.size) for part in (*still, "-i", str(layer))]
    sound = ("-f", "lavfi", "-i", f"sine=330:d={source.seconds}:r=48000") if source.has_sound else ()
    return (*pictures, *sound)


def _outputs(source: Source) -> Sequence[str]:
    rate = int(source.megabytes * 8_000 / source.seconds)
    sound = ("-map", "4:a", "-c:a", "aac", "-b:a", "128k") if source.has_sound else ()
    return (
        *("-filter_complex", _filters(source), "-map", "[moving]", "-c:v", *source.codec),
        *("-b:v", f"{rate}k", "-maxrate", f"{2 * rate}k", "-bufsize", f"{2 * rate}k", *sound),
        *("-movflags", "+faststart"),
    )


def _filters(source: Source) -> str:
    """A slow pan and zoom, before which the balls move; then grain."""
    width, height = source.size
    done = f"t/{source.seconds}"
    grain = f"noise=alls={source.grain}:allf=t," if source.grain else ""
    return (
        f"[0]scale=w='2*trunc(iw*(1-0.06*{done})/2)':h=-2:eval=frame:flags=bicubic,"
        f"crop={width}:{height}:'(iw-ow)*{done}':'(ih-oh)/2'[camera];"
        f"[camera][1]overlay=x='(W-w)*(0.2+0.6*{done})':y='(H-h)*(0.55+0.2*sin(t*1.3))'[one];"
        f"[one][2]overlay=x='W*(0.9-{done})':y='H*(0.2+0.1*sin(t*2))'[two];"
        f"[two][3]overlay=x='W*(0.1+0.8*{done})':y='H*(0.7+0.15*cos(t*1.7))',"
        f"{grain}format={source.pixels}[moving]"
    )
