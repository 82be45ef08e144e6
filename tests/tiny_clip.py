"""The smallest clip that is posted as it comes: real H.264, silent, with its index in front.

Its bytes are in the repository, because most tests need some clip and none of them cares which:
`python -m tests.tiny_clip` makes them anew.
"""

import random
import subprocess
from pathlib import Path
from typing import Final

import imageio_ffmpeg  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]  # it has no types

FILE: Final = Path(__file__).with_name("tiny_clip.mp4")
CLIP: Final = FILE.read_bytes()
BOX_HEADER: Final = 8
PICTURE: Final = "testsrc2=size=32x32:rate=10:duration=0.4"


def write_clip(path: Path, *, size: int = len(CLIP)) -> Path:
    """Write the clip to a file of exactly `size` bytes: what it lacks is noise in a box that players skip."""
    padding = size - len(CLIP)
    noise = random.Random(7).randbytes(max(0, padding - BOX_HEADER))  # noqa: S311  # the same bytes every time
    path.write_bytes(CLIP + (padding.to_bytes(4) + b"free" + noise if padding else b""))
    return path


def make() -> None:
    """Encode it, without what x264 says of itself."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", PICTURE, "-threads", "1"]
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bsf:v", "filter_units=remove_types=6"]
    subprocess.run(
        [*command, *encoder, "-map_metadata", "-1", "-movflags", "+faststart", str(FILE)], check=True, timeout=60
    )


if __name__ == "__main__":
    make()
