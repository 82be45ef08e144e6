"""Prove from a track's table of samples that every one of them lies inside the file, without touching any of them."""

import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, repeat
from typing import Final

from services.errors import ClipUnplayableError
from services.media.boxes import child, number

_COUNT: Final = 4
_ENTRIES: Final = 8
_WIDE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """How many samples a track has, and their bytes."""

    count: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sizes:
    """The sizes of the samples: one for all of them, or, where that is 0, the bytes of all before each, and of all."""

    count: int
    same: int
    before: Sequence[int]

    def until(self, sample: int) -> int:
        """Return the bytes of all samples before that one, which is at most the `count`."""
        return self.before[sample] if self.same == 0 else self.same * sample


def prove_samples(table: memoryview, *, file_size: int) -> Samples:
    """Return what the `stbl` box of a track holds. The samples of a fragmented clip are elsewhere: it holds none.

    Where the tables contradict each other, as some writers' do, only what both of them name is proven.

    Raises:
        ClipUnplayableError: a sample lies outside the file, or the table is no table.
    """
    sizes = _sizes(table)
    chunks = _chunks(table)
    start = done = 0
    for position, length in zip(chunks, _chunk_lengths(table, len(chunks)), strict=False):
        if start >= sizes.count:
            break
        start = min(start + length, sizes.count)
        until = sizes.until(start)
        if position + until - done > file_size:
            raise ClipUnplayableError(detail="is cut off: its index names pictures or sound that are not there")
        done = until
    return Samples(count=sizes.count, size=sizes.until(sizes.count))


def numbers(box: memoryview, *, start: int, count: int, size: int = 4) -> Sequence[int]:
    """Return `count` numbers of `size` bytes (4 or 8) each, which stand in a box from `start` on.

    Raises:
        ClipUnplayableError: the box ends before the last.
    """
    if start + count * size > len(box):
        raise ClipUnplayableError(detail="has a table in its index that is too short")
    found = array("Q" if size == _WIDE else "I")
    found.frombytes(box[start : start + count * size])
    if sys.byteorder == "little":
        found.byteswap()
    return found


def _sizes(table: memoryview) -> _Sizes:
    box = child(table, b"stsz")
    if box is None:
        # `stz2`, with sizes of less than 32 bits, is for writers that nobody uses; a decoder may still read it.
        return _Sizes(count=0, same=0, before=(0,))
    same, count = number(box, _COUNT, 4), number(box, 8, 4)
    each = () if same else numbers(box, start=12, count=count)
    return _Sizes(count=count, same=same, before=list(accumulate(each, initial=0)))


def _chunks(table: memoryview) -> Sequence[int]:
    """Return where the chunks begin: runs of samples that lie side by side in the file."""
    for kind, size in ((b"stco", 4), (b"co64", _WIDE)):
        box = child(table, kind)
        if box is not None:
            return numbers(box, start=_ENTRIES, count=number(box, _COUNT, 4), size=size)
    return ()


def _chunk_lengths(table: memoryview, chunks: int) -> Iterator[int]:
    """Yield how many samples each chunk holds. The table names only the chunks where that number changes."""
    box = child(table, b"stsc")
    if box is None:
        return
    count = number(box, _COUNT, 4)
    entries = numbers(box, start=_ENTRIES, count=3 * count)
    changes = [*zip(entries[::3], entries[1::3], strict=True), (chunks + 1, 0)]
    for (this, length), (following, _) in pairwise(changes):
        # Chunks count from 1. A table that goes backwards yields nothing, and one that goes too far is cut.
        yield from repeat(length, max(0, min(following, chunks + 1) - this))
