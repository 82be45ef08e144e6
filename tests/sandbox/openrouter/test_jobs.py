import asyncio
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from sandbox.openrouter import Answer, ClipBrief, FixedClip, JobPlan, OpenRouterStandIn, Reset, UsageShown
from tests.sandbox.openrouter.caller import CLIP, Client


async def test_a_job_goes_from_pending_over_in_progress_to_completed_by_the_clock(
    client: Client, stand_in: OpenRouterStandIn
) -> None:
    job_id = await client.job()
    seen = [(await client.status(job_id))["status"]]
    for _ in range(2):
        stand_in.clock.advance(5)
        seen.append((await client.status(job_id))["status"])

    assert seen == ["pending", "in_progress", "completed"]


async def test_a_completed_job_tells_its_cost_and_where_its_clip_is(
    client: Client, stand_in: OpenRouterStandIn
) -> None:
    job_id = await client.job()
    stand_in.clock.advance(10)

    assert await client.status(job_id) == {
        "id": job_id,
        "generation_id": job_id,
        "polling_url": f"/api/v1/videos/{job_id}",
        "status": "completed",
        "unsigned_urls": [f"{stand_in.base_url}/videos/{job_id}/content?index=0"],
        "usage": {"cost": 0.12, "is_byok": False},
    }


async def test_an_unknown_job_is_not_found(client: Client) -> None:
    reply = await client.call("GET", "/videos/gen-vid-1-x")

    assert reply.status == 404
    assert reply.json == {"error": {"code": 404, "message": "Video job gen-vid-1-x not found"}}


async def test_every_completed_job_is_charged_once_whoever_asks_and_however_often(
    client: Client, stand_in: OpenRouterStandIn
) -> None:
    jobs = [await client.job(), await client.job()]
    charges_before = len(stand_in.ledger)
    stand_in.clock.advance(10)
    for _ in range(3):
        await client.status(jobs[0])
        await client.content(jobs[0])

    assert charges_before == 0
    assert [(charge.job_id, charge.usd) for charge in stand_in.ledger] == [(job, Decimal("0.12")) for job in jobs]


async def test_a_job_whose_answer_was_lost_is_charged_all_the_same(client: Client, stand_in: OpenRouterStandIn) -> None:
    stand_in.script(Reset(route="submit", after_work=True))
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.submit()
    stand_in.clock.advance(10)

    assert [charge.job_id for charge in stand_in.ledger] == list(stand_in.jobs)
    assert len(stand_in.ledger) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("failed", "Video generation completed with no output (content may have been filtered)"),
        ("cancelled", "Job was cancelled"),
        ("expired", "Job exceeded maximum time to live"),
        ("dead", None),
    ],
)
async def test_a_job_that_ends_otherwise_says_why_and_is_not_charged(
    client: Client, stand_in: OpenRouterStandIn, status: str, error: str | None
) -> None:
    stand_in.script(JobPlan(status=status, error=error))
    job_id = await client.job()
    stand_in.clock.advance(10)

    body = await client.status(job_id)
    assert (body["status"], body.get("error")) == (status, error)
    assert stand_in.ledger == ()
    assert (await client.content(job_id)).status == 404


async def test_a_failed_job_without_words_of_its_own_has_some(client: Client, stand_in: OpenRouterStandIn) -> None:
    stand_in.script(JobPlan(status="failed"))
    job_id = await client.job()
    stand_in.clock.advance(10)

    assert (await client.status(job_id))["error"] == "Video generation failed"


async def test_a_job_can_stay_pending_for_ever(client: Client, stand_in: OpenRouterStandIn) -> None:
    stand_in.script(JobPlan(never_ends=True))
    job_id = await client.job()
    stand_in.clock.advance(1e9)

    assert (await client.status(job_id))["status"] == "pending"


async def test_a_job_can_be_pending_until_it_is_completed(client: Client, stand_in: OpenRouterStandIn) -> None:
    stand_in.script(JobPlan(shows_progress=False, seconds=100))
    job_id = await client.job()
    stand_in.clock.advance(99)
    assert (await client.status(job_id))["status"] == "pending"
    stand_in.clock.advance(1)
    assert (await client.status(job_id))["status"] == "completed"


async def test_only_the_planned_submit_is_touched(client: Client, stand_in: OpenRouterStandIn) -> None:
    stand_in.script(JobPlan(nth=2, status="failed"))
    jobs = [await client.job() for _ in range(3)]
    stand_in.clock.advance(10)

    assert [(await client.status(job))["status"] for job in jobs] == ["completed", "failed", "completed"]


