"""What is done to a clip: the least that makes it fit and play."""

from dataclasses import replace
from typing import Final

import pytest

from services.media import AudioCodec, AudioTrack, Chroma, ClipFacts, Coding, Treatment, VideoCodec, VideoTrack, decide

LIMIT: Final = 10 * 1024 * 1024
CODING: Final = Coding(codec=VideoCodec.H264, profile=100, chroma=Chroma.QUARTER, bit_depth=8)
VIDEO: Final = VideoTrack(coding=CODING, width=1920, height=1080, seconds=8, frames=192)
AUDIO: Final = AudioTrack(codec=AudioCodec.AAC, channels=2, seconds=8, size=128_000, packets=375)
SOUND: Final = ClipFacts(
    size=LIMIT, video=VIDEO, audio=AUDIO, has_index_in_front=True, is_fragmented=False, index_size=9_000
)


@pytest.mark.parametrize(
    ("facts", "treatment"),
    [
        (SOUND, Treatment.LEAVE),
        (replace(SOUND, audio=None), Treatment.LEAVE),
        (replace(SOUND, size=LIMIT + 1), Treatment.REENCODE),
        (replace(SOUND, has_index_in_front=False), Treatment.MOVE_INDEX),
        (replace(SOUND, has_index_in_front=False, size=LIMIT + 1), Treatment.REENCODE),
        (replace(SOUND, is_fragmented=True), Treatment.REMUX),
        (replace(SOUND, is_fragmented=True, size=LIMIT + 1), Treatment.REMUX),
        (replace(SOUND, audio=replace(AUDIO, codec=AudioCodec.OTHER)), Treatment.REMUX),
        (replace(SOUND, audio=replace(AUDIO, codec=AudioCodec.OTHER), size=LIMIT + 1), Treatment.REENCODE),
    ],
)
def test_the_least_is_done(facts: ClipFacts, treatment: Treatment) -> None:
    assert decide(facts, limit=LIMIT) is treatment


def test_an_index_too_far_back_to_be_moved_here_is_moved_by_ffmpeg() -> None:
    assert decide(replace(SOUND, size=1 << 31, has_index_in_front=False), limit=1 << 32) is Treatment.REMUX


@pytest.mark.parametrize(
    "video",
    [
        *(replace(VIDEO, coding=replace(CODING, codec=codec)) for codec in set(VideoCodec) - {VideoCodec.H264}),
        *(replace(VIDEO, coding=replace(CODING, chroma=chroma)) for chroma in set(Chroma) - {Chroma.QUARTER}),
        *(replace(VIDEO, coding=replace(CODING, profile=profile)) for profile in (88, 110, 122, 244)),
        replace(VIDEO, coding=replace(CODING, bit_depth=10)),
        replace(VIDEO, width=1919),
        replace(VIDEO, height=1079),
        replace(VIDEO, width=4096, height=2306),
    ],
)
def test_what_some_client_cannot_decode_is_encoded_anew_even_when_it_fits(video: VideoTrack) -> None:
    assert decide(replace(SOUND, video=video), limit=LIMIT) is Treatment.REENCODE


@pytest.mark.parametrize("profile", [66, 77, 100])
def test_every_profile_that_all_clients_know_is_left_alone(profile: int) -> None:
    video = replace(VIDEO, coding=replace(CODING, profile=profile))

    assert decide(replace(SOUND, video=video), limit=LIMIT) is Treatment.LEAVE
