"""What a job's move means for whoever pays: nothing that happened is forgotten, and nothing is told that did not."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import pytest

from services.database import Database
from services.errors import PausedError, StaleJobError, StorageError
from services.jobs.consequences import ACCOUNT_PAUSE, AMBIGUOUS_MOST, AMBIGUOUS_WITHIN
from services.limits import Notice, NoticeBook, NoticeKind, PauseReason
from services.limits.audit import latest
from services.limits.servers import EVERYWHERE
from services.models import FailureReason, Job, JobState
from tests.refusing import refuse
from tests.services.jobs.samples import LEASE, NOON, RESERVED, House, owner

SECOND: Final = timedelta(seconds=1)


@pytest.fixture
def notices(database: Database) -> NoticeBook:
    return NoticeBook(database=database)


async def heard(notices: NoticeBook) -> list[Notice]:
    told = list(await notices.untold())
    for notice in told:
        await notices.told(notice, now=NOON)
    return told


async def kinds(notices: NoticeBook) -> list[NoticeKind]:
    return [notice.kind for notice in await heard(notices)]


async def reasons(house: House) -> list[PauseReason]:
    return [pause.reason for pause in await house.servers.pauses(1)]


async def end_unknown(house: House, *, at: datetime = NOON, microusd: int = RESERVED) -> Job:
    job = await house.job(JobState.SUBMITTING, now=at, microusd=microusd)
    return await house.jobs.move(job, JobState.FAILED, now=at, reason=FailureReason.SUBMIT_UNKNOWN)


class TestTheOwnersAccount:
    async def refused(self, house: House, *, at: datetime = NOON) -> Job:
        return await house.jobs.hold_for_account(await house.job(JobState.SUBMITTING, now=at), now=at)

    async def test_a_refused_submit_waits_in_line_with_its_reservation_and_the_owner_hears_of_it(
        self, house: House, notices: NoticeBook
    ) -> None:
        job = await self.refused(house)

        assert (job.state, job.remote_id, job.attempts) == (JobState.QUEUED, None, 1)
        assert await reasons(house) == [PauseReason.ACCOUNT]
        assert await kinds(notices) == [NoticeKind.ACCOUNT]
        [row] = await house.rows("SELECT counts, held_microusd FROM jobs")
        assert row == {"counts": 1, "held_microusd": RESERVED}

    async def test_however_many_jobs_it_happens_to_there_is_one_notice(self, house: House, notices: NoticeBook) -> None:
        sending = [await house.job(JobState.SUBMITTING) for _ in range(7)]
        for job in sending:
            await house.jobs.hold_for_account(job, now=NOON)
        later = NOON + ACCOUNT_PAUSE
        for job in await house.jobs.claim(now=later, lease=LEASE):
            again = await house.jobs.move(job, JobState.SUBMITTING, now=later)
            await house.jobs.hold_for_account(again, now=later)

        assert await kinds(notices) == [NoticeKind.ACCOUNT]
        assert await reasons(house) == [PauseReason.ACCOUNT]

    async def test_meanwhile_nothing_new_is_taken_and_nothing_is_sent(self, house: House) -> None:
        await self.refused(house)
        almost = NOON + ACCOUNT_PAUSE - SECOND

        with pytest.raises(PausedError) as caught:
            await house.reserved(at=almost)

        assert (caught.value.everywhere, caught.value.by_bot) == (True, True)
        assert await house.jobs.claim(now=almost, lease=LEASE) == []

    async def test_it_is_tried_again_by_itself_and_what_is_accepted_ends_the_matter(
        self, house: House, notices: NoticeBook
    ) -> None:
        held = await self.refused(house)
        await heard(notices)
        later = NOON + ACCOUNT_PAUSE

        [job] = await house.jobs.claim(now=later, lease=LEASE)
        assert (job.id, await reasons(house), await kinds(notices)) == (held.id, [], [])
        await house.walked(job, JobState.GENERATING, now=later)

        assert await kinds(notices) == [NoticeKind.ACCOUNT_WORKS]

    async def test_the_next_time_it_is_told_anew(self, house: House, notices: NoticeBook) -> None:
        await self.refused(house)
        await heard(notices)
        later = NOON + ACCOUNT_PAUSE
        [job] = await house.jobs.claim(now=later, lease=LEASE)
        await house.walked(job, JobState.GENERATING, now=later)
        await heard(notices)

        await self.refused(house, at=later)

        assert await kinds(notices) == [NoticeKind.ACCOUNT]

    async def test_submits_that_go_well_are_no_news(self, house: House, notices: NoticeBook) -> None:
        await house.job(JobState.DELIVERED)

        assert await kinds(notices) == []

    async def test_a_job_that_was_cancelled_under_the_submit_pauses_nothing(
        self, house: House, notices: NoticeBook
    ) -> None:
        await house.queued()
        [claimed] = await house.jobs.claim(now=NOON, lease=LEASE)
        sending = await house.jobs.move(claimed, JobState.SUBMITTING, now=NOON)
        await house.another("two").claim(now=NOON + LEASE, lease=LEASE)

        with pytest.raises(StaleJobError):
            await house.jobs.hold_for_account(sending, now=NOON)

        assert (await reasons(house), await kinds(notices)) == ([], [])


class TestSubmitsOfUnknownOutcome:
    async def test_each_is_told_once_with_the_money_that_it_holds(self, house: House, notices: NoticeBook) -> None:
        job = await end_unknown(house, microusd=70)

        [notice] = await heard(notices)

        assert (notice.kind, notice.job_id, notice.amount) == (NoticeKind.UNKNOWN, job.id, 70)

    async def test_the_fifth_in_ten_minutes_stops_sending_for_ten_minutes(
        self, house: House, notices: NoticeBook
    ) -> None:
        for number in range(AMBIGUOUS_MOST - 1):
            await end_unknown(house, at=NOON + number * SECOND)
        assert await reasons(house) == []
        last = NOON + AMBIGUOUS_WITHIN - SECOND

        await end_unknown(house, at=last)

        assert await reasons(house) == [PauseReason.AMBIGUOUS]
        assert Counter(await kinds(notices)) == {NoticeKind.UNKNOWN: 5, NoticeKind.AMBIGUOUS: 1}
        with pytest.raises(PausedError):
            await house.reserved(at=last + AMBIGUOUS_WITHIN - SECOND)
        await house.reserved(at=last + AMBIGUOUS_WITHIN)

    async def test_five_that_are_spread_over_more_than_ten_minutes_stop_nothing(self, house: House) -> None:
        for number in range(2 * AMBIGUOUS_MOST):
            await end_unknown(house, at=NOON + number * AMBIGUOUS_WITHIN / (AMBIGUOUS_MOST - 1))

        assert await reasons(house) == []

    async def test_it_goes_on_by_itself_says_so_and_trips_anew(self, house: House, notices: NoticeBook) -> None:
        for _ in range(AMBIGUOUS_MOST):
            await end_unknown(house)
        await heard(notices)

        await house.jobs.claim(now=NOON + AMBIGUOUS_WITHIN, lease=LEASE)
        assert await reasons(house) == []
        assert await kinds(notices) == [NoticeKind.AMBIGUOUS_OVER]

        for _ in range(AMBIGUOUS_MOST):
            await end_unknown(house, at=NOON + 2 * AMBIGUOUS_WITHIN)
        assert NoticeKind.AMBIGUOUS in await kinds(notices)

    async def test_where_the_owner_ended_it_the_next_time_is_told_too(self, house: House, notices: NoticeBook) -> None:
        for _ in range(AMBIGUOUS_MOST):
            await end_unknown(house)
        await heard(notices)

        await house.servers.resume(EVERYWHERE, PauseReason.AMBIGUOUS, owner(), now=NOON)
        await end_unknown(house)

        assert await reasons(house) == [PauseReason.AMBIGUOUS]
        assert await kinds(notices) == [NoticeKind.UNKNOWN, NoticeKind.AMBIGUOUS]

    async def test_other_failures_trip_nothing(self, house: House) -> None:
        for reason in set(FailureReason) - {FailureReason.SUBMIT_UNKNOWN}:
            for _ in range(2):
                await house.failed(reason)

        assert await reasons(house) == []


class TestResolving:
    @pytest.mark.parametrize(("was_spent", "held", "after"), [(True, RESERVED, "spent"), (False, 0, "free")])
    async def test_the_owners_word_settles_the_money_and_leaves_one_row(
        self,
        house: House,
        was_spent: bool,  # noqa: FBT001  # a table
        held: int,
        after: str,
    ) -> None:
        job = await end_unknown(house)

        assert await house.jobs.resolve(job.id, owner(), was_spent=was_spent, now=NOON) is not None

        [row] = await house.rows("SELECT held_microusd, counts FROM jobs")
        assert row == {"held_microusd": held, "counts": 0}
        [entry] = await latest(house.database, 1, most=9)
        assert (entry.action, entry.subject) == ("owner unknown", f"video {job.id}")
        assert (entry.before, entry.after, entry.actor_id) == (f"held={RESERVED}", after, owner().user_id)
        assert await house.jobs.unknown(most=9) == []

    async def test_of_two_words_at_once_one_counts(self, house: House) -> None:
        job = await end_unknown(house)

        both = await asyncio.gather(
            *(house.jobs.resolve(job.id, owner(), was_spent=was_spent, now=NOON) for was_spent in (True, False))
        )

        assert sum(each is not None for each in both) == 1
        assert len(await latest(house.database, 1, most=9)) == 1

    @pytest.mark.parametrize("reason", sorted(set(FailureReason) - {FailureReason.SUBMIT_UNKNOWN}))
    async def test_nothing_else_can_be_resolved(self, house: House, reason: FailureReason) -> None:
        job = await house.failed(reason)

        assert await house.jobs.resolve(job.id, owner(), was_spent=False, now=NOON) is None
        assert await latest(house.database, 1, most=9) == []


async def test_a_move_that_is_not_written_leaves_no_notice_and_no_pause(house: House, notices: NoticeBook) -> None:
    job = await house.job(JobState.SUBMITTING)
    await refuse(house.database, "INSERT ON pauses")

    with pytest.raises(StorageError):
        await house.jobs.hold_for_account(job, now=NOON)

    assert await kinds(notices) == []
    assert (await house.stored(job)).state is JobState.SUBMITTING
