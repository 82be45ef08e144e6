"""What the video API can do to the list of models: at the start, and when it is asked for anew."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from cogs import replies
from sandbox.openrouter import (
    Answer,
    EndlessBody,
    Fault,
    FixedClip,
    GzipBomb,
    OpenRouterStandIn,
    Reset,
    Silence,
    SlowBody,
    TruncatedBody,
    Truncation,
)
from services.catalogue import Catalogue
from services.errors import NoModelError
from services.models import VideoModel
from services.openrouter import OpenRouterClient, RetryPolicy, Timeouts
from tests.cogs.reading import plain
from tests.e2e.house import House
from tests.faults.upstream.rows import OWN_WORDS, PAGE, says, shows
from tests.services.jobs.samples import HandClock

TABLE: Final[dict[str, Fault]] = {
    **{str(status): says("models", status) for status in (400, 401, 402, 403, 404, 408, 409, 410, 413, 500, 503, 524)},
    "429 with Retry-After": says("models", 429, after=3600),
    "429 without Retry-After": says("models", 429),
    "a page with 200": shows("models", PAGE),
    "garbage": shows("models", OWN_WORDS, kind="application/json"),
    "an empty shop": Answer(route="models", status=200, json={"data": []}),
    "models that are none": Answer(route="models", status=200, json={"data": [OWN_WORDS, {"id": "@everyone"}]}),
    "a reset": Reset(route="models"),
    "silence": Silence(route="models"),
    "a slow body": SlowBody(route="models", bytes_per_second=10),
    "an endless body": EndlessBody(route="models"),
    "a gzip bomb": GzipBomb(route="models", size=1 << 26),
    **{f"cut off ({style})": TruncatedBody(route="models", style=style) for style in Truncation},
}


@pytest.mark.parametrize("fault", TABLE.values(), ids=TABLE)
async def test_a_list_that_cannot_be_had_is_asked_for_again_and_the_last_good_one_is_kept_for_a_day(
    clip: Path, fault: Fault
) -> None:
    clock = HandClock()
    async with (
        OpenRouterStandIn(clips=FixedClip(clip)) as stand_in,
        OpenRouterClient(
            key=stand_in.key,
            base_url=stand_in.base_url,
            retries=RetryPolicy(attempts=2, first_wait=0.01, jitter=0),
            timeouts=Timeouts(poll=5),
        ) as client,
    ):
        catalogue = Catalogue(client.models, clock=clock)
        stand_in.script(replace(fault, times=None))
        assert await catalogue.models() == ()
        stand_in.clear_faults()
        listed = await listed_at_last(catalogue, clock)

        stand_in.script(replace(fault, times=None))
        before = len(stand_in.requests.of("models"))
        clock.advance(timedelta(minutes=11))
        assert await catalogue.models() == listed
        assert len(stand_in.requests.of("models")) > before
        clock.advance(timedelta(hours=24))
        assert catalogue.cached() == ()
        await catalogue.close()


async def listed_at_last(catalogue: Catalogue, clock: HandClock) -> tuple[VideoModel, ...]:
    """Ask for the list, half a minute later each time, until it comes."""
    while not (listed := await catalogue.models()):
        clock.advance(timedelta(seconds=31))
    return listed


@pytest.mark.parametrize("name", ["500", "a page with 200", "an empty shop", "silence"])
async def test_without_a_list_at_the_start_the_bot_runs_and_says_so(house: House, name: str) -> None:
    house.openrouter.script(replace(TABLE[name], times=None))
    async with house.running():
        answer = await house.reads("video", options={"prompt": "a fox"})
        standing = await house.reads("status")

    assert answer == plain(replies.refusal(NoModelError(wanted=None, choices=())))
    assert "5 of 5 videos a day" in standing
    assert house.jobs() == []
    assert house.bought == 0
