"""What lasts longer than a test can wait: the steps over the real client and real HTTP, on a clock moved by hand."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from sandbox.openrouter import FixedClip, JobPlan, OpenRouterStandIn, TruncatedBody
from services.database import Database
from services.models import FailureReason, Job, JobState
from services.openrouter import OpenRouterClient, RetryPolicy, Timeouts
from tests.faults.upstream.rows import says
from tests.services.generation.taped import PLAN, Workshop, workshop_in
from tests.services.generation.test_over_http import MODEL
from tests.services.jobs.samples import RESERVED, house_over
from tests.tiny_clip import CLIP

MINUTE: Final = timedelta(minutes=1)
WEIGHT: Final = "SELECT counts, held_microusd FROM jobs"


@pytest.fixture
async def openrouter(tmp_path: Path) -> AsyncGenerator[OpenRouterStandIn]:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(CLIP)
    async with OpenRouterStandIn(models=[MODEL], seconds_per_video=0.0, clips=FixedClip(clip)) as stand_in:
        yield stand_in


@pytest.fixture
async def workshop(tmp_path: Path, openrouter: OpenRouterStandIn, database: Database) -> AsyncGenerator[Workshop]:
    client = OpenRouterClient(
        key=openrouter.key,
        base_url=openrouter.base_url,
        retries=RetryPolicy(attempts=2, first_wait=0.01, jitter=0),
        timeouts=Timeouts(connect=20, submit=20, poll=20, download=20, stall=20),
    )
    async with client:
        made = workshop_in(tmp_path / "clips", house_over(database))
        yield made.over(client, clock=made.clock, plan=PLAN)


async def sent(workshop: Workshop) -> Job:
    """Order a video, and let the minute pass in which the API may not know it yet."""
    job = await workshop.take(await workshop.house.queued())
    workshop.clock.advance(MINUTE + timedelta(seconds=1))
    return job


async def test_a_job_that_the_api_never_knows_again_is_given_up_with_its_money_held(
    workshop: Workshop, openrouter: OpenRouterStandIn
) -> None:
    openrouter.script(says("status", 404, times=None))
    job = await sent(workshop)

    job = await workshop.take(job, times=5)
    assert job.state is JobState.GENERATING
    job = await workshop.take(job)

    assert (job.state, job.reason) == (JobState.FAILED, FailureReason.SUBMIT_UNKNOWN)
    assert await workshop.house.rows(WEIGHT) == [{"counts": 0, "held_microusd": RESERVED}]
    assert await workshop.house.rows("SELECT kind FROM notices") == [{"kind": "unknown"}]
    assert len(openrouter.requests.of("submit")) == 1


async def test_a_job_that_the_api_forgets_now_and_then_is_delivered(
    workshop: Workshop, openrouter: OpenRouterStandIn
) -> None:
    openrouter.script(JobPlan(seconds=1000))
    job = await sent(workshop)
    for _ in range(4):
        openrouter.clear_faults()
        openrouter.script(says("status", 404, times=5))
        job = await workshop.take(job, times=6)
        assert (job.state, job.attempts) == (JobState.GENERATING, 0)

    openrouter.clock.advance(1000)
    [*_, last] = await workshop.take_all(job)

    assert last.state is JobState.DELIVERED
    assert len(openrouter.requests.of("submit")) == 1


async def test_a_job_that_stays_pending_ends_with_its_money_held_and_no_second_order(
    workshop: Workshop, openrouter: OpenRouterStandIn
) -> None:
    openrouter.script(JobPlan(never_ends=True))
    job = await sent(workshop)
    job = await workshop.take(job, times=20)
    assert job.state is JobState.GENERATING

    workshop.clock.advance(10 * PLAN.deadline)
    [*_, last] = await workshop.take_all(job)

    assert (last.state, last.reason) == (JobState.FAILED, FailureReason.DEADLINE)
    assert await workshop.house.rows(WEIGHT) == [{"counts": 0, "held_microusd": RESERVED}]
    assert len(openrouter.requests.of("submit")) == 1


@pytest.mark.parametrize("route", ["status", "content"])
@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_key_that_stays_dead_fails_no_job_that_was_bought_and_the_owner_hears_of_it_once(
    workshop: Workshop, openrouter: OpenRouterStandIn, route: str, status: int
) -> None:
    openrouter.script(says(route, status, times=None))
    job = await sent(workshop)
    for _ in range(20):
        workshop.clock.advance(MINUTE)
        job = await workshop.take(job)
    assert job.state is (JobState.GENERATING if route == "status" else JobState.DOWNLOADING)

    openrouter.clear_faults()
    [*_, last] = await workshop.take_all(job)

    assert last.state is JobState.DELIVERED
    assert await workshop.house.rows("SELECT kind FROM notices") == [{"kind": "account"}]
    assert len(openrouter.requests.of("submit")) == 1


@pytest.mark.parametrize("status", [404, 429, 500])
async def test_a_clip_that_cannot_be_fetched_is_tried_until_the_deadline_and_was_billed(
    workshop: Workshop, openrouter: OpenRouterStandIn, status: int
) -> None:
    openrouter.script(says("content", status, times=None))
    job = await workshop.take(await sent(workshop), times=20)
    assert job.state is JobState.DOWNLOADING

    workshop.clock.advance(10 * PLAN.deadline)
    job = await workshop.take(job)

    assert (job.state, job.reason) == (JobState.FAILED, FailureReason.DEADLINE)
    assert await workshop.house.rows(WEIGHT) == [{"counts": 0, "held_microusd": job.cost_microusd}]
    assert workshop.files == []


async def test_a_clip_that_is_cut_off_each_time_is_tried_on(workshop: Workshop, openrouter: OpenRouterStandIn) -> None:
    openrouter.script(TruncatedBody(times=20))
    job = await workshop.take(await sent(workshop), times=21)
    assert job.state is JobState.DOWNLOADING

    assert (await workshop.take(job)).state is JobState.DELIVERING
