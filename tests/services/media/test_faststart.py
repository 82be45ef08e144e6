"""The index moves to the front, and every picture and every sound stays what it was."""

import subprocess
from pathlib import Path

import pytest

from services.media import read_facts
from services.media.boxes import children
from services.media.faststart import move_index_to_front
from tests.services.media.clips import ClipBank


def packets(bank: ClipBank, clip: Path) -> bytes:
    """Return the checksum of every packet as a demuxer finds it, without decoding."""
    command = [str(bank.ffmpeg), "-v", "error", "-i", str(clip), "-map", "0", "-c", "copy", "-f", "framemd5", "-"]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


@pytest.mark.parametrize("name", ["index at the end", "silent, index at the end"])
def test_a_moved_index_names_the_same_packets(bank: ClipBank, tmp_path: Path, name: str) -> None:
    clip, moved = bank.clip(name), tmp_path / "moved.mp4"

    move_index_to_front(clip, moved)

    assert packets(bank, moved) == packets(bank, clip)
    facts = read_facts(moved)
    assert facts.has_index_in_front
    assert (facts.size, facts.video, facts.audio) == (clip.stat().st_size, *_tracks(clip))


def test_boxes_that_say_where_a_clip_came_from_stay(bank: ClipBank, tmp_path: Path) -> None:
    origin = (8 + 16).to_bytes(4) + b"uuid" + b"says who made it"
    clip, moved = tmp_path / "clip.mp4", tmp_path / "moved.mp4"
    clip.write_bytes(bank.clip("index at the end").read_bytes() + origin)

    move_index_to_front(clip, moved)

    assert moved.read_bytes().endswith(origin)
    assert packets(bank, moved) == packets(bank, clip)


@pytest.mark.parametrize("header", ["long", "to the end"])
def test_an_index_with_another_kind_of_header_moves_too(bank: ClipBank, tmp_path: Path, header: str) -> None:
    content = bank.clip("index at the end").read_bytes()
    place = content.index(b"moov") - 4
    inside = content[place + 8 :]
    length = (1).to_bytes(4) + b"moov" + (16 + len(inside)).to_bytes(8) if header == "long" else bytes(4) + b"moov"
    clip, moved = tmp_path / "clip.mp4", tmp_path / "moved.mp4"
    clip.write_bytes(content[:place] + length + inside)

    move_index_to_front(clip, moved)

    assert packets(bank, moved) == packets(bank, clip)
    assert read_facts(moved).has_index_in_front


def test_positions_of_64_bits_are_moved_as_well(bank: ClipBank, tmp_path: Path) -> None:
    clip, moved = tmp_path / "clip.mp4", tmp_path / "moved.mp4"
    clip.write_bytes(_widened(bank.clip("silent, index at the end").read_bytes()))

    move_index_to_front(clip, moved)

    assert packets(bank, moved) == packets(bank, clip)


def test_an_index_that_is_in_front_stays_there(bank: ClipBank, tmp_path: Path) -> None:
    moved = tmp_path / "moved.mp4"

    move_index_to_front(bank.clip("sound"), moved)

    assert moved.read_bytes() == bank.clip("sound").read_bytes()


def _tracks(clip: Path) -> tuple[object, object]:
    facts = read_facts(clip)
    return facts.video, facts.audio


def _widened(content: bytes) -> bytes:
    """Give the clip's only table of chunks positions of 64 bits, and every box around it the bytes that takes."""
    place = content.index(b"stco") - 4
    length = int.from_bytes(content[place : place + 4])
    count = int.from_bytes(content[place + 12 : place + 16])
    positions = [int.from_bytes(content[place + 16 + 4 * n : place + 20 + 4 * n]) for n in range(count)]
    wide = (16 + 8 * count).to_bytes(4) + b"co64" + bytes(4) + count.to_bytes(4)
    wide += b"".join(position.to_bytes(8) for position in positions)
    widened = bytearray(content[:place] + wide + content[place + length :])
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        at = widened.index(kind) - 4
        widened[at : at + 4] = (int.from_bytes(widened[at : at + 4]) + 4 * count).to_bytes(4)
    assert any(kind == b"moov" for kind, _ in children(memoryview(widened)))
    return bytes(widened)
