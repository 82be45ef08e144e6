"""What those who pay have to hear is written down once, and once more only when the matter has come anew."""

from datetime import timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.database import Database
from services.errors import LimitReachedError
from services.limits import BotLimits, Notice, NoticeBook, NoticeKind
from services.limits.notices import AGAIN_BELOW, EVERYWHERE, LEVELS, forget, note, note_level, note_over
from services.models import Job, JobState
from tests.services.jobs.samples import NOON, House, house_over, owner

DOLLAR: Final = 1_000_000
BUDGETS: Final = BotLimits(
    videos_per_day=999, everywhere_per_day=999, total_microusd=20 * DOLLAR, server_microusd=10 * DOLLAR
)
TOPIC: Final = "topic"


@pytest.fixture
def notices(database: Database) -> NoticeBook:
    return NoticeBook(database=database)


@pytest.fixture
def budgeted(database: Database) -> House:
    return house_over(database, bot_limits=BUDGETS)


async def spend(database: Database, percent: int, *, guild: int = 1, budget: int = 100) -> None:
    async with database.transaction() as tx:
        await note_level(tx, guild_id=guild, spent=percent, budget=budget, now=NOON)


async def tell_all(notices: NoticeBook) -> list[Notice]:
    """Tell what there is, as the notifier does."""
    told = list(await notices.untold())
    for notice in told:
        await notices.told(notice, now=NOON)
    return told


