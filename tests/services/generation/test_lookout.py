"""What is learned goes into the database and comes back as the time of the next look; messages make looks rare."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from services.database import Database
from services.generation.lookout import READ_AGAIN, UNTRIED_LOOKS
from services.jobs import Callbacks
from services.models import Job, JobState
from services.webhooks import digest_of
from tests.services.generation.taped import PLAN, Workshop, running, workshop_in
from tests.services.jobs.samples import NOON, SPEC, House, house_over

SECOND: Final = timedelta(seconds=1)
TOLD: Final = replace(PLAN, callbacks_at="https://bot.example")


@pytest.fixture
def told(tmp_path: Path, house: House) -> Workshop:
    """Return a workshop that the video API may tell of jobs."""
    return workshop_in(tmp_path / "clips", house, plan=TOLD)


async def claimed(workshop: Workshop, job: Job) -> Job:
    """Claim what is due, for longer than a test takes, and return that job among it."""
    due = await workshop.house.jobs.claim(now=workshop.clock.now, lease=timedelta(days=1))
    (found,) = [each for each in due if each.id == job.id]
    return found


async def sent(workshop: Workshop) -> tuple[Job, timedelta]:
    """Send a new job; return it and the wait until the first look."""
    queued = await workshop.house.queued(at=workshop.clock.now)
    following = await workshop.steps.take(await claimed(workshop, queued))
    assert following.wait is not None
    return following.job, following.wait


async def made(workshop: Workshop, takes: timedelta) -> int:
    """Let a job run until it is found done, looking whenever that is due; return the number of looks."""
    job, wait = await sent(workshop)
    done_at = workshop.clock.now + takes
    looks = 0
    while job.state is JobState.GENERATING:
        workshop.clock.advance(wait)
        if workshop.clock.now < done_at:
            workshop.tape.then("status", running())
        looks += 1
        following = await workshop.steps.take(job)
        assert following.wait is not None
        job, wait = following.job, following.wait
    await workshop.take_all(job)
    return looks


async def hear(workshop: Workshop, job: Job) -> Job:
    """Let the video API tell of a job now, and claim it as the worker does."""
    house, clock = workshop.house, workshop.clock
    token = f"what only the video API knows of job {job.id}"
    await house.rows(
        "UPDATE callbacks SET digest = :digest WHERE job_id = :id", {"id": job.id, "digest": digest_of(token)}
    )
    callbacks = Callbacks(
        database=house.database, limits=house.limits, servers=house.servers, wake=lambda: None, clock=clock
    )
    await callbacks.hear(token, job.remote_id or "")
    return await claimed(workshop, job)


class TestWhatIsLearned:
    async def test_the_first_look_comes_when_jobs_of_the_kind_tend_to_be_done(self, workshop: Workshop) -> None:
        looks = [await made(workshop, 100 * SECOND) for _ in range(25)]

        _, wait = await sent(workshop)
        assert looks[0] >= 9
        assert looks[-1] <= 5
        assert 60 * SECOND <= wait <= 110 * SECOND

    async def test_the_two_looks_that_a_job_was_done_between_are_stored_with_the_move(self, workshop: Workshop) -> None:
        job, _ = await sent(workshop)
        workshop.clock.advance(30 * SECOND)
        workshop.tape.then("status", running())
        job = await workshop.take(job)
        assert (await workshop.house.stored(job)).seen_at is None  # a look is no write
        workshop.clock.advance(10 * SECOND)
        job = await workshop.take(job)

        (finish,) = await workshop.house.jobs.finishes(SPEC.model)

        assert (finish.ran, finish.done) == (30 * SECOND, 40 * SECOND)

    async def test_a_job_that_the_first_look_found_was_seen_at_its_submit(self, workshop: Workshop) -> None:
        job, _ = await sent(workshop)
        workshop.clock.advance(30 * SECOND)
        await workshop.take(job)

        (finish,) = await workshop.house.jobs.finishes(SPEC.model)

        assert (finish.ran, finish.done) == (timedelta(0), 30 * SECOND)

    async def test_what_a_restart_found_is_not_learned_from(self, workshop: Workshop) -> None:
        job, _ = await sent(workshop)
        workshop.clock.advance(3_000 * SECOND)
        await workshop.take(await workshop.house.stored(job))

        (finish,) = await workshop.house.jobs.finishes(SPEC.model)

        assert (finish.ran, finish.done) == (None, 3_000 * SECOND)

    async def test_a_restart_has_forgotten_nothing(self, workshop: Workshop) -> None:
        for _ in range(20):
            await made(workshop, 100 * SECOND)

        later = workshop.later(None)
        later.clock.advance(SECOND)
        _, wait = await sent(later)

        assert wait > 60 * SECOND

    async def test_what_other_processes_finish_is_learned_from_in_time(self, workshop: Workshop) -> None:
        await sent(workshop)
        other = workshop.later(None)
        for _ in range(20):
            await made(other, 100 * SECOND)
        workshop.clock.advance(READ_AGAIN)

        _, wait = await sent(workshop)

        assert wait > 60 * SECOND

    async def test_what_was_read_is_good_for_a_while_so_that_looks_ask_nobody(self, workshop: Workshop) -> None:
        house = workshop.house
        await sent(workshop)
        for _ in range(20):
            job = await house.job(JobState.GENERATING, now=NOON - 200 * SECOND)
            seen = replace(job, seen_at=NOON - 110 * SECOND)
            await house.walked(seen, JobState.DOWNLOADING, now=NOON - 100 * SECOND)

        _, soon = await sent(workshop)
        workshop.clock.advance(READ_AGAIN)
        _, later = await sent(workshop)

        assert soon < 10 * SECOND
        assert later > 60 * SECOND

    async def test_a_failed_job_teaches_nothing(self, workshop: Workshop) -> None:
        await workshop.house.job(JobState.GENERATING)

        assert await workshop.house.jobs.finishes(SPEC.model) == []

    async def test_while_many_run_the_fastest_of_them_are_not_taken_for_usual(self, database: Database) -> None:
        house = house_over(database, running_at_once=300)
        jobs = [await house.job(JobState.GENERATING) for _ in range(120)]
        # One is done every second: the first forty take 1 to 40 seconds, and the last will take 120.
        for number, job in enumerate(jobs[:60], start=1):
            await house.walked(replace(job, seen_at=NOON), JobState.DOWNLOADING, now=NOON + number * SECOND)
        for number in range(1, 60):
            late = await house.job(JobState.GENERATING, now=NOON + number * SECOND)
            if number >= 58:
                seen = replace(late, seen_at=NOON + number * SECOND)
                await house.walked(seen, JobState.DOWNLOADING, now=NOON + 60 * SECOND)

        finishes = await house.jobs.finishes(SPEC.model)

        # Those that were sent last and are done already had less time than others need.
        assert min(finish.done for finish in finishes[:40]) == 21 * SECOND
        assert {finish.duration for finish in finishes} == {SPEC.duration}


class TestBeingTold:
    async def test_one_look_is_enough_for_a_job_that_we_are_told_of(self, told: Workshop) -> None:
        for _ in range(5):
            job, wait = await sent(told)
            assert wait > 100 * SECOND
            told.clock.advance(60 * SECOND)
            job = await told.take(await hear(told, job))
            assert job.state is JobState.DOWNLOADING
            await told.take_all(job)

        assert len(told.tape.named("status")) == 5
        assert {each.ran for each in await told.house.jobs.finishes(SPEC.model)} == {60 * SECOND}

    async def test_a_lost_message_is_made_up_for_by_one_later_look(self, told: Workshop) -> None:
        job, wait = await sent(told)
        assert wait <= PLAN.schedule.every * (UNTRIED_LOOKS + 1)
        told.clock.advance(wait)

        assert (await told.take(job)).state is JobState.DOWNLOADING

    async def test_where_no_messages_arrive_looks_are_as_dense_as_without_an_address(self, told: Workshop) -> None:
        job, wait = await sent(told)
        told.clock.advance(wait)
        await told.take(job)

        _, wait = await sent(told)

        assert wait < 10 * SECOND

    async def test_a_message_is_believed_again_after_others_were_lost(self, told: Workshop) -> None:
        job, wait = await sent(told)
        told.clock.advance(wait)
        await told.take(job)
        job, _ = await sent(told)
        told.clock.advance(5 * SECOND)
        await told.take(await hear(told, job))

        _, wait = await sent(told)

        assert wait > 100 * SECOND

    async def test_looks_planned_before_the_first_message_are_not_taken_after_it(self, told: Workshop) -> None:
        lost, wait = await sent(told)
        told.clock.advance(wait)
        await told.take(lost)
        waiting, first = await sent(told)
        job, _ = await sent(told)
        told.clock.advance(5 * SECOND)
        await told.take(await hear(told, job))
        looks = len(told.tape.named("status"))

        told.clock.advance(first)
        following = await told.steps.take(waiting)

        assert len(told.tape.named("status")) == looks
        assert following.wait is not None
        assert following.wait > 60 * SECOND

    async def test_what_a_restart_finds_done_says_nothing_of_messages(self, told: Workshop) -> None:
        job, _ = await sent(told)
        told.clock.advance(60 * SECOND)
        await told.take(await told.house.stored(job))

        _, wait = await sent(told)

        assert wait > 100 * SECOND

    async def test_a_late_job_is_noticed_as_late_also_where_we_are_told(self, told: Workshop) -> None:
        plan = replace(TOLD, schedule=replace(TOLD.schedule, late=30 * SECOND))
        impatient = told.over(told.api, clock=told.clock, plan=plan)

        _, wait = await sent(impatient)

        assert 30 * SECOND <= wait <= 32 * SECOND
