"""Move a clip's index to its front, so that it plays while it loads. Pictures and sound are copied as they are.

The index names every chunk by its position in the file; those that the move shifts are corrected. Every other box
stays, among them those that say where a clip came from.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from services.media.boxes import HEADER_BYTES, child, children, content_of, first, number, outermost
from services.media.samples import numbers

_PIECE: Final = 1024 * 1024
_ENTRIES: Final = 8


def move_index_to_front(source: Path, target: Path) -> None:
    """Write the clip in `source`, of less than 2 GiB, to `target` with its index right after its first box.

    Raises:
        ClipUnplayableError: `source` is not a whole MP4.
        OSError: the disk.
    """
    with source.open("rb") as file, target.open("xb") as moved:
        boxes = outermost(file)
        index, start = first(boxes, b"moov"), boxes[0].end
        content = content_of(file, index)
        size = HEADER_BYTES + len(content)
        shifts = ((start, index.start, size), (index.end, boxes[-1].end, size - index.size))
        for table in _chunk_tables(memoryview(content)):
            _shift(*table, shifts=shifts)
        _copy(file, moved, 0, start)
        moved.write(size.to_bytes(4) + b"moov" + content)
        _copy(file, moved, start, index.start)
        _copy(file, moved, index.end, boxes[-1].end)


def _chunk_tables(index: memoryview) -> Iterator[tuple[memoryview, int]]:
    """Yield the tables of chunks of every track, and how many bytes each of their positions takes."""
    for kind, track in children(index):
        table = child(track, b"mdia", b"minf", b"stbl") if kind == b"trak" else None
        for inner, box in children(table) if table is not None else ():
            if inner in {b"stco", b"co64"}:
                yield box, 4 if inner == b"stco" else 8


def _shift(box: memoryview, width: int, *, shifts: tuple[tuple[int, int, int], ...]) -> None:
    """Add to every position in a table what belongs to the range (from, before, shift) that it lies in."""
    count = number(box, 4, 4)
    for place, position in enumerate(numbers(box, start=_ENTRIES, count=count, size=width)):
        by = next((shift for start, end, shift in shifts if start <= position < end), 0)
        at = _ENTRIES + place * width
        box[at : at + width] = (position + by).to_bytes(width)


def _copy(source: BinaryIO, target: BinaryIO, start: int, end: int) -> None:
    source.seek(start)
    left = end - start
    while left > 0 and (piece := source.read(min(left, _PIECE))):
        target.write(piece)
        left -= len(piece)
