"""Read a clip's index, the `moov` box, into facts: what it is, how long, how large, and whether all of it is there.

Depth is bounded because only known paths are followed; counts and sizes are bounded by `boxes`. Whatever a file
holds, the outcome is facts or `ClipUnplayableError`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.errors import ClipUnplayableError
from services.media.boxes import Box, child, children, content_of, first, number, outermost
from services.media.codecs import CODECS, CONFIGURATIONS, coding_of, sound_of
from services.media.facts import AudioCodec, AudioTrack, ClipFacts, Coding, VideoCodec, VideoTrack
from services.media.samples import Samples, prove_samples

MOST_TRACKS: Final = 32
MOST_SECONDS: Final = 3_600
MOST_SIDE: Final = 8_192
SMALL_INDEX: Final = 32 * 1024
"""Bytes. Half a minute of video and sound has less."""
_VISUAL_ENTRY: Final = 78
"""Bytes of a picture's sample entry before the boxes inside it."""
_SOUND_ENTRIES: Final = {0: 28, 1: 44, 2: 64}
"""The same of a sound's, by the entry's version; 1 and 2 are QuickTime's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    """One `trak` box, taken apart as far as pictures and sound have it in common."""

    handler: bytes
    seconds: float
    entry_kind: bytes
    entry: memoryview
    is_mixed: bool
    """Whether it has, or says that it has, not one sample entry: its coding may change on the way."""
    samples: Samples


def read_facts(clip: Path) -> ClipFacts:
    """Return what the index of a clip says. It takes less than a millisecond and reads no pictures.

    Raises:
        ClipUnplayableError: not a whole MP4, or one without pictures, or beyond any video that this bot makes.
        OSError: the disk.
    """
    with clip.open("rb") as file:
        boxes = outermost(file)
        content = content_of(file, first(boxes, b"moov"))
    return _facts(boxes, memoryview(content))


def glance(clip: Path) -> ClipFacts | None:
    """Return what `read_facts` does where that takes no longer than handing it to a thread, else None.

    Raises as it does.
    """
    with clip.open("rb") as file:
        boxes = outermost(file)
        index = first(boxes, b"moov")
        content = content_of(file, index) if index.size <= SMALL_INDEX else None
    return None if content is None else _facts(boxes, memoryview(content))


def _facts(boxes: Sequence[Box], content: memoryview) -> ClipFacts:
    """Read the content of the index."""
    index, size = first(boxes, b"moov"), boxes[-1].end
    tracks = _tracks(content, file_size=size)
    is_fragmented = child(content, b"mvex") is not None or any(box.kind == b"moof" for box in boxes)
    return ClipFacts(
        size=size,
        video=_video(_only(tracks, b"vide"), is_fragmented=is_fragmented),
        audio=_audio(_only(tracks, b"soun")),
        has_index_in_front=index.start < first(boxes, b"mdat").start,
        is_fragmented=is_fragmented,
        index_size=index.size,
    )


def _only(tracks: list[_Track], handler: bytes) -> _Track | None:
    """Return the first track of a kind, which is the one that players choose."""
    return next((track for track in tracks if track.handler == handler), None)


def _video(track: _Track | None, *, is_fragmented: bool) -> VideoTrack:
    if track is None:
        raise ClipUnplayableError(detail="has no pictures")
    width, height = number(track.entry, 24, 2), number(track.entry, 26, 2)
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE):
        raise ClipUnplayableError(detail=f"is {width}x{height}")
    if not is_fragmented and not (track.samples.count and 0 < track.seconds <= MOST_SECONDS):
        raise ClipUnplayableError(detail=f"has {track.samples.count} pictures in {track.seconds:.0f} s")
    return VideoTrack(
        coding=_coding(track),
        width=width,
        height=height,
        seconds=track.seconds,
        frames=track.samples.count,
    )


def _coding(track: _Track) -> Coding:
    codec = CODECS.get(track.entry_kind, VideoCodec.OTHER)
    if track.is_mixed or codec is VideoCodec.OTHER:
        return Coding(codec=codec)
    return coding_of(track.entry_kind, _configuration(track.entry, _VISUAL_ENTRY, CONFIGURATIONS[codec]))


def _configuration(entry: memoryview, start: int, kind: bytes) -> bytes | None:
    """Return a box inside a sample entry; None as well where the entry is muddled, which is for a decoder to judge."""
    try:
        found = child(entry[start:], kind)
    except ClipUnplayableError:
        return None
    return None if found is None else bytes(found)


def _audio(track: _Track | None) -> AudioTrack | None:
    if track is None:
        return None
    version = number(track.entry, 8, 2)
    start = _SOUND_ENTRIES.get(version, len(track.entry))
    codec = sound_of(track.entry_kind, _configuration(track.entry, start, b"esds"))
    return AudioTrack(
        codec=AudioCodec.OTHER if track.is_mixed else codec,
        channels=number(track.entry, 16, 2),
        seconds=track.seconds,
        size=track.samples.size,
        packets=track.samples.count,
    )


def _tracks(index: memoryview, *, file_size: int) -> list[_Track]:
    header = child(index, b"mvhd")
    if header is None:
        raise ClipUnplayableError(detail="has an index without a header")
    timescale = number(header, *((20, 4) if number(header, 0, 1) else (12, 4)))
    found = [content for kind, content in children(index) if kind == b"trak"]
    if len(found) > MOST_TRACKS:
        raise ClipUnplayableError(detail="has more tracks than any video")
    tracks = (_track(content, timescale=timescale, file_size=file_size) for content in found)
    return [track for track in tracks if track is not None]


def _track(content: memoryview, *, timescale: int, file_size: int) -> _Track | None:
    """Take a track apart; None for one that is neither pictures nor sound."""
    media = child(content, b"mdia")
    handler = None if media is None else child(media, b"hdlr")
    if media is None or handler is None or bytes(handler[8:12]) not in {b"vide", b"soun"}:
        return None
    table = child(media, b"minf", b"stbl")
    descriptions = None if table is None else child(table, b"stsd")
    entries = [] if descriptions is None else list(children(descriptions[8:]))
    if table is None or descriptions is None or not entries:
        raise ClipUnplayableError(detail="has a track that says nothing of itself")
    return _Track(
        handler=bytes(handler[8:12]),
        seconds=_seconds(content, media, timescale=timescale),
        entry_kind=entries[0][0],
        entry=entries[0][1],
        is_mixed=len(entries) > 1 or number(descriptions, 4, 4) != 1,
        samples=prove_samples(table, file_size=file_size),
    )


def _seconds(track: memoryview, media: memoryview, *, timescale: int) -> float:
    """Return how long a track is shown: its own header knows of edits, its media's does not but is better kept."""
    header, media_header = child(track, b"tkhd"), child(media, b"mdhd")
    if header is not None and timescale:
        is_wide = number(header, 0, 1)
        length = number(header, 28, 8) if is_wide else number(header, 20, 4)
        if 0 < length < (1 << (64 if is_wide else 32)) - 1:
            return length / timescale
    if media_header is None:
        return 0.0
    is_wide = number(media_header, 0, 1)
    own_timescale = number(media_header, *((20, 4) if is_wide else (12, 4)))
    length = number(media_header, *((24, 8) if is_wide else (16, 4)))
    return length / own_timescale if own_timescale else 0.0
