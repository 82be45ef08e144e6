"""Many short clips of all kinds, drawn by dice, each against a limit drawn by dice: how often one attempt is enough.

Among them is what a rate control finds hard: noise, cuts, a picture that stands still and then moves, hard edges.
"""

import asyncio
import random
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.media.clips import AV1, VP9, X264, X265
from bench.media.rows import Bench, Row

PICTURES: Final[Mapping[str, str]] = {
    "gradients": "gradients=s={size}:r={rate}:d={seconds}:speed=0.02:seed={seed}",
    "fractal": "mandelbrot=s={size}:r={rate}:end_scale=0.01:maxiter=500,trim=duration={seconds}",
    "card": "testsrc2=s={size}:r={rate}:d={seconds}",
    "grain": "testsrc2=s={size}:r={rate}:d={seconds},noise=alls=25:allf=t",
    "noise": "nullsrc=s={size}:r={rate}:d={seconds},noise=alls=90:allf=t:all_seed={seed}",
    "life": "life=s={size}:r={rate}:mold=10:death_color=#203040:life_color=#f0d0a0:seed={seed},trim=duration={seconds}",
    "still, then noise": ("testsrc2=s={size}:r={rate}:d={seconds},noise=alls=60:allf=t:enable='gt(t,{seconds}/2)'"),
    "cuts": "testsrc2=s={size}:r={rate}:d={seconds},hue=h='floor(t*3)*70',negate=enable='mod(floor(t*3),2)'",
}
CODECS: Final = (X264, X264, X264, X265, VP9, AV1)
SIZES: Final = ("320x180", "480x270", "640x360", "270x480", "426x240")
RATES: Final = (10, 24, 30, 60)
SHARES: Final = (0.25, 0.9)
"""Of the clip's own size: between these is the limit."""
LEAST: Final = 60_000
"""Bytes that a limit has at least; below it some clips have no room for a video at all."""


async def measure_diced(bench: Bench, *, count: int, seed: int, binary: str, folder: Path) -> Sequence[Row]:
    """Fit until there were `count` encodes; each clip is removed after its turn."""
    dice = random.Random(seed)  # noqa: S311  # the same clips for the same seed
    rows: list[Row] = []
    clip = folder / "diced.mp4"
    while len(rows) < count:
        name = await asyncio.to_thread(_make, clip, dice, binary)
        size = clip.stat().st_size
        limit = max(LEAST, int(dice.uniform(*SHARES) * size))
        if size > limit:
            rows.append(await bench.measure(clip, name=name, limit=limit))
    clip.unlink(missing_ok=True)
    return rows


def _make(target: Path, dice: random.Random, binary: str) -> str:
    """Make a clip, and return what it is."""
    kind, codec = dice.choice([*PICTURES]), dice.choice(CODECS)
    size, rate, seconds = dice.choice(SIZES), dice.choice(RATES), dice.choice((0.5, 1, 2, 3, 4))
    picture = PICTURES[kind].format(size=size, rate=rate, seconds=seconds, seed=dice.randrange(1 << 16))
    sound = ("-f", "lavfi", "-i", f"anoisesrc=d={seconds}:r=48000") if dice.random() < 0.6 else ()  # noqa: PLR2004  # more often than not
    weight = dice.choice((0.05, 0.1, 0.3, 0.6))  # bits per pixel
    width, height = map(int, size.split("x"))
    command = [
        *(binary, "-v", "error", "-y", "-f", "lavfi", "-i", picture, *sound, "-threads", "2", "-c:v", *codec),
        *("-b:v", str(int(weight * width * height * rate)), "-pix_fmt", "yuv420p", "-c:a", "aac"),
        *("-b:a", "96k", "-t", str(seconds), "-movflags", "+faststart", str(target)),
    ]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)  # noqa: S603  # our own arguments
    return f"{kind}, {codec[0].removeprefix('lib')}, {size}, {rate} fps, {seconds} s"
