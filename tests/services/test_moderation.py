"""Takedowns and reports: who may, what each changes, and that neither costs money or shows what nobody shall see."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from services.errors import NotAllowedError, SourceGoneError
from services.jobs import Removals
from services.limits import ConductBook, NoticeBook, ReportBook, ReportOutcome, WordBook
from services.limits.reports import LONGEST_REMARK, MOST_REPORTS, forget_old_reports
from services.models import FailureReason, Job, JobState, Requester
from services.moderation import Moderation
from tests.services.jobs.samples import NOON, SPEC, HandClock, House, asker, manager, new_job, owner

Wish = Callable[[Moderation, Requester], Awaitable[object]]
MANAGERS_WISHES: Final[Sequence[Wish]] = (
    lambda act, who: act.words(who),
    lambda act, who: act.add_word("fox", who),
    lambda act, who: act.remove_word("fox", who),
    lambda act, who: act.end_pause(7, who),
)
OWNERS_WISHES: Final[Sequence[Wish]] = (
    lambda act, who: act.words(who, everywhere=True),
    lambda act, who: act.add_word("fox", who, everywhere=True),
    lambda act, who: act.remove_word("fox", who, everywhere=True),
    lambda act, who: act.take_down(1, who),
)
NOBODYS: Final = replace(manager(), guild_id=0)


def moderation_over(house: House, clock: HandClock | None = None) -> Moderation:
    database = house.database
    return Moderation(
        jobs=house.jobs,
        servers=house.servers,
        words=WordBook(database=database),
        conduct=ConductBook(database=database),
        reports=ReportBook(database=database),
        removals=Removals(database=database),
        wake=lambda: None,
        clock=clock or HandClock(),
    )


@pytest.mark.parametrize("who", [asker(), replace(owner(), is_manager=False), NOBODYS])
@pytest.mark.parametrize("wish", MANAGERS_WISHES)
async def test_only_the_managers_of_a_server_keep_its_list(house: House, wish: Wish, who: Requester) -> None:
    with pytest.raises(NotAllowedError):
        await wish(moderation_over(house), who)


@pytest.mark.parametrize("who", [asker(), manager()])
@pytest.mark.parametrize("wish", OWNERS_WISHES)
async def test_only_the_owner_decides_for_every_server(house: House, wish: Wish, who: Requester) -> None:
    with pytest.raises(NotAllowedError):
        await wish(moderation_over(house), who)


class TestTakedown:
    @pytest.mark.parametrize(
        "state", [JobState.SUBMITTING, JobState.GENERATING, JobState.DOWNLOADING, JobState.DELIVERING]
    )
    async def test_a_video_under_way_is_marked_beside_its_step_which_goes_on(
        self, house: House, state: JobState
    ) -> None:
        job = await house.job(state)

        taken = await moderation_over(house).take_down(job.id, owner())

        assert taken is not None
        assert taken.job.taken_down_at == NOON
        # Whoever holds it may still write what its step led to: what was bought must not be lost.
        assert (taken.job.state, taken.job.fence, taken.job.prompt) == (state, job.fence, job.prompt)

    async def test_one_that_waits_is_cancelled_for_free(self, house: House) -> None:
        job = await house.queued()

        taken = await moderation_over(house).take_down(job.id, owner())

        assert taken is not None
        assert taken.job.state is JobState.CANCELLED
        (row,) = await house.rows("SELECT held_microusd, counts, prompt FROM jobs")
        assert row == {"held_microusd": 0, "counts": 0, "prompt": ""}

    async def test_one_that_was_posted_is_to_be_removed_and_weighs_what_it_did(self, house: House) -> None:
        job = await house.job(JobState.DELIVERED)
        (before,) = await house.rows("SELECT held_microusd, counts FROM jobs")

        taken = await moderation_over(house).take_down(job.id, owner())

        assert taken is not None
        assert (taken.job.removed_at, taken.job.taken_down_at, taken.job.prompt) == (NOON, NOON, "")
        assert (taken.job.told_at, taken.job.next_at) == (None, NOON)
        assert await house.rows("SELECT held_microusd, counts FROM jobs") == [before]

    async def test_one_that_could_not_be_posted_is_no_longer_kept(self, house: House) -> None:
        job = await house.job(JobState.DELIVERING)
        failed = await house.jobs.move(job, JobState.FAILED, now=NOON, reason=FailureReason.UNDELIVERABLE)
        await house.jobs.told(failed, now=NOON, next_at=NOON + timedelta(hours=24))

        taken = await moderation_over(house).take_down(job.id, owner())

        assert taken is not None
        assert taken.job.next_at == NOON
        assert taken.job.is_withdrawn

    async def test_nobody_goes_on_from_it_and_the_owner_hears_who_has(self, house: House) -> None:
        source = await house.job(JobState.DELIVERED, user=8)
        on = replace(new_job(70), spec=replace(SPEC, continues=source.remote_id))
        waiting = (await house.jobs.reserve(on, asker(2), now=NOON)).job

        taken = await moderation_over(house).take_down(source.id, owner())

        assert taken is not None
        assert taken.cancelled == [waiting.id]
        with pytest.raises(SourceGoneError):
            await house.jobs.reserve(replace(on, interaction_id=71), asker(2), now=NOON)
        blocks = await house.rows("SELECT guild_id, user_id FROM blocks")
        assert blocks == [{"guild_id": 0, "user_id": 8}]

    async def test_one_that_never_was_changes_nothing(self, house: House) -> None:
        assert await moderation_over(house).take_down(10**6, owner()) is None
        assert await house.rows("SELECT * FROM audit") == await house.rows("SELECT * FROM blocks") == []


class TestReports:
    async def test_a_report_is_told_once_for_each_member_and_its_words_go_with_the_telling(self, house: House) -> None:
        job, act = await posted(house), moderation_over(house)
        notices = NoticeBook(database=house.database)

        outcomes = [await act.report(job.id, asker(user), remark="bad") for user in (2, 2, 3)]

        assert outcomes == [ReportOutcome.TO_OWNER, ReportOutcome.ALREADY, ReportOutcome.TO_OWNER]
        for notice in await notices.untold():
            assert (notice.remark, notice.message_id) == ("bad", job.result_message_id)
            await notices.told(notice, now=NOON)
        assert {row["remark"] for row in await house.rows("SELECT remark FROM notices")} == {""}
        assert await act.report(job.id, asker(2), remark="bad") is ReportOutcome.ALREADY

    async def test_a_member_reports_only_so_many_videos_in_an_hour(self, house: House) -> None:
        clock = HandClock()
        act = moderation_over(house, clock)
        jobs = [await posted(house) for _ in range(MOST_REPORTS + 1)]

        outcomes = [await act.report(job.id, asker(2), remark="") for job in jobs]
        clock.advance(timedelta(hours=1, seconds=1))

        assert outcomes == [ReportOutcome.TO_OWNER] * MOST_REPORTS + [ReportOutcome.TOO_MANY]
        assert await act.report(jobs[-1].id, asker(2), remark="") is ReportOutcome.TO_OWNER

    async def test_what_somebody_does_not_see_they_cannot_report(self, house: House) -> None:
        job, act = await posted(house), moderation_over(house)
        living = await house.job(JobState.GENERATING)

        assert await act.report(job.id, asker(2, guild=2), remark="") is ReportOutcome.UNKNOWN
        assert await act.report(living.id, asker(2), remark="") is ReportOutcome.UNKNOWN
        assert await act.report(10**6, asker(2), remark="") is ReportOutcome.UNKNOWN
        place = (job.result_channel_id or 0, 10**6)
        assert await act.why_not_reported(job.id, asker(2), message=place) is ReportOutcome.UNKNOWN

    async def test_a_remark_is_cut_and_old_reports_are_forgotten(self, house: House) -> None:
        job, act = await posted(house), moderation_over(house)
        await act.report(job.id, asker(2), remark="x" * 3_000)
        notices = NoticeBook(database=house.database)
        (notice,) = await notices.untold()
        await notices.told(notice, now=NOON)

        async with house.database.transaction() as tx:
            await forget_old_reports(tx, now=NOON + timedelta(days=31))

        assert len(notice.remark) == LONGEST_REMARK
        assert await house.rows("SELECT * FROM notices") == []


async def posted(house: House) -> Job:
    """Return a video whose message nobody else's has."""
    job = await house.job(JobState.DELIVERED)
    await house.rows("UPDATE jobs SET result_message_id = :id WHERE id = :id RETURNING id", {"id": job.id})
    stored = await house.jobs.get(job.id)
    assert stored is not None
    return stored
