"""What has to be done to a clip so that it fits and plays everywhere: a pure decision from its facts."""

from enum import StrEnum
from typing import Final

from services.media.codecs import BASELINE, HIGH, MAIN
from services.media.facts import AudioCodec, Chroma, ClipFacts, VideoCodec, VideoTrack

PLAYABLE_PROFILES: Final = frozenset({BASELINE, MAIN, HIGH})
MOST_PIXELS: Final = 4096 * 2304
"""Of one frame: what H.264 decoders in phones and browsers take (level 5.1). No larger one is decoded here either."""
MOST_MOVABLE_BYTES: Final = 1 << 31
"""The index holds positions of 32 bits, which grow when it moves to the front."""


class Treatment(StrEnum):
    """From nothing to everything."""

    LEAVE = "leave"  # it goes out byte for byte as it came
    MOVE_INDEX = "move_index"  # the same pictures and sound, with the index in front
    REMUX = "remux"  # the same pictures in a plain MP4; the sound becomes AAC where it is not
    REENCODE = "reencode"


def decide(facts: ClipFacts, *, limit: int) -> Treatment:
    """Return the least that makes a clip play everywhere within `limit` bytes."""
    if facts.is_fragmented:
        # Its index counts nothing, so that nothing else can be decided before it is a plain file.
        return Treatment.REMUX
    if facts.size > limit or not plays_everywhere(facts.video):
        return Treatment.REENCODE
    if facts.audio is not None and facts.audio.codec is not AudioCodec.AAC:
        return Treatment.REMUX
    if facts.has_index_in_front:
        return Treatment.LEAVE
    return Treatment.MOVE_INDEX if facts.size < MOST_MOVABLE_BYTES else Treatment.REMUX


def plays_everywhere(video: VideoTrack) -> bool:
    """Whether every Discord client can decode the pictures: H.264, 4:2:0, 8 bits, even sides, no larger than 4K."""
    coding = video.coding
    return (
        coding.codec is VideoCodec.H264
        and coding.profile in PLAYABLE_PROFILES
        and coding.chroma is Chroma.QUARTER
        and coding.bit_depth == 8  # noqa: PLR2004  # bits
        and video.width % 2 == 0
        and video.height % 2 == 0
        and video.pixels <= MOST_PIXELS
    )
