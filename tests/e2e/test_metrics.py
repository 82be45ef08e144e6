"""A scrape of the real bot says what the stand-ins counted themselves, and names nobody."""

import re
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import aiohttp
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from sandbox.discord.interactions import Interaction
from sandbox.openrouter import Answer, JobPlan
from services.models import JobState
from tests.e2e.house import House, answer_of
from tests.services.media.clips import ClipBank

LIMIT: Final = 430_000
"""Bytes: less than the heavy clip has, and enough for one attempt."""
ROUTES: Final = {"submit": "submit", "status": "status", "models": "models", "content": "download"}
"""The stand-in's names of its routes, and ours."""
MOST_SERIES: Final = 700
"""What one process may export, whatever happens. The libraries' own are about forty of them."""
AN_ID: Final = re.compile(r"\d{15,}")
UNKNOWN: Final = Answer(route="submit", status=500, after_work=True)


class Scrape:
    """What was scraped, by name and labels."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families: Sequence[Metric] = [*text_string_to_metric_families(text)]
        self.samples = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in self.families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """Return one value; 0 where there is no such series."""
        return self.samples.get((name, tuple(sorted(labels.items()))), 0.0)

    def by(self, name: str, *labels: str) -> Mapping[tuple[str, ...], float]:
        """Return the values of a name that are not 0, by these labels."""
        found: dict[tuple[str, ...], float] = {}
        for (each, pairs), value in self.samples.items():
            if each == name and value:
                key = tuple(dict(pairs)[label] for label in labels)
                found[key] = found.get(key, 0.0) + value
        return found


def a_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def fetched(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


async def scraped(port: int) -> Scrape:
    status, text = await fetched(port, "/metrics")
    assert status == 200
    return Scrape(text)


def moved(house: House, state: JobState) -> int:
    return len([job for job in house.jobs() if job["state"] == state])


async def until_rested(house: House) -> None:
    """Wait until every member knows how it ended, but for the two that do not end."""

    looks = house.openrouter.requests
    for _ in range(100):
        if all(job["told_at"] is not None or job["state"] in {"generating", "queued"} for job in house.jobs()):
            return
        await looks.wait_for("status", count=len(looks.of("status")) + 1)
    pytest.fail(f"still at work: {[(job['id'], job['state'], job['reason']) for job in house.jobs()]}")


async def load(house: House, bank: ClipBank) -> Sequence[Interaction]:
    """Have one of everything happen, and return what was asked for."""
    api = house.openrouter
    asked = [await house.video("a red fox in the snow")]
    await house.ended(asked[0])
    api.script(JobPlan(cost=Decimal("0.90")))
    asked.append(await house.video("dearer than was said"))
    await house.ended(asked[1])
    api.script(Answer(route="submit", status=429, headers={"Retry-After": "1"}))
    asked.append(await house.video("the video API is too busy at first"))
    await house.ended(asked[2])
    api.script(JobPlan(status="failed", error={"code": 500, "message": "the model broke"}))
    asked.append(await house.video("it goes wrong over there"))
    await house.ended(asked[3])
    api.script(JobPlan(clip_file=str(bank.clip("heavy"))), Answer(route="content", status=503))
    asked.append(await house.send("video", options={"prompt": "too heavy for the channel"}, upload_limit=LIMIT))
    await house.ended(asked[4])
    api.script(UNKNOWN)
    asked.append(await house.video("nobody knows what became of it"))
    await house.ended(asked[5])
    api.script(JobPlan(never_ends=True))
    asked.append(await house.video("one that never ends"))
    await api.requests.wait_for("submit", count=8, answered=True)
    asked.append(await house.video("waits behind it, and is cancelled"))
    await house.cancel(asked[7])
    asked.append(await house.video("waits behind it, and goes on waiting"))
    return asked


async def refuse(house: House) -> None:
    """Turn three requests down, by two rules."""
    for _ in range(2):
        assert "videos" in answer_of(await house.video("one too many"))
    await house.command("video", options={"prompt": "of no such model", "model": "nobody/nothing-1"})


async def test_a_scrape_under_a_scripted_load_says_what_the_stand_ins_counted(house: House, bank: ClipBank) -> None:
    port = a_free_port()
    async with house.running(metrics_port=port, running_at_once=1, videos_per_day=6, budget_usd=100) as _:
        asked = await load(house, bank)
        await refuse(house)
        await until_rested(house)
        await house.openrouter.requests.wait_for("status", count=len(house.openrouter.requests.of("status")) + 2)
        seen = await settled_scrape(house, port)
        ready, alive = await fetched(port, "/readyz"), await fetched(port, "/healthz")

    assert (ready, alive) == ((200, "ready\n"), (200, "alive\n"))
    assert_jobs(house, seen)
    assert_money(house, seen)
    assert seen.by("video_bot_refusals_total", "rule") == {("videos_per_day",): 2.0, ("no_model",): 1.0}
    assert_phases(seen)
    assert_nobody_named(house, seen, asked)


async def settled_scrape(house: House, port: int) -> Scrape:
    """Scrape at a moment in which no request was under way, or came meanwhile, and compare their counts."""
    for _ in range(200):
        before = counted(house)
        seen = await scraped(port)
        if before == counted(house) == seen.by("video_bot_upstream_requests_total", "route", "status"):
            return seen
    pytest.fail("the bot never agrees with the stand-in")


def counted(house: House) -> Mapping[tuple[str, str], int]:
    """Return the stand-in's own count of what it was asked, in our words."""
    return Counter((ROUTES[record.route], str(record.status or "none")) for record in house.openrouter.requests)


