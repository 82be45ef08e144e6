"""Members who are refused again and again: paused, for longer each time, until that is over or a manager ends it."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import pytest

from services.errors import DescriptionBlockedError, MemberPausedError
from services.limits import ConductBook, NoticeBook, NoticeKind
from services.limits.audit import latest
from services.limits.conduct import LENGTHS, MOST_REFUSALS, forget_old_conduct
from services.models import FailureReason, JobState, Requester
from tests.services.jobs.samples import NOON, House, asker, manager, new_job

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def refused_one(interaction: int, *, user: int = 1, guild: int = 1) -> Requester:
    return Requester(user_id=user, guild_id=guild, interaction_id=interaction)


async def refuse(house: House, times: int, *, at: datetime = NOON, first: int = 1) -> datetime | None:
    """Have a list of words refuse the member some requests, a second after each other."""
    until: datetime | None = None
    for number in range(times):
        moment = at + timedelta(seconds=number)
        until = await book(house).refused(refused_one(first + number), now=moment)
    return until


def book(house: House) -> ConductBook:
    return ConductBook(database=house.database)


async def is_paused(house: House, *, now: datetime, user: int = 1, guild: int = 1) -> bool:
    try:
        await house.jobs.preview(new_job(5, at=now), asker(user, guild), now=now)
    except MemberPausedError:
        return True
    return False


async def test_the_fifth_refusal_within_an_hour_pauses_for_an_hour(house: House) -> None:
    assert await refuse(house, MOST_REFUSALS - 1) is None
    assert not await is_paused(house, now=NOON + MINUTE)

    until = await refuse(house, 1, at=NOON + MINUTE, first=50)

    assert until is not None
    assert until == NOON + MINUTE + HOUR
    assert await is_paused(house, now=NOON + HOUR)
    assert not await is_paused(house, now=until)


async def test_refusals_of_different_hours_do_not_add_up(house: House) -> None:
    for number in range(3 * MOST_REFUSALS):
        moment = NOON + number * timedelta(minutes=16)
        assert await book(house).refused(refused_one(1 + number), now=moment) is None


async def test_the_same_interaction_counts_once(house: House) -> None:
    for _ in range(2 * MOST_REFUSALS):
        assert await book(house).refused(refused_one(1), now=NOON) is None


async def test_it_concerns_one_member_in_one_server(house: House) -> None:
    await refuse(house, MOST_REFUSALS)

    assert not await is_paused(house, now=NOON + MINUTE, user=2)
    assert not await is_paused(house, now=NOON + MINUTE, guild=2)


async def test_what_the_video_api_refuses_is_counted_with_it(house: House) -> None:
    await refuse(house, MOST_REFUSALS - 1)
    job = await house.job(JobState.GENERATING)
    await house.jobs.move(job, JobState.FAILED, now=NOON + MINUTE, reason=FailureReason.REFUSED)

    assert await is_paused(house, now=NOON + 2 * MINUTE)


async def test_other_failures_are_not(house: House) -> None:
    await refuse(house, MOST_REFUSALS - 1)
    for _ in range(3):
        job = await house.job(JobState.GENERATING)
        await house.jobs.move(job, JobState.FAILED, now=NOON + MINUTE, reason=FailureReason.UPSTREAM_FAILED)

    assert not await is_paused(house, now=NOON + 2 * MINUTE)


async def test_each_pause_of_the_month_is_longer_and_the_last_length_stays(house: House) -> None:
    at = NOON
    found: list[timedelta] = []
    for number in range(len(LENGTHS) + 1):
        until = await refuse(house, MOST_REFUSALS, at=at, first=1 + 100 * number)
        assert until is not None
        found.append(until - at - timedelta(seconds=MOST_REFUSALS - 1))
        at = until + MINUTE

    assert found == [*LENGTHS, LENGTHS[-1]]
    until = await refuse(house, MOST_REFUSALS, at=at + 40 * DAY, first=9_000)
    assert until == at + 40 * DAY + timedelta(seconds=MOST_REFUSALS - 1) + LENGTHS[0]


async def test_what_is_refused_during_a_pause_counts_towards_no_other(house: House) -> None:
    until = await refuse(house, MOST_REFUSALS)
    assert until is not None

    assert await refuse(house, MOST_REFUSALS, at=NOON + MINUTE, first=100) == until
    assert await refuse(house, MOST_REFUSALS - 1, at=until + MINUTE, first=200) is None


async def test_a_pause_that_a_manager_ends_is_forgiven(house: House) -> None:
    await refuse(house, MOST_REFUSALS)

    assert await book(house).end_pause(1, manager(), now=NOON + MINUTE)
    assert not await book(house).end_pause(1, manager(), now=NOON + MINUTE)

    assert not await is_paused(house, now=NOON + MINUTE)
    until = await refuse(house, MOST_REFUSALS, at=NOON + 2 * MINUTE, first=100)
    assert until == NOON + 2 * MINUTE + timedelta(seconds=MOST_REFUSALS - 1) + LENGTHS[0]
    entries = await latest(house.database, 1, most=9)
    assert [(entry.actor_id, entry.action, bool(entry.after)) for entry in entries] == [
        (0, "member pause", True),
        (manager().user_id, "member pause", False),
        (0, "member pause", True),
    ]


async def test_a_manager_of_another_server_ends_nothing(house: House) -> None:
    await refuse(house, MOST_REFUSALS)

    assert not await book(house).end_pause(1, manager(guild=2), now=NOON + MINUTE)
    assert await is_paused(house, now=NOON + MINUTE)


async def test_the_managers_are_told_once(house: House) -> None:
    await refuse(house, 2 * MOST_REFUSALS)

    (notice,) = await NoticeBook(database=house.database).untold()
    assert (notice.kind, notice.guild_id, notice.user_id, notice.amount) == (
        NoticeKind.MEMBER_PAUSED,
        1,
        1,
        MOST_REFUSALS,
    )
    assert notice.until == NOON + timedelta(seconds=MOST_REFUSALS - 1) + HOUR


async def test_refusals_at_the_same_moment_pause_once(house: House) -> None:
    await asyncio.gather(*(book(house).refused(refused_one(number), now=NOON) for number in range(1, 20)))

    assert len(await house.rows("SELECT * FROM member_pauses")) == 1


async def test_what_nothing_depends_on_any_more_is_forgotten(house: House) -> None:
    await refuse(house, MOST_REFUSALS)
    async with house.database.transaction() as tx:
        await forget_old_conduct(tx, now=NOON + 2 * HOUR)
    assert await house.rows("SELECT * FROM word_refusals") == []
    assert len(await house.rows("SELECT * FROM member_pauses")) == 1

    async with house.database.transaction() as tx:
        await forget_old_conduct(tx, now=NOON + 40 * DAY)
    assert await house.rows("SELECT * FROM member_pauses") == []


async def test_a_blocked_description_reserves_nothing(house: House) -> None:
    await house.rows("INSERT INTO words (guild_id, folded, word, added_by, added_at) VALUES (1, 'fox', 'fox', 2, 3)")

    with pytest.raises(DescriptionBlockedError):
        await house.jobs.reserve(new_job(7, prompt="a red fox"), asker(), now=NOON)

    assert await house.rows("SELECT * FROM jobs") == []
