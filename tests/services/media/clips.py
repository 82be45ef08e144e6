"""Small real clips of every kind that matters, each made once by ffmpeg and kept for the rest of the session."""

import os
import stat
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import imageio_ffmpeg  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]  # it has no types

from services.media import Ffmpeg

Program = Callable[[str], Ffmpeg]
SECONDS: Final = 2
RATE: Final = 10
H264: Final = ("-c:v", "libx264", "-preset", "ultrafast")
PLAIN: Final = (*H264, "-pix_fmt", "yuv420p")
AAC: Final = ("-c:a", "aac", "-b:a", "64k")
FRONT: Final = ("-movflags", "+faststart")
FRAGMENTS: Final = ("-movflags", "+frag_keyframe+empty_moov+default_base_moof")
HEVC: Final = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
AV1: Final = ("-c:v", "libaom-av1", "-cpu-used", "8", "-crf", "50")
VP9: Final = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")

ENCODINGS: Final[Mapping[str, Sequence[str]]] = {
    "sound": (*PLAIN, *AAC, *FRONT),
    "silent": (*PLAIN, "-an", *FRONT),
    "mono": (*PLAIN, *AAC, "-ac", "1", *FRONT),
    "baseline": (*PLAIN, "-profile:v", "baseline", *AAC, *FRONT),
    "index at the end": (*PLAIN, *AAC),
    "silent, index at the end": (*PLAIN, "-an"),
    "fragmented": (*PLAIN, *AAC, *FRAGMENTS),
    "fragmented hevc": (*HEVC, "-pix_fmt", "yuv420p", "-tag:v", "hvc1", *AAC, *FRAGMENTS),
    "hevc hvc1": (*HEVC, "-pix_fmt", "yuv420p", "-tag:v", "hvc1", *AAC, *FRONT),
    "hevc hev1": (*HEVC, "-pix_fmt", "yuv420p", "-tag:v", "hev1", "-an", *FRONT),
    "hevc 10-bit": (*HEVC, "-pix_fmt", "yuv420p10le", *AAC, *FRONT),
    "av1": (*AV1, "-pix_fmt", "yuv420p", *AAC, *FRONT),
    "av1 10-bit": (*AV1, "-pix_fmt", "yuv420p10le", "-an", *FRONT),
    "vp9": (*VP9, "-pix_fmt", "yuv420p", *AAC, *FRONT),
    "vp9 4:4:4": (*VP9, "-pix_fmt", "yuv444p", "-an", *FRONT),
    "h264 10-bit": (*H264, "-pix_fmt", "yuv420p10le", *AAC, *FRONT),
    "h264 4:2:2": (*H264, "-pix_fmt", "yuv422p", "-an", *FRONT),
    "h264 4:4:4": (*H264, "-pix_fmt", "yuv444p", *AAC, *FRONT),
    "h264 grey": (*H264, "-pix_fmt", "gray", "-an", *FRONT),
    "mpeg-4": ("-c:v", "mpeg4", "-an", *FRONT),
    "mp3 sound": (*PLAIN, "-c:a", "libmp3lame", *FRONT),
    "opus sound": (*PLAIN, "-c:a", "libopus", "-ar", "48000", *FRONT),
    "vertical": (*PLAIN, *AAC, *FRONT),
    "odd vp9": (*VP9, "-pix_fmt", "yuv420p", "-an", *FRONT),
    "odd h264 4:4:4": (*H264, "-pix_fmt", "yuv444p", *AAC, *FRONT),
    "heavy": (*PLAIN, "-qp", "4", *AAC, *FRONT),
    "heavy, silent": (*PLAIN, "-qp", "4", "-an", *FRONT),
    "heavy hevc": (*HEVC, "-pix_fmt", "yuv420p", "-qp", "8", *AAC, *FRONT),
    "heavy, fragmented": (*PLAIN, "-qp", "4", *AAC, *FRAGMENTS),
    "wide and heavy": (*PLAIN, "-qp", "10", *AAC, *FRONT),
    "twelve megabytes": (*PLAIN, "-qp", "6", *AAC, *FRONT),
    "bomb": (*PLAIN, "-frames:v", "2", "-an", *FRONT),
}
SIZES: Final[Mapping[str, str]] = {
    "vertical": "90x160",
    "odd vp9": "81x45",
    "odd h264 4:4:4": "81x45",
    "wide and heavy": "640x360",
    "twelve megabytes": "832x468",
    "bomb": "8192x4320",
}
NOISY: Final = frozenset(
    {"heavy", "heavy, silent", "heavy hevc", "heavy, fragmented", "wide and heavy", "twelve megabytes"}
)


class ClipBank:
    """Makes clips in `folder` when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ffmpeg = Path(imageio_ffmpeg.get_ffmpeg_exe())

    def clip(self, name: str) -> Path:
        """Return the clip of that name, from the table above. It is shared: leave it as it is."""
        made = self._folder / f"{name.replace(':', '-').replace(' ', '-')}.mp4"
        if not made.exists():
            self.encode(made, ENCODINGS[name], picture=self._picture(name))
        return made

    def encode(self, target: Path, encoding: Sequence[str], *, picture: str) -> None:
        """Make a clip of a picture that is a filter of ffmpeg's, with a tone."""
        command = [str(self.ffmpeg), "-v", "error", "-y", "-f", "lavfi", "-i", picture]
        if "-an" not in encoding:
            command += ["-f", "lavfi", "-i", f"sine=frequency=330:sample_rate=48000:duration={SECONDS}"]
        part = target.with_suffix(".part.mp4")
        subprocess.run([*command, "-threads", "2", *encoding, str(part)], check=True, timeout=100)
        part.rename(target)

    @staticmethod
    def _picture(name: str) -> str:
        size = SIZES.get(name, "160x90")
        if name == "bomb":
            return f"color=black:size={size}:rate={RATE}:duration=1"
        moving = f"testsrc2=size={size}:rate={RATE}:duration={SECONDS}"
        if name.startswith("odd"):
            return f"{moving},format=rgb24"  # in planes of colour at half the size, the source itself makes sides even
        return f"{moving},noise=alls=40:allf=t" if name in NOISY else moving


def decodes(bank: ClipBank, clip: Path) -> bool:
    """Whether all of a clip can be decoded without a single complaint."""
    command = [str(bank.ffmpeg), "-v", "error", "-xerror", "-err_detect", "explode", "-i", str(clip), "-f", "null", "-"]
    run = subprocess.run(command, check=False, capture_output=True, timeout=60)
    return run.returncode == 0 and not run.stderr


def script_in(folder: Path, script: str) -> Path:
    """Write a shell script that can be run as an ffmpeg."""
    binary = folder / "ffmpeg"
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(stat.S_IRWXU)
    return binary


def program_in(folder: Path) -> Program:
    """Return what makes an ffmpeg of a shell script in a folder. Where we are nice already, it is no nicer."""
    return lambda script: Ffmpeg(script_in(folder, script), niceness=0 if os.nice(0) else 5)
