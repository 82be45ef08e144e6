"""An offer is its member's alone, is taken once, lasts a quarter of an hour, and reserves nothing."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from services.database import Database
from services.jobs import Offer, OfferBook
from services.jobs.offers import GOOD_FOR
from services.models import Requester, VideoRequest, VideoSpec
from tests.services.jobs.samples import MODEL, NOON, SPEC, House, asker
from tests.stored import Stored

MILLISECOND: Final = timedelta(milliseconds=1)
PRICE: Final = 2_500_000


@pytest.fixture
def offers(database: Database) -> OfferBook:
    return OfferBook(database=database)


async def made(
    offers: OfferBook, requester: Requester | None = None, *, spec: VideoSpec = SPEC, at: datetime = NOON
) -> Offer:
    who = requester or replace(asker(), interaction_id=50)
    return await offers.make(VideoRequest(prompt="a fox"), spec, who, channel_id=77, microusd=PRICE, now=at)


@pytest.mark.parametrize(
    "spec",
    [
        replace(SPEC, audio=True, seed=7),
        replace(SPEC, audio=False),
        VideoSpec(model=MODEL, duration=5),
    ],
    ids=["everything", "silent", "nothing to choose"],
)
async def test_an_offer_comes_back_as_it_was_made(offers: OfferBook, spec: VideoSpec) -> None:
    offer = await made(offers, spec=spec)

    taken = await offers.take(offer.id, asker(), now=NOON)

    assert taken == offer
    assert taken is not None
    assert (taken.microusd, taken.expires_at) == (PRICE, NOON + GOOD_FOR)
    assert taken.request == VideoRequest(
        prompt="a fox",
        model=spec.model,
        duration=spec.duration,
        resolution=spec.resolution,
        aspect_ratio=spec.aspect_ratio,
        audio=spec.audio,
        seed=spec.seed,
    )


async def test_an_offer_is_taken_once_however_many_clicks_arrive_at_once(offers: OfferBook) -> None:
    offer = await made(offers)

    taken = await asyncio.gather(*(offers.take(offer.id, asker(), now=NOON) for _ in range(20)))

    assert [each for each in taken if each is not None] == [offer]


@pytest.mark.parametrize("stranger", [asker(2), asker(1, guild=2), Requester(user_id=2, guild_id=1, is_manager=True)])
async def test_nobody_else_takes_it_and_it_stays_for_its_member(offers: OfferBook, stranger: Requester) -> None:
    offer = await made(offers)

    assert await offers.take(offer.id, stranger, now=NOON) is None
    assert await offers.take(offer.id, asker(), now=NOON) == offer


async def test_an_offer_lasts_a_quarter_of_an_hour(offers: OfferBook) -> None:
    first, second = await made(offers), await made(offers, replace(asker(), interaction_id=51))

    assert await offers.take(first.id, asker(), now=NOON + GOOD_FOR - MILLISECOND) == first
    assert await offers.take(second.id, asker(), now=NOON + GOOD_FOR) is None


async def test_an_offer_that_was_never_made_is_none(offers: OfferBook) -> None:
    assert await offers.take(2**62, asker(), now=NOON) is None


async def test_an_interaction_that_is_delivered_twice_is_one_offer(offers: OfferBook, house: House) -> None:
    first, again = await made(offers), await made(offers, at=NOON + timedelta(seconds=1))

    assert again.id == first.id
    assert len(await house.rows("SELECT id FROM offers")) == 1


async def test_what_is_too_old_goes_when_the_next_is_made(offers: OfferBook, house: House) -> None:
    await made(offers)
    late = await made(offers, replace(asker(2), interaction_id=51), at=NOON + GOOD_FOR)

    assert [row["id"] for row in await house.rows("SELECT id FROM offers")] == [late.id]


async def test_the_number_of_an_offer_is_never_given_again(offers: OfferBook) -> None:
    first = await made(offers)
    await offers.take(first.id, asker(), now=NOON)

    # A button that somebody still sees carries that number.
    assert (await made(offers, replace(asker(), interaction_id=51))).id > first.id


async def test_an_offer_outlives_a_restart(stored: Stored) -> None:
    before = await Database.open(stored.where)
    offer = await made(OfferBook(database=before))
    await before.close()

    after = await Database.open(stored.where)
    try:
        assert await OfferBook(database=after).take(offer.id, asker(), now=NOON) == offer
    finally:
        await after.close()


async def test_an_offer_reserves_nothing(offers: OfferBook, house: House) -> None:
    await made(offers)

    allowance, living, _ = await house.jobs.standing(asker(), at=NOON, latest=1)
    assert (allowance.used, allowance.total_spent, allowance.attempts_used, living) == (0, 0, 0, [])
