"""What the cogs call: a request from its words to its reservation, and every answer that a member can get."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from services.catalogue import Catalogue, Shape
from services.errors import (
    InvalidChoiceError,
    LimitReachedError,
    LimitRule,
    LimitSource,
    ModelNotAllowedError,
    NoModelError,
    PriceUnknownError,
    TryLaterError,
)
from services.generation import Worker
from services.jobs import OfferBook
from services.jobs.offers import GOOD_FOR
from services.limits import BotLimits, ConductBook, LimitEntry, ServerChoices
from services.models import JobState, Requester, VideoModel, VideoRequest, VideoSpec
from services.pictures import PictureDesk, PictureShelf, PictureSource
from services.videos import Accepted, Asking, CancelOutcome, MoneyRules, Offered, VideoService
from tests.services.generation.taped import Workshop, workshop_in
from tests.services.jobs.samples import LEASE, MEBIBYTE, NOON, HandClock, House, asker, house_over

SHORT: Final = VideoModel(
    id="acme/clip-1",
    name="Acme Clip",
    durations=(4, 8),
    resolutions=("720p", "1080p"),
    aspect_ratios=("16:9", "9:16"),
    audio=True,
    seed=True,
    pricing_skus={"duration_seconds": "0.10"},
)
UNPRICED: Final = replace(SHORT, id="acme/dear", name="Acme Dear", pricing_skus=None)
ASK: Final = VideoRequest(prompt="a lighthouse in a storm", model="acme/clip-1")
LONG: Final = replace(ASK, duration=8)
MANAGER: Final = Requester(user_id=9, guild_id=1, is_manager=True)
FOR_ALL: Final = LimitEntry(source=LimitSource.SERVER, source_id=0, videos_per_day=1)
MONEY: Final = MoneyRules(confirm_above=500_000, unpriced_reserve=None)


@dataclass(slots=True, kw_only=True)
class Desk:
    """The service over a real store, and a worker that only wakes: it is not run here."""

    videos: VideoService
    workshop: Workshop
    worker: Worker
    clock: HandClock

    @property
    def house(self) -> House:
        return self.workshop.house

    async def ask(
        self, requester: Requester | None = None, request: VideoRequest = ASK, *, interaction: int = 500
    ) -> Accepted:
        """Ask for a video that is cheap enough to be accepted without another word."""
        accepted = await self.videos.request(request, requester or asker(), asking(interaction, at=self.clock()))
        assert isinstance(accepted, Accepted)
        return accepted

    async def ask_for_a_dear_one(self, requester: Requester | None = None, *, interaction: int = 500) -> Offered:
        """Ask for a video whose price its member has to say yes to."""
        offered = await self.videos.request(LONG, requester or asker(), asking(interaction, at=self.clock()))
        assert isinstance(offered, Offered)
        return offered


def asking(interaction: int, *, at: datetime) -> Asking:
    return Asking(
        interaction_id=interaction,
        channel_id=77,
        parent_channel_id=None,
        upload_limit=10 * MEBIBYTE,
        asked_at=at,
    )


def desk_over(
    house: House,
    folder: Path,
    *,
    models: tuple[VideoModel, ...] = (SHORT, UNPRICED),
    money: MoneyRules = MONEY,
) -> tuple[Desk, Catalogue]:
    workshop = workshop_in(folder, house)
    worker = Worker(jobs=house.jobs, steps=workshop.steps, clock=workshop.clock)

    async def listed() -> tuple[VideoModel, ...]:
        if not models:
            raise TryLaterError
        return models

    catalogue = Catalogue(listed, default_model="acme/clip-1", default_shape=Shape())
    videos = VideoService(
        catalogue=catalogue,
        jobs=house.jobs,
        offers=OfferBook(database=house.database),
        servers=house.servers,
        conduct=ConductBook(database=house.database),
        pictures=PictureDesk(PictureSource(), PictureShelf(folder)),
        wake=worker.wake,
        money=money,
        clock=workshop.clock,
    )
    return Desk(videos=videos, workshop=workshop, worker=worker, clock=workshop.clock), catalogue


@pytest.fixture
async def desk(tmp_path: Path, house: House) -> AsyncGenerator[Desk]:
    made, catalogue = desk_over(house, tmp_path / "clips")
    yield made
    await catalogue.close()


async def test_a_request_is_completed_priced_and_reserved_but_not_yet_worked_on(desk: Desk) -> None:
    accepted = await desk.ask()

    job = accepted.job
    assert accepted.is_new
    assert (job.state, job.status_message_id, job.created_at) == (JobState.QUEUED, None, NOON)
    assert job.spec == VideoSpec(
        model="acme/clip-1", duration=4, resolution="720p", aspect_ratio="16:9", audio=False, seed=None
    )
    # Four seconds at ten cents, and a tenth more: the most that it may cost.
    assert job.reserved_microusd == 440_000
    assert (accepted.place, accepted.usual, accepted.allowance.used) == (0, None, 1)
    assert await desk.house.jobs.claim(now=NOON, lease=LEASE) == []


async def test_a_member_who_names_nothing_gets_the_owners_choice(desk: Desk) -> None:
    accepted = await desk.ask(request=VideoRequest(prompt="a fox"))

    assert accepted.job.spec.model == "acme/clip-1"


async def test_a_video_whose_price_cannot_be_stated_is_refused(desk: Desk) -> None:
    with pytest.raises(PriceUnknownError) as caught:
        await desk.ask(request=replace(ASK, model="acme/dear"))

    assert caught.value.model == "acme/dear"
    assert await desk.house.rows("SELECT id FROM jobs") == []


async def test_where_the_owner_allows_it_such_a_video_holds_the_owners_own_sum(tmp_path: Path, house: House) -> None:
    allowed = MoneyRules(confirm_above=9_000_000, unpriced_reserve=5_000_000)
    desk, catalogue = desk_over(house, tmp_path / "clips", money=allowed)
    try:
        accepted = await desk.ask(request=replace(ASK, model="acme/dear"))
    finally:
        await catalogue.close()

    assert (accepted.job.estimate_microusd, accepted.job.reserved_microusd) == (0, 5_000_000)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (replace(ASK, model="acme/nothing"), NoModelError),
        (replace(ASK, duration=5), InvalidChoiceError),
        (replace(ASK, resolution="8k"), InvalidChoiceError),
        (replace(ASK, aspect_ratio="1:9"), InvalidChoiceError),
    ],
)
async def test_what_the_model_does_not_list_is_refused_and_nothing_is_reserved(
    desk: Desk, request_: VideoRequest, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await desk.ask(request=request_)

    assert await desk.house.rows("SELECT id FROM jobs") == []


async def test_without_a_list_of_models_nothing_is_reserved(tmp_path: Path, house: House) -> None:
    desk, catalogue = desk_over(house, tmp_path / "clips", models=())
    try:
        with pytest.raises(NoModelError):
            await desk.ask()
    finally:
        await catalogue.close()

    assert await house.rows("SELECT id FROM jobs") == []


async def test_a_limit_is_a_refusal(tmp_path: Path, house: House) -> None:
    strict = house_over(house.database, bot_limits=BotLimits(videos_per_day=1, everywhere_per_day=5))
    desk, catalogue = desk_over(strict, tmp_path / "clips")
    try:
        await desk.ask(interaction=1)
        with pytest.raises(LimitReachedError):
            await desk.ask(interaction=2)
    finally:
        await catalogue.close()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a fox \ud83e", "a fox \ufffd"),
        ("\udd8a a fox", "\ufffd a fox"),
        ("a \ud83e\udd8a", "a 🦊"),
        ("a 🦊 and \ufeff", "a 🦊 and \ufeff"),
        ("a\0fox", "a\ufffdfox"),
    ],
    ids=["first half", "second half", "both halves", "whole", "nothing at all"],
)
async def test_half_a_character_in_a_prompt_is_replaced_before_anything_is_stored_or_offered(
    desk: Desk, typed: str, kept: str
) -> None:
    accepted = await desk.ask(request=replace(ASK, prompt=typed))
    dear = await desk.videos.request(replace(LONG, prompt=typed), asker(), asking(501, at=desk.clock()))

    assert accepted.job.prompt == kept
    assert isinstance(dear, Offered)
    assert dear.offer.request.prompt == kept


async def test_an_interaction_that_comes_twice_is_answered_once(desk: Desk) -> None:
    first = await desk.ask()
    again = await desk.ask()

    assert (again.job, again.is_new) == (first.job, False)


async def test_who_comes_later_reads_their_place_in_line(desk: Desk) -> None:
    places = [(await desk.ask(interaction=number)).place for number in range(6)]

    assert places == [0, 0, 0, 0, 1, 2]


async def test_who_asks_for_a_known_model_reads_how_long_it_takes(desk: Desk) -> None:
    for _ in range(3):
        await desk.house.job(JobState.DELIVERED)

    accepted = await desk.ask()

    assert accepted.usual is not None
    assert accepted.usual.samples == 3


async def test_an_acknowledged_job_is_worked_on_because_the_worker_wakes(desk: Desk) -> None:
    run = asyncio.create_task(desk.worker.run())
    try:
        job = (await desk.ask()).job
        await desk.videos.acknowledge(job, 4242)
        await desk.workshop.tape.until_called("submit")
    finally:
        desk.worker.stop()
        await run

    assert (await desk.house.stored(job)).status_message_id == 4242


async def test_a_request_whose_answer_was_refused_is_taken_back(desk: Desk) -> None:
    job = (await desk.ask()).job

    await desk.videos.withdraw(job)

    stored = await desk.house.stored(job)
    assert (stored.state, stored.next_at) == (JobState.CANCELLED, None)
    assert (await desk.videos.standing(asker(), at=NOON)).allowance.used == 0


class TestCancelling:
    async def test_a_member_cancels_their_own_waiting_job(self, desk: Desk) -> None:
        job = await desk.house.queued()

        outcome, shown = await desk.videos.cancel(job.id, asker())

        assert outcome is CancelOutcome.CANCELLED
        assert shown is not None
        assert shown.state is JobState.CANCELLED

    async def test_the_worker_shows_a_cancelled_job_as_well(self, desk: Desk) -> None:
        job = await desk.house.queued()

        await desk.videos.cancel(job.id, asker())

        # The answer to the click may die with the process.
        [claimed] = await desk.house.jobs.claim(now=NOON, lease=LEASE)
        assert (claimed.id, claimed.told_at) == (job.id, None)

    async def test_the_second_click_says_that_it_was_cancelled(self, desk: Desk) -> None:
        job = await desk.house.queued()
        await desk.videos.cancel(job.id, asker())

        outcome, shown = await desk.videos.cancel(job.id, asker())

        assert outcome is CancelOutcome.ALREADY_CANCELLED
        assert shown is not None
        assert shown.state is JobState.CANCELLED

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            (JobState.SUBMITTING, CancelOutcome.TOO_LATE),
            (JobState.GENERATING, CancelOutcome.TOO_LATE),
            (JobState.DELIVERING, CancelOutcome.TOO_LATE),
            (JobState.DELIVERED, CancelOutcome.ENDED),
        ],
    )
    async def test_what_was_sent_cannot_be_cancelled(
        self, desk: Desk, state: JobState, expected: CancelOutcome
    ) -> None:
        job = await desk.house.job(state)

        outcome, shown = await desk.videos.cancel(job.id, asker())

        assert (outcome, shown) == (expected, job)
        assert await desk.house.stored(job) == job

    async def test_somebody_else_may_not_but_a_moderator_may(self, desk: Desk) -> None:
        job = await desk.house.queued(user=1)
        moderator = Requester(user_id=2, guild_id=1, is_moderator=True)

        assert (await desk.videos.cancel(job.id, asker(2)))[0] is CancelOutcome.NOT_ALLOWED
        assert (await desk.house.stored(job)).state is JobState.QUEUED
        assert (await desk.videos.cancel(job.id, moderator))[0] is CancelOutcome.CANCELLED

    async def test_a_job_of_another_server_is_as_unknown_as_none(self, desk: Desk) -> None:
        job = await desk.house.queued(guild=2)
        moderator = Requester(user_id=2, guild_id=1, is_moderator=True)

        assert await desk.videos.cancel(job.id, asker(1, guild=1)) == (CancelOutcome.UNKNOWN_JOB, None)
        assert await desk.videos.cancel(job.id, moderator) == (CancelOutcome.UNKNOWN_JOB, None)
        assert await desk.videos.cancel(10**6, asker()) == (CancelOutcome.UNKNOWN_JOB, None)
        assert (await desk.house.stored(job)).state is JobState.QUEUED


async def test_a_standing_names_what_waits_and_where(desk: Desk) -> None:
    running = await desk.house.job(JobState.GENERATING)
    waiting = [await desk.house.queued() for _ in range(5)]
    done = [await desk.house.job(JobState.DELIVERED) for _ in range(6)]

    standing = await desk.videos.standing(asker(), at=NOON)

    assert [job.id for job in standing.living] == [running.id, *(job.id for job in waiting)]
    assert standing.places == {job.id: place for job, place in zip(waiting, (0, 0, 0, 1, 2), strict=True)}
    assert [job.id for job in standing.ended] == [job.id for job in reversed(done[1:])]
    assert standing.allowance.used == 12


async def test_what_a_manager_sets_binds_the_next_request(desk: Desk) -> None:
    await desk.ask(interaction=1)

    await desk.house.limits.set(FOR_ALL, MANAGER, now=NOON)

    with pytest.raises(LimitReachedError):
        await desk.ask(interaction=2)


async def test_the_day_of_a_request_is_discords_and_not_the_hosts(desk: Desk) -> None:
    await desk.house.limits.set(FOR_ALL, MANAGER, now=NOON)
    desk.clock.advance(timedelta(days=400))

    await desk.videos.request(ASK, asker(), asking(1, at=NOON))

    with pytest.raises(LimitReachedError):
        await desk.videos.request(ASK, asker(), asking(2, at=NOON + timedelta(hours=23)))


class TestSayingYesToAPrice:
    """Eight seconds at ten cents are more than fifty cents, above which the members of these tests are asked."""

    async def test_a_dear_video_is_offered_and_nothing_is_reserved(self, desk: Desk) -> None:
        offered = await desk.ask_for_a_dear_one()

        assert (offered.quote.estimate_microusd, offered.quote.reserve_microusd) == (800_000, 880_000)
        assert (offered.offer.microusd, offered.allowance.used) == (800_000, 0)
        assert await desk.house.rows("SELECT id FROM jobs") == []

    async def test_after_a_yes_it_is_made_as_it_was_offered(self, desk: Desk) -> None:
        offered = await desk.ask_for_a_dear_one()

        accepted = await desk.videos.confirm(offered.offer.id, asker(), asking(501, at=NOON))

        assert isinstance(accepted, Accepted)
        assert (accepted.job.spec, accepted.job.prompt) == (offered.quote.spec, LONG.prompt)
        assert (accepted.job.interaction_id, accepted.job.reserved_microusd) == (501, 880_000)

    async def test_of_two_yeses_one_makes_a_video(self, desk: Desk) -> None:
        offer = (await desk.ask_for_a_dear_one()).offer

        both = await asyncio.gather(
            *(desk.videos.confirm(offer.id, asker(), asking(number, at=NOON)) for number in (501, 502))
        )

        assert sorted(isinstance(each, Accepted) for each in both) == [False, True]
        assert len(await desk.house.rows("SELECT id FROM jobs")) == 1

    async def test_after_a_no_it_is_too_late_for_a_yes(self, desk: Desk) -> None:
        offer = (await desk.ask_for_a_dear_one()).offer

        assert await desk.videos.decline(offer.id, asker())
        assert not await desk.videos.decline(offer.id, asker())
        assert await desk.videos.confirm(offer.id, asker(), asking(501, at=NOON)) is None

    async def test_somebody_elses_yes_or_no_does_nothing(self, desk: Desk) -> None:
        offer = (await desk.ask_for_a_dear_one()).offer

        for stranger in (asker(2), asker(1, guild=2)):
            assert await desk.videos.confirm(offer.id, stranger, asking(501, at=NOON)) is None
            assert not await desk.videos.decline(offer.id, stranger)

        assert isinstance(await desk.videos.confirm(offer.id, asker(), asking(502, at=NOON)), Accepted)

    async def test_a_yes_after_a_quarter_of_an_hour_is_too_late(self, desk: Desk) -> None:
        offer = (await desk.ask_for_a_dear_one()).offer
        desk.clock.advance(GOOD_FOR)

        assert await desk.videos.confirm(offer.id, asker(), asking(501, at=desk.clock())) is None

    async def test_what_would_be_refused_after_the_yes_is_refused_before_it(self, desk: Desk) -> None:
        await desk.house.limits.set(replace(FOR_ALL, dearest_clip=800_000), MANAGER, now=NOON)

        with pytest.raises(LimitReachedError) as caught:
            await desk.ask_for_a_dear_one()

        assert caught.value.rule is LimitRule.DEAREST_CLIP
        assert await desk.house.rows("SELECT id FROM offers") == []

    async def test_a_limit_that_was_reached_meanwhile_refuses_the_yes(self, desk: Desk) -> None:
        await desk.house.limits.set(FOR_ALL, MANAGER, now=NOON)
        offer = (await desk.ask_for_a_dear_one()).offer
        await desk.ask(interaction=1)

        with pytest.raises(LimitReachedError):
            await desk.videos.confirm(offer.id, asker(), asking(501, at=NOON))

    async def test_a_price_that_rose_meanwhile_takes_another_yes(self, tmp_path: Path, house: House) -> None:
        dearer = replace(SHORT, pricing_skus={"duration_seconds": "0.20"})
        desk, catalogue = desk_over(house, tmp_path / "clips")
        offer = (await desk.ask_for_a_dear_one()).offer
        await catalogue.close()
        later, catalogue = desk_over(house, tmp_path / "clips", models=(dearer,))
        try:
            again = await later.videos.confirm(offer.id, asker(), asking(501, at=NOON))
        finally:
            await catalogue.close()

        assert isinstance(again, Offered)
        assert (again.offer.microusd, again.offer.id != offer.id) == (1_600_000, True)
        assert await house.rows("SELECT id FROM jobs") == []


class TestWhatAServerChose:
    async def choose(self, desk: Desk, **choices: Any) -> None:  # noqa: ANN401  # its fields
        await desk.house.servers.choose(ServerChoices(**choices), MANAGER, now=NOON)

    async def test_its_default_shape_stands_in_for_what_a_member_leaves_out(self, desk: Desk) -> None:
        await self.choose(desk, duration=8, resolution="1080p", aspect_ratio="9:16", audio=True)

        offered = await desk.videos.request(VideoRequest(prompt="a fox"), asker(), asking(1, at=NOON))

        assert isinstance(offered, Offered)
        spec = offered.quote.spec
        assert (spec.duration, spec.resolution, spec.aspect_ratio, spec.audio) == (8, "1080p", "9:16", True)

    async def test_its_default_model_goes_before_the_owners(self, desk: Desk) -> None:
        await self.choose(desk, model="acme/dear")

        with pytest.raises(PriceUnknownError):
            await desk.ask(request=VideoRequest(prompt="a fox"))

    async def test_a_model_that_it_does_not_allow_is_refused(self, desk: Desk) -> None:
        await self.choose(desk, models=("acme/dear",))

        with pytest.raises(ModelNotAllowedError):
            await desk.ask()

    async def test_models_are_shown_with_their_price_and_whether_they_are_allowed(self, desk: Desk) -> None:
        await self.choose(desk, models=("acme/clip-1", "acme/dear"))

        short, unpriced = await desk.videos.models(asker())

        assert (short.model.id, short.quote.estimate_microusd, short.is_allowed) == ("acme/clip-1", 400_000, True)
        assert (unpriced.model.id, unpriced.quote.estimate_microusd, unpriced.is_allowed) == ("acme/dear", None, False)
        await self.choose(desk, models=("acme/dear",))
        assert [offer.is_allowed for offer in await desk.videos.models(asker())] == [False, False]
