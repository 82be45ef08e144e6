"""Make a clip larger without encoding more: with a box that every player skips."""

from pathlib import Path
from shutil import copyfile
from typing import Final

_HEADER: Final = 8
_LARGEST: Final = (1 << 32) - 1


def pad(source: Path, target: Path, *, size: int) -> None:
    """Copy an MP4 of `source` to `target` and append a `free` box, so that the copy has exactly `size` bytes.

    Raises:
        ValueError: the clip is larger already, or too near to that size for a box, or the box would be over 4 GiB.
    """
    box = size - source.stat().st_size
    if box and not _HEADER <= box <= _LARGEST:
        msg = f"a clip of {source.stat().st_size} bytes cannot be padded to {size}"
        raise ValueError(msg)
    copyfile(source, target)
    if box:
        with target.open("ab") as file:
            file.write(box.to_bytes(4, "big") + b"free")
            file.truncate(size)
