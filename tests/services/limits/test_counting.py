"""What members used of their day, read from the jobs: whose number applies, what counts, and when one more is free."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.database import Database
from services.errors import LimitReachedError, LimitRule, LimitSource, StorageError
from services.limits import Allowance, BotLimits, Limit, LimitEntry
from services.limits.rules import DAY
from services.models import FailureReason, JobState, Requester
from tests.services.jobs.samples import NOON, House, asker, house_over, manager

MEMBER, ROLE, SERVER = LimitSource.MEMBER, LimitSource.ROLE, LimitSource.SERVER
HOUR = timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)


def entry(
    source: LimitSource, source_id: int = 0, *, per_day: int | None = None, at_once: int | None = None
) -> LimitEntry:
    return LimitEntry(source=source, source_id=source_id, videos_per_day=per_day, running_at_once=at_once)


async def grant(house: House, *entries: LimitEntry, guild: int = 1) -> None:
    for each in entries:
        await house.limits.set(each, manager(guild), now=NOON)


async def allowance(house: House, requester: Requester, *, at: datetime = NOON) -> Allowance:
    async with house.database.transaction() as tx:
        return await house.limits.allowance(tx, requester, at=at)


async def refusal(house: House, *, user: int = 1, guild: int = 1, at: datetime = NOON) -> LimitReachedError:
    with pytest.raises(LimitReachedError) as caught:
        await house.reserved(user, guild, at=at)
    return caught.value


async def finish_all(house: House) -> None:
    """Let every living job end well, so that only the day's count is left of it."""
    for row in await house.rows("SELECT id FROM jobs WHERE ended_at IS NULL"):
        job = await house.jobs.get(row["id"])
        assert job is not None
        await house.walked(job, JobState.DELIVERED)


@pytest.mark.parametrize(
    ("entries", "roles", "expected"),
    [
        ([], [], (1_000, LimitSource.BOT, 0)),
        ([entry(SERVER, per_day=4)], [], (4, SERVER, 0)),
        ([entry(SERVER, per_day=4), entry(ROLE, 8, per_day=2)], [8], (2, ROLE, 8)),
        ([entry(ROLE, 8, per_day=2), entry(ROLE, 9, per_day=7)], [8, 9], (7, ROLE, 9)),
        ([entry(ROLE, 8, per_day=7), entry(ROLE, 9, per_day=2)], [8, 9], (7, ROLE, 8)),
        ([entry(ROLE, 8, per_day=2), entry(ROLE, 9, per_day=7)], [8], (2, ROLE, 8)),
        ([entry(ROLE, 8, per_day=2)], [], (1_000, LimitSource.BOT, 0)),
        ([entry(MEMBER, 1, per_day=1), entry(ROLE, 8, per_day=9), entry(SERVER, per_day=9)], [8], (1, MEMBER, 1)),
        ([entry(MEMBER, 2, per_day=1)], [], (1_000, LimitSource.BOT, 0)),
        ([entry(MEMBER, 1, at_once=1), entry(SERVER, per_day=4)], [], (4, SERVER, 0)),
        ([entry(MEMBER, 1, per_day=0), entry(SERVER, per_day=4)], [], (0, MEMBER, 1)),
        ([entry(MEMBER, 1, per_day=5_000)], [], (5_000, MEMBER, 1)),
    ],
    ids=[
        "nobody set anything",
        "the server did",
        "a role goes before the server",
        "the best of the roles",
        "the best of the roles in whatever order",
        "only roles that one has",
        "somebody else's role",
        "a member's own goes before all",
        "somebody else's own",
        "an entry for another number says nothing of this one",
        "nought is a number",
        "more than the bot's own",
    ],
)
async def test_the_nearest_rule_applies(
    house: House, entries: Sequence[LimitEntry], roles: Sequence[int], expected: tuple[int, LimitSource, int]
) -> None:
    await grant(house, *entries)

    found = await allowance(house, asker(roles=roles))

    value, source, source_id = expected
    assert found.per_day == Limit(value=value, source=source, source_id=source_id)
    assert found.left == value


async def test_what_one_server_set_says_nothing_in_another(house: House) -> None:
    await grant(house, entry(SERVER, per_day=1), guild=2)

    assert (await allowance(house, asker(guild=1))).per_day.source is LimitSource.BOT


async def test_nobody_limits_how_many_run_at_once_unless_somebody_says_so(house: House) -> None:
    assert (await allowance(house, asker())).at_once is None

    await grant(house, entry(SERVER, at_once=3))
    assert (await allowance(house, asker())).at_once == Limit(value=3, source=SERVER)


