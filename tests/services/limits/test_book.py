"""What owner and managers write down binds the next request: money, budgets, bonuses; and each change is in the log."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from services.database import Database
from services.errors import LimitReachedError, LimitRule, LimitSource, StorageError
from services.limits import Allowance, BotLimits, LimitEntry
from services.limits.audit import latest
from services.limits.rules import DAY, MONTH
from services.models import FailureReason, JobState
from tests.services.jobs.samples import NOON, RESERVED, House, asker, house_over, manager, owner

DOLLAR: Final = 1_000_000
MILLISECOND: Final = timedelta(milliseconds=1)
SERVER: Final = LimitEntry(source=LimitSource.SERVER, source_id=0)
TIGHT: Final = BotLimits(
    videos_per_day=100,
    everywhere_per_day=100,
    microusd_everywhere=4 * DOLLAR,
    total_microusd=5 * DOLLAR,
    server_microusd=3 * DOLLAR,
)


@pytest.fixture
def tight(database: Database) -> House:
    return house_over(database, bot_limits=TIGHT)


async def refusal(house: House, *, user: int = 1, guild: int = 1, microusd: int = DOLLAR) -> LimitReachedError:
    with pytest.raises(LimitReachedError) as caught:
        await house.reserved(user, guild, microusd=microusd)
    return caught.value


async def allowance(house: House, *, user: int = 1, guild: int = 1, at: datetime = NOON) -> Allowance:
    async with house.database.transaction() as tx:
        return await house.limits.allowance(tx, asker(user, guild), at=at)


class TestMoney:
    async def test_a_members_money_is_counted_in_the_server_that_set_it(self, house: House) -> None:
        await house.limits.set(replace(SERVER, microusd=DOLLAR), manager(), now=NOON)
        await house.reserved(microusd=600_000)

        error = await refusal(house, microusd=400_001)

        assert (error.rule, error.limit, error.used, error.wanted) == (LimitRule.MONEY, DOLLAR, 600_000, 400_001)
        await house.reserved(microusd=400_000)
        await house.reserved(user=2, microusd=DOLLAR)
        await house.reserved(guild=2, microusd=DOLLAR)

    async def test_the_owners_ceiling_for_a_member_counts_over_all_servers(self, tight: House) -> None:
        await tight.reserved(guild=1, microusd=2 * DOLLAR)
        await tight.reserved(guild=2, microusd=2 * DOLLAR)

        error = await refusal(tight, guild=3, microusd=1)

        assert (error.rule, error.source) == (LimitRule.MONEY_EVERYWHERE, LimitSource.BOT)
        await tight.reserved(user=2, guild=3, microusd=DOLLAR)

    async def test_one_server_does_not_spend_more_than_its_budget_nor_all_more_than_the_total(
        self, tight: House
    ) -> None:
        await tight.reserved(user=1, guild=1, microusd=3 * DOLLAR)
        assert (await refusal(tight, user=2, guild=1, microusd=1)).rule is LimitRule.SERVER_BUDGET

        await tight.reserved(user=2, guild=2, microusd=2 * DOLLAR)
        assert (await refusal(tight, user=3, guild=3, microusd=1)).rule is LimitRule.TOTAL_BUDGET

    async def test_what_the_owner_sets_by_command_goes_over_the_settings(self, tight: House) -> None:
        await tight.limits.set_budget(1, DOLLAR, owner(), now=NOON)
        await tight.limits.set_budget(0, 2 * DOLLAR, owner(), now=NOON)
        here, there = await allowance(tight, guild=1), await allowance(tight, guild=2)

        assert (here.server_budget, here.total_budget) == (DOLLAR, 2 * DOLLAR)
        assert (there.server_budget, there.total_budget) == (3 * DOLLAR, 2 * DOLLAR)
        assert (await refusal(tight, microusd=DOLLAR + 1)).rule is LimitRule.SERVER_BUDGET
        await tight.reserved(microusd=DOLLAR)

    async def test_a_budget_of_nought_stops_everything_that_costs(self, tight: House) -> None:
        await tight.limits.set_budget(0, 0, owner(), now=NOON)

        assert (await refusal(tight, microusd=1)).rule is LimitRule.TOTAL_BUDGET
        await tight.reserved(microusd=0)

    async def test_money_is_free_again_after_thirty_days_and_not_a_moment_before(self, tight: House) -> None:
        await tight.reserved(microusd=3 * DOLLAR)

        assert (await allowance(tight, at=NOON + MONTH - MILLISECOND)).server_spent == 3 * DOLLAR
        assert (await allowance(tight, at=NOON + MONTH)).server_spent == 0

    async def test_a_bill_below_the_reservation_gives_the_rest_back_and_one_above_takes_more(
        self, tight: House
    ) -> None:
        jobs = [await tight.job(JobState.GENERATING, microusd=DOLLAR) for _ in range(2)]
        for job, cost in zip(jobs, (100_000, 1_700_000), strict=True):
            done = await tight.jobs.move(job, JobState.DOWNLOADING, now=NOON, cost_microusd=cost)
            assert (await allowance(tight)).spent >= cost
            done = await tight.jobs.move(done, JobState.DELIVERING, now=NOON)
            await tight.jobs.move(done, JobState.DELIVERED, now=NOON, result=(1, 2))

        assert (await allowance(tight)).spent == 1_800_000

    async def test_an_unknown_submit_frees_the_member_and_keeps_the_owners_money(self, house: House) -> None:
        await house.limits.set(replace(SERVER, videos_per_day=1), manager(), now=NOON)
        job = await house.jobs.move(
            await house.job(JobState.SUBMITTING), JobState.FAILED, now=NOON, reason=FailureReason.SUBMIT_UNKNOWN
        )

        found = await allowance(house)
        assert (found.used, found.left, found.total_spent) == (0, 1, RESERVED)

        await house.jobs.resolve(job.id, owner(), was_spent=False, now=NOON)
        assert (await allowance(house)).total_spent == 0

    async def test_what_was_billed_was_spent_whatever_anybody_says(self, house: House) -> None:
        job = await house.failed(FailureReason.SUBMIT_UNKNOWN, cost=2)

        assert await house.jobs.resolve(job.id, owner(), was_spent=False, now=NOON) is not None
        assert (await allowance(house)).total_spent == 2

    async def test_an_unknown_submit_that_was_spent_stays_and_is_resolved_once(self, house: House) -> None:
        job = await house.jobs.move(
            await house.job(JobState.SUBMITTING), JobState.FAILED, now=NOON, reason=FailureReason.SUBMIT_UNKNOWN
        )

        assert await house.jobs.resolve(job.id, owner(), was_spent=True, now=NOON) is not None
        assert await house.jobs.resolve(job.id, owner(), was_spent=False, now=NOON) is None
        assert (await allowance(house)).total_spent == RESERVED


class TestBonus:
    async def granted(self, house: House, *, per_day: int, videos: int) -> None:
        await house.limits.set(replace(SERVER, videos_per_day=per_day), manager(), now=NOON)
        await house.limits.grant(1, videos, manager(interaction=70), now=NOON)

    async def test_a_bonus_is_one_video_beyond_the_day(self, house: House) -> None:
        await self.granted(house, per_day=1, videos=1)
        assert (await allowance(house)).left == 2
        await house.reserved()
        await house.reserved()

        assert (await refusal(house)).rule is LimitRule.VIDEOS_PER_DAY
        await house.reserved(at=NOON + DAY)
        with pytest.raises(LimitReachedError):
            await house.reserved(at=NOON + DAY)

    async def test_a_bonus_video_is_none_of_the_day(self, house: House) -> None:
        await self.granted(house, per_day=1, videos=1)
        first, bonus = await house.reserved(), await house.reserved()
        found = await allowance(house)
        assert (found.used, found.bonus_left, found.used_everywhere) == (1, 0, 2)

        # The day's own video is given back: that is one of the day again, whatever became of the bonus.
        await house.jobs.cancel(first.id, now=NOON, told=True)
        found = await allowance(house)
        assert (found.used, found.left, found.bonus_left) == (0, 1, 0)
        rows = await house.rows("SELECT id FROM jobs WHERE uses_bonus = 1")
        assert [row["id"] for row in rows] == [bonus.id]

    async def test_a_bonus_video_that_fails_gives_the_bonus_back(self, house: House) -> None:
        await self.granted(house, per_day=0, videos=1)
        await house.failed(FailureReason.UPSTREAM_FAILED)
        assert (await allowance(house)).bonus_left == 1

        await house.job(JobState.DELIVERED)
        assert (await allowance(house)).bonus_left == 0

    async def test_a_bonus_that_was_not_used_does_not_lapse(self, house: House) -> None:
        await self.granted(house, per_day=0, videos=3)
        await house.reserved()

        assert (await allowance(house, at=NOON + 300 * DAY)).bonus_left == 2

    async def test_all_of_a_large_bonus_can_be_used_in_one_day(self, house: House) -> None:
        await self.granted(house, per_day=1, videos=20)

        for _ in range(21):
            await house.job(JobState.DELIVERED)

        assert (await refusal(house)).rule is LimitRule.VIDEOS_PER_DAY

    async def test_a_bonus_is_given_once_however_often_the_command_arrives(self, house: House) -> None:
        for _ in range(3):
            await house.limits.grant(1, 2, manager(interaction=70), now=NOON)

        assert (await allowance(house)).bonus_left == 2
        assert len(await latest(house.database, 1, most=9)) == 1

    async def test_a_bonus_is_good_in_its_own_server_for_its_own_member(self, house: House) -> None:
        await self.granted(house, per_day=1, videos=2)

        assert (await allowance(house, user=2)).bonus_left == 0
        assert (await allowance(house, guild=2)).bonus_left == 0

    async def test_no_bonus_goes_over_the_owners_ceiling(self, database: Database) -> None:
        house = house_over(database, bot_limits=BotLimits(videos_per_day=1, everywhere_per_day=1))
        await house.limits.grant(1, 9, manager(interaction=70), now=NOON)
        await house.reserved()

        assert (await allowance(house)).left == 0
        assert (await refusal(house)).rule is LimitRule.EVERYWHERE_PER_DAY


class TestAttempts:
    async def test_failed_and_cancelled_videos_cost_a_try_for_a_day(self, database: Database) -> None:
        house = house_over(
            database, bot_limits=BotLimits(videos_per_day=2, everywhere_per_day=99, attempts_per_video=3)
        )
        for number in range(6):
            if number % 2:
                await house.failed(FailureReason.REFUSED)
            else:
                await house.jobs.cancel((await house.reserved()).id, now=NOON, told=True)

        error = await refusal(house)
        assert (error.rule, error.limit, error.used) == (LimitRule.ATTEMPTS_PER_DAY, 6, 6)
        assert (await allowance(house)).used == 0
        await house.reserved(guild=2)
        await house.reserved(at=NOON + DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change, and the row that it leaves."""

    make: Callable[[House], Awaitable[Any]]
    action: str
    subject: str
    before: str
    after: str
    guild: int = 1


