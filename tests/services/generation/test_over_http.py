"""The steps over the real client and real HTTP on loopback: what the wire can do, and what becomes of the job."""

from collections.abc import AsyncGenerator
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.openrouter import (
    Answer,
    FixedClip,
    JobPlan,
    OpenRouterStandIn,
    Reset,
    TruncatedBody,
    Truncation,
)
from services.models import FailureReason, Job, JobState
from services.openrouter import OpenRouterClient, RetryPolicy, Timeouts
from tests.services.generation.taped import PLAN, Workshop, workshop_in
from tests.services.jobs.samples import MEBIBYTE, House
from tests.tiny_clip import CLIP

MODEL = {
    "id": "acme/clip-1",
    "canonical_slug": "acme/clip-1",
    "name": "Acme Clip",
    "created": 1,
    "supported_durations": [5],
    "supported_resolutions": ["720p"],
    "supported_aspect_ratios": ["16:9"],
    "supported_sizes": ["1280x720"],
    "supported_frame_images": [],
    "generate_audio": True,
    "seed": True,
    "pricing_skus": {"duration_seconds": "0.10"},
    "allowed_passthrough_parameters": [],
}


@pytest.fixture
async def openrouter(tmp_path: Path) -> AsyncGenerator[OpenRouterStandIn]:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(CLIP)
    async with OpenRouterStandIn(models=[MODEL], seconds_per_video=0.0, clips=FixedClip(clip)) as stand_in:
        yield stand_in


@pytest.fixture
async def workshop(tmp_path: Path, house: House, openrouter: OpenRouterStandIn) -> AsyncGenerator[Workshop]:
    client = OpenRouterClient(
        key=openrouter.key,
        base_url=openrouter.base_url,
        retries=RetryPolicy(attempts=1),
        timeouts=Timeouts(connect=2, submit=2, poll=2, download=2, stall=1),
    )
    async with client:
        made = workshop_in(tmp_path / "clips", house)
        yield made.over(client, clock=made.clock, plan=PLAN)


async def outcome(workshop: Workshop) -> Job:
    [*_, last] = await workshop.take_all(await workshop.house.queued())
    return last


async def test_a_video_is_bought_once_fetched_whole_and_settled_with_its_bill(
    workshop: Workshop, openrouter: OpenRouterStandIn
) -> None:
    job = await outcome(workshop)

    assert job.state is JobState.DELIVERED
    assert workshop.delivery.clips == [CLIP]
    [charge] = openrouter.ledger
    assert job.cost_microusd == int(charge.usd * 1_000_000)
    assert len(openrouter.requests.of("submit")) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Answer(route="submit", status=400, json={"error": {"message": "bad"}}), FailureReason.REJECTED),
        (
            Answer(route="submit", status=403, json={"error": {"message": "flagged by moderation"}}),
            FailureReason.REFUSED,
        ),
        (Answer(route="submit", status=500, after_work=True), FailureReason.SUBMIT_UNKNOWN),
        (Answer(route="submit", status=202, text="{", after_work=True), FailureReason.SUBMIT_UNKNOWN),
        (Reset(route="submit", after_work=True), FailureReason.SUBMIT_UNKNOWN),
        (JobPlan(status="failed", error="content filtered"), FailureReason.REFUSED),
        (JobPlan(status="failed", error="internal"), FailureReason.UPSTREAM_FAILED),
        (JobPlan(status="expired"), FailureReason.EXPIRED),
        (JobPlan(clip_body=CLIP[:-1]), FailureReason.UNPLAYABLE),
        (JobPlan(pad_to=2 * MEBIBYTE), FailureReason.TOO_LARGE),
        (Answer(route="content", status=410), FailureReason.EXPIRED),
    ],
    ids=lambda value: value.value if isinstance(value, FailureReason) else None,
)
async def test_a_failure_on_the_wire_becomes_its_reason_and_is_never_bought_twice(
    workshop: Workshop, openrouter: OpenRouterStandIn, fault: Answer | Reset | JobPlan, reason: FailureReason
) -> None:
    openrouter.script(fault)

    job = await outcome(workshop)

    assert (job.state, job.reason) == (JobState.FAILED, reason)
    assert len(openrouter.requests.of("submit")) == 1
    assert workshop.delivery.clips == []


@pytest.mark.parametrize("style", Truncation)
async def test_a_clip_that_was_cut_off_in_any_way_is_fetched_again(
    workshop: Workshop, openrouter: OpenRouterStandIn, style: Truncation
) -> None:
    openrouter.script(TruncatedBody(style=style))

    job = await outcome(workshop)

    assert job.state is JobState.DELIVERED
    assert workshop.delivery.clips == [CLIP]
    assert len(openrouter.requests.of("content")) == 2


@pytest.mark.parametrize("status", [401, 429, 500, 503])
async def test_looks_that_fail_end_nothing(workshop: Workshop, openrouter: OpenRouterStandIn, status: int) -> None:
    openrouter.script(Answer(route="status", status=status, times=4), Answer(route="content", status=status, times=2))

    assert (await outcome(workshop)).state is JobState.DELIVERED


async def test_a_busy_answer_buys_nothing_and_sends_the_job_back_in_line(
    workshop: Workshop, openrouter: OpenRouterStandIn
) -> None:
    openrouter.script(Answer(route="submit", status=429, headers={"Retry-After": "30"}))

    back = await outcome(workshop)
    assert (back.state, back.attempts) == (JobState.QUEUED, 1)
    assert openrouter.ledger == ()

    [*_, job] = await workshop.take_all(back)
    assert job.state is JobState.DELIVERED
    assert len(openrouter.ledger) == 1


@pytest.mark.parametrize("status", [401, 402])
async def test_an_answer_about_the_owners_account_buys_nothing_and_sends_the_job_back_in_line(
    workshop: Workshop, openrouter: OpenRouterStandIn, status: int
) -> None:
    openrouter.script(Answer(route="submit", status=status, json={"error": {"message": "credit"}}))

    back = await outcome(workshop)
    assert (back.state, back.attempts) == (JobState.QUEUED, 1)
    assert openrouter.ledger == ()

    [*_, job] = await workshop.take_all(back)
    assert job.state is JobState.DELIVERED
    assert len(openrouter.ledger) == 1


async def test_a_service_that_is_down_buys_nothing_and_sends_the_job_back_in_line(
    workshop: Workshop, openrouter: OpenRouterStandIn
) -> None:
    await openrouter.close()

    back = await outcome(workshop)

    assert (back.state, back.remote_id) == (JobState.QUEUED, None)


async def test_a_video_that_was_bought_and_never_confirmed_stays_held_against_the_owner(
    workshop: Workshop, openrouter: OpenRouterStandIn
) -> None:
    openrouter.script(Answer(route="submit", status=502, after_work=True))

    job = await outcome(workshop)

    [row] = await workshop.house.rows("SELECT counts, held_microusd FROM jobs")
    spent = sum((charge.usd for charge in openrouter.ledger), Decimal(0))
    assert row["counts"] == 0
    assert row["held_microusd"] == job.reserved_microusd >= spent * 1_000_000