async def test_a_plan_and_a_lost_answer_go_together(client: Client, stand_in: OpenRouterStandIn) -> None:
    stand_in.script(Answer(route="submit", status=202, json={"status": "pending"}, after_work=True))
    stand_in.script(JobPlan(cost=Decimal(9)))
    reply = await client.submit()
    stand_in.clock.advance(10)

    assert reply.json == {"status": "pending"}
    assert [charge.usd for charge in stand_in.ledger] == [Decimal(9)]


@pytest.mark.parametrize(
    ("plan", "usage"),
    [
        (JobPlan(usage=UsageShown.NULL), {"cost": None, "is_byok": False}),
        (JobPlan(usage=UsageShown.NOTHING), None),
        (JobPlan(cost=Decimal("0.3629")), {"cost": 0.3629, "is_byok": False}),
    ],
)
async def test_the_cost_can_be_hidden_or_given(
    client: Client, stand_in: OpenRouterStandIn, plan: JobPlan, usage: object
) -> None:
    stand_in.script(plan)
    job_id = await client.job()
    stand_in.clock.advance(10)

    assert (await client.status(job_id)).get("usage") == usage
    assert stand_in.ledger[0].usd == (plan.cost or Decimal("0.12"))


async def test_any_field_of_a_job_can_be_overwritten(client: Client, stand_in: OpenRouterStandIn) -> None:
    stand_in.script(
        JobPlan(
            fields={"polling_url": "https://evil.example/x", "progress": 50},
            final_fields={"unsigned_urls": ["https://evil.example/0.mp4"], "urls": ["https://s.example/0?sig=1"]},
        ),
    )
    reply = await client.submit()
    stand_in.clock.advance(10)
    body = await client.status(str(reply.json["id"]))

    assert (reply.json["polling_url"], reply.json["progress"]) == ("https://evil.example/x", 50)
    assert "urls" not in reply.json
    assert body["unsigned_urls"] == ["https://evil.example/0.mp4"]
    assert body["urls"] == ["https://s.example/0?sig=1"]


async def test_a_job_can_have_two_outputs(client: Client, stand_in: OpenRouterStandIn) -> None:
    stand_in.script(JobPlan(outputs=2))
    job_id = await client.job()
    stand_in.clock.advance(10)

    urls = (await client.status(job_id))["unsigned_urls"]
    assert [(await client.call("GET", str(url))).body for url in urls] == [CLIP, CLIP]
    assert (await client.content(job_id, "?index=2")).status == 404


async def test_a_job_is_not_completed_before_its_clip_is(client: Client) -> None:
    class SlowClip:
        ready = asyncio.Event()

        async def make(self, brief: ClipBrief) -> Path:
            await self.ready.wait()
            raise OSError(brief.title)

    maker = SlowClip()
    async with OpenRouterStandIn(seconds_per_video=0, clips=maker) as stand_in:
        slow = Client(client.session, stand_in)
        job_id = await slow.job()
        assert (await slow.status(job_id))["status"] == "in_progress"
        maker.ready.set()
        body = await slow.status(job_id)

    assert body["status"] == "failed"
    assert "Google: Veo 3.1 Lite" in str(body["error"])
    assert stand_in.ledger == ()


async def test_the_key_tells_what_was_spent_and_what_is_left(client: Client, stand_in: OpenRouterStandIn) -> None:
    await client.control("POST", "/account", json={"limit": 5, "remaining": 0.1})
    await client.job()
    stand_in.clock.advance(10)

    data = (await client.call("GET", "/key")).json["data"]
    assert (data["limit"], data["limit_remaining"], data["usage"]) == (5, -0.02, 5.02)
    assert (await client.submit()).status == 402


async def test_a_finished_job_can_be_continued_where_the_model_has_a_price_for_it(client: Client, clip: Path) -> None:
    model = {
        "id": "acme/film",
        "canonical_slug": "acme/film-1",
        "name": "Film",
        "supported_durations": [5],
        "supported_resolutions": ["720p"],
        "supported_aspect_ratios": ["16:9"],
        "pricing_skus": {"cents_per_second_output": "17", "cents_per_second_video_continuation_720p": "41"},
    }
    async with OpenRouterStandIn(models=[model], seconds_per_video=0, clips=FixedClip(clip)) as stand_in:
        film = Client(client.session, stand_in)
        ask = {"model": "acme/film", "duration": 5, "generate_audio": ...}
        first = await film.job(**ask)
        await film.status(first)
        second = await film.job(**ask, previous_job_id=first)
        await film.status(second)

        assert (await film.submit(**ask, previous_job_id="gen-vid-0-x")).status == 404
        assert [charge.usd for charge in stand_in.ledger] == [Decimal("0.85"), Decimal("2.05")]
