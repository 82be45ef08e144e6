import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from services.catalogue import Catalogue, NotEstimable, Price, Shape
from services.catalogue.listing import Listing
from services.errors import InvalidChoiceError, NoModelError, TryLaterError
from services.models import VideoModel, VideoRequest
from tests.services.catalogue.listed import captured

MODELS = tuple(captured().values())
ONE = (VideoModel(id="m/one", name="One", durations=(5,)),)
TWO = (VideoModel(id="m/two", name="Two", durations=(5,)),)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 10, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


class Shop:
    """A list that can be changed, broken or held up."""

    def __init__(self, models: tuple[VideoModel, ...] = ONE) -> None:
        self.models = models
        self.error: Exception | None = None
        self.calls = 0
        self.open = asyncio.Event()
        self.open.set()
        self.asked = asyncio.Event()

    async def fetch(self) -> tuple[VideoModel, ...]:
        self.calls += 1
        self.asked.set()
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return self.models


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def listing(shop: Shop, clock: Clock) -> AsyncGenerator[Listing, None]:
    made = Listing(shop.fetch, clock=clock, patience=0.05)
    yield made
    await made.close()


async def catalogue_of(
    models: tuple[VideoModel, ...] = MODELS, *, default: str | None = None, shape: Shape | None = None
) -> Catalogue:
    made = Catalogue(Shop(models).fetch, default_model=default, default_shape=shape)
    await made.models()
    return made


async def test_the_list_is_fetched_once_in_ten_minutes(listing: Listing, shop: Shop, clock: Clock) -> None:
    assert listing.cached() == ()
    assert await listing.models() == ONE
    clock.move(minutes=9, seconds=59)
    assert await listing.models() == ONE
    assert shop.calls == 1

    clock.move(seconds=1)
    shop.models = TWO
    assert await listing.models() == TWO
    assert shop.calls == 2


async def test_many_who_come_first_wait_for_one_fetch(shop: Shop, clock: Clock) -> None:
    listing = Listing(shop.fetch, clock=clock, patience=30)
    shop.open.clear()
    waiting = [asyncio.create_task(listing.models()) for _ in range(20)]
    await shop.asked.wait()
    shop.open.set()

    assert await asyncio.gather(*waiting) == [ONE] * 20
    assert shop.calls == 1


async def test_who_comes_during_a_fetch_gets_the_last_good_list_at_once(shop: Shop, clock: Clock) -> None:
    listing = Listing(shop.fetch, clock=clock, patience=30)
    await listing.models()
    clock.move(minutes=10)
    shop.models = TWO
    shop.open.clear()
    first = asyncio.create_task(listing.models())
    shop.asked.clear()
    await shop.asked.wait()

    async with asyncio.timeout(10):
        assert await listing.models() == ONE
    assert shop.calls == 2

    shop.open.set()
    assert await first == TWO


async def test_a_slow_fetch_keeps_nobody_waiting_who_could_have_the_last_list(
    listing: Listing, shop: Shop, clock: Clock
) -> None:
    await listing.models()
    clock.move(minutes=10)
    shop.open.clear()

    async with asyncio.timeout(5):
        assert await listing.models() == ONE
    assert shop.calls == 2


async def test_a_slow_first_fetch_goes_on_when_nobody_waits_any_more(listing: Listing, shop: Shop) -> None:
    shop.open.clear()
    assert await listing.models() == ()

    shop.open.set()
    assert await listing.models() == ONE
    assert shop.calls == 1


@pytest.mark.parametrize("error", [TryLaterError(status=500), None], ids=["failed", "empty"])
async def test_a_fetch_that_gives_nothing_keeps_the_list_and_pauses(
    listing: Listing, shop: Shop, clock: Clock, error: Exception | None
) -> None:
    await listing.models()
    clock.move(minutes=10)
    shop.error, shop.models = error, ()

    assert await listing.models() == ONE
    clock.move(seconds=29)
    assert await listing.models() == ONE
    assert shop.calls == 2

    clock.move(seconds=1)
    shop.error, shop.models = None, TWO
    assert await listing.models() == TWO
    assert shop.calls == 3


async def test_without_any_list_a_failure_gives_none_and_pauses(listing: Listing, shop: Shop, clock: Clock) -> None:
    shop.error = TryLaterError()

    assert await listing.models() == ()
    assert await listing.models() == ()
    assert shop.calls == 1

    shop.error = None
    clock.move(seconds=30)
    assert await listing.models() == ONE


