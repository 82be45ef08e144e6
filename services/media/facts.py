"""What is known of a clip without decoding it: the values that the rest of this package decides and plans by."""

from dataclasses import dataclass
from enum import StrEnum


class VideoCodec(StrEnum):
    """The codecs that a result may come in. Anything else is `OTHER`."""

    H264 = "h264"
    HEVC = "hevc"
    AV1 = "av1"
    VP9 = "vp9"
    OTHER = "other"


class AudioCodec(StrEnum):
    """AAC plays everywhere; anything else is encoded anew."""

    AAC = "aac"
    OTHER = "other"


class Chroma(StrEnum):
    """How much colour there is beside the brightness."""

    MONOCHROME = "4:0:0"
    QUARTER = "4:2:0"
    HALF = "4:2:2"
    FULL = "4:4:4"
    UNKNOWN = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """How the pictures are coded. `profile` is the codec's own number; 0 bits where the depth is unknown."""

    codec: VideoCodec
    profile: int = 0
    chroma: Chroma = Chroma.UNKNOWN
    bit_depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTrack:
    """The pictures. Width and height are pixels as coded, before any rotation."""

    coding: Coding
    width: int
    height: int
    seconds: float
    """As shown, after the track's edit list; 0 where a fragmented clip does not say."""
    frames: int
    """0 for a fragmented clip, whose index does not count them."""

    @property
    def pixels(self) -> int:
        """Of one frame."""
        return self.width * self.height

    @property
    def long_side(self) -> int:
        """Pixels."""
        return max(self.width, self.height)

    @property
    def frames_per_second(self) -> float:
        """The mean over the track; 0 where it cannot be said."""
        return self.frames / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTrack:
    """The sound."""

    codec: AudioCodec
    channels: int
    seconds: float
    size: int
    """Bytes of all its packets; 0 for a fragmented clip."""
    packets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFacts:
    """A whole MP4, as its own index describes it."""

    size: int
    """Bytes."""
    video: VideoTrack
    audio: AudioTrack | None
    """None: silent."""
    has_index_in_front: bool
    """Then it begins to play before it is loaded."""
    is_fragmented: bool
    index_size: int
    """Bytes."""

    @property
    def seconds(self) -> float:
        """From the first picture or sound to the last."""
        return max(self.video.seconds, self.audio.seconds if self.audio else 0.0)
