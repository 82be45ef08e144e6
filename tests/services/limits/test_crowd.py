"""A thousand requests at the same moment: whatever their prices, what is accepted stays under the cap, to the cent."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from services.catalogue import Catalogue
from services.database import Database
from services.errors import LimitReachedError, LimitRule
from services.generation import Worker
from services.jobs import OfferBook
from services.limits import BotLimits, ConductBook
from services.models import Requester, VideoModel, VideoRequest
from services.pictures import PictureDesk, PictureShelf, PictureSource
from services.videos import Accepted, Asking, MoneyRules, VideoService
from tests.services.catalogue.listed import captured
from tests.services.generation.taped import workshop_in
from tests.services.jobs.samples import MEBIBYTE, NOON, House, house_over

DOLLAR: Final = 1_000_000
CAP: Final = 40 * DOLLAR
USERS, SERVERS, REQUESTS = 100, 5, 1_000
NEVER_ASK: Final = MoneyRules(confirm_above=10**12, unpriced_reserve=None)
MODELS: Final = tuple(model for model in captured().values() if model.is_text_to_video)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What became of a thousand requests."""

    accepted: list[Accepted]
    refused: list[LimitReachedError]
    rows: list[Any]

    @property
    def reserved(self) -> int:
        return sum(each.job.reserved_microusd for each in self.accepted)

    def rules(self) -> Counter[LimitRule]:
        return Counter(error.rule for error in self.refused)


def wish(chance: random.Random) -> VideoRequest:
    """Draw a video that some model of the real list offers, of any length that it lists."""
    model: VideoModel = chance.choice(MODELS)
    return VideoRequest(prompt="a fox", model=model.id, duration=chance.choice(model.durations))


@pytest.fixture
async def catalogue() -> AsyncGenerator[Catalogue]:
    async def listed() -> tuple[VideoModel, ...]:
        return MODELS

    made = Catalogue(listed, clock=lambda: NOON)
    yield made
    await made.close()


async def rush(house: House, catalogue: Catalogue, folder: Path, *, seed: int) -> Crowd:
    """Let a hundred users ask ten times each, over five servers, all at the same moment."""
    workshop = workshop_in(folder / "clips", house)
    videos = VideoService(
        catalogue=catalogue,
        jobs=house.jobs,
        offers=OfferBook(database=house.database),
        servers=house.servers,
        conduct=ConductBook(database=house.database),
        pictures=PictureDesk(PictureSource(), PictureShelf(folder)),
        wake=Worker(jobs=house.jobs, steps=workshop.steps, clock=workshop.clock).wake,
        money=NEVER_ASK,
        clock=workshop.clock,
    )
    chance = random.Random(seed)  # noqa: S311  # makes the same crowd again
    asked = (
        videos.request(
            wish(chance),
            Requester(user_id=1 + number % USERS, guild_id=1 + (number // USERS) % SERVERS),
            Asking(
                interaction_id=1 + number,
                channel_id=77,
                parent_channel_id=None,
                upload_limit=MEBIBYTE,
                asked_at=NOON,
            ),
        )
        for number in range(REQUESTS)
    )
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    crowd = Crowd(
        accepted=[outcome for outcome in outcomes if isinstance(outcome, Accepted)],
        refused=[outcome for outcome in outcomes if isinstance(outcome, LimitReachedError)],
        rows=list(await house.rows("SELECT * FROM jobs")),
    )
    assert len(crowd.accepted) + len(crowd.refused) == REQUESTS, outcomes
    return crowd


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_thousand_requests_at_once_reserve_no_more_than_the_budget_of_forty_dollars(
    database: Database, catalogue: Catalogue, tmp_path: Path, seed: int
) -> None:
    limits = BotLimits(videos_per_day=99, everywhere_per_day=999, total_microusd=CAP)
    house = house_over(database, bot_limits=limits)

    crowd = await rush(house, catalogue, tmp_path, seed=seed)

    assert crowd.reserved == sum(row["held_microusd"] for row in crowd.rows) <= CAP
    # Nothing that would have fitted was turned away at the end: the cheapest video is a few cents.
    assert crowd.reserved > CAP - DOLLAR
    assert set(crowd.rules()) == {LimitRule.TOTAL_BUDGET}
    for error in crowd.refused:
        assert (error.limit, error.used + error.wanted > CAP) == (CAP, True)
        assert error.used <= CAP


async def test_with_every_kind_of_limit_in_force_no_one_of_them_gives_way(
    database: Database, catalogue: Catalogue, tmp_path: Path
) -> None:
    limits = BotLimits(
        videos_per_day=2,
        everywhere_per_day=4,
        running_at_once=1,
        microusd_everywhere=4 * DOLLAR,
        server_microusd=11 * DOLLAR,
        total_microusd=CAP,
        attempts_per_video=1,
    )
    house = house_over(database, bot_limits=limits)

    crowd = await rush(house, catalogue, tmp_path, seed=3)

    assert crowd.reserved <= CAP
    for guild in range(1, SERVERS + 1):
        assert sum(row["held_microusd"] for row in crowd.rows if row["guild_id"] == guild) <= 11 * DOLLAR
    by_member = Counter[int]()
    by_member_here = Counter[tuple[int, int]]()
    for row in crowd.rows:
        by_member[row["user_id"]] += row["held_microusd"]
        by_member_here[row["user_id"], row["guild_id"]] += 1
    assert max(by_member.values()) <= 4 * DOLLAR
    assert max(by_member_here.values()) == 1
    assert {LimitRule.RUNNING_AT_ONCE, LimitRule.MONEY_EVERYWHERE, LimitRule.SERVER_BUDGET} <= set(crowd.rules())
