"""The plan of an encode: what the buffer can spend at most stays under the limit, whatever the clip."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.errors import ClipUnfitError
from services.media import AudioCodec, AudioTrack, Chroma, ClipFacts, Coding, VideoCodec, VideoTrack
from services.media.plan import ATTEMPTS, HEADERS, LONG_SIDES, plan_encode, plan_sound

MEBIBYTE = 1024 * 1024
LIMIT = 10 * MEBIBYTE
VIDEO = VideoTrack(
    coding=Coding(codec=VideoCodec.H264, profile=100, chroma=Chroma.QUARTER, bit_depth=8),
    width=1920,
    height=1080,
    seconds=8,
    frames=192,
)
AUDIO = AudioTrack(codec=AudioCodec.AAC, channels=2, seconds=8, size=128_000, packets=375)
CLIP = ClipFacts(
    size=25_000_000, video=VIDEO, audio=AUDIO, has_index_in_front=True, is_fragmented=False, index_size=9_000
)
VIDEOS = st.builds(
    VideoTrack,
    coding=st.just(VIDEO.coding),
    width=st.integers(1, 8192),
    height=st.integers(1, 8192),
    seconds=st.floats(0.04, 3600),
    frames=st.integers(1, 500_000),
)
AUDIOS = st.builds(
    AudioTrack,
    codec=st.sampled_from(AudioCodec),
    channels=st.integers(0, 9),
    seconds=st.floats(0, 3600),
    size=st.integers(0, 1 << 30),
    packets=st.integers(0, 200_000),
)


@given(
    video=VIDEOS,
    audio=st.one_of(st.none(), AUDIOS),
    limit=st.integers(1, 100 * MEBIBYTE),
    attempt=st.integers(1, ATTEMPTS),
)
def test_no_plan_can_spend_more_than_the_limit_by_its_own_arithmetic(
    video: VideoTrack, audio: AudioTrack | None, limit: int, attempt: int
) -> None:
    facts = replace(CLIP, video=video, audio=audio)
    try:
        plan = plan_encode(facts, limit=limit, attempt=attempt)
    except ClipUnfitError as error:
        assert error.limit == limit  # noqa: PT017  # both ends are right
        return
    # From the second attempt on with all that the buffer can hold back; the first counts on what it really does.
    buffered = 0.5 if attempt == 1 else 0.9
    spent = plan.rate / 8 * (video.seconds + buffered) + HEADERS + (plan.sound.size if plan.sound else 0)
    assert spent <= limit
    assert plan.long_side <= max(LONG_SIDES[0], 1)
    assert plan.long_side <= video.long_side
    assert 60 <= plan.cpu_seconds <= 1_800


@given(attempt=st.integers(1, ATTEMPTS - 1), limit=st.integers(MEBIBYTE, 50 * MEBIBYTE))
def test_every_attempt_is_more_careful_than_the_one_before(attempt: int, limit: int) -> None:
    first, second = (plan_encode(CLIP, limit=limit, attempt=number) for number in (attempt, attempt + 1))

    assert second.rate < first.rate
    assert second.long_side <= first.long_side


@given(small=st.integers(MEBIBYTE, 50 * MEBIBYTE), large=st.integers(MEBIBYTE, 50 * MEBIBYTE))
def test_more_room_never_makes_a_worse_video(small: int, large: int) -> None:
    assume(small <= large)
    worse, better = (plan_encode(CLIP, limit=limit, attempt=1) for limit in (small, large))

    assert worse.rate <= better.rate
    assert worse.long_side <= better.long_side


@pytest.mark.parametrize(
    ("limit", "side"),
    [(LIMIT, 1920), (4 * MEBIBYTE, 1920), (2 * MEBIBYTE, 1600), (MEBIBYTE, 960), (200_000, 426), (150_000, 320)],
)
def test_the_picture_shrinks_only_when_its_pixels_ask_for_it(limit: int, side: int) -> None:
    assert plan_encode(CLIP, limit=limit, attempt=1).long_side == side


def test_4k_is_never_kept_because_it_would_look_worse() -> None:
    wide = replace(CLIP, video=replace(VIDEO, width=3840, height=2160))

    assert plan_encode(wide, limit=50 * MEBIBYTE, attempt=1).long_side == 1920


def test_a_clip_of_few_bits_is_not_blown_up_to_the_limit() -> None:
    few = replace(CLIP, size=3_000_000)
    plan = plan_encode(few, limit=50 * MEBIBYTE, attempt=1)

    assert plan.rate * VIDEO.seconds / 8 < 4 * few.size
    assert plan.long_side == VIDEO.long_side


def test_a_clip_of_next_to_no_bits_still_gets_what_its_pixels_need() -> None:
    plan = plan_encode(replace(CLIP, size=30_000), limit=50 * MEBIBYTE, attempt=1)

    assert plan.rate >= 0.15 * VIDEO.pixels * VIDEO.frames_per_second - 1


def test_a_small_picture_is_never_enlarged() -> None:
    small = replace(CLIP, video=replace(VIDEO, width=90, height=160))

    assert plan_encode(small, limit=LIMIT, attempt=1).long_side == 160


@pytest.mark.parametrize(("limit", "preset"), [(LIMIT, "superfast"), (4 * MEBIBYTE, "veryfast")])
def test_effort_is_spent_where_bits_are_few(limit: int, preset: str) -> None:
    assert plan_encode(CLIP, limit=limit, attempt=1).preset == preset


def test_the_last_attempt_takes_a_smaller_picture() -> None:
    assert plan_encode(CLIP, limit=LIMIT, attempt=ATTEMPTS).long_side == 1600


@pytest.mark.parametrize(("seconds", "buffered"), [(0.5, 0.9), (2, 0.9), (2.1, 0.5), (8, 0.5)])
def test_a_short_clip_counts_with_the_whole_buffer_at_once(seconds: float, buffered: float) -> None:
    silent = replace(CLIP, audio=None, video=replace(VIDEO, seconds=seconds, frames=int(24 * seconds)))

    plan = plan_encode(silent, limit=LIMIT, attempt=1)

    assert plan.rate * (seconds + buffered) == pytest.approx(8 * LIMIT, rel=0.02)


def test_sound_is_copied_while_it_is_cheap() -> None:
    kept = plan_sound(AUDIO, limit=LIMIT)

    assert kept is not None
    assert (kept.rate, kept.size) == (0, AUDIO.size)


@pytest.mark.parametrize(
    ("audio", "limit", "rate", "channels"),
    [
        (replace(AUDIO, codec=AudioCodec.OTHER), LIMIT, 128_000, 2),
        (replace(AUDIO, codec=AudioCodec.OTHER, channels=1), LIMIT, 128_000, 1),
        (replace(AUDIO, codec=AudioCodec.OTHER, channels=6), LIMIT, 128_000, 2),
        (replace(AUDIO, size=3 * MEBIBYTE), LIMIT, 128_000, 2),
        (AUDIO, 400_000, 64_000, 2),
        (AUDIO, 200_000, 32_000, 1),
        (AUDIO, 10_000, 16_000, 1),
    ],
)
def test_sound_that_is_dear_or_foreign_is_made_anew_at_a_rate_that_leaves_room(
    audio: AudioTrack, limit: int, rate: int, channels: int
) -> None:
    made = plan_sound(audio, limit=limit)

    assert made is not None
    assert (made.rate, made.channels) == (rate, channels)


def test_a_limit_below_any_video_is_refused_before_anything_runs() -> None:
    with pytest.raises(ClipUnfitError) as caught:
        plan_encode(CLIP, limit=20_000, attempt=1)

    assert (caught.value.limit, caught.value.attempts) == (20_000, 0)