CHANGES: Final = {
    "a limit": Change(
        make=lambda house: house.limits.set(replace(SERVER, microusd=5, longest_clip=8), manager(), now=NOON),
        action="limits set",
        subject="server",
        before="videos_per_day=3",
        after="videos_per_day=3 microusd=5 longest_clip=8",
    ),
    "a limit cleared": Change(
        make=lambda house: house.limits.clear(LimitSource.SERVER, 0, manager(), now=NOON),
        action="limits clear",
        subject="server",
        before="videos_per_day=3",
        after="",
    ),
    "a grant": Change(
        make=lambda house: house.limits.grant(4, 2, manager(interaction=70), now=NOON),
        action="limits grant",
        subject="member 4",
        before="",
        after="videos=2",
    ),
    "a server's budget": Change(
        make=lambda house: house.limits.set_budget(1, 9, owner(), now=NOON),
        action="owner budget",
        subject="server 1",
        before="microusd=7",
        after="microusd=9",
    ),
    "the budget of everything": Change(
        make=lambda house: house.limits.set_budget(0, 9, owner(), now=NOON),
        action="owner budget",
        subject="everything",
        before="",
        after="microusd=9",
        guild=0,
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_change_leaves_one_row_that_says_who_what_before_and_after(house: House, change: Change) -> None:
    await house.limits.set(replace(SERVER, videos_per_day=3), manager(), now=NOON)
    await house.limits.set_budget(1, 7, owner(), now=NOON)
    known = len(await house.rows("SELECT id FROM audit"))

    await change.make(house)

    assert len(await house.rows("SELECT id FROM audit")) == known + 1
    [entry, *_] = await latest(house.database, change.guild, most=9)
    assert (entry.action, entry.subject, entry.before, entry.after, entry.at) == (
        change.action,
        change.subject,
        change.before,
        change.after,
        NOON,
    )
    assert entry.actor_id in {manager().user_id, owner().user_id}


async def test_clearing_what_was_not_set_changes_nothing_and_leaves_no_row(house: House) -> None:
    assert not await house.limits.clear(LimitSource.ROLE, 8, manager(), now=NOON)

    assert await latest(house.database, 1, most=9) == []


async def test_a_change_that_the_schema_refuses_leaves_no_row(house: House) -> None:
    for microusd in (-1, 10**12 + 1):
        with pytest.raises(StorageError):
            await house.limits.set_budget(1, microusd, owner(), now=NOON)

    assert await house.rows("SELECT id FROM audit") == []
    assert await house.rows("SELECT * FROM budgets") == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor_id = 1", "DELETE FROM audit"])
async def test_nothing_in_the_log_is_ever_changed_or_removed_not_even_by_hand(house: House, statement: str) -> None:
    await house.limits.set_budget(1, 7, owner(), now=NOON)

    with pytest.raises(StorageError) as caught:
        await house.rows(statement)

    assert "append-only" in str(caught.value.__cause__)
    assert len(await latest(house.database, 1, most=9)) == 1


async def test_the_log_pages_from_the_newest_to_the_oldest(house: House) -> None:
    for number in range(5):
        await house.limits.set_budget(1, number, owner(), now=NOON)

    first = await latest(house.database, 1, most=2)
    second = await latest(house.database, 1, most=2, before_id=first[-1].id)
    third = await latest(house.database, 1, most=2, before_id=second[-1].id)

    assert [entry.after for entry in (*first, *second, *third)] == [f"microusd={number}" for number in (4, 3, 2, 1, 0)]
    assert await latest(house.database, 2, most=2) == []
