"""Four processes over one PostgreSQL at the same moment: no limit gives way, no slot and no job is given out twice.

Each has a `Database`, and so connections, of its own, as it would in a process of its own: what they share is the
server alone.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from services.database import Database
from services.errors import LimitReachedError, LimitRule
from services.jobs import Reservation
from services.limits import BotLimits
from services.models import Job, JobState
from tests.postgresql.ground import PostgresGround
from tests.services.jobs.samples import GENEROUS, LEASE, NOON, RESERVED, House, asker, house_over, new_job

PROCESSES: Final = 4
ROUNDS: Final = 12
SLOTS: Final = 4

Opened = Sequence[Database]


@pytest.fixture
async def databases(postgresql: PostgresGround, tmp_path: Path) -> AsyncGenerator[Opened]:
    async with AsyncExitStack() as stack:
        stored = stack.enter_context(postgresql.stored(tmp_path))
        opened = [await Database.open(stored.where) for _ in range(PROCESSES)]
        for each in opened:
            stack.push_async_callback(each.close)
        yield opened


def processes(databases: Opened, *, limits: BotLimits = GENEROUS, slots: int = SLOTS) -> list[House]:
    """Put a store over each of the databases."""
    return [
        house_over(each, bot_limits=limits, running_at_once=slots, owner=f"process {number}")
        for number, each in enumerate(databases)
    ]


async def at_once(asked: Iterable[Awaitable[Reservation]]) -> tuple[list[Reservation], Counter[LimitRule]]:
    """Wait for all of them. Returns what was accepted, and how often each rule refused."""
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, LimitReachedError)]
    accepted = [outcome for outcome in outcomes if isinstance(outcome, Reservation)]
    assert len(accepted) + len(refused) == len(outcomes), outcomes
    return accepted, Counter(error.rule for error in refused)


async def test_the_cap_is_reached_to_the_last_reservation_and_never_passed(databases: Opened) -> None:
    houses = processes(databases, limits=replace(GENEROUS, total_microusd=10 * RESERVED))

    # Everybody asks once in a server of their own, so that the cap alone can refuse.
    accepted, rules = await at_once(
        houses[number % PROCESSES].jobs.reserve(new_job(number), asker(number, number), now=NOON)
        for number in range(1, 15 * PROCESSES)
    )

    [held] = await houses[0].rows("SELECT SUM(held_microusd) AS held FROM jobs")
    assert (len(accepted), held["held"]) == (10, 10 * RESERVED)
    assert set(rules) == {LimitRule.TOTAL_BUDGET}


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        (BotLimits(videos_per_day=3, everywhere_per_day=999), LimitRule.VIDEOS_PER_DAY),
        (BotLimits(videos_per_day=999, everywhere_per_day=3), LimitRule.EVERYWHERE_PER_DAY),
        (BotLimits(videos_per_day=999, everywhere_per_day=999, running_at_once=3), LimitRule.RUNNING_AT_ONCE),
    ],
    ids=["a day", "a day over all servers", "running at once"],
)
async def test_one_member_gets_no_more_by_asking_everywhere_at_once(
    databases: Opened, limits: BotLimits, rule: LimitRule
) -> None:
    houses = processes(databases, limits=limits)

    accepted, rules = await at_once(
        houses[number % PROCESSES].jobs.reserve(new_job(number), asker(), now=NOON) for number in range(1, 41)
    )

    assert (len(accepted), set(rules)) == (3, {rule})


async def test_an_interaction_that_all_of_them_hear_is_one_job(databases: Opened) -> None:
    houses = processes(databases)

    accepted, _ = await at_once(house.jobs.reserve(new_job(55), asker(), now=NOON) for house in houses * 5)

    assert {each.job.id for each in accepted} == {accepted[0].job.id}
    assert [each.is_new for each in accepted].count(True) == 1


async def claimed(houses: Sequence[House], *, times: int = 1) -> list[list[Job]]:
    """Let all of them claim at once; returns what each claim gave."""
    claims = (house.jobs.claim(now=NOON, lease=LEASE, most=7) for house in houses for _ in range(times))
    return [list(jobs) for jobs in await asyncio.gather(*claims)]


async def test_no_more_are_sent_than_there_are_slots_and_no_slot_is_left_free(databases: Opened) -> None:
    houses = processes(databases)
    for number in range(ROUNDS * SLOTS):
        await houses[0].queued(user=number % 5, guild=number % 3)

    for _ in range(ROUNDS):
        given = [job for jobs in await claimed(houses, times=2) for job in jobs]
        assert len({job.id for job in given}) == len(given) == SLOTS
        for job in given:
            await houses[0].jobs.move(await houses[0].walked(job, JobState.DOWNLOADING), JobState.DELIVERING, now=NOON)
        # Out of everybody's way: what is due again would be claimed for its next step.
        await houses[0].rows("UPDATE jobs SET next_at = next_at + 3600000 WHERE state = 'delivering'")

    [left] = await houses[0].rows("SELECT COUNT(*) AS jobs FROM jobs WHERE state = 'queued'")
    assert left["jobs"] == 0


async def test_no_step_of_a_job_is_given_out_twice(databases: Opened) -> None:
    houses = processes(databases, slots=999)
    jobs = [await houses[0].job(JobState.GENERATING, user=number) for number in range(60)]
    await houses[0].rows("UPDATE jobs SET lease_until = 0, owner = NULL, next_at = 1")

    given = [job.id for found in await claimed(houses, times=6) for job in found]

    assert sorted(given) == [job.id for job in jobs]
