"""A clip that cannot go where it was asked for: by direct message, kept, sent again; and nothing charges twice."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.errors import (
    ChannelClosedError,
    ClipGoneError,
    DeliverLaterError,
    DirectClosedError,
    UploadTooLargeError,
)
from services.generation import SendingAgain
from services.jobs import AgainOutcome, Detours
from services.models import FailureReason, Job, JobState, Route
from tests.services.generation.taped import BILLED, PLAN, Workshop
from tests.services.jobs.samples import LEASE, MEBIBYTE, asker

SECOND = timedelta(seconds=1)
DIRECT = 601
"""The direct messages of member 1, as the taped delivery numbers them."""


async def ready(workshop: Workshop) -> Job:
    """Make a job whose clip is here, and not yet posted."""
    return await workshop.take(await workshop.house.job(JobState.DOWNLOADING))


async def kept(workshop: Workshop) -> Job:
    """Make a job that found the channel and the direct messages closed; its member was told, and its clip is kept."""
    workshop.tape.then("post_result", ChannelClosedError(), DirectClosedError())
    job = await workshop.take(await ready(workshop), times=5)
    assert (job.state, job.reason) == (JobState.FAILED, FailureReason.UNDELIVERABLE)
    assert job.told_at is not None
    workshop.tape.calls.clear()
    return job


def again(workshop: Workshop) -> SendingAgain:
    return SendingAgain(
        detours=Detours(database=workshop.house.database),
        servers=workshop.house.servers,
        wake=lambda: None,
        clock=workshop.clock,
    )


async def press(
    workshop: Workshop, job: Job, *, channel_id: int | None = 88, user: int = 1, guild: int = 1
) -> AgainOutcome:
    outcome, _ = await again(workshop).send(job.id, asker(user, guild), channel_id=channel_id, upload_limit=MEBIBYTE)
    return outcome


async def weight(workshop: Workshop) -> tuple[int, int, int | None]:
    [row] = await workshop.house.rows("SELECT counts, held_microusd, cost_microusd FROM jobs")
    return row["counts"], row["held_microusd"], row["cost_microusd"]


async def test_a_closed_channel_sends_the_clip_to_the_direct_messages_and_each_step_is_written_down_first(
    workshop: Workshop,
) -> None:
    workshop.tape.then("post_result", ChannelClosedError())

    views = await workshop.take_all(await ready(workshop))

    first, second = workshop.tape.named("post_result")
    assert (first.job and first.job.route, second.job and second.job.route) == (Route.CHANNEL, Route.DIRECT)
    assert second.delivering_at is not None
    assert workshop.tape.names[1:] == ["post_result", "open_direct", "post_result", "tell_end"]
    last = views[-1]
    assert (last.state, last.result_channel_id, last.refusals) == (JobState.DELIVERED, DIRECT, 1)
    assert await weight(workshop) == (1, BILLED, BILLED)


async def test_after_a_crash_a_channel_that_refused_is_not_asked_again(workshop: Workshop) -> None:
    workshop.tape.then("post_result", ChannelClosedError())
    job = await workshop.take(await ready(workshop))

    await workshop.take_all(await workshop.house.stored(job))

    assert [call.job.route for call in workshop.tape.named("post_result") if call.job] == [Route.CHANNEL, Route.DIRECT]


async def test_a_direct_message_in_doubt_is_looked_for_before_the_next(workshop: Workshop) -> None:
    workshop.tape.then("post_result", ChannelClosedError(), DeliverLaterError())

    await workshop.take_all(await ready(workshop))

    assert workshop.tape.names[1:-1] == ["post_result", "open_direct", "post_result", "find_result", "post_result"]


async def test_direct_messages_that_cannot_be_opened_now_are_opened_later(workshop: Workshop) -> None:
    workshop.tape.then("post_result", ChannelClosedError())
    workshop.tape.then("open_direct", DeliverLaterError())

    [*_, last] = await workshop.take_all(await ready(workshop))

    assert (last.state, last.result_channel_id) == (JobState.DELIVERED, DIRECT)


async def test_direct_messages_that_cannot_be_opened_at_all_leave_the_clip_kept(workshop: Workshop) -> None:
    workshop.tape.then("post_result", ChannelClosedError())
    workshop.tape.then("open_direct", DirectClosedError())

    job = await workshop.take(await ready(workshop), times=4)

    assert (job.state, job.reason, job.told_at is not None) == (JobState.FAILED, FailureReason.UNDELIVERABLE, True)
    assert workshop.files == [f"video-{job.id}.mp4"]
    assert [each.id for each in await again(workshop).kept(asker())] == [job.id]


async def test_a_clip_too_large_for_direct_messages_may_be_sent_elsewhere(workshop: Workshop) -> None:
    workshop.tape.then("post_result", ChannelClosedError(), UploadTooLargeError())

    job = await workshop.take(await ready(workshop), times=5)

    assert (job.reason, await press(workshop, job)) == (FailureReason.UNDELIVERABLE, AgainOutcome.SENT)


async def test_a_kept_clip_is_sent_to_the_channel_of_the_click_and_weighs_what_it_did(workshop: Workshop) -> None:
    job = await kept(workshop)
    before = await weight(workshop)

    assert await press(workshop, job) is AgainOutcome.SENT

    [claimed] = await workshop.house.jobs.claim(now=workshop.clock(), lease=LEASE)
    assert await weight(workshop) == before
    [*_, last] = await workshop.take_all(claimed)
    assert (last.state, last.result_channel_id, last.next_at) == (JobState.DELIVERED, 88, None)
    assert workshop.tape.names == ["find_result", "post_result", "tell_end"]
    assert await weight(workshop) == before == (1, BILLED, BILLED)
    assert workshop.files == []


async def test_whatever_becomes_of_the_second_delivery_what_is_settled_stays(workshop: Workshop) -> None:
    job = await kept(workshop)
    before = await weight(workshop)
    workshop.shelf.remove(job)
    workshop.tape.then("download", ClipGoneError())
    await press(workshop, job)

    job = await workshop.take(await workshop.house.stored(job), times=2)

    assert (job.state, job.reason, job.next_at) == (JobState.FAILED, FailureReason.EXPIRED, None)
    assert job.counts_for_member
    assert await weight(workshop) == before
    assert await press(workshop, job) is AgainOutcome.GONE


async def test_a_kept_clip_that_was_lost_from_disk_is_fetched_again(workshop: Workshop) -> None:
    job = await kept(workshop)
    workshop.shelf.remove(job)
    await press(workshop, job)

    [*_, last] = await workshop.take_all(await workshop.house.stored(job))

    assert last.state is JobState.DELIVERED
    assert workshop.tape.names == ["find_result", "download", "post_result", "tell_end"]


async def test_a_channel_of_the_click_that_is_closed_too_leads_to_the_direct_messages(workshop: Workshop) -> None:
    job = await kept(workshop)
    await press(workshop, job)
    workshop.tape.then("post_result", ChannelClosedError())

    [*_, last] = await workshop.take_all(await workshop.house.stored(job))

    assert (last.result_channel_id, last.refusals) == (DIRECT, 1)


async def test_a_second_delivery_that_fails_can_be_asked_for_once_more(workshop: Workshop) -> None:
    job = await kept(workshop)
    await press(workshop, job, channel_id=None)
    workshop.tape.then("open_direct", DirectClosedError())
    job = await workshop.take(await workshop.house.stored(job), times=2)
    assert (job.state, job.told_at is not None) == (JobState.FAILED, True)

    assert await press(workshop, job) is AgainOutcome.SENT

    [*_, last] = await workshop.take_all(await workshop.house.stored(job))
    assert last.state is JobState.DELIVERED


async def test_of_two_clicks_one_sends_it_and_the_other_says_how_it_stands(workshop: Workshop) -> None:
    job = await kept(workshop)

    assert [await press(workshop, job), await press(workshop, job)] == [AgainOutcome.SENT, AgainOutcome.ON_ITS_WAY]

    await workshop.take_all(await workshop.house.stored(job))
    assert await press(workshop, job) is AgainOutcome.DELIVERED
    assert workshop.tape.names.count("post_result") == 1


@pytest.mark.parametrize(
    ("user", "guild", "outcome"),
    [(2, 1, AgainOutcome.NOT_ALLOWED), (1, 2, AgainOutcome.UNKNOWN_JOB), (2, 2, AgainOutcome.UNKNOWN_JOB)],
)
async def test_only_who_asked_may_have_it_sent_again_and_only_in_its_server(
    workshop: Workshop, user: int, guild: int, outcome: AgainOutcome
) -> None:
    job = await kept(workshop)

    assert await press(workshop, job, user=user, guild=guild) is outcome

    assert await workshop.house.stored(job) == job


async def test_a_clip_whose_time_is_over_is_gone_even_before_anybody_removed_it(workshop: Workshop) -> None:
    job = await kept(workshop)
    workshop.clock.advance(PLAN.clip_retention)

    assert await press(workshop, job) is AgainOutcome.GONE
    assert await again(workshop).kept(asker()) == []

    gone = await workshop.steps.take(job)
    assert (gone.wait, workshop.files) == (None, [])
    assert await press(workshop, job) is AgainOutcome.GONE


@pytest.mark.parametrize("reason", [each for each in FailureReason if each is not FailureReason.UNDELIVERABLE])
async def test_what_failed_for_another_reason_is_not_sent_again(workshop: Workshop, reason: FailureReason) -> None:
    job = await workshop.house.jobs.move(await ready(workshop), JobState.FAILED, now=workshop.clock(), reason=reason)
    job = await workshop.take(job)

    assert await press(workshop, job) is AgainOutcome.GONE


async def test_an_older_wait_does_not_remove_the_clip_of_a_job_that_waits_anew(workshop: Workshop) -> None:
    old = await kept(workshop)
    workshop.clock.advance(PLAN.clip_retention - SECOND)
    await press(workshop, old, channel_id=None)
    workshop.tape.then("open_direct", DirectClosedError())
    job = await workshop.take(await workshop.house.stored(old), times=2)
    workshop.clock.advance(SECOND)

    following = await workshop.steps.take(job)

    assert following.wait == PLAN.clip_retention - SECOND
    assert workshop.files == [f"video-{job.id}.mp4"]


async def test_a_clip_is_let_go_only_where_nobody_asked_for_it_meanwhile(workshop: Workshop, tmp_path: Path) -> None:
    del tmp_path
    job = await kept(workshop)
    await press(workshop, job)
    workshop.clock.advance(PLAN.clip_retention)

    with pytest.raises(Exception, match="no longer failed"):
        await workshop.steps.take(job)

    assert workshop.files == [f"video-{job.id}.mp4"]
