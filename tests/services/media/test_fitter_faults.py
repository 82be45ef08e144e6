"""When the encoder fails, or the clip is made to harm it: the clip is as good as before, and nothing is left over."""

from pathlib import Path

import pytest

from services.errors import ClipError, ClipUnfitError, ClipUnplayableError, EncoderError
from services.media import Fitter, Treatment, read_facts
from tests.services.media.clips import ClipBank, Program
from tests.services.media.looking import PLENTY, ROOMY, names_in, require_good, sha256


async def test_a_first_attempt_that_missed_is_followed_by_one_that_does_not(
    bank: ClipBank, tmp_path: Path, target: Path, program: Program
) -> None:
    # An encoder that spends twice what it is told, the first time only.
    clip, spent = bank.clip("heavy"), tmp_path / "spent"
    script = f"""
if [ ! -e {spent} ]; then
  touch {spent}
  for last; do :; done
  head -c 3000000 /dev/zero > "${{last#file:}}"
  echo total_size=3000000; echo progress=continue
  sleep 60
fi
exec {bank.ffmpeg} "$@"
"""

    fitted = await Fitter(program(script)).make_fit(clip, limit=300_000, target_folder=target)

    assert fitted.attempts == 2
    require_good(fitted, limit=300_000, bank=bank)


async def test_an_encoder_that_always_misses_is_given_up_and_its_work_is_gone(
    bank: ClipBank, tmp_path: Path, target: Path, program: Program
) -> None:
    clip = bank.clip("heavy")
    script = f'echo >> {tmp_path}/calls; for last; do :; done; cp {clip} "${{last#file:}}"'

    with pytest.raises(ClipUnfitError) as caught:
        await Fitter(program(script)).make_fit(clip, limit=300_000, target_folder=target)

    assert (caught.value.limit, caught.value.attempts) == (300_000, 3)
    assert len((tmp_path / "calls").read_text()) == 3
    assert names_in(target) == []


async def test_an_encoder_that_was_killed_is_started_once_more(
    bank: ClipBank, tmp_path: Path, target: Path, program: Program
) -> None:
    marker = tmp_path / "killed"
    script = f'[ -e {marker} ] || {{ touch {marker}; kill -KILL $$; }}\nexec {bank.ffmpeg} "$@"'

    fitted = await Fitter(program(script)).make_fit(bank.clip("heavy"), limit=ROOMY, target_folder=target)

    assert fitted.attempts == 2


@pytest.mark.parametrize(
    ("script", "kind"), [("kill -KILL $$", EncoderError), ("exit 255", ClipUnfitError), ("exit 1", ClipUnplayableError)]
)
async def test_an_encoder_that_fails_leaves_the_clip_and_nothing_else(
    bank: ClipBank, target: Path, script: str, kind: type[Exception], program: Program
) -> None:
    clip = bank.clip("heavy")
    before = sha256(clip)

    with pytest.raises(kind):
        await Fitter(program(script)).make_fit(clip, limit=300_000, target_folder=target)

    assert sha256(clip) == before
    assert names_in(target) == []


@pytest.mark.parametrize("script", ["kill -KILL $$", "exit 255"])
async def test_a_clip_that_fits_but_cannot_be_converted_goes_out_as_it_is(
    bank: ClipBank, target: Path, script: str, program: Program
) -> None:
    clip = bank.clip("hevc hvc1")

    fitted = await Fitter(program(script)).make_fit(clip, limit=PLENTY, target_folder=target)

    assert (fitted.path, fitted.treatment, fitted.is_playable_everywhere) == (clip, Treatment.LEAVE, False)


async def test_without_any_ffmpeg_the_clips_that_need_none_still_go_out(bank: ClipBank, target: Path) -> None:
    fitter = Fitter(None)

    assert (await fitter.make_fit(bank.clip("sound"), limit=PLENTY, target_folder=target)).is_playable_everywhere
    moved = await fitter.make_fit(bank.clip("index at the end"), limit=PLENTY, target_folder=target)
    assert moved.treatment is Treatment.MOVE_INDEX
    assert not (await fitter.make_fit(bank.clip("vp9"), limit=PLENTY, target_folder=target)).is_playable_everywhere
    with pytest.raises(EncoderError):
        await fitter.make_fit(bank.clip("heavy"), limit=300_000, target_folder=target)


async def test_a_picture_that_is_a_bomb_is_never_decoded(
    bank: ClipBank, tmp_path: Path, target: Path, program: Program
) -> None:
    never = Fitter(program(f"touch {tmp_path}/ran; exit 1"))
    clip = bank.clip("bomb")

    with pytest.raises(ClipUnfitError):
        await never.make_fit(clip, limit=clip.stat().st_size - 1, target_folder=target)
    left = await never.make_fit(clip, limit=PLENTY, target_folder=target)

    assert not left.is_playable_everywhere
    assert not (tmp_path / "ran").exists()


async def test_a_bomb_that_lies_about_its_size_is_stopped_by_the_decoder(
    fitter: Fitter, bank: ClipBank, tmp_path: Path, target: Path
) -> None:
    content = bytearray(bank.clip("bomb").read_bytes())
    entry = content.index(b"avc1", content.index(b"stsd"))
    content[entry + 28 : entry + 32] = (64).to_bytes(2) * 2
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(content)
    assert read_facts(clip).video.pixels == 64 * 64

    with pytest.raises(ClipError):
        await fitter.make_fit(clip, limit=len(content) - 1, target_folder=target)

    assert names_in(target) == []


async def test_a_clip_shorter_than_its_index_says_is_no_video(
    fitter: Fitter, bank: ClipBank, tmp_path: Path, target: Path
) -> None:
    content = bytearray(bank.clip("hevc hvc1").read_bytes())
    header = content.index(b"tkhd")
    length = content[header + 24 : header + 28]
    content[header + 24 : header + 28] = (int.from_bytes(length) * 3).to_bytes(4)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(content)

    with pytest.raises(ClipUnplayableError):
        await fitter.make_fit(clip, limit=PLENTY, target_folder=target)

    assert names_in(target) == []
