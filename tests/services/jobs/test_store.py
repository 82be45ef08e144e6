"""The job store: what was reserved once stays reserved once, and nobody writes with an old view."""

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from services.database import Database
from services.errors import LimitReachedError, LimitRule, StaleJobError, StorageError
from services.jobs import ANSWER_GRACE, Reservation
from services.limits import BotLimits
from services.models import MOVES, FailureReason, Job, JobState
from tests.refusing import BY_CHECK
from tests.services.jobs.samples import (
    LEASE,
    NOON,
    RESERVED,
    SPEC,
    House,
    asker,
    house_over,
    new_job,
)

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


async def reserve_all(house: House, *, users: int, guilds: int, asks: int) -> list[Reservation | LimitReachedError]:
    """Let everybody ask at the same moment."""
    people = itertools.islice(itertools.cycle(itertools.product(range(users), range(guilds))), asks)
    asked = (
        house.jobs.reserve(new_job(number), asker(1 + user, 1 + guild), now=NOON)
        for number, (user, guild) in enumerate(people)
    )
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(outcome, Reservation | LimitReachedError) for outcome in outcomes), outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, Reservation | LimitReachedError)]


async def test_a_reservation_stores_all_that_a_restart_needs(house: House) -> None:
    reservation = await house.jobs.reserve(new_job(55), asker(3, 4), now=NOON)

    job = reservation.job
    assert reservation.is_new
    assert (job.interaction_id, job.user_id, job.guild_id, job.channel_id) == (55, 3, 4, 77)
    assert (job.state, job.spec, job.prompt) == (JobState.QUEUED, SPEC, "a lighthouse in a storm")
    assert (job.reserved_microusd, job.created_at) == (RESERVED, NOON)
    # Nobody has confirmed yet that the member saw the answer: look after a while.
    assert (job.status_message_id, job.next_at) == (None, NOON + ANSWER_GRACE)
    assert reservation.allowance.used == 1
    assert await house.stored(job) == job


async def test_what_a_model_does_not_offer_stays_unsaid(house: House) -> None:
    bare = replace(SPEC, resolution=None, aspect_ratio=None, audio=None, seed=42)

    job = (await house.jobs.reserve(replace(new_job(1), spec=bare), asker(), now=NOON)).job

    assert job.spec == bare
    assert (await house.stored(job)).spec == bare


async def test_an_interaction_that_is_delivered_twice_is_one_job(house: House) -> None:
    first = await house.jobs.reserve(new_job(55), asker(), now=NOON)
    again = await house.jobs.reserve(new_job(55), asker(), now=NOON + SECOND)

    assert (again.job, again.is_new) == (first.job, False)
    assert again.allowance.used == 1


async def test_an_interaction_that_is_delivered_again_is_answered_even_where_the_limit_is_reached(
    database: Database,
) -> None:
    house = house_over(database, bot_limits=BotLimits(videos_per_day=1, everywhere_per_day=1))
    first = await house.jobs.reserve(new_job(55), asker(), now=NOON)

    assert (await house.jobs.reserve(new_job(55), asker(), now=NOON)).job == first.job


async def test_the_same_interaction_twenty_times_at_once_is_one_job(house: House) -> None:
    outcomes = await asyncio.gather(*(house.jobs.reserve(new_job(55), asker(), now=NOON) for _ in range(20)))

    assert [outcome.is_new for outcome in outcomes].count(True) == 1
    assert {outcome.job.id for outcome in outcomes} == {outcomes[0].job.id}


async def test_fifty_at_once_against_a_limit_of_three_are_exactly_three(database: Database) -> None:
    house = house_over(database, bot_limits=BotLimits(videos_per_day=3, everywhere_per_day=100))

    outcomes = await reserve_all(house, users=1, guilds=1, asks=50)

    assert sum(isinstance(outcome, Reservation) for outcome in outcomes) == 3
    assert {outcome.rule for outcome in outcomes if isinstance(outcome, LimitReachedError)} == {
        LimitRule.VIDEOS_PER_DAY
    }
    assert len(await house.rows("SELECT id FROM jobs")) == 3


