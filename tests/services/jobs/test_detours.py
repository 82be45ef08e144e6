"""Late, diverted, sent again: old views change nothing, and no price and no way charges anybody twice."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.database import Database
from services.errors import StaleJobError, StorageError
from services.jobs import AgainOutcome, Detours
from services.models import FailureReason, Job, JobState, Route
from tests.services.jobs.samples import LEASE, MEBIBYTE, NOON, RESERVED, House, asker, house_over
from tests.stored import Ground, anywhere

HOUR = timedelta(hours=1)


@pytest.fixture
def detours(house: House) -> Detours:
    return Detours(database=house.database)


async def kept(house: House, *, cost: int | None = 400_000) -> Job:
    """Make a job whose clip could not be posted and is kept for an hour."""
    job = await house.job(JobState.GENERATING)
    job = await house.jobs.move(job, JobState.DOWNLOADING, now=NOON, cost_microusd=cost)
    job = await house.jobs.move(job, JobState.DELIVERING, now=NOON)
    job = await house.jobs.move(job, JobState.FAILED, now=NOON, reason=FailureReason.UNDELIVERABLE)
    return await house.jobs.told(job, now=NOON, next_at=NOON + HOUR)


async def send(detours: Detours, job: Job) -> AgainOutcome:
    outcome, _ = await detours.send_again(job.id, asker(), channel_id=88, upload_limit=MEBIBYTE, now=NOON)
    return outcome


async def test_an_old_view_makes_no_detour(house: House, detours: Detours) -> None:
    job = await house.job(JobState.DELIVERING)
    await house.jobs.claim(now=NOON, lease=LEASE)

    for detour in (detours.late(job, now=NOON), detours.divert(job, now=NOON), detours.opened(job, 5)):
        with pytest.raises(StaleJobError):
            await detour
    with pytest.raises(StaleJobError):
        await detours.refused_news(job)


async def test_a_refusal_is_counted_beside_whatever_else_happens_to_the_job(house: House, detours: Detours) -> None:
    job = await house.job(JobState.GENERATING)
    await house.jobs.claim(now=NOON, lease=LEASE)
    await detours.refused(job)

    moved = await house.jobs.move(await house.stored(job), JobState.DOWNLOADING, now=NOON)

    assert moved.refusals == 1


async def test_a_diverted_job_keeps_its_way_through_every_later_move(house: House, detours: Detours) -> None:
    job = await detours.divert(await house.job(JobState.DELIVERING), now=NOON)
    job = await detours.opened(job, 600)
    job = await house.jobs.begin_delivery(job, now=NOON)
    job = await house.jobs.move(job, JobState.DELIVERED, now=NOON, result=(600, 1))

    assert (job.route, job.posting_channel_id, job.refusals) == (Route.DIRECT, 600, 1)


async def test_of_many_wishes_at_once_one_is_granted(house: House, detours: Detours) -> None:
    job = await kept(house)

    outcomes = await asyncio.gather(*(send(detours, job) for _ in range(10)))

    assert sorted(outcomes) == [*[AgainOutcome.ON_ITS_WAY] * 9, AgainOutcome.SENT]
    assert (await house.stored(job)).fence == job.fence + 1


async def test_the_schema_itself_lets_nobody_settle_a_second_time(house: House, detours: Detours) -> None:
    job = await kept(house)
    await send(detours, job)

    for change in ("counts = 0", "held_microusd = held_microusd + 1", "cost_microusd = NULL"):
        with pytest.raises(StorageError):
            await house.rows(f"UPDATE jobs SET {change} WHERE id = {job.id}")  # noqa: S608  # our own few words


async def test_only_what_its_member_may_have_here_is_listed(house: House, detours: Detours) -> None:
    first, second = await kept(house), await kept(house)
    await house.failed(FailureReason.REFUSED)

    listed = await detours.kept(asker(), now=NOON, most=5)

    assert [job.id for job in listed] == [second.id, first.id]
    assert await detours.kept(asker(2), now=NOON, most=5) == []
    assert await detours.kept(asker(1, 2), now=NOON, most=5) == []
    assert await detours.kept(asker(), now=NOON + HOUR, most=5) == []
    assert [job.id for job in await detours.kept(asker(), now=NOON, most=1)] == [second.id]


ENDS = st.sampled_from([(JobState.DELIVERED, None), *((JobState.FAILED, reason) for reason in FailureReason)])


@given(cost=st.none() | st.integers(0, 3 * RESERVED), ends=st.lists(ENDS, min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_however_often_it_is_sent_and_however_that_ends_it_weighs_what_it_weighed(
    ground: Ground, cost: int | None, ends: list[tuple[JobState, FailureReason | None]]
) -> None:
    async def weighs_the_same() -> None:
        with anywhere(ground) as room:
            database = await Database.open(room.where)
            house, detours = house_over(database), Detours(database=database)
            job = await kept(house, cost=cost)
            before = await weight(house)
            for state, reason in ends:
                if await send(detours, job) is not AgainOutcome.SENT:
                    break
                assert await weight(house) == before
                result = (88, 1) if state is JobState.DELIVERED else None
                job = await house.jobs.move(await house.stored(job), state, now=NOON, reason=reason, result=result)
                job = await house.jobs.told(job, now=NOON, next_at=NOON + HOUR)
                assert await weight(house) == before
            await database.close()

    asyncio.run(weighs_the_same())


async def weight(house: House) -> tuple[int, ...]:
    [row] = await house.rows("SELECT counts, held_microusd, cost_microusd FROM jobs")
    allowance, *_ = await house.jobs.standing(asker(), at=NOON, latest=1)
    return row["counts"], row["held_microusd"], row["cost_microusd"] or -1, allowance.used
