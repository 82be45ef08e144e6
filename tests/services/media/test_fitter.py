"""A clip that was made to fit: never over the limit, playable, as long and as loud as it was, and nothing left over."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.errors import ClipTooLargeError, ClipUnfitError
from services.media import AudioCodec, Fitter, Treatment, VideoCodec, read_facts
from tests.services.media.clips import SECONDS, ClipBank
from tests.services.media.looking import PLENTY, names_in, require_good, sha256


@pytest.mark.parametrize("name", ["sound", "silent", "mono", "baseline", "vertical", "heavy"])
async def test_a_clip_that_fits_and_plays_leaves_byte_for_byte_as_it_came(
    fitter: Fitter, bank: ClipBank, target: Path, name: str
) -> None:
    clip = bank.clip(name)
    before = sha256(clip)

    fitted = await fitter.make_fit(clip, limit=clip.stat().st_size, target_folder=target)

    assert (fitted.path, fitted.treatment, fitted.attempts) == (clip, Treatment.LEAVE, 0)
    assert sha256(clip) == before
    assert names_in(target) == []


async def test_an_index_at_the_end_is_moved_and_nothing_else_changes(
    fitter: Fitter, bank: ClipBank, target: Path
) -> None:
    clip = bank.clip("index at the end")

    fitted = await fitter.make_fit(clip, limit=PLENTY, target_folder=target)

    assert (fitted.path, fitted.treatment) == (target / clip.name, Treatment.MOVE_INDEX)
    assert fitted.facts.size == clip.stat().st_size
    require_good(fitted, limit=PLENTY, bank=bank)
    assert names_in(target) == [clip.name]


@pytest.mark.parametrize("name", ["fragmented", "mp3 sound", "opus sound"])
async def test_what_only_the_container_or_the_sound_spoils_keeps_its_pictures(
    fitter: Fitter, bank: ClipBank, target: Path, name: str
) -> None:
    fitted = await fitter.make_fit(bank.clip(name), limit=PLENTY, target_folder=target)

    assert (fitted.treatment, fitted.attempts) == (Treatment.REMUX, 0)
    assert fitted.facts.audio is not None
    assert fitted.facts.audio.codec is AudioCodec.AAC
    require_good(fitted, limit=PLENTY, bank=bank)
    assert _pictures(bank, fitted.path) == _pictures(bank, bank.clip(name))


@pytest.mark.parametrize(
    "name",
    [
        "hevc hvc1",
        "hevc hev1",
        "hevc 10-bit",
        "av1",
        "av1 10-bit",
        "vp9",
        "vp9 4:4:4",
        "h264 10-bit",
        "h264 4:2:2",
        "h264 4:4:4",
        "h264 grey",
        "mpeg-4",
        "odd vp9",
        "odd h264 4:4:4",
        "fragmented hevc",
    ],
)
async def test_what_some_client_cannot_play_becomes_h264_that_all_can(
    fitter: Fitter, bank: ClipBank, target: Path, name: str
) -> None:
    clip = bank.clip(name)
    source = read_facts(clip)

    fitted = await fitter.make_fit(clip, limit=PLENTY, target_folder=target)

    assert fitted.treatment is Treatment.REENCODE
    assert fitted.facts.video.coding.codec is VideoCodec.H264
    assert fitted.facts.video.seconds == pytest.approx(SECONDS, abs=0.3)
    assert (fitted.facts.audio is None) == (source.audio is None)
    assert fitted.facts.video.width in {source.video.width, source.video.width - 1}
    require_good(fitted, limit=PLENTY, bank=bank)
    assert names_in(target) == [clip.name]


@pytest.mark.parametrize("name", ["heavy", "heavy, silent", "heavy hevc", "heavy, fragmented", "wide and heavy"])
@pytest.mark.parametrize("share", [0.8, 0.4])
async def test_a_clip_over_the_limit_is_brought_under_it(
    fitter: Fitter, bank: ClipBank, target: Path, name: str, share: float
) -> None:
    clip = bank.clip(name)
    before, limit = sha256(clip), int(share * clip.stat().st_size)

    fitted = await fitter.make_fit(clip, limit=limit, target_folder=target)

    assert fitted.attempts == 1
    assert (fitted.facts.audio is None) == (name == "heavy, silent")
    assert fitted.facts.video.seconds == pytest.approx(SECONDS, abs=0.3)
    require_good(fitted, limit=limit, bank=bank)
    assert sha256(clip) == before


async def test_an_encode_says_how_far_it_is(fitter: Fitter, bank: ClipBank, target: Path) -> None:
    heard: list[float] = []

    await fitter.make_fit(bank.clip("heavy"), limit=200_000, target_folder=target, on_progress=heard.append)

    assert heard == sorted(heard)
    assert all(0 <= share <= 1 for share in heard)
    assert heard[-1] > 0.5


async def test_a_limit_below_any_video_is_said_to_be_too_small(fitter: Fitter, bank: ClipBank, target: Path) -> None:
    with pytest.raises(ClipUnfitError) as caught:
        await fitter.make_fit(bank.clip("heavy"), limit=5_000, target_folder=target)

    assert isinstance(caught.value, ClipTooLargeError)  # what the worker knows to do about
    assert names_in(target) == []


async def test_a_fitted_clip_never_takes_the_place_of_its_original(fitter: Fitter, bank: ClipBank) -> None:
    with pytest.raises(ValueError, match="original"):
        await fitter.make_fit(bank.clip("heavy"), limit=300_000, target_folder=bank.clip("heavy").parent)


async def test_a_relative_path_is_a_path_too(
    fitter: Fitter, bank: ClipBank, tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copyfile(bank.clip("heavy"), tmp_path / "clip.mp4")
    monkeypatch.chdir(tmp_path)

    fitted = await fitter.make_fit(Path("clip.mp4"), limit=300_000, target_folder=Path(target.name))

    assert fitted.path.exists()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["heavy", "heavy, silent", "heavy hevc", "vertical", "odd vp9", "h264 10-bit", "mp3 sound"]),
    limit=st.integers(min_value=1, max_value=400_000),
)
@example(name="heavy", limit=30_000)
@example(name="heavy hevc", limit=25_000)
async def test_no_clip_is_ever_over_any_limit(
    fitter: Fitter, bank: ClipBank, target: Path, name: str, limit: int
) -> None:
    try:
        fitted = await fitter.make_fit(bank.clip(name), limit=limit, target_folder=target)
    except ClipUnfitError as error:
        assert error.limit == limit  # noqa: PT017  # both ends are right
    else:
        require_good(fitted, limit=limit, bank=bank)
        if fitted.path.parent == target:
            fitted.path.unlink()
    assert names_in(target) == []


def _pictures(bank: ClipBank, clip: Path) -> bytes:
    """Return what is shown: the checksum of every decoded picture."""
    command = [str(bank.ffmpeg), "-v", "error", "-i", str(clip), "-an", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]
    return hashlib.sha256(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout).digest()