async def test_the_owners_own_number_at_once_is_the_last_resort(database: Database) -> None:
    house = house_over(database, bot_limits=BotLimits(videos_per_day=9, everywhere_per_day=9, running_at_once=2))

    assert (await allowance(house, asker())).at_once == Limit(value=2, source=LimitSource.BOT)


async def test_the_day_rolls_and_says_when_the_next_is_free(house: House) -> None:
    await grant(house, entry(SERVER, per_day=2))
    await house.queued(at=NOON)
    await house.queued(at=NOON + HOUR)

    error = await refusal(house, at=NOON + 2 * HOUR)
    assert (error.rule, error.source, error.limit, error.used) == (LimitRule.VIDEOS_PER_DAY, SERVER, 2, 2)
    assert error.frees_at == NOON + DAY

    await refusal(house, at=NOON + DAY - MILLISECOND)
    await house.reserved(at=NOON + DAY)
    assert (await refusal(house, at=NOON + DAY)).frees_at == NOON + HOUR + DAY


async def test_a_limit_that_was_lowered_binds_at_once_and_names_the_later_time(house: House) -> None:
    for hours in range(5):
        await house.queued(at=NOON + hours * HOUR)
    await grant(house, entry(SERVER, per_day=2))

    error = await refusal(house, at=NOON + 5 * HOUR)

    assert (error.limit, error.used) == (2, 5)
    # Three more must leave before one is free: those of noon to three o'clock, so the fourth decides.
    assert error.frees_at == NOON + 3 * HOUR + DAY
    await refusal(house, at=NOON + 3 * HOUR + DAY - MILLISECOND)
    await house.reserved(at=NOON + 3 * HOUR + DAY)


async def test_a_limit_of_nought_never_frees(house: House) -> None:
    await grant(house, entry(MEMBER, 1, per_day=0))

    error = await refusal(house)

    assert (error.limit, error.source, error.source_id, error.frees_at) == (0, MEMBER, 1, None)


async def test_running_jobs_fill_what_may_run_at_once_until_they_end(house: House) -> None:
    await grant(house, entry(ROLE, 8, at_once=1), entry(SERVER, at_once=1))
    first = await house.queued()

    error = await refusal(house)
    assert (error.rule, error.source, error.limit, error.used) == (LimitRule.RUNNING_AT_ONCE, SERVER, 1, 1)
    assert error.frees_at is None

    await house.reserved(user=2)
    await house.reserved(guild=2)
    await house.walked(first, JobState.DELIVERED)
    await house.reserved()


async def test_the_owners_ceiling_counts_over_all_servers(database: Database) -> None:
    house = house_over(database, bot_limits=BotLimits(videos_per_day=10, everywhere_per_day=3))
    for guild in (1, 2, 3):
        await house.queued(guild=guild, at=NOON + guild * HOUR)

    error = await refusal(house, guild=4, at=NOON + 4 * HOUR)

    assert (error.rule, error.source, error.limit, error.used) == (
        LimitRule.EVERYWHERE_PER_DAY,
        LimitSource.BOT,
        3,
        3,
    )
    assert error.frees_at == NOON + HOUR + DAY
    assert (await allowance(house, asker(guild=4), at=NOON + 4 * HOUR)).left == 0
    await house.reserved(user=2, guild=4)


async def test_no_server_can_lift_the_owners_ceiling(database: Database) -> None:
    house = house_over(database, bot_limits=BotLimits(videos_per_day=1, everywhere_per_day=2))
    await grant(house, entry(MEMBER, 1, per_day=10_000, at_once=1_000))
    await house.queued()
    await house.queued()

    assert (await refusal(house)).rule is LimitRule.EVERYWHERE_PER_DAY


@pytest.mark.parametrize("reason", FailureReason)
async def test_a_failure_gives_the_count_back_unless_only_the_last_step_failed(
    house: House, reason: FailureReason
) -> None:
    await grant(house, entry(SERVER, per_day=1))
    await house.failed(reason)

    if reason in {FailureReason.TOO_LARGE, FailureReason.UNDELIVERABLE}:
        assert (await refusal(house)).used == 1
    else:
        await house.reserved()


async def test_a_cancelled_job_gives_its_count_back(house: House) -> None:
    await grant(house, entry(SERVER, per_day=1))
    job = await house.queued()
    await house.jobs.cancel(job.id, now=NOON, told=True)

    await house.reserved()