async def test_fifty_at_once_over_five_servers_against_a_ceiling_of_three_are_exactly_three(database: Database) -> None:
    house = house_over(database, bot_limits=BotLimits(videos_per_day=3, everywhere_per_day=3))

    outcomes = await reserve_all(house, users=1, guilds=5, asks=50)

    assert sum(isinstance(outcome, Reservation) for outcome in outcomes) == 3
    assert {outcome.rule for outcome in outcomes if isinstance(outcome, LimitReachedError)} == {
        LimitRule.EVERYWHERE_PER_DAY
    }


async def test_fifty_at_once_against_two_running_are_exactly_two_for_each_member_and_server(database: Database) -> None:
    house = house_over(database, bot_limits=BotLimits(videos_per_day=99, everywhere_per_day=99, running_at_once=2))

    outcomes = await reserve_all(house, users=2, guilds=2, asks=48)

    assert sum(isinstance(outcome, Reservation) for outcome in outcomes) == 8


async def test_a_refusal_stores_nothing(database: Database) -> None:
    house = house_over(database, bot_limits=BotLimits(videos_per_day=0, everywhere_per_day=1))

    with pytest.raises(LimitReachedError):
        await house.reserved()

    assert await house.rows("SELECT id FROM jobs") == []


async def test_nobody_works_on_a_job_before_its_answer_is_seen_or_overdue(house: House) -> None:
    job = await house.reserved()

    assert await house.jobs.claim(now=NOON + ANSWER_GRACE - SECOND, lease=LEASE) == []
    [claimed] = await house.jobs.claim(now=NOON + ANSWER_GRACE, lease=LEASE)
    assert (claimed.id, claimed.status_message_id) == (job.id, None)


async def test_an_acknowledged_job_is_due_at_once(house: House) -> None:
    job = await house.reserved()

    acknowledged = await house.jobs.acknowledge(job.id, 123, now=NOON + SECOND)

    assert acknowledged is not None
    assert (acknowledged.status_message_id, acknowledged.next_at) == (123, NOON + SECOND)
    assert [claimed.id for claimed in await house.jobs.claim(now=NOON + SECOND, lease=LEASE)] == [job.id]


async def test_the_first_acknowledgement_stands(house: House) -> None:
    job = await house.queued()

    assert await house.jobs.acknowledge(job.id, 999, now=NOON) is None
    assert (await house.stored(job)).status_message_id == job.status_message_id


async def test_an_acknowledgement_overtakes_whoever_looks_for_the_answer(house: House) -> None:
    job = await house.reserved()
    [looking] = await house.jobs.claim(now=NOON + ANSWER_GRACE, lease=LEASE)

    await house.jobs.acknowledge(job.id, 123, now=NOON + ANSWER_GRACE)

    with pytest.raises(StaleJobError):
        await house.jobs.retry_at(looking, NOON + MINUTE)
    # A look that found nothing is older than the acknowledgement, and must not undo it.
    assert await house.jobs.cancel(job.id, now=NOON + ANSWER_GRACE, told=True, seen=looking) is None
    assert (await house.stored(job)).state is JobState.QUEUED


@pytest.mark.parametrize("told", [True, False])
async def test_a_waiting_job_can_be_cancelled_and_is_shown_so_once(house: House, told: bool) -> None:  # noqa: FBT001  # a table
    job = await house.queued()

    cancelled = await house.jobs.cancel(job.id, now=NOON + SECOND, told=told)

    assert cancelled is not None
    assert (cancelled.state, cancelled.ended_at) == (JobState.CANCELLED, NOON + SECOND)
    assert (cancelled.told_at is not None, cancelled.next_at is None) == (told, told)
    claimed = await house.jobs.claim(now=NOON + SECOND, lease=LEASE)
    assert [each.id for each in claimed] == ([] if told else [job.id])


async def test_a_job_that_was_sent_or_never_was_cannot_be_cancelled(house: House) -> None:
    for state in set(JobState) - {JobState.QUEUED, JobState.CANCELLED, JobState.FAILED}:
        job = await house.job(state)
        assert await house.jobs.cancel(job.id, now=NOON, told=True) is None
        assert await house.stored(job) == job

    assert await house.jobs.cancel(10**6, now=NOON, told=True) is None