async def test_a_list_is_kept_for_a_day_and_no_longer(listing: Listing, shop: Shop, clock: Clock) -> None:
    await listing.models()
    shop.error = TryLaterError()

    clock.move(hours=23, minutes=59)
    assert await listing.models() == ONE
    clock.move(minutes=1)
    assert listing.cached() == ()
    assert await listing.models() == ()


async def test_a_clock_that_is_set_back_does_not_hold_an_old_list(listing: Listing, shop: Shop, clock: Clock) -> None:
    await listing.models()
    clock.move(days=-400)
    shop.models = TWO

    assert await listing.models() == TWO


async def test_a_fetch_that_dies_is_logged_and_tried_again(listing: Listing, shop: Shop, clock: Clock) -> None:
    shop.error = ZeroDivisionError()

    with structlog.testing.capture_logs() as logs:
        assert await listing.models() == ()
    assert [entry["event"] for entry in logs] == ["catalogue_refresh_died"]

    shop.error = None
    clock.move(seconds=30)
    assert await listing.models() == ONE


async def test_closing_ends_a_fetch(shop: Shop, clock: Clock) -> None:
    listing = Listing(shop.fetch, clock=clock, patience=30)
    shop.open.clear()
    waiting = asyncio.create_task(listing.models())
    await shop.asked.wait()

    await listing.close()
    await listing.close()

    assert await waiting == ()


async def test_only_models_that_make_video_from_text_are_offered() -> None:
    catalogue = await catalogue_of()

    offered = {model.id for model in catalogue.cached()}

    assert {model.id for model in MODELS} - offered == {
        "black-forest-labs/flux-video-edit",
        "black-forest-labs/flux-video-upscale",
        "heygen/avatar-iv",
        "runway/aleph-2",
    }
    assert await catalogue.models() == catalogue.cached()
    await catalogue.close()


async def test_a_request_without_a_model_gets_the_owners() -> None:
    catalogue = await catalogue_of(default="google/veo-3.1-lite")

    assert catalogue.choose(VideoRequest(prompt="p")).model == "google/veo-3.1-lite"


@pytest.mark.parametrize("default", [None, "", "openai/sora-1"])
async def test_without_the_owners_choice_the_cheapest_is_taken(default: str | None) -> None:
    with structlog.testing.capture_logs() as logs:
        catalogue = await catalogue_of(default=default)
        for _ in range(3):
            assert catalogue.choose(VideoRequest(prompt="p")).model == "bytedance/seedance-1-5-pro"

    assert len([entry for entry in logs if entry["event"] == "default_model_not_listed"]) == bool(default)


async def test_a_named_model_is_found_in_any_case() -> None:
    catalogue = await catalogue_of()

    spec = catalogue.choose(VideoRequest(prompt="p", model=" Google/VEO-3.1 "))

    assert (spec.model, spec.duration, spec.resolution, spec.audio) == ("google/veo-3.1", 4, "720p", False)


@pytest.mark.parametrize(
    ("wanted", "near"),
    [
        ("google/veo-3.2", "google/veo-3.1"),
        ("veo-3.1-lite-preview", "google/veo-3.1-lite"),
        ("seedance", "bytedance/seedance-2.5"),
        ("klign-v3.0-std", "kwaivgi/kling-v3.0-std"),
    ],
)
async def test_an_unknown_model_is_answered_with_near_ones(wanted: str, near: str) -> None:
    catalogue = await catalogue_of()

    with pytest.raises(NoModelError) as caught:
        catalogue.choose(VideoRequest(prompt="p", model=wanted))

    assert caught.value.wanted == wanted
    assert near in caught.value.choices
    assert len(caught.value.choices) <= 5


async def test_an_editor_is_not_a_model_to_choose() -> None:
    catalogue = await catalogue_of()

    with pytest.raises(NoModelError):
        catalogue.choose(VideoRequest(prompt="p", model="runway/aleph-2"))


async def test_without_a_list_there_is_no_model() -> None:
    catalogue = Catalogue(Shop(()).fetch)
    await catalogue.models()

    with pytest.raises(NoModelError) as caught:
        catalogue.choose(VideoRequest(prompt="p"))

    assert (caught.value.wanted, caught.value.choices) == (None, ())
    assert catalogue.default() is None
    assert catalogue.options_for(None, "duration") == ()
    assert catalogue.search("") == ()


async def test_what_was_chosen_has_a_price() -> None:
    catalogue = await catalogue_of()
    spec = catalogue.choose(VideoRequest(prompt="p", model="google/veo-3.1-lite"))

    assert catalogue.price_of(spec) == Price(estimate_microusd=120_000, reserve_microusd=360_000)
    assert isinstance((await catalogue_of(ONE)).price_of(spec), NotEstimable)