async def test_a_delivered_job_counts_until_its_day_is_over(house: House) -> None:
    await grant(house, entry(SERVER, per_day=1))
    await house.job(JobState.DELIVERED)

    await refusal(house, at=NOON + DAY - MILLISECOND)
    await house.reserved(at=NOON + DAY)


async def test_an_entry_keeps_what_a_later_one_leaves_out(house: House) -> None:
    await grant(house, entry(ROLE, 8, per_day=3), entry(ROLE, 8, at_once=2), entry(ROLE, 8, per_day=4))

    assert await house.limits.entries(1) == [entry(ROLE, 8, per_day=4, at_once=2)]


async def test_entries_are_listed_from_the_server_to_its_members(house: House) -> None:
    made = [entry(MEMBER, 5, per_day=1), entry(ROLE, 9, at_once=1), entry(SERVER, per_day=2), entry(ROLE, 8, per_day=0)]
    await grant(house, *made)

    assert await house.limits.entries(1) == [made[2], made[3], made[1], made[0]]
    assert await house.limits.entries(2) == []


async def test_what_was_cleared_no_longer_applies(house: House) -> None:
    await grant(house, entry(SERVER, per_day=0))

    assert await house.limits.clear(SERVER, 0, manager(), now=NOON)
    assert not await house.limits.clear(SERVER, 0, manager(), now=NOON)
    await house.reserved()


@pytest.mark.parametrize(
    "wrong",
    [
        entry(SERVER, per_day=-1),
        entry(SERVER, per_day=10_001),
        entry(SERVER, per_day=2**63 - 1),
        entry(SERVER, at_once=-1),
        entry(SERVER, at_once=1_001),
        entry(SERVER, 7, per_day=1),
        entry(ROLE, 0, per_day=1),
        entry(ROLE, 8),
        entry(LimitSource.BOT, per_day=1),
    ],
)
async def test_an_entry_that_makes_no_sense_is_not_stored(house: House, wrong: LimitEntry) -> None:
    with pytest.raises(StorageError):
        await grant(house, wrong)

    assert await house.limits.entries(1) == []


async def test_an_error_while_checking_is_a_refusal(house: House) -> None:
    await house.rows("DROP TABLE limits")

    with pytest.raises(StorageError):
        await house.reserved()

    assert await house.rows("SELECT id FROM jobs") == []


class Day:
    """What a member's day is in theory: the times of the videos that count, in one server and everywhere."""

    def __init__(self, times: Iterable[tuple[datetime, int]]) -> None:
        self.times = sorted(times)

    def used(self, at: datetime, guild: int | None = None) -> int:
        return sum(at - DAY < time for time, where in self.times if guild in (None, where))

    def next_free(self, at: datetime, limit: int, guild: int | None = None) -> datetime | None:
        """Try every moment at which something leaves."""
        moments = [time + DAY for time, _ in self.times if time + DAY > at]
        return next((moment for moment in moments if self.used(moment, guild) < limit), None)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.lists(st.tuples(st.integers(min_value=0, max_value=3 * 24 * 60), st.sampled_from((1, 2))), max_size=12),
    per_day=st.integers(min_value=0, max_value=5),
    everywhere=st.integers(min_value=1, max_value=6),
    asked=st.integers(min_value=0, max_value=4 * 24 * 60),
)
async def test_used_left_and_the_next_free_moment_follow_from_the_jobs_alone(
    house: House, minutes: list[tuple[int, int]], per_day: int, everywhere: int, asked: int
) -> None:
    member = int((await house.rows("SELECT COUNT(DISTINCT user_id) AS known FROM jobs"))[0]["known"]) + 1
    made = [(NOON + timedelta(minutes=offset), guild) for offset, guild in minutes]
    for time, guild in made:
        await house.reserved(member, guild, at=time)
    stricter = house_over(house.database, bot_limits=BotLimits(videos_per_day=per_day, everywhere_per_day=everywhere))
    at, day = NOON + timedelta(minutes=asked), Day(made)

    found = await allowance(stricter, asker(member, 1), at=at)

    here, anywhere = day.used(at, 1), day.used(at)
    assert (found.used, found.used_everywhere) == (here, anywhere)
    assert found.left == max(0, min(per_day - here, everywhere - anywhere))
    assert found.frees_at == (day.next_free(at, per_day, 1) if here >= per_day else None)
    assert found.everywhere_frees_at == (day.next_free(at, everywhere) if anywhere >= everywhere else None)
