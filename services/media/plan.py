"""Plan an encode that fits: bit rates, size of the picture, effort and sound, from a clip's facts and a limit.

One pass with a cap. x264's rate buffer never spends more than `rate * seconds + 0.9 * buffer`, and with a buffer of
one second it was measured to spend 0.3 to 0.5 seconds' worth beyond `rate * seconds`. So the first attempt counts
with half a second and comes within a few percent of the limit; the second counts with the whole bound and cannot
miss for that reason; the third gives the encoder a smaller picture besides, for what no rate control can squeeze.
Two passes were measured too: they cost half as much again, look the same, and went over the limit in every third run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.errors import ClipUnfitError
from services.media.facts import AudioCodec, AudioTrack, ClipFacts, VideoTrack

LONG_SIDES: Final = (1920, 1600, 1280, 960, 640, 426, 320)
"""Pixels. 4K squeezed into the limits of Discord looks worse than 1080p, and takes half as much again to make."""
ENOUGH_BITS: Final = 0.05
"""Per pixel of each frame. With fewer a smaller picture looks better."""
MANY_BITS: Final = 0.15
"""Per pixel: from here on the fastest of the good presets looks the same as a slower one."""
MOST_GROWTH: Final = 3
"""Times the bits of the clip as it came. H.264 needs about twice those of HEVC or AV1; more shows nothing more."""
FASTEST_RATE: Final = 60
"""Frames per second of the result, at most."""
LEAST_VIDEO: Final = 12_000
"""Bits per second; less is no video."""
ATTEMPTS: Final = 3
HEADERS: Final = 6 * 1024
FRAME_OVERHEAD: Final = 24
PACKET_OVERHEAD: Final = 10
"""Bytes in the index for the clip, for each frame and for each packet of sound."""
KEPT_SOUND: Final = 0.15
"""Of the limit: AAC that takes less is copied."""
SHARE_OF_SOUND: Final = 0.2
"""Of the limit: what new sound may take."""
SOUND_RATES: Final = (128_000, 96_000, 64_000, 48_000, 32_000, 24_000, 16_000)
STEREO_FROM: Final = 64_000
SOUND_SAMPLES: Final = 48_000
PACKET_SAMPLES: Final = 1_024
SLACK: Final[Mapping[int, tuple[float, float]]] = {1: (0.985, 0.5), 2: (1.0, 0.9), 3: (0.85, 0.9)}
"""For each attempt: the share of the room that is used, and for how many seconds of the buffer it has to last."""
SHORT: Final = 2.0
"""Seconds. A clip that is no longer can spend nearly the whole buffer: it begins with the second attempt's care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundPlan:
    """What becomes of the sound. A rate of 0 copies it."""

    rate: int
    channels: int
    size: int
    """Bytes it will take, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodePlan:
    """One attempt."""

    rate: int
    """Bits per second of the pictures, which the buffer of one second never exceeds."""
    long_side: int
    """Pixels, at most; the shape is kept."""
    preset: str
    keyframe_every: int
    """Frames."""
    sound: SoundPlan | None
    cpu_seconds: int
    """Many times what it takes on a slow machine."""


def plan_encode(facts: ClipFacts, *, limit: int, attempt: int) -> EncodePlan:
    """Return the plan for an attempt (1 to `ATTEMPTS`) to bring a clip under `limit` bytes.

    Raises:
        ClipUnfitError: the limit is too small for any video of that length.
    """
    video, sound = facts.video, plan_sound(facts.audio, limit=limit)
    frames_per_second = min(video.frames_per_second, FASTEST_RATE)
    packets = sound.size + PACKET_OVERHEAD * _packets(facts.audio) if sound else 0
    room = limit - HEADERS - FRAME_OVERHEAD * int(frames_per_second * video.seconds + 1) - packets
    share, buffered = SLACK[min(attempt + (video.seconds <= SHORT), ATTEMPTS)]
    rate = int(share * 8 * room / (video.seconds + buffered))
    if rate < LEAST_VIDEO:
        raise ClipUnfitError(limit=limit, attempts=attempt - 1)
    side = _long_side(video, rate=rate, smaller=attempt == ATTEMPTS)
    pixel_rate = _pixels(video, side) * frames_per_second
    worthwhile = max(int(MOST_GROWTH * 8 * facts.size / video.seconds), int(MANY_BITS * pixel_rate))
    return EncodePlan(
        rate=min(rate, worthwhile),
        long_side=side,
        preset="superfast" if rate >= MANY_BITS * pixel_rate else "veryfast",
        keyframe_every=max(1, round(2 * frames_per_second)),
        sound=sound,
        cpu_seconds=cpu_seconds(facts),
    )


def plan_sound(audio: AudioTrack | None, *, limit: int) -> SoundPlan | None:
    """Return what becomes of the sound: kept as it is where that is cheap, else AAC of a rate that leaves room."""
    if audio is None:
        return None
    if audio.codec is AudioCodec.AAC and audio.size <= KEPT_SOUND * limit:
        return SoundPlan(rate=0, channels=audio.channels, size=audio.size)
    seconds = max(audio.seconds, 1 / 8)
    affordable = SHARE_OF_SOUND * limit * 8 / seconds
    rate = next((rate for rate in SOUND_RATES if rate <= affordable), SOUND_RATES[-1])
    channels = min(max(audio.channels, 1), 2 if rate >= STEREO_FROM else 1)
    # The encoder keeps a reserve, and rounds up to whole packets: a tenth, and two packets of the largest kind.
    return SoundPlan(rate=rate, channels=channels, size=int(rate / 8 * seconds * 1.1) + 2 * 768 * channels)


def cpu_seconds(facts: ClipFacts) -> int:
    """Return how many CPU seconds a clip may take: some twenty times what it takes on a server."""
    megapixels = facts.video.pixels * max(facts.video.frames, 1) / 1e6
    return min(60 + int(megapixels / 4), 1_800)


def _packets(audio: AudioTrack | None) -> int:
    """Return how many packets new sound has at most, or old sound has."""
    return max(audio.packets, int(audio.seconds * SOUND_SAMPLES / PACKET_SAMPLES) + 2) if audio else 0


def _long_side(video: VideoTrack, *, rate: int, smaller: bool) -> int:
    """Return the largest size whose pixels get enough bits; where none does, the smallest. `smaller` goes one below."""
    largest = min(video.long_side, LONG_SIDES[0])
    sides = [largest, *(side for side in LONG_SIDES if side < largest)]
    frames_per_second = min(video.frames_per_second, FASTEST_RATE)
    fitting = (
        place for place, side in enumerate(sides) if rate >= ENOUGH_BITS * _pixels(video, side) * frames_per_second
    )
    place = next(fitting, len(sides) - 1)
    return sides[min(place + smaller, len(sides) - 1)]


def _pixels(video: VideoTrack, long_side: int) -> float:
    """Return the pixels of a frame once its longer side has that many."""
    return video.pixels * (long_side / video.long_side) ** 2
