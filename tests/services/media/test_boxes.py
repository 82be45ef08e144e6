"""A whole MP4 passes; anything that the network may have left of one does not."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.errors import ClipUnplayableError
from services.media import MOST_BOXES, require_whole_mp4

IN_ONE_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def box(kind: bytes, content: bytes = b"", *, long: bool = False, to_the_end: bool = False) -> bytes:
    if to_the_end:
        return (0).to_bytes(4) + kind + content
    if long:
        return (1).to_bytes(4) + kind + (16 + len(content)).to_bytes(8) + content
    return (8 + len(content)).to_bytes(4) + kind + content


TINY = box(b"ftyp", b"isom\0\0\2\0isom") + box(b"moov", b"index" * 3) + box(b"mdat", b"pictures" * 4)
TAILS = st.lists(st.tuples(st.binary(min_size=4, max_size=4), st.binary(max_size=40), st.booleans()), max_size=6)


def is_whole(path: Path, content: bytes) -> bool:
    path.write_bytes(content)
    try:
        require_whole_mp4(path)
    except ClipUnplayableError:
        return False
    return True


@pytest.fixture(scope="module")
def real_clip(tmp_path_factory: pytest.TempPathFactory) -> Sequence[bytes]:
    """Make the same two seconds with its index at the end, in front, and in fragments."""
    folder = tmp_path_factory.mktemp("clips")
    made: list[bytes] = []
    for number, flags in enumerate(("", "+faststart", "+frag_keyframe+empty_moov")):
        target = folder / f"{number}.mp4"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"]
        command += ["-i", "testsrc2=duration=2:size=64x64:rate=10", "-pix_fmt", "yuv420p"]
        command += ["-movflags", flags] if flags else []
        subprocess.run([*command, str(target)], check=True, timeout=60)
        made.append(target.read_bytes())
    return made


def test_real_clips_pass_wherever_their_index_is(tmp_path: Path, real_clip: Sequence[bytes]) -> None:
    assert all(is_whole(tmp_path / "clip.mp4", content) for content in real_clip)


@pytest.mark.parametrize("number", [0, 1], ids=["index at the end", "index in front"])
def test_a_real_clip_cut_anywhere_is_refused(tmp_path: Path, real_clip: Sequence[bytes], number: int) -> None:
    content = real_clip[number]
    cuts = {*range(100), *range(0, len(content), 97), *range(len(content) - 100, len(content))}

    assert [cut for cut in sorted(cuts) if is_whole(tmp_path / "clip.mp4", content[:cut])] == []


def test_a_real_fragmented_clip_cut_inside_a_box_is_refused(tmp_path: Path, real_clip: Sequence[bytes]) -> None:
    content = real_clip[2]

    assert not is_whole(tmp_path / "clip.mp4", content[:-1])
    assert not is_whole(tmp_path / "clip.mp4", content[: len(content) // 2])


def test_a_tiny_clip_cut_at_any_byte_is_refused(tmp_path: Path) -> None:
    assert is_whole(tmp_path / "clip.mp4", TINY)
    assert [cut for cut in range(len(TINY)) if is_whole(tmp_path / "clip.mp4", TINY[:cut])] == []


@pytest.mark.parametrize(
    ("what", "content"),
    [
        ("nothing", b""),
        ("a web page", b"<!doctype html><title>504</title>" * 9),
        ("JSON", b'{"error": {"message": "not ready"}}'),
        ("the first box of another kind", box(b"free") + TINY),
        ("no index", box(b"ftyp", b"isom") + box(b"mdat", b"x")),
        ("no pictures", box(b"ftyp", b"isom") + box(b"moov", b"x")),
        ("a box that is longer than the file", TINY + (100).to_bytes(4) + b"free"),
        ("a box shorter than its own header", TINY + (7).to_bytes(4) + b"free"),
        ("a long box shorter than its own header", TINY + (1).to_bytes(4) + b"free" + (15).to_bytes(8)),
        ("a long box whose length is cut off", TINY + (1).to_bytes(4) + b"free" + b"\0\0\0"),
        ("a length beyond all files", TINY + (1).to_bytes(4) + b"free" + b"\xff" * 8),
        ("zeros at its end", TINY + bytes(7)),
        ("boxes without end", TINY + box(b"free") * MOST_BOXES),
    ],
)
def test_it_refuses(tmp_path: Path, what: str, content: bytes) -> None:
    assert not is_whole(tmp_path / "clip.mp4", content), what


@pytest.mark.parametrize(
    "content",
    [
        box(b"ftyp", b"isom") + box(b"mdat", b"pictures", long=True) + box(b"moov", b"index"),
        box(b"ftyp", b"isom") + box(b"moov", b"index") + box(b"mdat", b"pictures", to_the_end=True),
        TINY + box(b"free") * 500,
        TINY + box(b"free", to_the_end=True),
    ],
    ids=["a long box", "a box to the end of the file", "many boxes", "an empty box to the end of the file"],
)
def test_it_lets_pass(tmp_path: Path, content: bytes) -> None:
    assert is_whole(tmp_path / "clip.mp4", content)


@IN_ONE_FILE
@given(boxes=TAILS, data=st.data())
def test_any_boxes_cut_inside_the_last_are_refused(
    tmp_path: Path, boxes: list[tuple[bytes, bytes, bool]], data: st.DataObject
) -> None:
    tail = [box(kind, inside, long=long) for kind, inside, long in boxes]
    content = TINY + b"".join(tail)
    assert is_whole(tmp_path / "clip.mp4", content)

    last = tail[-1] if tail else box(b"mdat", b"pictures" * 4)
    cut = data.draw(st.integers(min_value=1, max_value=len(last) - 1))
    assert not is_whole(tmp_path / "clip.mp4", content[:-cut])


@IN_ONE_FILE
@given(content=st.one_of(st.binary(max_size=300), st.binary(max_size=100).map(lambda tail: TINY + tail)))
def test_no_bytes_make_it_do_anything_but_pass_or_refuse(tmp_path: Path, content: bytes) -> None:
    is_whole(tmp_path / "clip.mp4", content)


@IN_ONE_FILE
@given(place=st.integers(min_value=0, max_value=len(TINY) - 1), value=st.integers(min_value=0, max_value=255))
def test_no_byte_that_flipped_makes_it_crash(tmp_path: Path, place: int, value: int) -> None:
    is_whole(tmp_path / "clip.mp4", TINY[:place] + bytes([value]) + TINY[place + 1 :])
