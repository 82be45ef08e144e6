import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.openrouter.clips import ClipBrief, DrawnClips, EncodeError
from sandbox.openrouter.clips.encoder import find_ffmpeg
from sandbox.openrouter.clips.fonts import FontBook
from sandbox.openrouter.clips.lettering import fit
from sandbox.openrouter.clips.padding import pad

BRIEF = ClipBrief(
    prompt="a lighthouse in a storm",
    title="Google: Veo 3.1 Lite",
    caption="360p · 16:9 · 1 s",
    width=640,
    height=360,
    seconds=1,
    sound=False,
)


@pytest.fixture
async def clips() -> AsyncIterator[DrawnClips]:
    clips = DrawnClips()
    yield clips
    await clips.close()


async def ffmpeg(*arguments: str) -> tuple[bytes, str]:
    """Run ffmpeg; return what it wrote to its output, and what it said."""
    process = await asyncio.create_subprocess_exec(
        await find_ffmpeg(), "-nostdin", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, said = await process.communicate()
    assert process.returncode == 0, said
    return output, said.decode()


async def decode(clip: Path) -> str:
    """Decode the whole clip and return what ffmpeg says of it; any fault in it is an error."""
    _, said = await ffmpeg("-xerror", "-i", str(clip), "-f", "null", "-")
    return said


@pytest.mark.parametrize(
    ("width", "height", "seconds"), [(1280, 720, 4), (720, 1280, 5), (854, 480, 1), (1120, 480, 2)]
)
async def test_a_clip_has_exactly_the_size_and_the_length_that_were_asked_for(
    clips: DrawnClips, width: int, height: int, seconds: int
) -> None:
    clip = await clips.make(replace(BRIEF, width=width, height=height, seconds=seconds))

    said = await decode(clip)
    assert f"Duration: 00:00:0{seconds}.00" in said
    assert re.search(rf"Video: h264 .*yuv420p.* {width}x{height}.* 24 fps", said)
    assert re.findall(r"frame= *(\d+)", said)[-1] == str(24 * seconds)


@pytest.mark.parametrize("seconds", [1, 3])
async def test_a_clip_has_sound_only_where_it_was_asked_for_and_the_sound_is_as_long(
    clips: DrawnClips, seconds: int
) -> None:
    silent = await decode(await clips.make(replace(BRIEF, seconds=seconds)))
    said = await decode(await clips.make(replace(BRIEF, seconds=seconds, sound=True)))

    assert "Audio:" not in silent
    assert "Audio: aac" in said
    assert f"Duration: 00:00:0{seconds}.00" in said


async def test_the_sound_can_be_heard(clips: DrawnClips) -> None:
    clip = await clips.make(replace(BRIEF, sound=True))

    _, said = await ffmpeg("-i", str(clip), "-af", "volumedetect", "-f", "null", "-")
    loudest = re.search(r"max_volume: (-?[\d.]+) dB", said)
    assert loudest is not None
    assert -30 < float(loudest[1]) < -6


async def test_the_index_of_a_clip_comes_before_its_pictures(clips: DrawnClips) -> None:
    body = (await clips.make(BRIEF)).read_bytes()

    assert body[4:8] == b"ftyp"
    assert body.index(b"moov") < body.index(b"mdat")


async def test_a_clip_moves_from_its_first_frame_to_its_last(clips: DrawnClips) -> None:
    clip = await clips.make(replace(BRIEF, seconds=2))

    _, said = await ffmpeg("-i", str(clip), "-vf", "mpdecimate=hi=64:lo=32:frac=0", "-f", "null", "-")
    assert re.findall(r"frame= *(\d+)", said)[-1] == "48"  # not one frame repeats the one before


async def picture(clip: Path, *, frame: int = 0) -> bytes:
    """Return a frame as grey pixels."""
    only = ("-vf", f"select=eq(n\\,{frame})", "-frames:v", "1", "-pix_fmt", "gray")
    output, _ = await ffmpeg("-i", str(clip), *only, "-f", "rawvideo", "-")
    return output


async def test_the_playhead_travels_from_the_left_to_the_right(clips: DrawnClips) -> None:
    clip = await clips.make(replace(BRIEF, prompt=" "))

    async def column(frame: int) -> int:
        line = (await picture(clip, frame=frame))[310 * 640 : 311 * 640]  # the row of the timeline
        return max(range(len(line) - 6), key=lambda x: sum(line[x : x + 6]))

    first, middle, last = [await column(frame) for frame in (0, 12, 23)]
    assert first < 60
    assert 300 < middle < 340
    assert last > 560


async def test_a_clip_shows_its_prompt_in_letters_that_stand_out(clips: DrawnClips) -> None:
    async def bright_pixels(prompt: str) -> int:
        body = await picture(await clips.make(replace(BRIEF, prompt=prompt)))
        return sum(pixel > 220 for pixel in body[90 * 640 : 250 * 640])  # the rows between title and timeline

    assert await bright_pixels(" ") == 0
    assert await bright_pixels("a") < await bright_pixels("a lighthouse in a storm") > 500


@pytest.mark.parametrize(
    "prompt",
    [
        "маяк во время шторма",
        "嵐の中の灯台、岩に砕ける波" * 9,
        "منارة في عاصفة — מגדלור",
        "a cat 🐈 on the moon 👨‍👩‍👧",
        "half a pair \ud800 and a bell \x07\x00",
        "line\n\n\nbreaks\r\n",
        "x" * 3000,
        "word " * 2000,
        " ",
    ],
)
async def test_any_prompt_makes_a_whole_clip(clips: DrawnClips, prompt: str) -> None:
    assert "Duration: 00:00:01.00" in await decode(await clips.make(replace(BRIEF, prompt=prompt)))


async def test_the_same_brief_is_drawn_once_and_another_anew(clips: DrawnClips) -> None:
    first, second, other = await asyncio.gather(
        clips.make(BRIEF), clips.make(replace(BRIEF)), clips.make(replace(BRIEF, prompt="something else"))
    )

    assert first == second
    assert first.read_bytes() != other.read_bytes()


async def test_ffmpeg_path_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FFMPEG_PATH", "/opt/ffmpeg")

    assert await find_ffmpeg() == "/opt/ffmpeg"


async def test_a_failure_of_ffmpeg_is_told_and_leaves_nothing(
    clips: DrawnClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "ffmpeg"
    bad.write_text("#!/bin/sh\necho no such encoder >&2\nexit 1\n", encoding="utf-8")
    bad.chmod(0o755)
    monkeypatch.setenv("FFMPEG_PATH", str(bad))

    with pytest.raises(EncodeError) as caught:
        await clips.make(BRIEF)
    assert "no such encoder" in caught.value.detail

    monkeypatch.delenv("FFMPEG_PATH")
    assert (await clips.make(BRIEF)).exists()


async def test_closing_ends_an_encode_at_once_and_leaves_no_process_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, started = tmp_path / "ffmpeg", tmp_path / "started"
    slow.write_text(f'#!/bin/sh\necho $$ > "{started}"\nexec sleep 600\n', encoding="utf-8")
    slow.chmod(0o755)
    os.mkfifo(started)
    monkeypatch.setenv("FFMPEG_PATH", str(slow))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    clips = DrawnClips()
    making = asyncio.create_task(clips.make(BRIEF))
    process = int(await asyncio.to_thread(started.read_text, encoding="utf-8"))

    await clips.close()

    with pytest.raises(asyncio.CancelledError):
        await making
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert {path.name for path in tmp_path.iterdir()} == {"ffmpeg", "started"}  # noqa: ASYNC240  # two names


def test_words_are_as_large_as_fits_and_cut_off_where_they_never_do() -> None:
    fonts = FontBook()

    def set_in_box(text: str) -> tuple[int, tuple[str, ...]]:
        lettering = fit(text, width=600, height=200, largest=80, smallest=14, fonts=fonts)
        assert lettering.height <= 200
        assert all(lettering.font.getlength(line) <= 600 for line in lettering.lines)
        return round(lettering.font.size), lettering.lines

    large, short = set_in_box("a storm")
    small, long = set_in_box("a lighthouse in a storm, " * 8)
    least, cut = set_in_box("a lighthouse in a storm, " * 100)

    assert (large, short) == (80, ("a storm",))
    assert 14 < small < 80
    assert " ".join(long) == ("a lighthouse in a storm, " * 8).strip()
    assert least == 14
    assert cut[-1].endswith("…")


def test_a_padded_clip_is_larger_by_one_box_that_players_skip(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"clip")

    pad(source, target, size=60_000_000)

    assert target.stat().st_size == 60_000_000
    assert target.read_bytes()[:12] == b"clip" + (60_000_000 - 4).to_bytes(4, "big") + b"free"
    for size in (3, 11):
        with pytest.raises(ValueError, match="cannot be padded"):
            pad(source, target, size=size)


async def test_a_padded_clip_still_plays(clips: DrawnClips, tmp_path: Path) -> None:
    target = tmp_path / "large.mp4"

    pad(await clips.make(BRIEF), target, size=5_000_000)

    assert "Duration: 00:00:01.00" in await decode(target)
