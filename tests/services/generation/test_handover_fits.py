"""The way of a clip that has to be made to fit: when it is encoded, what a moved limit does, how long it is kept."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from services.errors import ChannelClosedError, DeliverLaterError, DirectClosedError, UploadTooLargeError
from services.generation import PostedMessage
from services.generation.handover import MOST_UPLOADS
from services.media import Ffmpeg, Fitter
from services.models import FailureReason, Job, JobState
from tests.services.generation.taped import PLAN, Workshop, workshop_in
from tests.services.jobs.samples import House
from tests.services.media.clips import ClipBank, Program
from tests.tiny_clip import CLIP

LIMIT: Final = 430_000
"""Bytes: less than the heavy clip has, and enough for one attempt."""


@pytest.fixture
def workshop(tmp_path: Path, house: House, bank: ClipBank) -> Workshop:
    return workshop_in(tmp_path / "clips", house, fitter=Fitter(Ffmpeg(bank.ffmpeg)))


async def ready(workshop: Workshop, content: bytes, *, limit: int = LIMIT) -> Job:
    """Make a job whose clip is here and not yet posted, asked for where so many bytes may be posted."""
    job = await workshop.house.job(JobState.DOWNLOADING)
    workshop.tape.then("download", content)
    await workshop.take(job)
    await workshop.house.rows("UPDATE jobs SET upload_limit = :limit", {"limit": limit})
    return await workshop.house.stored(job)


def sizes(workshop: Workshop) -> list[int]:
    return [len(clip) for clip in workshop.delivery.clips]


async def test_a_clip_that_is_too_large_is_posted_smaller_with_the_way_to_the_original(
    workshop: Workshop, bank: ClipBank
) -> None:
    job = await ready(workshop, bank.clip("heavy").read_bytes())

    job = await workshop.take(job)

    [call] = workshop.tape.named("post_result")
    assert (job.state, call.has_original) == (JobState.DELIVERED, True)
    assert 0 < sizes(workshop)[0] <= LIMIT


async def test_a_clip_that_fits_is_posted_byte_for_byte_and_has_no_other(workshop: Workshop) -> None:
    job = await workshop.take(await ready(workshop, CLIP))

    [call] = workshop.tape.named("post_result")
    assert (job.state, call.has_original, workshop.delivery.clips) == (JobState.DELIVERED, False, [CLIP])


async def test_nothing_is_begun_in_the_channel_before_the_clip_fits(workshop: Workshop, bank: ClipBank) -> None:
    job = await ready(workshop, bank.clip("heavy").read_bytes())

    following = await workshop.later(None).steps.take(job)

    assert (following.job.state, following.job.attempts) == (JobState.DELIVERING, 1)
    assert following.wait
    assert following.job.delivering_at is None


async def test_without_an_encoder_it_is_too_large_in_the_end_and_kept(workshop: Workshop, bank: ClipBank) -> None:
    job = await ready(workshop, bank.clip("heavy").read_bytes())
    later = workshop.later(None)
    later.clock.advance(PLAN.deadline + timedelta(seconds=1))

    job = await later.take(job, times=2)

    [told] = later.tape.named("tell_end")
    assert (job.reason, told.has_original) == (FailureReason.TOO_LARGE, True)
    assert workshop.files == [f"video-{job.id}.mp4"]


async def test_a_clip_that_cannot_be_made_small_enough_is_kept_and_can_be_asked_for(
    workshop: Workshop, bank: ClipBank
) -> None:
    job = await ready(workshop, bank.clip("heavy").read_bytes(), limit=2_000)

    job = await workshop.take(job, times=2)

    [told] = workshop.tape.named("tell_end")
    assert (job.state, job.reason, told.has_original) == (JobState.FAILED, FailureReason.TOO_LARGE, True)
    assert job.next_at == workshop.clock() + PLAN.clip_retention
    assert workshop.files == [f"video-{job.id}.mp4"]


async def test_a_clip_of_which_no_pictures_can_be_made_has_failed_without_a_second_download(
    workshop: Workshop, bank: ClipBank, program: Program
) -> None:
    job = await ready(workshop, bank.clip("heavy").read_bytes())
    downloads = workshop.tape.names.count("download")

    job = await workshop.later(program("exit 1")).take(job)

    assert (job.state, job.reason) == (JobState.FAILED, FailureReason.UNPLAYABLE)
    assert workshop.tape.names.count("download") == downloads


async def test_a_clip_that_is_found_in_the_channel_is_not_encoded(workshop: Workshop, bank: ClipBank) -> None:
    job = await ready(workshop, bank.clip("heavy").read_bytes())
    job = await workshop.house.jobs.begin_delivery(job, now=workshop.clock())
    later = workshop.later(None)
    later.tape.then("find_result", PostedMessage(channel_id=77, message_id=5))

    job = await later.take(job)

    assert (job.state, job.result_message_id) == (JobState.DELIVERED, 5)


async def test_a_post_that_is_tried_again_does_not_encode_again(
    workshop: Workshop, bank: ClipBank, program: Program, tmp_path: Path
) -> None:
    job = await ready(workshop, bank.clip("heavy").read_bytes())
    later = workshop.later(program(f'echo >> {tmp_path}/calls; exec {bank.ffmpeg} "$@"'))
    later.tape.then("post_result", DeliverLaterError(), DeliverLaterError())

    job = await later.take(job, times=3)

    assert job.state is JobState.DELIVERED
    assert len((tmp_path / "calls").read_text()) == 1


async def test_a_place_that_takes_less_than_it_said_gets_half_of_what_it_refused(
    workshop: Workshop, bank: ClipBank
) -> None:
    content = bank.clip("heavy").read_bytes()
    job = await ready(workshop, content, limit=len(content))
    workshop.tape.then("post_result", UploadTooLargeError(), UploadTooLargeError())

    job = await workshop.take(job)

    calls = workshop.tape.named("post_result")
    assert (job.state, [call.has_original for call in calls]) == (JobState.DELIVERED, [False, True, True])
    assert 0 < sizes(workshop)[0] <= len(content) // 4
    assert "find_result" not in workshop.tape.names


async def test_a_place_that_names_its_limit_gets_that(workshop: Workshop, bank: ClipBank) -> None:
    content = bank.clip("heavy").read_bytes()
    job = await ready(workshop, content, limit=len(content))
    workshop.tape.then("post_result", UploadTooLargeError(LIMIT))

    await workshop.take(job)

    assert LIMIT // 2 < sizes(workshop)[0] <= LIMIT


async def test_a_place_that_takes_nothing_is_not_tried_for_ever(workshop: Workshop, bank: ClipBank) -> None:
    job = await ready(workshop, bank.clip("heavy").read_bytes())
    workshop.tape.then("post_result", *[UploadTooLargeError()] * 2 * MOST_UPLOADS)

    job = await workshop.take(job)

    assert (job.state, job.reason) == (JobState.FAILED, FailureReason.TOO_LARGE)
    assert 1 < workshop.tape.names.count("post_result") <= MOST_UPLOADS


async def test_direct_messages_have_a_limit_of_their_own(workshop: Workshop, bank: ClipBank) -> None:
    content = bank.clip("heavy").read_bytes()
    job = await ready(workshop, content)
    workshop.tape.then("post_result", ChannelClosedError())

    await workshop.take(job, times=3)

    assert workshop.delivery.clips == [content]


async def test_what_was_made_for_a_closed_channel_is_not_what_is_sent_again_later(
    workshop: Workshop, bank: ClipBank
) -> None:
    content = bank.clip("heavy").read_bytes()
    job = await ready(workshop, content)
    workshop.tape.then("post_result", ChannelClosedError(), DirectClosedError())

    job = await workshop.take(job, times=4)

    assert (job.reason, job.told_at is not None) == (FailureReason.UNDELIVERABLE, True)
    assert workshop.files == [f"video-{job.id}.mp4"]


async def test_the_original_of_a_delivered_clip_is_kept_for_its_time(workshop: Workshop, bank: ClipBank) -> None:
    content = bank.clip("heavy").read_bytes()
    job = await ready(workshop, content)

    job = await workshop.take(job, times=2)

    assert (job.state, job.told_at is not None) == (JobState.DELIVERED, True)
    assert job.next_at == workshop.clock() + PLAN.clip_retention
    assert workshop.files == [f"video-{job.id}.mp4"]
    assert workshop.shelf.path(job).read_bytes() == content

    workshop.clock.advance(PLAN.clip_retention)
    gone = await workshop.steps.take(job)
    assert (gone.wait, gone.job.next_at, workshop.files) == (None, None, [])


async def test_a_restart_between_the_clip_and_the_news_of_it_does_not_lose_the_original(
    workshop: Workshop, bank: ClipBank
) -> None:
    job = await workshop.take(await ready(workshop, bank.clip("heavy").read_bytes()))
    later = workshop.later(None)
    later.shelf.sweep(keep=await workshop.house.jobs.unfinished())

    job = await later.take(await workshop.house.stored(job))

    assert job.next_at is not None
    assert workshop.files == [f"video-{job.id}.mp4"]


async def test_a_stop_in_the_middle_of_an_encode_leaves_the_step_to_the_next_start(
    workshop: Workshop, bank: ClipBank, program: Program, tmp_path: Path
) -> None:
    job = await ready(workshop, bank.clip("heavy").read_bytes())
    first = workshop.later(program(f"touch {tmp_path}/runs; sleep 60"))
    step = asyncio.create_task(first.steps.take(job))
    while not (tmp_path / "runs").exists():  # noqa: ASYNC110  # another process writes it
        await asyncio.sleep(0.01)

    first.steps.stop()

    assert (await step).job == job == await workshop.house.stored(job)
    assert workshop.files == [f"video-{job.id}.mp4"]
    assert (await workshop.take(job)).state is JobState.DELIVERED