def assert_jobs(house: House, seen: Scrape) -> None:
    assert seen.by("video_bot_jobs_ended_total", "state", "reason") == {
        ("delivered", ""): 4.0,
        ("failed", "upstream_failed"): 1.0,
        ("failed", "submit_unknown"): 1.0,
        ("cancelled", ""): 1.0,
    }
    assert seen.by("video_bot_jobs", "state", "model") == {
        ("generating", house.jobs()[0]["model"]): 1.0,
        ("queued", house.jobs()[0]["model"]): 1.0,
    }
    assert seen.value("video_bot_unknown_submits") == moved(house, JobState.FAILED) - 1 == 1
    assert seen.value("video_bot_queue_depth") == 1
    assert seen.value("video_bot_queue_oldest_seconds") > 0


def assert_money(house: House, seen: Scrape) -> None:
    jobs = house.jobs()
    held = sum(job["held_microusd"] for job in (jobs[5], jobs[6], jobs[8])) / 1e6
    billed = float(sum(charge.usd for charge in house.openrouter.ledger if known(jobs, charge.job_id)))

    assert seen.value("video_bot_spend_dollars_total") == pytest.approx(billed)
    assert seen.value("video_bot_reserved_dollars") == pytest.approx(held)
    assert seen.value("video_bot_budget_limit_dollars") == 100
    assert seen.value("video_bot_budget_used_dollars") == pytest.approx(billed + held)
    assert seen.value("video_bot_budget_remaining_dollars") == pytest.approx(100 - billed - held)


def known(jobs: Sequence[Mapping[str, object]], remote_id: str) -> bool:
    """Whether the bot ever learned of that one: of what the unknown submit bought it knows nothing."""
    return any(job["remote_id"] == remote_id for job in jobs)


def assert_phases(seen: Scrape) -> None:
    counts = seen.by("video_bot_phase_seconds_count", "phase")

    assert counts == {("waiting",): 6.0, ("making",): 4.0, ("download",): 4.0, ("fit",): 4.0, ("post",): 4.0}
    assert seen.value("video_bot_encode_seconds_count") >= 1
    assert seen.value("video_bot_look_lag_seconds_count") > 0
    assert seen.value("video_bot_gateway_up") == seen.value("video_bot_ready") == 1
    assert seen.value("process_resident_memory_bytes") > 0


def assert_nobody_named(house: House, seen: Scrape, asked: Sequence[Interaction]) -> None:
    """Look for ids, for what was written, and for more series than there may be."""
    labels = {value for _, pairs in seen.samples for _, value in pairs}
    written = {word for each in house.orders for word in str(each["prompt"]).split() if len(word) > 5}

    assert not [label for label in labels if AN_ID.search(label)]
    assert not labels & {job["remote_id"] for job in house.jobs()}
    assert not [word for word in written if any(word in label for label in labels)]
    assert not [each for each in asked if str(each.id) in seen.text]
    assert len(seen.samples) < MOST_SERIES