async def test_a_cancel_takes_a_claimed_job_from_under_the_worker(house: House) -> None:
    await house.queued()
    [claimed] = await house.jobs.claim(now=NOON, lease=LEASE)

    await house.jobs.cancel(claimed.id, now=NOON, told=True)

    with pytest.raises(StaleJobError):
        await house.jobs.move(claimed, JobState.SUBMITTING, now=NOON)


async def test_cancel_and_submit_at_the_same_moment_have_one_winner(house: House) -> None:
    for _ in range(10):
        await house.queued()
    claimed = [*await house.jobs.claim(now=NOON, lease=LEASE)]

    async def submit(job: Job) -> bool:
        try:
            await house.jobs.move(job, JobState.SUBMITTING, now=NOON)
        except StaleJobError:
            return False
        return True

    async def cancel(job: Job) -> bool:
        return await house.jobs.cancel(job.id, now=NOON, told=True) is not None

    for number, job in enumerate(claimed):
        both = (submit(job), cancel(job)) if number % 2 else (cancel(job), submit(job))
        assert sorted(await asyncio.gather(*both)) == [False, True]


@pytest.mark.parametrize("start", [state for state in JobState if state not in {JobState.CANCELLED, JobState.FAILED}])
async def test_a_move_that_is_not_in_the_table_is_refused(house: House, start: JobState) -> None:
    job = await house.job(start)

    for target in set(JobState) - MOVES[start]:
        with pytest.raises(ValueError, match="does not move"):
            await house.jobs.move(job, target, now=NOON)

    assert await house.stored(job) == job


async def test_of_two_moves_with_the_same_view_only_the_first_is_written(house: House) -> None:
    job = await house.job(JobState.GENERATING)
    await house.jobs.move(job, JobState.DOWNLOADING, now=NOON, cost_microusd=1)

    with pytest.raises(StaleJobError):
        await house.jobs.move(job, JobState.FAILED, now=NOON, reason=FailureReason.EXPIRED)

    assert (await house.stored(job)).state is JobState.DOWNLOADING


async def test_whoever_lost_the_lease_writes_nothing_any_more(house: House) -> None:
    await house.job(JobState.GENERATING)
    [ours] = await house.jobs.claim(now=NOON, lease=LEASE)
    [theirs] = await house.another("two").claim(now=NOON + LEASE, lease=LEASE)

    with pytest.raises(StaleJobError):
        await house.jobs.move(ours, JobState.DOWNLOADING, now=NOON + LEASE)
    with pytest.raises(StaleJobError):
        await house.jobs.retry_at(ours, NOON)

    moved = await house.another("two").move(theirs, JobState.DOWNLOADING, now=NOON + LEASE)
    assert moved.state is JobState.DOWNLOADING


async def test_a_move_notes_when_what_happened(house: House) -> None:
    times = {state: NOON + number * MINUTE for number, state in enumerate(JobState)}
    job = await house.queued()
    for state in (JobState.SUBMITTING, JobState.GENERATING, JobState.DOWNLOADING, JobState.DELIVERING):
        job = await house.walked(job, state, now=times[state])
    job = await house.jobs.begin_delivery(job, now=times[JobState.DELIVERED] - SECOND)
    job = await house.walked(job, JobState.DELIVERED, now=times[JobState.DELIVERED])

    assert job.submitted_at == times[JobState.SUBMITTING]
    assert job.completed_at == times[JobState.DOWNLOADING]
    assert job.delivering_at == times[JobState.DELIVERED] - SECOND
    assert job.ended_at == times[JobState.DELIVERED]
    assert (job.result_channel_id, job.result_message_id) == (77, 5_000 + job.id)
    assert (job.remote_id, job.cost_microusd) == (f"remote-{job.id}", 400_000)
    assert await house.stored(job) == job


async def test_a_job_that_goes_back_in_line_is_free_for_all_and_comes_when_its_time_has(house: House) -> None:
    await house.queued()
    [job] = await house.jobs.claim(now=NOON, lease=LEASE)
    job = await house.jobs.move(job, JobState.SUBMITTING, now=NOON)

    back = await house.jobs.move(job, JobState.QUEUED, now=NOON, next_at=NOON + MINUTE)

    assert (back.state, back.next_at) == (JobState.QUEUED, NOON + MINUTE)
    other = house.another("two")
    assert await other.claim(now=NOON + MINUTE - SECOND, lease=LEASE) == []
    assert [each.id for each in await other.claim(now=NOON + MINUTE, lease=LEASE)] == [job.id]


