"""Decoder configurations, byte by byte: what they say is read, and what they garble is left unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.codecs import CODECS, coding_of, sound_of
from services.media.facts import AudioCodec, Chroma, Coding, VideoCodec

SPS_HIGH = bytes.fromhex("67640028acb403c0113f2a")
SPS_MAIN = bytes.fromhex("674d401f")


def avcc(sps: bytes, *, sets: int = 1) -> bytes:
    return bytes([1, sps[1], sps[2], sps[3], 0xFF, 0xE0 | sets]) + len(sps).to_bytes(2) + sps


def test_a_high_profile_says_its_colours_in_its_parameter_set() -> None:
    coding = coding_of(b"avc1", avcc(SPS_HIGH))

    assert coding == Coding(codec=VideoCodec.H264, profile=100, chroma=Chroma.QUARTER, bit_depth=8)


def test_a_main_profile_has_no_choice_of_colours() -> None:
    coding = coding_of(b"avc1", avcc(SPS_MAIN))

    assert coding == Coding(codec=VideoCodec.H264, profile=77, chroma=Chroma.QUARTER, bit_depth=8)


def test_the_parameter_set_is_believed_and_not_the_box_around_it() -> None:
    lying = bytearray(avcc(SPS_HIGH))
    lying[1] = 66

    assert coding_of(b"avc1", bytes(lying)).profile == 100


@pytest.mark.parametrize(("profile", "chroma"), [(66, Chroma.QUARTER), (100, Chroma.QUARTER), (244, Chroma.UNKNOWN)])
def test_without_a_parameter_set_only_the_profile_speaks(profile: int, chroma: Chroma) -> None:
    assert coding_of(b"avc3", bytes([1, profile, 0, 30, 0xFF, 0xE0])).chroma is chroma


@pytest.mark.parametrize(
    ("flags", "chroma", "depth"),
    [
        (0x0C, Chroma.QUARTER, 8),
        (0x4C, Chroma.QUARTER, 10),
        (0x6C, Chroma.QUARTER, 12),
        (0x08, Chroma.HALF, 8),
        (0x00, Chroma.FULL, 8),
        (0x1C, Chroma.MONOCHROME, 8),
    ],
)
def test_av1_says_its_colours_in_six_bits(flags: int, chroma: Chroma, depth: int) -> None:
    coding = coding_of(b"av01", bytes([0x81, 0x05, flags, 0]))

    assert (coding.chroma, coding.bit_depth) == (chroma, depth)


@pytest.mark.parametrize(
    ("sampling", "chroma"), [(0, Chroma.QUARTER), (1, Chroma.QUARTER), (2, Chroma.HALF), (3, Chroma.FULL)]
)
def test_vp9_says_its_colours_in_three_bits(sampling: int, chroma: Chroma) -> None:
    coding = coding_of(b"vp09", bytes([1, 0, 0, 0, 2, 10, 10 << 4 | sampling << 1]))

    assert coding == Coding(codec=VideoCodec.VP9, profile=2, chroma=chroma, bit_depth=10)


@given(entry=st.sampled_from(sorted(CODECS)), box=st.one_of(st.none(), st.binary(max_size=80)))
def test_no_configuration_whatever_is_refused(entry: bytes, box: bytes | None) -> None:
    assert coding_of(entry, box).codec is CODECS[entry]


@given(cut=st.integers(min_value=0, max_value=len(avcc(SPS_HIGH)) - 1))
def test_a_configuration_that_was_cut_is_unknown_or_right(cut: int) -> None:
    coding = coding_of(b"avc1", avcc(SPS_HIGH)[:cut])

    assert coding.chroma in {Chroma.UNKNOWN, Chroma.QUARTER}


def esds(object_type: int, *, flags: int = 0, between: bytes = b"") -> bytes:
    decoder = b"\x04\x80\x80\x80\x0d" + bytes([object_type]) + bytes(12)
    return bytes(4) + b"\x03\x80\x80\x80\x20" + b"\0\1" + bytes([flags]) + between + decoder


@pytest.mark.parametrize(
    ("box", "codec"),
    [
        (esds(0x40), AudioCodec.AAC),
        (esds(0x67), AudioCodec.AAC),
        (esds(0x40, flags=0x80, between=b"\0\2"), AudioCodec.AAC),
        (esds(0x40, flags=0x40, between=b"\3url"), AudioCodec.AAC),
        (esds(0x40, flags=0x20, between=b"\0\2"), AudioCodec.AAC),
        (esds(0x6B), AudioCodec.OTHER),  # MP3
        (b"", AudioCodec.OTHER),
        (bytes(40), AudioCodec.OTHER),
        (None, AudioCodec.OTHER),
    ],
)
def test_the_object_type_tells_aac_from_what_else_an_mp4a_may_be(box: bytes | None, codec: AudioCodec) -> None:
    assert sound_of(b"mp4a", box) is codec


def test_sound_of_another_entry_is_never_aac() -> None:
    assert sound_of(b"Opus", esds(0x40)) is AudioCodec.OTHER


@given(box=st.binary(max_size=60))
def test_no_description_of_sound_is_refused(box: bytes) -> None:
    assert sound_of(b"mp4a", box) in AudioCodec
