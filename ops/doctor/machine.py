"""What the machine has to offer: Python, SQLite, ffmpeg, and room on the disk. Pure: facts in, findings out."""

from pathlib import Path
from typing import Final

from ops.doctor.findings import Finding, bad, good, poor, wrong

OLDEST_PYTHON: Final = (3, 11)
NEWEST_PYTHON: Final = (3, 13)
"""That the bot is tested with."""
OLDEST_SQLITE: Final = (3, 37, 0)
"""The first that knows STRICT tables."""
MEBIBYTE: Final = 1024 * 1024

Version = tuple[int, ...]


def python(found: Version) -> Finding:
    """Judge the version of Python."""
    says = f"Python {_dotted(found)}"
    if found[:2] < OLDEST_PYTHON:
        return wrong("python", says, fix=f"Install Python {_dotted(OLDEST_PYTHON)} or newer.")
    if found[:2] > NEWEST_PYTHON:
        return poor("python", says, fix=f"The bot is tested with at most {_dotted(NEWEST_PYTHON)}: use that one.")
    return good("python", says)


def sqlite(found: Version) -> Finding:
    """Judge the version of SQLite, which comes with Python."""
    says = f"SQLite {_dotted(found)}"
    if found < OLDEST_SQLITE:
        return wrong("sqlite", says, fix=f"Use a Python that brings SQLite {_dotted(OLDEST_SQLITE)} or newer.")
    return good("sqlite", says)


def ffmpeg(is_there: bool, *, named: Path | None) -> Finding:  # noqa: FBT001  # the fact itself
    """Judge whether clips can be made smaller."""
    if is_there:
        return good("ffmpeg", "found, with H.264 and AAC")
    if named is not None:
        says = "FFMPEG_PATH names none that runs and makes H.264 and AAC"
        return wrong("ffmpeg", says, fix="Correct FFMPEG_PATH, or leave it empty for the one that comes along.")
    says = "none that runs here: clips over an upload limit wait, all others are posted"
    return poor("ffmpeg", says, fix="Install ffmpeg with libx264, and name it by FFMPEG_PATH.")


def disk(free: int | None, *, floor: int, largest_clip: int) -> Finding:
    """Judge the free bytes of the disk; None where the disk could not be asked."""
    if free is None:
        return bad("disk", "the disk of DATA_DIR cannot be asked", fix="See whether it is mounted and readable.")
    says = f"{_mib(free)} MiB free"
    if free < floor:
        says += f", and new videos are taken only above {_mib(floor)} MiB"
        return bad("disk", says, fix="Make room on it, or lower MIN_FREE_DISK_MB.")
    # One as it came, one as it is made to fit, and the passes between.
    if free < floor + 3 * largest_clip:
        says += ", which a few large clips at once would fill"
        return poor("disk", says, fix=f"Keep {_mib(floor + 3 * largest_clip)} MiB free.")
    return good("disk", says)


def _mib(size: int) -> int:
    return size // MEBIBYTE


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
