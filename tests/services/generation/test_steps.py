"""One step, one side effect, one persisted move: for every state, and for everything that can be met there."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from services.errors import (
    AccountError,
    ChannelClosedError,
    ClipGoneError,
    ClipTooLargeError,
    ContentRefusedError,
    DeliverLaterError,
    DirectClosedError,
    NotAcceptedError,
    RemoteJobMissingError,
    RequestRejectedError,
    StaleJobError,
    StorageError,
    SubmitUnknownError,
    TryLaterError,
    UploadTooLargeError,
    UpstreamBusyError,
)
from services.generation.shelf import BROKEN_TRIES
from services.jobs.consequences import ACCOUNT_PAUSE
from services.models import FailureReason, Job, JobState, RemoteState, RemoteVideo
from tests.refusing import allow, refuse
from tests.services.generation.taped import BILLED, PLAN, Workshop, completed, ended, running, states
from tests.services.jobs.samples import LEASE, NOON, RESERVED, SPEC
from tests.tiny_clip import CLIP

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
NO_SPACE = OSError(28, "No space left on device")


async def test_a_job_that_goes_well_is_written_down_before_each_thing_that_happens(workshop: Workshop) -> None:
    job = await workshop.house.queued()

    views = await workshop.take_all(job)

    assert states(views) == [
        "queued",
        "generating",
        "downloading",
        "delivering",
        "delivered",
        "delivered",
    ]
    seen = [(call.name, call.state.value) for call in workshop.tape.calls]
    assert seen == [
        ("submit", "submitting"),
        ("status", "generating"),
        ("download", "downloading"),
        ("post_result", "delivering"),
        ("tell_end", "delivered"),
    ]
    assert workshop.tape.named("post_result")[0].delivering_at is not None
    assert workshop.tape.named("tell_end")[0].told_at is None


async def test_what_was_asked_is_what_is_sent_and_what_was_made_is_what_is_posted(workshop: Workshop) -> None:
    job = await workshop.house.queued()

    [*_, last] = await workshop.take_all(job)

    assert workshop.api.submitted == [(job.prompt, SPEC)]
    assert workshop.delivery.clips == [CLIP]
    assert (last.cost_microusd, last.result_channel_id, last.result_message_id) == (BILLED, 77, 7_000 + job.id)
    assert (last.told_at, last.next_at) == (NOON, None)
    assert workshop.files == []


class TestLookingForTheAnswer:
    async def test_an_answer_that_reached_the_channel_puts_the_job_in_line(self, workshop: Workshop) -> None:
        job = await workshop.house.reserved()
        workshop.tape.then("find_answer", 4242)

        following = await workshop.steps.take(job)

        assert following.wait is None
        stored = await workshop.house.stored(job)
        assert (stored.state, stored.status_message_id) == (JobState.QUEUED, 4242)
        assert len(await workshop.house.jobs.claim(now=NOON, lease=LEASE)) == 1

    @pytest.mark.parametrize("outcome", [None, ChannelClosedError()], ids=["not there", "channel closed"])
    async def test_a_request_whose_answer_nobody_saw_is_cancelled_and_nothing_was_bought(
        self, workshop: Workshop, outcome: object
    ) -> None:
        job = await workshop.house.reserved()
        workshop.tape.then("find_answer", outcome)

        following = await workshop.steps.take(job)

        assert (following.job.state, following.wait) == (JobState.CANCELLED, None)
        assert workshop.tape.names == ["find_answer"]
        assert (await workshop.house.stored(job)).next_at is None

    async def test_while_discord_cannot_be_asked_it_is_asked_again_later(self, workshop: Workshop) -> None:
        job = await workshop.house.reserved()
        workshop.tape.then("find_answer", DeliverLaterError(30 * SECOND))

        following = await workshop.steps.take(job)

        assert following.wait is not None
        assert following.wait >= 30 * SECOND
        assert (following.job.state, following.job.attempts) == (JobState.QUEUED, 1)

    async def test_an_answer_that_arrives_during_the_look_is_not_undone_by_it(self, workshop: Workshop) -> None:
        job = await workshop.house.reserved()
        workshop.tape.hold["find_answer"] = asyncio.Event()
        looking = asyncio.create_task(workshop.take(job))
        await workshop.tape.until_called("find_answer")

        await workshop.house.jobs.acknowledge(job.id, 4242, now=NOON)
        workshop.tape.hold["find_answer"].set()
        await looking

        stored = await workshop.house.stored(job)
        assert (stored.state, stored.status_message_id) == (JobState.QUEUED, 4242)


class TestSubmitting:
    @pytest.mark.parametrize(
        ("error", "reason", "held"),
        [
            (ContentRefusedError(), FailureReason.REFUSED, 0),
            (RequestRejectedError(), FailureReason.REJECTED, 0),
            (NotAcceptedError(), FailureReason.REJECTED, 0),
            (SubmitUnknownError(502), FailureReason.SUBMIT_UNKNOWN, RESERVED),
        ],
    )
    async def test_a_submit_that_failed_for_good_ends_the_job(
        self, workshop: Workshop, error: NotAcceptedError | SubmitUnknownError, reason: FailureReason, held: int
    ) -> None:
        job = await workshop.house.queued()
        workshop.tape.then("submit", error)

        failed = await workshop.take(job)

        assert (failed.state, failed.reason) == (JobState.FAILED, reason)
        [row] = await workshop.house.rows("SELECT counts, held_microusd FROM jobs")
        assert row == {"counts": 0, "held_microusd": held}
        [*_, told] = await workshop.take_all(failed)
        assert workshop.tape.names == ["submit", "tell_end"]
        assert told.next_at is None

    async def test_a_submit_refused_for_the_owners_account_waits_in_line_until_the_account_is_tried_again(
        self, workshop: Workshop
    ) -> None:
        job = await workshop.house.queued()
        workshop.tape.then("submit", AccountError(402))

        following = await workshop.steps.take(job)

        assert (following.job.state, following.job.reason, following.wait) == (JobState.QUEUED, None, None)
        [row] = await workshop.house.rows("SELECT counts, held_microusd FROM jobs")
        assert row == {"counts": 1, "held_microusd": RESERVED}
        assert await workshop.house.jobs.claim(now=NOON, lease=LEASE) == []
        [again] = await workshop.house.jobs.claim(now=NOON + ACCOUNT_PAUSE, lease=LEASE)
        assert (await workshop.take(again)).state is JobState.GENERATING

    async def test_a_busy_video_api_sends_the_job_back_in_line(self, workshop: Workshop) -> None:
        job = await workshop.house.queued()
        workshop.tape.then("submit", UpstreamBusyError(429, "", 60 * SECOND))

        following = await workshop.steps.take(job)

        back = following.job
        assert (back.state, following.wait, back.attempts) == (JobState.QUEUED, None, 1)
        assert back.next_at is not None
        assert back.next_at >= NOON + 60 * SECOND
        assert [each.id for each in await workshop.house.jobs.claim(now=back.next_at, lease=LEASE)] == [job.id]

    async def test_the_longer_the_video_api_is_busy_the_longer_is_the_wait(self, workshop: Workshop) -> None:
        job = await workshop.house.queued()
        workshop.tape.then("submit", *(UpstreamBusyError() for _ in range(6)))
        waits: list[timedelta] = []
        for _ in range(6):
            job = await workshop.take(job)
            assert job.next_at is not None
            waits.append(job.next_at - workshop.clock())

        # 2, 4, 8 ... seconds, each spread by a fifth.
        assert all(later > earlier for earlier, later in pairwise(waits))
        assert waits[5] > 50 * SECOND

    async def test_a_job_that_waited_longer_than_its_deadline_is_never_sent(self, workshop: Workshop) -> None:
        job = await workshop.house.queued()
        workshop.clock.advance(PLAN.deadline + SECOND)

        failed = await workshop.take(job)

        assert (failed.state, failed.reason) == (JobState.FAILED, FailureReason.DEADLINE)
        assert workshop.tape.names == []
        [row] = await workshop.house.rows("SELECT counts, held_microusd FROM jobs")
        assert row == {"counts": 0, "held_microusd": 0}

    async def test_a_crash_while_submitting_is_never_submitted_again(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.SUBMITTING)

        [_, failed, told] = await workshop.take_all(job)

        assert (failed.state, failed.reason) == (JobState.FAILED, FailureReason.SUBMIT_UNKNOWN)
        assert told.told_at is not None
        assert workshop.tape.names == ["tell_end"]
        [row] = await workshop.house.rows("SELECT counts, held_microusd FROM jobs")
        assert row == {"counts": 0, "held_microusd": RESERVED}

    async def test_a_job_that_was_cancelled_meanwhile_is_not_sent(self, workshop: Workshop) -> None:
        job = await workshop.house.queued()
        await workshop.house.jobs.cancel(job.id, now=NOON, told=True)

        with pytest.raises(StaleJobError):
            await workshop.take(job)

        assert workshop.tape.names == []

    async def test_nothing_is_sent_unless_the_intent_is_on_disk(self, workshop: Workshop) -> None:
        job = await workshop.house.queued()
        await refuse_updates(workshop, "NEW.state = 'submitting'")

        with pytest.raises(StorageError):
            await workshop.take(job)

        assert workshop.tape.names == []

    async def test_what_a_submit_led_to_is_written_down_however_long_the_disk_is_full(self, workshop: Workshop) -> None:
        job = await workshop.house.queued()
        await refuse_updates(workshop, "NEW.state = 'generating'")
        stepping = asyncio.create_task(workshop.take(job))
        await workshop.tape.until_called("submit")

        done, _ = await asyncio.wait({stepping}, timeout=0.3)
        assert not done
        await allow(workshop.house.database)

        accepted = await stepping
        assert (accepted.state, accepted.remote_id) == (JobState.GENERATING, "remote-1")
        assert workshop.tape.names == ["submit"]

    async def test_what_a_submit_led_to_is_dropped_when_the_job_is_no_longer_ours(self, workshop: Workshop) -> None:
        job = await workshop.house.queued()
        workshop.tape.hold["submit"] = asyncio.Event()
        stepping = asyncio.create_task(workshop.take(job))
        await workshop.tape.until_called("submit")
        await workshop.house.another("two").claim(now=NOON + LEASE, lease=LEASE)

        workshop.tape.hold["submit"].set()

        with pytest.raises(StaleJobError):
            await stepping


class TestLooking:
    async def test_a_running_job_is_looked_at_again_by_the_schedule(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.tape.then("status", running())
        workshop.clock.advance(60 * SECOND)

        following = await workshop.steps.take(job)

        assert following.job == replace(job, seen_at=workshop.clock.now)
        assert following.wait is not None
        assert 9 * SECOND <= following.wait <= 10 * SECOND

    async def test_a_completed_job_keeps_its_bill(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.tape.then("status", completed(cost=123))

        done = await workshop.take(job)

        assert (done.state, done.cost_microusd) == (JobState.DOWNLOADING, 123)

    async def test_a_bill_that_is_not_known_leaves_the_reservation_standing(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.tape.then("status", completed(cost=None))

        [*_, done] = await workshop.take_all(job)

        assert (done.state, done.cost_microusd) == (JobState.DELIVERED, None)
        [row] = await workshop.house.rows("SELECT held_microusd FROM jobs")
        assert row["held_microusd"] == RESERVED

    @pytest.mark.parametrize(
        ("state", "reason"),
        [
            (RemoteState.REFUSED, FailureReason.REFUSED),
            (RemoteState.EXPIRED, FailureReason.EXPIRED),
            (RemoteState.FAILED, FailureReason.UPSTREAM_FAILED),
            (RemoteState.CANCELLED, FailureReason.UPSTREAM_FAILED),
        ],
    )
    @pytest.mark.parametrize("cost", [None, 70_000])
    async def test_a_job_that_failed_there_fails_here_and_weighs_what_was_billed(
        self, workshop: Workshop, state: RemoteState, reason: FailureReason, cost: int | None
    ) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.tape.then("status", ended(state, cost=cost))

        failed = await workshop.take(job)

        assert (failed.state, failed.reason) == (JobState.FAILED, reason)
        [row] = await workshop.house.rows("SELECT counts, held_microusd FROM jobs")
        assert row == {"counts": 0, "held_microusd": cost or 0}

    async def test_a_look_that_failed_in_passing_changes_nothing(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.tape.then("status", *[TryLaterError(503)] * 50)

        for _ in range(50):
            following = await workshop.steps.take(job)
            assert following.job == job
            assert following.wait is not None
            assert following.wait > timedelta(0)

        assert (await workshop.take(job)).state is JobState.DOWNLOADING

    async def test_a_refused_key_fails_no_job_that_is_under_way_and_the_owner_hears_of_it_once(
        self, workshop: Workshop
    ) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.tape.then("status", *[AccountError(401)] * 50)

        job = await workshop.take(job, times=50)

        assert (job.state, job.attempts) == (JobState.GENERATING, 0)
        assert await workshop.house.rows("SELECT kind FROM notices") == [{"kind": "account"}]
        assert await workshop.house.rows("SELECT reason FROM pauses") == [{"reason": "account"}]
        assert (await workshop.take(job)).state is JobState.DOWNLOADING

    async def test_a_hint_of_the_video_api_is_heeded(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.tape.then("status", TryLaterError(429, "", HOUR))

        assert (await workshop.steps.take(job)).wait == HOUR

    async def test_just_after_the_submit_the_video_api_may_not_know_its_own_job(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.tape.then("status", *(RemoteJobMissingError() for _ in range(20)))
        workshop.clock.advance(59 * SECOND)

        for _ in range(20):
            job = await workshop.take(job)

        assert (job.state, job.attempts) == (JobState.GENERATING, 0)

    async def test_a_job_that_stays_missing_is_given_up_with_its_money_held(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.tape.then("status", *(RemoteJobMissingError() for _ in range(6)))
        workshop.clock.advance(61 * SECOND)

        job = await workshop.take(job, times=5)
        assert (job.state, job.attempts) == (JobState.GENERATING, 5)
        job = await workshop.take(job)

        assert (job.state, job.reason) == (JobState.FAILED, FailureReason.SUBMIT_UNKNOWN)
        [row] = await workshop.house.rows("SELECT held_microusd FROM jobs")
        assert row["held_microusd"] == RESERVED

    @pytest.mark.parametrize("between", [running(), AccountError(401)], ids=["found", "key refused"])
    async def test_a_job_that_is_missing_now_and_then_is_not_given_up(
        self, workshop: Workshop, between: RemoteVideo | AccountError
    ) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.clock.advance(61 * SECOND)
        for _ in range(4):
            workshop.tape.then("status", *(RemoteJobMissingError() for _ in range(5)), between)

        job = await workshop.take(job, times=24)

        assert (job.state, job.attempts) == (JobState.GENERATING, 0)

    async def test_a_job_that_was_missing_and_is_found_again_goes_on(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.tape.then("status", *(RemoteJobMissingError() for _ in range(5)))
        workshop.clock.advance(61 * SECOND)

        assert (await workshop.take(job, times=6)).state is JobState.DOWNLOADING

    async def test_a_job_that_never_ends_is_given_up_at_its_deadline(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.clock.advance(PLAN.deadline)
        workshop.tape.then("status", running(), running())
        job = await workshop.take(job)
        assert job.state is JobState.GENERATING

        workshop.clock.advance(SECOND)
        failed = await workshop.take(job)

        assert (failed.state, failed.reason) == (JobState.FAILED, FailureReason.DEADLINE)
        [row] = await workshop.house.rows("SELECT counts, held_microusd FROM jobs")
        assert row == {"counts": 0, "held_microusd": RESERVED}

    async def test_what_was_made_is_delivered_even_where_it_is_found_after_the_deadline(
        self, workshop: Workshop
    ) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.clock.advance(2 * PLAN.deadline)

        [*_, last] = await workshop.take_all(job)

        assert last.state is JobState.DELIVERED

    @pytest.mark.parametrize("error", [TryLaterError(503), RemoteJobMissingError()])
    async def test_a_last_look_that_fails_ends_the_job_at_its_deadline(
        self, workshop: Workshop, error: Exception
    ) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.clock.advance(PLAN.deadline + SECOND)
        workshop.tape.then("status", error)

        failed = await workshop.take(job)

        assert (failed.state, failed.reason) == (JobState.FAILED, FailureReason.DEADLINE)

    async def test_a_late_job_is_noted_once_and_no_look_at_it_costs_a_write(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.GENERATING)
        workshop.tape.then("status", *(running() for _ in range(30)))
        workshop.clock.advance(PLAN.schedule.late)
        job = await workshop.take(job)
        assert job.late_at is None

        workshop.clock.advance(SECOND)
        job = await workshop.take(job)
        assert job.late_at == NOON + PLAN.schedule.late + SECOND
        await refuse_updates(workshop, "1 = 1")
        for _ in range(20):
            workshop.clock.advance(HOUR)
            following = await workshop.steps.take(job)
            assert following.job == replace(job, seen_at=workshop.clock.now)
            assert following.wait is not None
            assert following.wait > timedelta(0)

    async def test_a_late_job_gives_its_place_to_the_next_and_keeps_its_members(self, workshop: Workshop) -> None:
        house = workshop.house
        late = [await house.job(JobState.GENERATING) for _ in range(4)]
        await house.queued(2)
        assert len(await house.jobs.claim(now=NOON, lease=LEASE)) == 4
        workshop.tape.then("status", running())
        workshop.clock.advance(PLAN.schedule.late + SECOND)

        await workshop.take(await house.stored(late[0]))

        claimed = await house.jobs.claim(now=NOON + SECOND, lease=LEASE)
        assert [job.user_id for job in claimed] == [2]
        [row] = await house.rows("SELECT SUM(counts) AS counts FROM jobs WHERE user_id = 1")
        assert row["counts"] == 4


class TestDownloading:
    @pytest.mark.parametrize(
        "error",
        [TryLaterError(), AccountError(401), RemoteJobMissingError(), NO_SPACE],
        ids=lambda error: type(error).__name__,
    )
    async def test_a_download_that_failed_in_passing_is_tried_again_until_the_deadline(
        self, workshop: Workshop, error: Exception
    ) -> None:
        job = await workshop.house.job(JobState.DOWNLOADING)
        workshop.tape.then("download", error, error, error)

        job = await workshop.take(job, times=2)
        assert (job.state, job.attempts) == (JobState.DOWNLOADING, 2)

        workshop.clock.advance(PLAN.deadline + SECOND)
        job = await workshop.take(job)
        assert (job.state, job.reason) == (JobState.FAILED, FailureReason.DEADLINE)
        assert workshop.files == []

    async def test_a_finished_clip_is_fetched_even_after_the_deadline(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.DOWNLOADING)
        workshop.clock.advance(2 * PLAN.deadline)

        assert (await workshop.take(job)).state is JobState.DELIVERING

    @pytest.mark.parametrize("broken", [CLIP[:-1], b"<html>504</html>", b""])
    async def test_a_clip_that_came_broken_is_fetched_once_more(self, workshop: Workshop, broken: bytes) -> None:
        job = await workshop.house.job(JobState.DOWNLOADING)
        workshop.tape.then("download", broken)

        job = await workshop.take(job)
        assert (job.state, workshop.files) == (JobState.DOWNLOADING, [])

        assert (await workshop.take(job)).state is JobState.DELIVERING
        assert workshop.files == [f"video-{job.id}.mp4"]

    async def test_a_key_that_is_refused_twice_fails_no_download_and_the_owner_hears_of_it_once(
        self, workshop: Workshop
    ) -> None:
        job = await workshop.house.job(JobState.DOWNLOADING)
        workshop.tape.then("download", *[AccountError(401)] * 5)

        job = await workshop.take(job)
        assert await workshop.house.rows("SELECT kind FROM notices") == []
        job = await workshop.take(job, times=4)

        assert (job.state, job.attempts) == (JobState.DOWNLOADING, 5)
        assert await workshop.house.rows("SELECT kind FROM notices") == [{"kind": "account"}]
        assert (await workshop.take(job)).state is JobState.DELIVERING

    async def test_a_clip_that_came_broken_each_time_is_unplayable_and_was_paid_for(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.DOWNLOADING)
        workshop.tape.then("download", *[CLIP[:-1]] * BROKEN_TRIES)

        failed = await workshop.take(job, times=BROKEN_TRIES)

        assert (failed.state, failed.reason) == (JobState.FAILED, FailureReason.UNPLAYABLE)
        assert workshop.files == []
        [row] = await workshop.house.rows("SELECT counts, held_microusd FROM jobs")
        assert row == {"counts": 0, "held_microusd": BILLED}

    @pytest.mark.parametrize(
        ("error", "reason", "counts"),
        [
            (ClipTooLargeError(), FailureReason.TOO_LARGE, 1),
            (ClipGoneError(), FailureReason.EXPIRED, 0),
        ],
    )
    async def test_a_clip_that_cannot_get_better_is_not_fetched_again(
        self, workshop: Workshop, error: Exception, reason: FailureReason, counts: int
    ) -> None:
        job = await workshop.house.job(JobState.DOWNLOADING)
        workshop.tape.then("download", error)

        failed = await workshop.take(job)

        assert (failed.state, failed.reason) == (JobState.FAILED, reason)
        [row] = await workshop.house.rows("SELECT counts FROM jobs")
        assert row["counts"] == counts

    async def test_what_a_crash_left_of_a_download_is_thrown_away(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.DOWNLOADING)
        (workshop.folder / f"video-{job.id}.part").write_bytes(b"half")

        await workshop.take(job)

        assert workshop.files == [f"video-{job.id}.mp4"]


class TestDelivering:
    async def fetched(self, workshop: Workshop) -> "JobAtHand":
        return JobAtHand(workshop, await workshop.take(await workshop.house.job(JobState.DOWNLOADING)))

    async def test_the_first_post_is_made_without_a_search(self, workshop: Workshop) -> None:
        hand = await self.fetched(workshop)

        await hand.take()

        [call] = workshop.tape.named("post_result")
        assert call.delivering_at is not None
        assert workshop.tape.named("find_result") == []

    async def test_a_post_after_a_doubtful_one_looks_first(self, workshop: Workshop) -> None:
        hand = await self.fetched(workshop)
        workshop.tape.then("post_result", DeliverLaterError(90 * SECOND), DeliverLaterError())

        following = await workshop.steps.take(hand.job)
        assert following.wait is not None
        assert following.wait >= 90 * SECOND
        job = await workshop.take(following.job, times=2)

        assert job.state is JobState.DELIVERED
        assert workshop.tape.names[1:] == ["post_result", *["find_result", "post_result"] * 2]

    async def test_a_post_after_a_crash_looks_first(self, workshop: Workshop) -> None:
        hand = await self.fetched(workshop)
        await workshop.house.jobs.begin_delivery(hand.job, now=NOON)

        await workshop.take(await workshop.house.stored(hand.job))

        assert workshop.tape.names[1:] == ["find_result", "post_result"]

    async def test_a_post_that_was_not_written_down_is_looked_for_the_next_time(self, workshop: Workshop) -> None:
        hand = await self.fetched(workshop)
        await refuse_updates(workshop, "NEW.state = 'delivered'")
        with pytest.raises(StorageError):
            await hand.take()
        await allow(workshop.house.database)

        await workshop.take(await workshop.house.stored(hand.job))

        assert workshop.tape.names[1:] == ["post_result", "find_result", "post_result"]
        assert workshop.files == [f"video-{hand.job.id}.mp4"]

    async def test_a_clip_that_was_lost_from_disk_is_fetched_again(self, workshop: Workshop) -> None:
        hand = await self.fetched(workshop)
        workshop.shelf.remove(hand.job)

        assert (await hand.take()).state is JobState.DELIVERED
        assert workshop.tape.names == ["download", "download", "post_result"]

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (DirectClosedError(), FailureReason.UNDELIVERABLE),
            (UploadTooLargeError(10), FailureReason.TOO_LARGE),
        ],
    )
    async def test_a_result_that_has_no_place_fails_counts_and_keeps_its_clip_for_a_while(
        self, workshop: Workshop, error: Exception, reason: FailureReason
    ) -> None:
        hand = await self.fetched(workshop)
        workshop.tape.then("post_result", error)

        failed = await hand.take()
        assert (failed.state, failed.reason) == (JobState.FAILED, reason)
        [row] = await workshop.house.rows("SELECT counts, held_microusd FROM jobs")
        assert row == {"counts": 1, "held_microusd": BILLED}

        told = await workshop.steps.take(failed)
        assert (told.wait, workshop.files) == (PLAN.clip_retention, [f"video-{failed.id}.mp4"])
        assert told.job.next_at == NOON + PLAN.clip_retention

        workshop.clock.advance(PLAN.clip_retention)
        gone = await workshop.steps.take(told.job)
        assert (gone.wait, gone.job.next_at, workshop.files) == (None, None, [])
        assert workshop.tape.names[-1] == "tell_end"

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (ClipGoneError(), FailureReason.EXPIRED),
            (ClipTooLargeError(), FailureReason.TOO_LARGE),
        ],
    )
    async def test_a_clip_that_was_lost_and_cannot_be_had_again_fails(
        self, workshop: Workshop, error: Exception, reason: FailureReason
    ) -> None:
        hand = await self.fetched(workshop)
        workshop.shelf.remove(hand.job)
        workshop.tape.then("download", error)

        failed = await hand.take()

        assert (failed.state, failed.reason) == (JobState.FAILED, reason)

    @pytest.mark.parametrize(
        ("call", "error"),
        [
            ("post_result", DeliverLaterError()),
            ("post_result", ConnectionResetError()),
            ("download", TryLaterError()),
            ("download", RemoteJobMissingError()),
            ("download", NO_SPACE),
        ],
    )
    async def test_a_delivery_that_fails_in_passing_is_tried_until_the_deadline(
        self, workshop: Workshop, call: str, error: Exception
    ) -> None:
        hand = await self.fetched(workshop)
        if call == "download":
            workshop.shelf.remove(hand.job)
        workshop.tape.then(call, error, error)

        job = await hand.take()
        assert (job.state, job.attempts) == (JobState.DELIVERING, 1)

        workshop.clock.advance(PLAN.deadline + SECOND)
        job = await workshop.take(job)
        assert (job.state, job.reason) == (JobState.FAILED, FailureReason.UNDELIVERABLE)


class JobAtHand:
    """A job and the workshop that it is in."""

    def __init__(self, workshop: Workshop, job: "Job") -> None:
        self._workshop = workshop
        self.job = job

    async def take(self) -> "Job":
        return await self._workshop.take(self.job)


class TestTelling:
    async def test_a_member_is_told_again_later_while_discord_cannot_be_reached(self, workshop: Workshop) -> None:
        job = await workshop.house.failed(FailureReason.REFUSED)
        workshop.tape.then("tell_end", DeliverLaterError(10 * SECOND))

        following = await workshop.steps.take(job)
        assert following.wait is not None
        assert following.wait >= 10 * SECOND
        assert following.job.told_at is None

        told = await workshop.steps.take(following.job)
        assert (told.wait, told.job.told_at) == (None, NOON)

    async def test_who_cannot_be_told_until_the_deadline_is_told_no_more(self, workshop: Workshop) -> None:
        job = await workshop.house.failed(FailureReason.REFUSED)
        workshop.tape.then("tell_end", DeliverLaterError())
        workshop.clock.advance(PLAN.deadline + SECOND)

        following = await workshop.steps.take(job)

        assert (following.wait, following.job.next_at) == (None, None)

    async def test_a_closed_channel_is_asked_once_more_which_is_then_by_direct_message(
        self, workshop: Workshop
    ) -> None:
        job = await workshop.house.failed(FailureReason.REFUSED)
        workshop.tape.then("tell_end", ChannelClosedError(), ChannelClosedError())

        [*_, last] = await workshop.take_all(job)

        assert workshop.tape.names == ["tell_end", "tell_end"]
        assert [call.job.refusals for call in workshop.tape.named("tell_end") if call.job] == [0, 1]
        assert last.told_at is not None

    async def test_who_takes_no_direct_messages_is_not_told(self, workshop: Workshop) -> None:
        job = await workshop.house.failed(FailureReason.REFUSED)
        workshop.tape.then("tell_end", DirectClosedError())

        [*_, last] = await workshop.take_all(job)

        assert workshop.tape.names == ["tell_end"]
        assert last.told_at is not None

    async def test_a_cancelled_job_that_nobody_showed_is_shown(self, workshop: Workshop) -> None:
        job = await workshop.house.queued()
        cancelled = await workshop.house.jobs.cancel(job.id, now=NOON, told=False)
        assert cancelled is not None

        [*_, last] = await workshop.take_all(cancelled)

        assert workshop.tape.names == ["tell_end"]
        assert last.next_at is None

    async def test_the_clip_of_a_delivered_job_goes_only_after_its_member_was_told(self, workshop: Workshop) -> None:
        job = await workshop.house.job(JobState.DELIVERED)
        workshop.shelf.path(job).write_bytes(CLIP)
        workshop.tape.then("tell_end", DeliverLaterError())

        job = await workshop.take(job)
        assert workshop.files == [f"video-{job.id}.mp4"]

        await workshop.take(job)
        assert workshop.files == []


async def refuse_updates(workshop: Workshop, condition: str) -> None:
    """Make the disk full for some writes."""
    await refuse(workshop.house.database, "UPDATE ON jobs", when=condition)
