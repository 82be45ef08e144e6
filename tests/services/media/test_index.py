"""The index of a real clip is read as what the clip is, and what its tables cannot prove is refused."""

from pathlib import Path

import pytest

from services.errors import ClipUnplayableError
from services.media import AudioCodec, Chroma, VideoCodec, read_facts
from tests.services.media.clips import RATE, SECONDS, ClipBank

H264, HEVC, AV1, VP9, OTHER = VideoCodec.H264, VideoCodec.HEVC, VideoCodec.AV1, VideoCodec.VP9, VideoCodec.OTHER


@pytest.mark.parametrize(
    ("name", "codec", "profile", "chroma", "depth"),
    [
        ("sound", H264, 66, Chroma.QUARTER, 8),  # what ultrafast makes
        ("baseline", H264, 66, Chroma.QUARTER, 8),
        ("heavy", H264, 66, Chroma.QUARTER, 8),
        ("h264 10-bit", H264, 110, Chroma.QUARTER, 10),
        ("h264 4:2:2", H264, 122, Chroma.HALF, 8),
        ("h264 4:4:4", H264, 244, Chroma.FULL, 8),
        ("h264 grey", H264, 100, Chroma.MONOCHROME, 8),
        ("hevc hvc1", HEVC, 1, Chroma.QUARTER, 8),
        ("hevc hev1", HEVC, 1, Chroma.QUARTER, 8),
        ("hevc 10-bit", HEVC, 2, Chroma.QUARTER, 10),
        ("av1", AV1, 0, Chroma.QUARTER, 8),
        ("av1 10-bit", AV1, 0, Chroma.QUARTER, 10),
        ("vp9", VP9, 0, Chroma.QUARTER, 8),
        ("vp9 4:4:4", VP9, 1, Chroma.FULL, 8),
        ("mpeg-4", OTHER, 0, Chroma.UNKNOWN, 0),
    ],
)
def test_it_tells_how_pictures_are_coded(
    bank: ClipBank, name: str, codec: VideoCodec, profile: int, chroma: Chroma, depth: int
) -> None:
    coding = read_facts(bank.clip(name)).video.coding

    assert (coding.codec, coding.profile, coding.chroma, coding.bit_depth) == (codec, profile, chroma, depth)


@pytest.mark.parametrize(
    ("name", "size"), [("sound", (160, 90)), ("vertical", (90, 160)), ("odd vp9", (81, 45)), ("bomb", (8192, 4320))]
)
def test_it_tells_the_size_of_the_picture(bank: ClipBank, name: str, size: tuple[int, int]) -> None:
    video = read_facts(bank.clip(name)).video

    assert (video.width, video.height) == size
    assert video.long_side == max(size)


@pytest.mark.parametrize("name", ["sound", "silent", "index at the end", "hevc hvc1", "av1", "vp9"])
def test_it_tells_how_long_a_clip_is(bank: ClipBank, name: str) -> None:
    facts = read_facts(bank.clip(name))

    assert facts.video.seconds == pytest.approx(SECONDS)
    assert facts.seconds == pytest.approx(SECONDS, abs=0.1)
    assert facts.video.frames == SECONDS * RATE
    assert facts.video.frames_per_second == pytest.approx(RATE)
    assert facts.size == bank.clip(name).stat().st_size


@pytest.mark.parametrize(
    ("name", "codec", "channels"),
    [
        ("sound", AudioCodec.AAC, 1),
        ("mp3 sound", AudioCodec.OTHER, 1),
        ("opus sound", AudioCodec.OTHER, 1),
        ("index at the end", AudioCodec.AAC, 1),
    ],
)
def test_it_tells_what_the_sound_is(bank: ClipBank, name: str, codec: AudioCodec, channels: int) -> None:
    audio = read_facts(bank.clip(name)).audio

    assert audio is not None
    assert (audio.codec, audio.channels) == (codec, channels)
    assert audio.seconds == pytest.approx(SECONDS, abs=0.1)
    assert audio.packets > 0
    assert 1_000 < audio.size < 64_000 / 8 * SECONDS * 1.5


def test_it_tells_that_a_clip_is_silent(bank: ClipBank) -> None:
    assert read_facts(bank.clip("silent")).audio is None


@pytest.mark.parametrize(
    ("name", "in_front", "fragmented"),
    [("sound", True, False), ("index at the end", False, False), ("fragmented", True, True)],
)
def test_it_tells_where_the_index_is(bank: ClipBank, name: str, *, in_front: bool, fragmented: bool) -> None:
    facts = read_facts(bank.clip(name))

    assert (facts.has_index_in_front, facts.is_fragmented) == (in_front, fragmented)


@pytest.mark.parametrize("name", ["sound", "silent", "index at the end", "hevc hvc1", "fragmented"])
def test_a_clip_that_lost_its_end_is_refused_wherever_it_was_cut(bank: ClipBank, tmp_path: Path, name: str) -> None:
    content = bank.clip(name).read_bytes()
    cuts = {*range(0, len(content), 1 + len(content) // 200), *range(len(content) - 60, len(content))}
    clip = tmp_path / "clip.mp4"
    passed: list[int] = []
    for cut in sorted(cuts):
        clip.write_bytes(content[:cut])
        try:
            read_facts(clip)
        except ClipUnplayableError:
            continue
        passed.append(cut)

    assert passed == []


@pytest.mark.parametrize("name", ["sound", "index at the end", "hevc hvc1"])
def test_a_clip_whose_last_box_was_shortened_to_hide_a_cut_is_refused(
    bank: ClipBank, tmp_path: Path, name: str
) -> None:
    content = bytearray(bank.clip(name).read_bytes())
    place = content.index(b"mdat") - 4
    length = int.from_bytes(content[place : place + 4])
    shortened = content[: place + length - 50] + content[place + length :]
    shortened[place : place + 4] = (length - 50).to_bytes(4)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(shortened)

    if name == "index at the end":
        # Every byte that the index names is inside the file, only not the right one: a decoder has to tell.
        assert read_facts(clip).size == len(content) - 50
    else:
        with pytest.raises(ClipUnplayableError):
            read_facts(clip)


def test_an_index_of_four_mebibytes_of_nothing_is_read_in_no_time(bank: ClipBank, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    filler = (8).to_bytes(4) + b"free"
    content = bank.clip("silent").read_bytes()
    clip.write_bytes(content[:32] + (8 + 4_000_000).to_bytes(4) + b"moov" + filler * 500_000 + content[32:])

    with pytest.raises(ClipUnplayableError):
        read_facts(clip)
