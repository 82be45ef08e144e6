"""The shelf: a clip is on it whole, or not at all; and nothing stays there that nobody waits for."""

import asyncio
import stat
from pathlib import Path

import pytest

from services.errors import ClipUnplayableError, PageInsteadOfClipError, TryLaterError
from services.generation import ClipShelf
from services.generation.shelf import BROKEN_TRIES, DOWNLOADS_AT_ONCE, PAGE_TRIES
from services.media import Fitter
from services.models import Job, JobState
from tests.services.generation.taped import Workshop
from tests.services.jobs.samples import MEBIBYTE
from tests.tiny_clip import CLIP


@pytest.fixture
async def job(workshop: Workshop) -> Job:
    return await workshop.house.job(JobState.DOWNLOADING)


async def test_a_fetched_clip_lies_under_a_name_of_our_own(workshop: Workshop, job: Job) -> None:
    assert not workshop.shelf.has(job)

    await workshop.shelf.fetch(job)

    assert workshop.shelf.has(job)
    assert workshop.shelf.path(job) == workshop.folder / f"video-{job.id}.mp4"
    assert workshop.shelf.path(job).read_bytes() == CLIP


@pytest.mark.parametrize("content", [CLIP[:-1], b"<html>"])
async def test_what_is_no_whole_mp4_never_gets_the_name_of_a_clip(workshop: Workshop, job: Job, content: bytes) -> None:
    workshop.tape.then("download", content)

    with pytest.raises(TryLaterError):
        await workshop.shelf.fetch(job)

    assert workshop.files == []


@pytest.mark.parametrize(
    ("came", "tries"),
    [(CLIP[:-1], BROKEN_TRIES), (ClipUnplayableError(), BROKEN_TRIES), (PageInsteadOfClipError(), PAGE_TRIES)],
)
async def test_what_comes_unusable_again_and_again_is_given_up(
    workshop: Workshop, job: Job, came: object, tries: int
) -> None:
    workshop.tape.then("download", *[came] * tries)
    for _ in range(tries - 1):
        with pytest.raises(TryLaterError):
            await workshop.shelf.fetch(job)

    with pytest.raises(ClipUnplayableError):
        await workshop.shelf.fetch(job)


async def test_pages_and_faults_of_the_network_do_not_make_a_clip_that_then_came_broken_hopeless(
    workshop: Workshop, job: Job
) -> None:
    network, pages = [TryLaterError()] * 20, [PageInsteadOfClipError()] * (PAGE_TRIES - 1)
    passing: list[object] = [*network, *pages, *[CLIP[:-1]] * (BROKEN_TRIES - 1)]
    workshop.tape.then("download", *passing)
    for _ in passing:
        with pytest.raises(TryLaterError):
            await workshop.shelf.fetch(job)

    await workshop.shelf.fetch(job)

    assert workshop.shelf.has(job)


async def test_a_broken_clip_does_not_touch_the_whole_one_before_it(workshop: Workshop, job: Job) -> None:
    await workshop.shelf.fetch(job)
    workshop.tape.then("download", b"<html>")

    with pytest.raises(TryLaterError):
        await workshop.shelf.fetch(job)

    assert workshop.shelf.path(job).read_bytes() == CLIP


async def test_a_download_that_fails_leaves_nothing(workshop: Workshop, job: Job) -> None:
    workshop.tape.then("download", TryLaterError())

    with pytest.raises(TryLaterError):
        await workshop.shelf.fetch(job)

    assert workshop.files == []


async def test_only_so_many_are_fetched_at_once(workshop: Workshop) -> None:
    jobs = [await workshop.house.job(JobState.DOWNLOADING) for _ in range(DOWNLOADS_AT_ONCE + 2)]
    workshop.tape.hold["download"] = asyncio.Event()
    fetching = [asyncio.create_task(workshop.shelf.fetch(job)) for job in jobs]
    await workshop.tape.until_called("download", DOWNLOADS_AT_ONCE)
    await workshop.house.rows("SELECT 1")  # time enough for one more, if it were let in

    assert len(workshop.tape.named("download")) == DOWNLOADS_AT_ONCE
    workshop.tape.hold["download"].set()
    await asyncio.gather(*fetching)
    assert len(workshop.files) == DOWNLOADS_AT_ONCE + 2


async def test_removing_is_harmless_twice_and_takes_half_a_download_too(workshop: Workshop, job: Job) -> None:
    await workshop.shelf.fetch(job)
    workshop.shelf.path(job).with_suffix(".part").write_bytes(b"half")

    workshop.shelf.remove(job)
    workshop.shelf.remove(job)

    assert workshop.files == []


async def test_the_sweep_keeps_what_is_wanted_and_what_is_not_ours(workshop: Workshop) -> None:
    kept, lost = await workshop.house.job(JobState.DELIVERING), await workshop.house.job(JobState.DELIVERED)
    lost = await workshop.house.jobs.told(lost, now=lost.created_at, next_at=None)
    for name in (f"video-{kept.id}.mp4", f"video-{kept.id}.part", f"video-{lost.id}.mp4", "video-99.part", "note.txt"):
        (workshop.folder / name).write_bytes(CLIP)

    workshop.shelf.sweep(keep=await workshop.house.jobs.unfinished())

    assert workshop.files == ["note.txt", f"video-{kept.id}.mp4"]


def test_the_sweep_makes_the_folder_for_its_owner_only(tmp_path: Path, workshop: Workshop) -> None:
    folder = tmp_path / "data" / "clips"

    ClipShelf(folder=folder, api=workshop.api, fitter=Fitter(None), max_bytes=MEBIBYTE).sweep(keep=())

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