async def test_how_often_the_video_api_was_too_busy_is_counted_until_it_accepts(house: House) -> None:
    job = await house.queued()
    for times in (1, 2, 3):
        job = await house.jobs.move(job, JobState.SUBMITTING, now=NOON)
        assert job.attempts == times - 1
        job = await house.jobs.move(job, JobState.QUEUED, now=NOON)
        assert job.attempts == times

    assert (await house.walked(job, JobState.GENERATING)).attempts == 0


async def test_a_failed_try_is_counted_and_any_progress_forgets_it(house: House) -> None:
    job = await house.job(JobState.DOWNLOADING)

    for times in (1, 2, 3):
        job = await house.jobs.retry_at(job, NOON + times * MINUTE)
        assert (job.attempts, job.next_at) == (times, NOON + times * MINUTE)

    assert (await house.walked(job, JobState.DELIVERING)).attempts == 0


async def test_who_was_told_rests_or_waits_for_the_clip_to_go(house: House) -> None:
    job = await house.failed(FailureReason.TOO_LARGE)
    kept = await house.jobs.told(job, now=NOON, next_at=NOON + MINUTE)
    assert (kept.told_at, kept.next_at) == (NOON, NOON + MINUTE)

    rested = await house.jobs.rest(kept)

    assert rested.next_at is None
    assert await house.jobs.claim(now=NOON + timedelta(days=1), lease=LEASE) == []


async def test_a_living_job_cannot_be_put_to_rest(house: House) -> None:
    job = await house.job(JobState.GENERATING)

    with pytest.raises(StorageError, match=BY_CHECK):
        await house.jobs.rest(job)

    assert await house.stored(job) == job


async def test_a_job_that_does_not_exist_is_none(house: House) -> None:
    assert await house.jobs.get(1) is None


async def test_a_standing_shows_what_is_left_what_lives_and_the_latest_that_ended(house: House) -> None:
    ended = [await house.job(JobState.DELIVERED) for _ in range(4)]
    living = [await house.queued(), await house.job(JobState.GENERATING)]
    await house.queued(user=2)
    await house.queued(guild=2)

    allowance, alive, latest = await house.jobs.standing(asker(), at=NOON, latest=3)

    assert (allowance.used, allowance.running) == (6, 2)
    assert [job.id for job in alive] == [job.id for job in living]
    assert [job.id for job in latest] == [job.id for job in reversed(ended[1:])]


async def test_the_usual_time_is_that_of_the_models_last_jobs(house: House) -> None:
    for seconds in (60, 80, 100, 120, 140):
        job = await house.job(JobState.DELIVERING)
        await house.walked(job, JobState.DELIVERED, now=NOON + seconds * SECOND)
    await house.job(JobState.DELIVERED)  # not yet the model's own: see below
    async with house.database.transaction() as tx:
        await tx.execute("UPDATE jobs SET model = 'acme/other' WHERE id = (SELECT MAX(id) FROM jobs)")

    usual = await house.jobs.usual_time(SPEC.model)

    assert usual is not None
    assert (usual.median, usual.low, usual.high, usual.samples) == (100.0, 80.0, 120.0, 5)


async def test_two_jobs_are_too_few_for_a_usual_time(house: House) -> None:
    for _ in range(2):
        await house.job(JobState.DELIVERED)
    await house.failed(FailureReason.REFUSED)

    assert await house.jobs.usual_time(SPEC.model) is None


async def test_only_the_last_thirty_make_the_usual_time(house: House) -> None:
    for seconds in [1_000] * 5 + [60] * 30:
        job = await house.job(JobState.DELIVERING)
        await house.walked(job, JobState.DELIVERED, now=NOON + seconds * SECOND)

    usual = await house.jobs.usual_time(SPEC.model)

    assert usual is not None
    assert (usual.high, usual.samples) == (60.0, 30)
