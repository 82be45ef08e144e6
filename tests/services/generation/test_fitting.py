"""What lies on the shelf after a fit: the clip as it came, and beside it what goes out in its place."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from services.errors import ClipUnfitError, EncoderError, EncoderStoppedError
from services.generation import ClipShelf
from services.media import Ffmpeg, Fitter, Treatment, VideoCodec, decide, read_facts
from services.models import Job, JobState
from tests.services.generation.taped import Workshop, workshop_in
from tests.services.jobs.samples import MEBIBYTE, House
from tests.services.media.clips import ClipBank, Program, decodes
from tests.tiny_clip import CLIP

LIMIT: Final = 430_000
"""Bytes: less than the heavy clip has, and enough for one attempt."""


@pytest.fixture
def workshop(tmp_path: Path, house: House, bank: ClipBank) -> Workshop:
    return workshop_in(tmp_path / "clips", house, fitter=Fitter(Ffmpeg(bank.ffmpeg)))


async def fetched(workshop: Workshop, content: bytes) -> Job:
    """Make a job whose clip has come."""
    job = await workshop.house.job(JobState.DOWNLOADING)
    workshop.tape.then("download", content)
    await workshop.shelf.fetch(job)
    return job


def over(workshop: Workshop, ffmpeg: Ffmpeg | None) -> ClipShelf:
    """Return the shelf as a later process finds it, with another ffmpeg."""
    return ClipShelf(folder=workshop.folder, api=workshop.api, fitter=Fitter(ffmpeg), max_bytes=MEBIBYTE)


async def test_a_clip_that_fits_goes_out_as_it_came(workshop: Workshop) -> None:
    job = await fetched(workshop, CLIP)

    clip = await workshop.shelf.fit(job, limit=len(CLIP))

    assert clip == workshop.shelf.path(job)
    assert clip.read_bytes() == CLIP
    assert not workshop.shelf.has_changed(job)
    assert workshop.files == [f"video-{job.id}.mp4"]


async def test_a_clip_with_its_index_at_the_end_is_put_in_order_once(workshop: Workshop, bank: ClipBank) -> None:
    job = await fetched(workshop, bank.clip("index at the end").read_bytes())

    clip = await workshop.shelf.fit(job, limit=MEBIBYTE)

    assert decide(read_facts(clip), limit=MEBIBYTE) is Treatment.LEAVE
    assert workshop.files == [f"video-{job.id}.mp4"]
    assert not workshop.shelf.has_changed(job)
    assert decodes(bank, clip)


async def test_a_clip_that_is_converted_lies_beside_the_one_that_came(workshop: Workshop, bank: ClipBank) -> None:
    content = bank.clip("hevc hvc1").read_bytes()
    job = await fetched(workshop, content)

    clip = await workshop.shelf.fit(job, limit=MEBIBYTE)

    assert read_facts(clip).video.coding.codec is VideoCodec.H264
    assert clip.name == workshop.shelf.path(job).name
    assert workshop.shelf.path(job).read_bytes() == content
    assert workshop.shelf.has_changed(job)
    assert workshop.files == [f"fitted/video-{job.id}.mp4", f"video-{job.id}.mp4"]


async def test_what_was_made_is_handed_out_again_where_it_fits(
    workshop: Workshop, bank: ClipBank, program: Program, tmp_path: Path
) -> None:
    job = await fetched(workshop, bank.clip("heavy").read_bytes())
    shelf = over(workshop, program(f'echo >> {tmp_path}/calls; exec {bank.ffmpeg} "$@"'))

    first = await shelf.fit(job, limit=LIMIT)
    made = first.read_bytes()
    again = await shelf.fit(job, limit=len(made))
    calls = len((tmp_path / "calls").read_text())
    smaller = await shelf.fit(job, limit=len(made) // 2)

    assert (first, calls, len(made) <= LIMIT) == (again, 1, True)
    assert smaller.stat().st_size <= len(made) // 2


async def test_what_another_process_made_is_made_anew(workshop: Workshop, bank: ClipBank) -> None:
    job = await fetched(workshop, bank.clip("hevc hvc1").read_bytes())
    made = await workshop.shelf.fit(job, limit=MEBIBYTE)
    made.write_bytes(b"what a power cut leaves")

    clip = await over(workshop, Ffmpeg(bank.ffmpeg)).fit(job, limit=MEBIBYTE)

    assert decodes(bank, clip)


async def test_where_a_later_place_takes_the_clip_as_it_came_nothing_says_that_it_changed(
    workshop: Workshop, bank: ClipBank
) -> None:
    job = await fetched(workshop, bank.clip("heavy").read_bytes())
    await workshop.shelf.fit(job, limit=LIMIT)

    clip = await over(workshop, None).fit(job, limit=MEBIBYTE)

    assert clip == workshop.shelf.path(job)
    assert not workshop.shelf.has_changed(job)


@pytest.mark.parametrize(("ffmpeg", "limit", "kind"), [(None, LIMIT, EncoderError), (None, 900, ClipUnfitError)])
async def test_a_fit_that_fails_leaves_the_clip_and_nothing_else(
    workshop: Workshop, bank: ClipBank, ffmpeg: Ffmpeg | None, limit: int, kind: type[Exception]
) -> None:
    job = await fetched(workshop, bank.clip("heavy").read_bytes())

    with pytest.raises(kind):
        await over(workshop, ffmpeg).fit(job, limit=limit)

    assert workshop.files == [f"video-{job.id}.mp4"]


async def test_a_stop_breaks_an_encode_off_and_leaves_no_process_and_no_file(
    workshop: Workshop, bank: ClipBank, program: Program, tmp_path: Path
) -> None:
    job = await fetched(workshop, bank.clip("heavy").read_bytes())
    pid = tmp_path / "pid"
    shelf = over(workshop, program(f"echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 60 & wait"))
    fitting = asyncio.create_task(shelf.fit(job, limit=LIMIT))
    waiting = asyncio.create_task(shelf.fit(job, limit=LIMIT))
    while not pid.exists():  # noqa: ASYNC110  # another process writes it
        await asyncio.sleep(0.01)

    shelf.stop()

    outcomes = await asyncio.gather(fitting, waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [EncoderStoppedError, EncoderStoppedError]
    assert not Path("/proc", pid.read_text().strip()).exists()  # noqa: ASYNC240  # nothing else runs here
    assert workshop.files == [f"video-{job.id}.mp4"]


async def test_after_a_stop_no_encode_begins(workshop: Workshop, bank: ClipBank) -> None:
    job = await fetched(workshop, bank.clip("heavy").read_bytes())
    workshop.shelf.stop()

    with pytest.raises(EncoderStoppedError):
        await workshop.shelf.fit(job, limit=LIMIT)


async def test_a_cancel_is_a_cancel(workshop: Workshop, bank: ClipBank, program: Program, tmp_path: Path) -> None:
    job = await fetched(workshop, bank.clip("heavy").read_bytes())
    shelf = over(workshop, program(f"touch {tmp_path}/runs; sleep 60"))
    fitting = asyncio.create_task(shelf.fit(job, limit=LIMIT))
    while not (tmp_path / "runs").exists():  # noqa: ASYNC110  # another process writes it
        await asyncio.sleep(0.01)

    fitting.cancel()
    await asyncio.wait({fitting})

    assert fitting.cancelled()
    assert workshop.files == [f"video-{job.id}.mp4"]


async def test_the_sweep_keeps_what_was_fitted_for_whom_it_is_still_wanted(workshop: Workshop) -> None:
    kept, lost = await workshop.house.job(JobState.DELIVERING), await workshop.house.job(JobState.DELIVERED)
    work = workshop.folder / "fitted" / "fitting-abc"
    work.mkdir(parents=True)
    for file in (
        *(work / "encoded.mp4", workshop.folder / "fitted" / f"video-{lost.id}.mp4"),
        *(workshop.folder / "fitted" / f"video-{kept.id}.mp4", workshop.folder / f"video-{kept.id}.mp4"),
    ):
        file.write_bytes(CLIP)

    workshop.shelf.sweep(keep={kept.id})

    assert workshop.files == [f"fitted/video-{kept.id}.mp4", f"video-{kept.id}.mp4"]
    assert not work.exists()


async def test_removing_a_clip_removes_both(workshop: Workshop, bank: ClipBank) -> None:
    job = await fetched(workshop, bank.clip("hevc hvc1").read_bytes())
    await workshop.shelf.fit(job, limit=MEBIBYTE)

    workshop.shelf.remove(job)

    assert workshop.files == []