async def percents(notices: NoticeBook) -> list[int]:
    return [notice.amount * 100 // notice.compared for notice in await tell_all(notices)]


class TestLevelsOfABudget:
    @pytest.mark.parametrize(
        ("percent", "expected"), [(79, []), (80, [80]), (99, [99]), (100, [100, 100]), (250, [250, 250])]
    )
    async def test_eighty_and_a_hundred_percent_are_each_told(
        self, database: Database, notices: NoticeBook, percent: int, expected: list[int]
    ) -> None:
        await spend(database, percent)

        assert await percents(notices) == expected

    async def test_a_level_is_told_once_however_long_it_stays_passed(
        self, database: Database, notices: NoticeBook
    ) -> None:
        for percent in (80, 85, 79, 81, 71, 99, 100, 100, 95, 120):
            await spend(database, percent)
            await tell_all(notices)

        assert [row["topic"] for row in await rows(database)] == ["budget 1 80", "budget 1 100"]

    async def test_a_level_is_told_again_only_after_ten_points_below_it(
        self, database: Database, notices: NoticeBook
    ) -> None:
        heard: list[list[int]] = []
        for percent in (80, 70, 85, 69, 80, 100, 90, 100, 89, 100):
            await spend(database, percent)
            heard.append(await percents(notices))

        assert heard == [[80], [], [], [], [80], [100], [], [], [], [100]]

    async def test_a_level_that_nobody_was_told_of_yet_is_not_forgotten(
        self, database: Database, notices: NoticeBook
    ) -> None:
        await spend(database, 80)
        await spend(database, 10)

        assert await percents(notices) == [80]

    async def test_servers_and_everything_are_told_apart(self, database: Database, notices: NoticeBook) -> None:
        for guild in (EVERYWHERE, 1, 2):
            await spend(database, 80, guild=guild)

        assert [notice.guild_id for notice in await tell_all(notices)] == [EVERYWHERE, 1, 2]

    @pytest.mark.parametrize("budget", [None, 0])
    async def test_without_a_budget_there_is_nothing_to_pass(
        self, database: Database, notices: NoticeBook, budget: int | None
    ) -> None:
        async with database.transaction() as tx:
            await note_level(tx, guild_id=1, spent=5, budget=budget, now=NOON)

        assert await notices.untold() == []

    @settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(walk=st.lists(st.integers(0, 130), max_size=12))
    async def test_whatever_way_the_spending_goes_a_level_is_heard_once_each_time_that_it_is_climbed(
        self, database: Database, walk: list[int]
    ) -> None:
        async with database.transaction() as tx:
            await tx.execute("DELETE FROM notices")
        notices, heard = NoticeBook(database=database), 0
        for percent in walk:
            await spend(database, percent)
            heard += len(await tell_all(notices))

        assert heard == sum(climbs(walk, level) for level in LEVELS)


def climbs(walk: list[int], level: int) -> int:
    """How often a walk reaches a level, coming from the ground or from ten points below it."""
    is_up, times = False, 0
    for percent in walk:
        if percent >= level and not is_up:
            is_up, times = True, times + 1
        elif percent < level - AGAIN_BELOW:
            is_up = False
    return times


class TestInTheTransactionOfTheMove:
    async def test_a_reservation_that_passes_a_level_says_so_for_the_server_and_for_everything(
        self, budgeted: House, notices: NoticeBook
    ) -> None:
        await budgeted.reserved(guild=1, microusd=8 * DOLLAR)
        assert [(each.guild_id, each.amount) for each in await tell_all(notices)] == [(1, 8 * DOLLAR)]

        await budgeted.reserved(guild=2, microusd=8 * DOLLAR)
        assert [(each.guild_id, each.amount, each.compared) for each in await tell_all(notices)] == [
            (EVERYWHERE, 16 * DOLLAR, 20 * DOLLAR),
            (2, 8 * DOLLAR, 10 * DOLLAR),
        ]

    async def test_a_bill_above_the_reservation_is_told_with_both_amounts_and_may_pass_a_level(
        self, budgeted: House, notices: NoticeBook
    ) -> None:
        job = await delivered(budgeted, reserved=2 * DOLLAR, cost=9 * DOLLAR)

        dearer, level = await tell_all(notices)

        assert (dearer.kind, dearer.job_id, dearer.guild_id) == (NoticeKind.DEARER, job.id, EVERYWHERE)
        assert (dearer.amount, dearer.compared) == (9 * DOLLAR, 2 * DOLLAR)
        assert (level.kind, level.guild_id, level.amount) == (NoticeKind.BUDGET, 1, 9 * DOLLAR)

    @pytest.mark.parametrize("cost", [None, 0, 2 * DOLLAR])
    async def test_a_bill_up_to_the_reservation_is_nothing_to_tell(
        self, budgeted: House, notices: NoticeBook, cost: int | None
    ) -> None:
        await delivered(budgeted, reserved=2 * DOLLAR, cost=cost)

        assert await notices.untold() == []

    async def test_a_refused_request_tells_nothing(self, budgeted: House, notices: NoticeBook) -> None:
        await budgeted.limits.set_budget(1, DOLLAR, owner(), now=NOON)
        with pytest.raises(LimitReachedError):
            await budgeted.reserved(microusd=2 * DOLLAR)

        assert await notices.untold() == []

    async def test_a_budget_that_the_owner_raised_is_told_anew_when_it_fills(
        self, budgeted: House, notices: NoticeBook
    ) -> None:
        await budgeted.reserved(microusd=8 * DOLLAR)
        assert len(await tell_all(notices)) == 1

        await budgeted.limits.set_budget(1, 15 * DOLLAR, owner(), now=NOON)
        await budgeted.reserved(microusd=DOLLAR)
        assert await tell_all(notices) == []
        await budgeted.reserved(microusd=3 * DOLLAR)
        assert [each.compared for each in await tell_all(notices)] == [15 * DOLLAR]


class TestAMatterThatEnds:
    async def test_a_matter_stands_once_until_it_is_over(self, database: Database, notices: NoticeBook) -> None:
        async with database.transaction() as tx:
            for _ in range(3):
                await note(tx, NoticeKind.ACCOUNT, topic=TOPIC, now=NOON)
        assert [each.kind for each in await tell_all(notices)] == [NoticeKind.ACCOUNT]

        async with database.transaction() as tx:
            await note(tx, NoticeKind.ACCOUNT, topic=TOPIC, now=NOON)
            for _ in range(3):
                await note_over(tx, TOPIC, NoticeKind.ACCOUNT_WORKS, now=NOON)
        assert [each.kind for each in await tell_all(notices)] == [NoticeKind.ACCOUNT_WORKS]

        async with database.transaction() as tx:
            await note(tx, NoticeKind.ACCOUNT, topic=TOPIC, now=NOON + timedelta(hours=1))
        assert [each.kind for each in await tell_all(notices)] == [NoticeKind.ACCOUNT]

    async def test_the_end_of_what_nobody_heard_of_is_not_told_either(
        self, database: Database, notices: NoticeBook
    ) -> None:
        async with database.transaction() as tx:
            await note(tx, NoticeKind.ACCOUNT, topic=TOPIC, now=NOON)
            await note_over(tx, TOPIC, NoticeKind.ACCOUNT_WORKS, now=NOON)

        assert await notices.untold() == []

    async def test_what_was_let_go_without_a_word_is_told_anew(self, database: Database, notices: NoticeBook) -> None:
        for _ in range(2):
            async with database.transaction() as tx:
                await note(tx, NoticeKind.AMBIGUOUS, topic=TOPIC, now=NOON)
            assert [each.kind for each in await tell_all(notices)] == [NoticeKind.AMBIGUOUS]
            async with database.transaction() as tx:
                await forget(tx, TOPIC)
        assert await notices.untold() == []


async def test_notices_are_told_in_the_order_in_which_they_were_written(
    database: Database, notices: NoticeBook
) -> None:
    async with database.transaction() as tx:
        for number in (3, 1, 2):
            await note(tx, NoticeKind.UNKNOWN, topic=f"unknown {number}", job_id=number, amount=number, now=NOON)

    first, *rest = await notices.untold()
    await notices.told(first, now=NOON)

    assert [each.job_id for each in (first, *rest)] == [3, 1, 2]
    assert await notices.untold() == rest


async def rows(database: Database) -> list[dict[str, object]]:
    async with database.transaction() as tx:
        return [dict(row) for row in await tx.fetch_all("SELECT * FROM notices ORDER BY id")]


async def delivered(house: House, *, reserved: int, cost: int | None) -> Job:
    job = await house.job(JobState.GENERATING, microusd=reserved)
    job = await house.jobs.move(job, JobState.DOWNLOADING, now=NOON, cost_microusd=cost)
    return await house.walked(job, JobState.DELIVERED)
