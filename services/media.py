"""Is this file a whole MP4? A walk over its outermost boxes answers in microseconds, without decoding anything.

It catches what the network can do to a clip: HTML or JSON in its place, and a body that was cut off, which a
connection that simply closes does not show. The layout is that of ISO/IEC 14496-12: a box is its length (4 bytes),
its type (4 bytes) and its content; length 1 means that 8 more bytes hold the length, 0 that the box ends the file.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from services.errors import ClipUnplayableError

MOST_BOXES: Final = 1_024
"""Real files have fewer than twenty outermost boxes, fragmented ones a few hundred."""
HEADER_BYTES: Final = 8
LONG_HEADER_BYTES: Final = 16
LENGTH_FOLLOWS: Final = 1
TO_THE_END: Final = 0


def require_whole_mp4(path: Path) -> None:
    """Return when the file is a whole MP4.

    Raises:
        ClipUnplayableError: it is something else, or cut off.
    """
    with path.open("rb") as file:
        kinds = list(_boxes(file, os.fstat(file.fileno()).st_size))
    if not kinds or kinds[0] != b"ftyp":
        raise ClipUnplayableError(detail="does not begin as an MP4 does")
    if not {b"moov", b"mdat"} <= set(kinds):
        raise ClipUnplayableError(detail="has no index or no pictures")


def _boxes(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the types of the outermost boxes; raise where one does not fit into the file."""
    position = 0
    for _ in range(MOST_BOXES):
        if position == size:
            return
        file.seek(position)
        header = file.read(LONG_HEADER_BYTES)
        length, smallest = int.from_bytes(header[:4]), HEADER_BYTES
        if length == LENGTH_FOLLOWS:
            length, smallest = int.from_bytes(header[8:16]), LONG_HEADER_BYTES
        elif length == TO_THE_END:
            length = size - position
        if len(header) < smallest or length < smallest or position + length > size:
            raise ClipUnplayableError(detail="ends in the middle of a box")
        yield header[4:8]
        position += length
    raise ClipUnplayableError(detail="has more boxes than any video")
