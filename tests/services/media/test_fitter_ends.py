"""Encodes beside each other, and encodes that are broken off: no process and no file outlives its call."""

import asyncio
import shutil
from pathlib import Path

import pytest

from services.media import Fitter, sweep_work
from tests.services.media.clips import ClipBank, Program
from tests.services.media.looking import PLENTY, ROOMY, names_in


async def test_only_one_encode_runs_at_a_time(bank: ClipBank, tmp_path: Path, target: Path, program: Program) -> None:
    script = f"""
mkdir {tmp_path}/busy || exit 1
{bank.ffmpeg} "$@"
rmdir {tmp_path}/busy
"""
    fitter = Fitter(program(script))
    clips = [shutil.copyfile(bank.clip("heavy"), tmp_path / f"{number}.mp4") for number in range(4)]

    fitted = await asyncio.gather(*(fitter.make_fit(clip, limit=ROOMY, target_folder=target) for clip in clips))

    assert [each.attempts for each in fitted] == [1, 1, 1, 1]


@pytest.mark.parametrize("limit", [300_000, PLENTY])
async def test_a_cancel_leaves_no_process_and_no_file(
    bank: ClipBank, tmp_path: Path, target: Path, limit: int, program: Program
) -> None:
    started = asyncio.Event()
    slow = program(f"echo $$ > {tmp_path}/pid; echo progress=continue; sleep 60 & wait")
    clip = bank.clip("heavy hevc")
    fitting = asyncio.create_task(
        Fitter(slow).make_fit(clip, limit=limit, target_folder=target, on_progress=lambda _: started.set())
    )
    await started.wait()
    assert len(names_in(target)) == 1

    fitting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fitting

    assert names_in(target) == []
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()  # noqa: ASYNC240  # nothing else runs here


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13])
async def test_a_cancel_at_any_moment_of_a_move_leaves_no_file(
    fitter: Fitter, bank: ClipBank, target: Path, turns: int
) -> None:
    clip = bank.clip("index at the end")
    moving = asyncio.create_task(fitter.make_fit(clip, limit=PLENTY, target_folder=target))
    for _ in range(turns):
        await asyncio.sleep(0)

    moving.cancel()
    await asyncio.wait({moving})

    assert names_in(target) == ([] if moving.cancelled() else [clip.name])


async def test_a_waiting_clip_can_be_cancelled_too(bank: ClipBank, target: Path, program: Program) -> None:
    fitter = Fitter(program("echo progress=continue; sleep 60"))
    started = asyncio.Event()
    clip = bank.clip("heavy")
    first = asyncio.create_task(
        fitter.make_fit(clip, limit=300_000, target_folder=target, on_progress=lambda _: started.set())
    )
    await started.wait()
    second = asyncio.create_task(fitter.make_fit(clip, limit=300_000, target_folder=target))
    await asyncio.sleep(0)

    second.cancel()
    first.cancel()
    await asyncio.wait({first, second})

    assert first.cancelled()
    assert second.cancelled()
    assert names_in(target) == []


async def test_what_a_killed_process_left_is_swept(target: Path) -> None:
    (target / "fitting-abc").mkdir()
    (target / "fitting-abc" / "encoded.mp4").write_bytes(b"half")
    (target / "video-1.mp4").write_bytes(b"whole")

    sweep_work(target)

    assert names_in(target) == ["video-1.mp4"]
