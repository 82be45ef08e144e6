"""Is this file a whole MP4? A walk over its outermost boxes answers in microseconds, without decoding anything.

It catches what the network can do to a clip: HTML or JSON in its place, and a body that was cut off, which a
connection that simply closes does not show. The layout is that of ISO/IEC 14496-12: a box is its length (4 bytes),
its type (4 bytes) and its content; length 1 means that 8 more bytes hold the length, 0 that the box ends the file.

Only headers are read, and the content of one box, the index: never the pictures, however large the file is.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from services.errors import ClipUnplayableError

MOST_BOXES: Final = 1_024
"""Real files have fewer than twenty outermost boxes, fragmented ones a few hundred."""
MOST_CHILDREN: Final = 256
"""Inside one box of an index; real ones have fewer than twenty."""
MOST_INDEX_BYTES: Final = 4 * 1024 * 1024
"""An hour of video and sound has less than 3 MiB."""
HEADER_BYTES: Final = 8
LONG_HEADER_BYTES: Final = 16
LENGTH_FOLLOWS: Final = 1
TO_THE_END: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One outermost box: positions in the file, in bytes."""

    kind: bytes
    start: int
    content: int
    end: int

    @property
    def size(self) -> int:
        """Header and content."""
        return self.end - self.start


def require_whole_mp4(path: Path) -> None:
    """Return when the file is a whole MP4, as far as its outermost boxes tell.

    Raises:
        ClipUnplayableError: it is something else, or cut off.
    """
    with path.open("rb") as file:
        outermost(file)


def outermost(file: BinaryIO) -> Sequence[Box]:
    """Return the outermost boxes of a whole MP4: `ftyp` first, a `moov` and an `mdat` among them.

    Raises:
        ClipUnplayableError: it is something else, or cut off.
    """
    boxes = list(_walk(file, os.fstat(file.fileno()).st_size))
    if not boxes or boxes[0].kind != b"ftyp":
        raise ClipUnplayableError(detail="does not begin as an MP4 does")
    if not {b"moov", b"mdat"} <= {box.kind for box in boxes}:
        raise ClipUnplayableError(detail="has no index or no pictures")
    return boxes


def first(boxes: Sequence[Box], kind: bytes) -> Box:
    """Return the first box of a kind that is known to be there."""
    return next(box for box in boxes if box.kind == kind)


def content_of(file: BinaryIO, box: Box) -> bytearray:
    """Read the content of a box that is meant to be small.

    Raises:
        ClipUnplayableError: it is not.
    """
    length = box.end - box.content
    if length > MOST_INDEX_BYTES:
        raise ClipUnplayableError(detail="has a larger index than any video")
    file.seek(box.content)
    content = bytearray(file.read(length))
    if len(content) != length:
        raise ClipUnplayableError(detail="became shorter while it was read")
    return content


def children(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the boxes inside a box: each one's type and content.

    Raises:
        ClipUnplayableError: one does not fit, or there are too many.
    """
    rest = content
    for _ in range(MOST_CHILDREN):
        # QuickTime ends some lists of boxes with four zero bytes; nothing shorter than a header can be a box.
        if len(rest) < HEADER_BYTES:
            return
        length, smallest = _length(bytes(rest[:LONG_HEADER_BYTES]), remaining=len(rest))
        if not smallest <= length <= len(rest):
            raise ClipUnplayableError(detail="has a box in its index that does not fit")
        yield bytes(rest[4:8]), rest[smallest:length]
        rest = rest[length:]
    raise ClipUnplayableError(detail="has more boxes in its index than any video")


def child(content: memoryview, *path: bytes) -> memoryview | None:
    """Return the content of the first box at the end of a path of types, or None."""
    found: memoryview | None = content
    for wanted in path:
        if found is None:
            return None
        found = next((inner for kind, inner in children(found) if kind == wanted), None)
    return found


def number(content: memoryview, position: int, size: int) -> int:
    """Return the unsigned number of `size` bytes that stands at a position of a box.

    Raises:
        ClipUnplayableError: the box ends before it.
    """
    if position + size > len(content):
        raise ClipUnplayableError(detail="has a box in its index that is too short")
    return int.from_bytes(content[position : position + size])


def _walk(file: BinaryIO, size: int) -> Iterator[Box]:
    """Yield the outermost boxes; raise where one does not fit into the file."""
    position = 0
    for _ in range(MOST_BOXES):
        if position == size:
            return
        file.seek(position)
        header = file.read(LONG_HEADER_BYTES)
        length, smallest = _length(header, remaining=size - position)
        if len(header) < smallest or length < smallest or position + length > size:
            raise ClipUnplayableError(detail="ends in the middle of a box")
        yield Box(kind=header[4:8], start=position, content=position + smallest, end=position + length)
        position += length
    raise ClipUnplayableError(detail="has more boxes than any video")


def _length(header: bytes, *, remaining: int) -> tuple[int, int]:
    """Return the length of a box as its header states it, and the length of that header."""
    length = int.from_bytes(header[:4])
    if length == LENGTH_FOLLOWS:
        return int.from_bytes(header[8:16]), LONG_HEADER_BYTES
    return (remaining if length == TO_THE_END else length), HEADER_BYTES
