"""Read from a track's decoder configuration how it is coded: profile, colour and depth, without decoding anything.

What cannot be read here is left unknown, which leads to a decoder that runs as a limited child: this module never
refuses a clip. The layouts are those of ISO/IEC 14496-15 (avcC, hvcC), AV1-ISOBMFF (av1C), VP9's (vpcC) and
ISO/IEC 14496-1 (esds).
"""

from collections.abc import Mapping
from typing import Final

from services.media.facts import AudioCodec, Chroma, Coding, VideoCodec

CODECS: Final[Mapping[bytes, VideoCodec]] = {
    b"avc1": VideoCodec.H264,
    b"avc3": VideoCodec.H264,
    b"hvc1": VideoCodec.HEVC,
    b"hev1": VideoCodec.HEVC,
    b"av01": VideoCodec.AV1,
    b"vp09": VideoCodec.VP9,
}
CONFIGURATIONS: Final[Mapping[VideoCodec, bytes]] = {
    VideoCodec.H264: b"avcC",
    VideoCodec.HEVC: b"hvcC",
    VideoCodec.AV1: b"av1C",
    VideoCodec.VP9: b"vpcC",
}
BASELINE: Final = 66
MAIN: Final = 77
HIGH: Final = 100
ALWAYS_PLAIN: Final = frozenset({BASELINE, MAIN, 88})
"""H.264 profiles that know nothing but 4:2:0 at 8 bits, and so do not say it."""
AAC_TYPES: Final = frozenset({0x40, 0x66, 0x67, 0x68})
"""MPEG-4 and MPEG-2 AAC among the object types of ISO/IEC 14496-1. `mp4a` may hold MP3 and others as well."""
_CHROMA: Final = (Chroma.MONOCHROME, Chroma.QUARTER, Chroma.HALF, Chroma.FULL)
_SPS_BYTES: Final = 40
"""The fields that are wanted stand in the first few bytes of a sequence parameter set."""
_LONGEST_CODE: Final = 32
_ES, _DECODER, _LONG_TAG = 0x03, 0x04, 0x80


class _TooShortError(Exception):
    """A configuration ended before what was wanted of it."""


def coding_of(entry: bytes, configuration: bytes | None) -> Coding:
    """Return how pictures are coded, from the type of their sample entry and the decoder configuration inside it."""
    codec = CODECS.get(entry, VideoCodec.OTHER)
    try:
        match codec, configuration:
            case VideoCodec.H264, bytes(box):
                return _h264(box)
            case VideoCodec.HEVC, bytes(box):
                return _hevc(box)
            case VideoCodec.AV1, bytes(box):
                return _av1(box)
            case VideoCodec.VP9, bytes(box):
                return _vp9(box)
            case _:
                return Coding(codec=codec)
    except (_TooShortError, IndexError):
        return Coding(codec=codec)


def sound_of(entry: bytes, esds: bytes | None) -> AudioCodec:
    """Return the codec of a sound track, from the type of its sample entry and the `esds` box inside it."""
    if entry != b"mp4a" or esds is None:
        return AudioCodec.OTHER
    try:
        return AudioCodec.AAC if _object_type(esds) in AAC_TYPES else AudioCodec.OTHER
    except IndexError:
        return AudioCodec.OTHER


def _h264(box: bytes) -> Coding:
    """Read the sequence parameter set inside an `avcC`: the decoder believes that one, not the box around it."""
    if box[5] & 31 == 0:  # none in the box, as `avc3` allows: they stand among the pictures
        chroma, depth = (Chroma.QUARTER, 8) if box[1] in ALWAYS_PLAIN | {HIGH} else (Chroma.UNKNOWN, 0)
        return Coding(codec=VideoCodec.H264, profile=box[1], chroma=chroma, bit_depth=depth)
    # Two bytes of length and one of NAL header come first. A 3 after two zeros only keeps start codes out.
    sps = box[9 : 9 + _SPS_BYTES].replace(b"\0\0\3", b"\0\0")
    profile = sps[0]
    if profile in ALWAYS_PLAIN:
        return Coding(codec=VideoCodec.H264, profile=profile, chroma=Chroma.QUARTER, bit_depth=8)
    bits = _Bits(sps[3:])
    bits.code()  # the set's own number
    sampling = bits.code()
    if sampling == _CHROMA.index(Chroma.FULL):
        bits.take(1)
    luma_depth, chroma_depth = 8 + bits.code(), 8 + bits.code()
    return Coding(
        codec=VideoCodec.H264, profile=profile, chroma=_CHROMA[sampling], bit_depth=max(luma_depth, chroma_depth)
    )


def _hevc(box: bytes) -> Coding:
    depth = 8 + max(box[17] & 7, box[18] & 7)
    return Coding(codec=VideoCodec.HEVC, profile=box[1] & 31, chroma=_CHROMA[box[16] & 3], bit_depth=depth)


def _av1(box: bytes) -> Coding:
    flags = box[2]
    depth = 8 if not flags & 0x40 else 12 if flags & 0x20 else 10
    match bool(flags & 0x10), bool(flags & 0x08), bool(flags & 0x04):
        case True, _, _:
            chroma = Chroma.MONOCHROME
        case _, True, True:
            chroma = Chroma.QUARTER
        case _, True, False:
            chroma = Chroma.HALF
        case _:
            chroma = Chroma.FULL
    return Coding(codec=VideoCodec.AV1, profile=box[1] >> 5, chroma=chroma, bit_depth=depth)


def _vp9(box: bytes) -> Coding:
    # The first four bytes are the box's version and flags; 0 and 1 are two places for the same 4:2:0.
    chroma = (Chroma.QUARTER, Chroma.QUARTER, Chroma.HALF, Chroma.FULL)[box[6] >> 1 & 7]
    return Coding(codec=VideoCodec.VP9, profile=box[4], chroma=chroma, bit_depth=box[6] >> 4)


def _object_type(esds: bytes) -> int:
    """Return the object type in an `esds`: descriptors, each a tag, a length of up to four bytes, and its content."""
    inside = _descriptor(esds[4:], _ES)
    flags, position = inside[2], 3
    position += 2 if flags & 0x80 else 0
    position += 1 + inside[position] if flags & 0x40 else 0
    position += 2 if flags & 0x20 else 0
    return _descriptor(inside[position:], _DECODER)[0]


def _descriptor(content: bytes, tag: int) -> bytes:
    if content[0] != tag:
        raise IndexError
    position = 1
    while content[position] & _LONG_TAG:
        position += 1
    return content[position + 1 :]


class _Bits:
    """Takes bits from the front of some bytes."""

    def __init__(self, content: bytes) -> None:
        self._value = int.from_bytes(content)
        self._left = len(content) * 8

    def take(self, count: int) -> int:
        """Return the next bits as a number."""
        if count > self._left:
            raise _TooShortError
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def code(self) -> int:
        """Return the next number in H.264's own code: as many zeros as the number has bits after its first."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _LONGEST_CODE:
                raise _TooShortError
        return (1 << zeros) - 1 + self.take(zeros)
