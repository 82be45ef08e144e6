"""What was used is what the jobs add up to: by member, by model and by day, in one server and over all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.database import Database, stored
from services.jobs import UsageBook, UsageBy, UsageRow
from services.models import FailureReason, JobState
from tests.services.jobs.samples import NOON, RESERVED, House

DAY: Final = timedelta(days=1)
MODELS: Final = ("acme/clip-1", "acme/other")


@pytest.fixture
def usage(database: Database) -> UsageBook:
    return UsageBook(database=database)


async def sums(usage: UsageBook, by: UsageBy = UsageBy.MEMBER, *, guild: int = 1) -> Sequence[UsageRow]:
    return await usage.sums(guild, by, since=NOON - 9 * DAY, until=NOON + DAY)


async def test_members_are_listed_with_what_they_cost_the_dearest_first(house: House, usage: UsageBook) -> None:
    await house.job(JobState.DELIVERED, user=1)
    for _ in range(2):
        await house.job(JobState.DELIVERED, user=2)
    await house.queued(user=2, microusd=1)
    await house.failed(FailureReason.REFUSED, user=3)

    assert await sums(usage) == [
        UsageRow(group="2", videos=3, delivered=2, microusd=800_001, unconfirmed=1),
        UsageRow(group="1", videos=1, delivered=1, microusd=400_000, unconfirmed=0),
        UsageRow(group="3", videos=1, delivered=0, microusd=0, unconfirmed=0),
    ]


async def test_days_are_those_of_utc_in_their_order(house: House, usage: UsageBook) -> None:
    midnight = NOON.replace(hour=0)
    for at in (midnight, midnight - timedelta(milliseconds=1), midnight - DAY):
        await house.reserved(at=at)

    found = await sums(usage, UsageBy.DAY)

    assert [(row.group, row.videos) for row in found] == [("2026-06-30", 2), ("2026-07-01", 1)]


async def test_cancelled_videos_are_no_use_at_all(house: House, usage: UsageBook) -> None:
    await house.jobs.cancel((await house.reserved()).id, now=NOON, told=True)

    assert await sums(usage) == []
    assert await usage.servers(since=NOON) == []


async def test_a_bill_that_never_came_is_counted_as_unconfirmed_and_what_costs_nothing_is_not(
    house: House, usage: UsageBook
) -> None:
    job = await house.job(JobState.GENERATING)
    await house.walked(await house.jobs.move(job, JobState.DOWNLOADING, now=NOON), JobState.DELIVERED)
    await house.job(JobState.DELIVERED)
    await house.queued(microusd=0)

    [row] = await sums(usage)

    assert (row.videos, row.delivered, row.microusd, row.unconfirmed) == (3, 2, RESERVED + 400_000, 1)


async def test_the_period_has_its_first_moment_and_not_its_last(house: House, usage: UsageBook) -> None:
    for at in (NOON - timedelta(milliseconds=1), NOON, NOON + DAY):
        await house.reserved(at=at)

    [row] = await usage.sums(1, UsageBy.MEMBER, since=NOON, until=NOON + DAY)

    assert row.videos == 1


async def test_one_server_sees_nothing_of_another(house: House, usage: UsageBook) -> None:
    await house.reserved(guild=2)

    assert await sums(usage, guild=1) == []


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One job as its sums see it."""

    user: int
    guild: int
    model: str
    days_ago: int
    held: int
    state: JobState
    is_billed: bool


MADE: Final = st.builds(
    Made,
    user=st.integers(1, 3),
    guild=st.integers(1, 2),
    model=st.sampled_from(MODELS),
    days_ago=st.integers(0, 5),
    held=st.integers(0, 900),
    state=st.sampled_from((JobState.QUEUED, JobState.CANCELLED, JobState.DELIVERED)),
    is_billed=st.booleans(),
)
INSERT: Final = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, prompt, model, duration, upload_limit, counts,
                  reserved_microusd, held_microusd, cost_microusd, created_at, ended_at, next_at, remote_id,
                  result_channel_id, result_message_id)
VALUES (:number, :guild, 1, :user, :state, 'a fox', :model, 5, 10, 0, :held, :held, :cost, :at, :ended, 0, :remote,
        1, 1)
"""


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(jobs=st.lists(MADE, max_size=15))
async def test_however_they_are_grouped_the_sums_are_those_of_the_jobs(house: House, jobs: list[Made]) -> None:
    usage = UsageBook(database=house.database)
    async with house.database.transaction() as tx:
        await tx.execute("DELETE FROM jobs")
        for number, job in enumerate(jobs):
            await tx.execute(INSERT, row_of(job, number))

    counted = [job for job in jobs if job.state is not JobState.CANCELLED]
    here = [job for job in counted if job.guild == 1]
    for by in UsageBy:
        found = await sums(usage, by)
        assert {row.group for row in found} == {group_of(job, by) for job in here}
        for row in found:
            group = [job for job in here if group_of(job, by) == row.group]
            assert (row.videos, row.microusd) == (len(group), sum(job.held for job in group))
            assert row.delivered == sum(job.state is JobState.DELIVERED for job in group)
            assert row.unconfirmed == sum(not job.is_billed and job.held > 0 for job in group)
    servers = await usage.servers(since=NOON - 9 * DAY)
    assert {server.guild_id: (server.videos, server.microusd) for server in servers} == {
        guild: (
            sum(job.guild == guild for job in counted),
            sum(job.held for job in counted if job.guild == guild),
        )
        for guild in {job.guild for job in counted}
    }


def row_of(job: Made, number: int) -> dict[str, int | str | None]:
    return {
        "number": number,
        "guild": job.guild,
        "user": job.user,
        "state": job.state.value,
        "model": job.model,
        "held": job.held,
        "cost": job.held if job.is_billed else None,
        "at": stored(NOON - job.days_ago * DAY),
        "ended": 0 if job.state.is_terminal else None,
        "remote": "r" if job.state is JobState.DELIVERED else None,
    }


def group_of(job: Made, by: UsageBy) -> str:
    match by:
        case UsageBy.MEMBER:
            return str(job.user)
        case UsageBy.MODEL:
            return job.model
        case UsageBy.DAY:
            return (NOON - job.days_ago * DAY).date().isoformat()
