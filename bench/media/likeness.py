"""How much a result looks like its original: VMAF where any ffmpeg here has it, else SSIM."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.media import read_facts

JUDGES: Final = {
    "VMAF": ("libvmaf=n_threads=2:n_subsample=6", re.compile(r"VMAF score: ([\d.]+)")),
    "SSIM": ("ssim", re.compile(r"All:([\d.]+)")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """An ffmpeg and the measure that it knows: VMAF of 0 to 100, or SSIM of 0 to 1."""

    binary: str
    measure: str

    def likeness(self, result: Path, original: Path) -> float | None:
        """Compare frame by frame at the size of the result; None where that cannot be done."""
        video = read_facts(result).video
        numbered = "settb=AVTB,setpts=N"
        graph, pattern = JUDGES[self.measure]
        filters = (
            f"[0:v]{numbered},format=yuv420p[result];"
            f"[1:v]scale={video.width}:{video.height}:flags=bicubic,{numbered},format=yuv420p[original];"
            f"[result][original]{graph}"
        )
        command = [self.binary, "-hide_banner", "-i", str(result), "-i", str(original), "-lavfi", filters]
        run = subprocess.run(  # noqa: S603  # our own arguments
            [*command, "-f", "null", "-"], capture_output=True, text=True, check=False
        )
        found = pattern.search(run.stderr)
        return round(float(found[1]), 4) if found else None


def find_judge(bundled: str) -> Judge:
    """Return the first ffmpeg with VMAF, the bundled one or the system's; else the bundled one with SSIM."""
    for binary in (bundled, shutil.which("ffmpeg")):
        if binary is not None and " libvmaf " in _filters_of(binary):
            return Judge(binary=binary, measure="VMAF")
    return Judge(binary=bundled, measure="SSIM")


def _filters_of(binary: str) -> str:
    command = [binary, "-hide_banner", "-filters"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603  # our own arguments