async def test_a_model_has_a_name_and_one_that_left_has_its_id() -> None:
    catalogue = await catalogue_of()

    assert catalogue.name_of("google/veo-3.1") == "Google: Veo 3.1"
    assert catalogue.name_of("gone/one") == "gone/one"


async def test_options_are_those_of_the_chosen_model() -> None:
    catalogue = await catalogue_of()

    assert catalogue.options_for("google/veo-3.1-lite", "duration") == ("4", "6", "8")
    assert catalogue.options_for("google/veo-3.1", "resolution") == ("720p", "1080p", "4K")
    assert catalogue.options_for("google/veo-3.1", "aspect_ratio") == ("16:9", "9:16")
    assert catalogue.options_for("no/such", "duration") == ()


async def test_options_without_a_model_are_those_of_the_default() -> None:
    catalogue = await catalogue_of(default="minimax/hailuo-2.3")

    assert catalogue.options_for(None, "duration") == ("6", "10")


async def test_ratios_are_narrowed_to_the_chosen_resolution() -> None:
    catalogue = await catalogue_of()
    model = "bytedance/seedance-2.0"

    assert "9:21" in catalogue.options_for(model, "aspect_ratio")
    assert "9:21" in catalogue.options_for(model, "aspect_ratio", resolution="720P")
    assert "9:21" not in catalogue.options_for(model, "aspect_ratio", resolution="480p")
    assert "9:21" in catalogue.options_for(model, "aspect_ratio", resolution="nonsense")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("veo-3.1", "google/veo-3.1"),
        ("google/veo-3.1-l", "google/veo-3.1-lite"),
        ("WAN", "alibaba/wan-3.0"),
        ("hailuo 2", "minimax/hailuo-2.3"),
        ("kling std", "kwaivgi/kling-v3.0-std"),
        ("xai", "x-ai/grok-imagine-video-1.5-lite"),
        ("imagine", "x-ai/grok-imagine-video-1.5-lite"),
        ("4.5", "runway/gen-4.5"),
        ("dance-1", "bytedance/seedance-1-5-pro"),
    ],
)
async def test_a_search_gives_the_best_match_first(text: str, first: str) -> None:
    found = (await catalogue_of()).search(text)

    assert found[0].id in {first, first + "-prime"}
    assert len(found) <= 25


async def test_an_empty_search_begins_with_the_default_and_shows_no_more_than_discord_does() -> None:
    found = (await catalogue_of(default="google/veo-3.1")).search("  ")

    assert found[0].id == "google/veo-3.1"
    assert len(found) == len({model.id for model in found}) == 25


async def test_a_search_for_nonsense_finds_nothing() -> None:
    assert (await catalogue_of()).search("zzz") == ()


# --- pictures --------------------------------------------------------------------------------------------------------


async def test_what_a_model_does_not_take_is_refused_with_those_that_do() -> None:
    catalogue = await catalogue_of()

    assert catalogue.choose(VideoRequest(prompt="p", model="alibaba/wan-3.0", frames=1)).frames == 1
    with pytest.raises(InvalidChoiceError) as refused:
        catalogue.choose(VideoRequest(prompt="p", model="alibaba/wan-3.0", frames=2))

    assert (refused.value.field, refused.value.model) == ("last_image", "alibaba/wan-3.0")
    assert "google/veo-3.1-lite" in refused.value.choices
    assert "alibaba/wan-3.0" not in refused.value.choices


async def test_a_request_with_pictures_and_without_a_model_gets_the_owners_where_it_takes_them() -> None:
    catalogue = await catalogue_of(default="alibaba/wan-3.0")

    chosen = [catalogue.choose(VideoRequest(prompt="p", frames=frames)).model for frames in (0, 1, 2)]

    assert chosen[:2] == ["alibaba/wan-3.0", "alibaba/wan-3.0"]
    assert catalogue.offers(chosen[2], frames=2)


async def test_pictures_are_in_the_price_of_a_spec() -> None:
    catalogue = await catalogue_of()
    prices = [
        catalogue.price_of(
            catalogue.choose(VideoRequest(prompt="p", model="x-ai/grok-imagine-video-1.5-lite", frames=frames))
        )
        for frames in (0, 1)
    ]

    assert [type(price) for price in prices] == [Price, Price]
    plain, pictured = prices
    assert isinstance(plain, Price)
    assert isinstance(pictured, Price)
    assert pictured.estimate_microusd - plain.estimate_microusd == 10_000
    assert pictured.reserve_microusd > plain.reserve_microusd
