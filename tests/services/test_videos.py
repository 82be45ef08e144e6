"""What the cogs call: a request from its words to its reservation, and every answer that a member can get."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from services.catalogue import Catalogue, Shape
from services.errors import (
    InvalidChoiceError,
    LimitReachedError,
    LimitSource,
    NoModelError,
    NotAllowedError,
    TryLaterError,
)
from services.generation import Worker
from services.limits import BotLimits, LimitEntry
from services.models import JobState, Requester, VideoModel, VideoRequest, VideoSpec
from services.videos import Accepted, CancelOutcome, VideoService
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
MANAGER: Final = Requester(user_id=9, guild_id=1, is_manager=True)
FOR_ALL: Final = LimitEntry(source=LimitSource.SERVER, source_id=0, videos_per_day=1, running_at_once=None)


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
        return await self.videos.request(
            request,
            requester or asker(),
            interaction_id=interaction,
            channel_id=77,
            upload_limit=10 * MEBIBYTE,
            asked_at=self.clock(),
        )


def desk_over(
    house: House, folder: Path, *, models: tuple[VideoModel, ...] = (SHORT, UNPRICED)
) -> tuple[Desk, Catalogue]:
    workshop = workshop_in(folder, house)
    worker = Worker(jobs=house.jobs, steps=workshop.steps, delivery=workshop.delivery, clock=workshop.clock)

    async def listed() -> tuple[VideoModel, ...]:
        if not models:
            raise TryLaterError
        return models

    catalogue = Catalogue(listed, default_model="acme/clip-1", default_shape=Shape())
    videos = VideoService(
        catalogue=catalogue, jobs=house.jobs, limits=house.limits, worker=worker, clock=workshop.clock
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


async def test_a_video_whose_price_cannot_be_stated_reserves_nothing(desk: Desk) -> None:
    accepted = await desk.ask(request=replace(ASK, model="acme/dear"))

    assert accepted.job.reserved_microusd == 0


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

    await desk.videos.set_limit(FOR_ALL, MANAGER)

    with pytest.raises(LimitReachedError):
        await desk.ask(interaction=2)
    own, entries = await desk.videos.limit_entries(1)
    assert (own, entries) == (desk.house.limits.bot_limits, [FOR_ALL])


async def test_what_a_manager_clears_no_longer_applies(desk: Desk) -> None:
    await desk.videos.set_limit(FOR_ALL, MANAGER)

    assert await desk.videos.clear_limit(LimitSource.SERVER, 0, MANAGER)
    assert not await desk.videos.clear_limit(LimitSource.SERVER, 0, MANAGER)
    assert (await desk.videos.limit_entries(1))[1] == []


async def test_a_manager_changes_nothing_in_another_server(desk: Desk) -> None:
    await desk.videos.set_limit(FOR_ALL, MANAGER)
    elsewhere = replace(MANAGER, guild_id=2)

    assert not await desk.videos.clear_limit(LimitSource.SERVER, 0, elsewhere)
    assert (await desk.videos.limit_entries(2))[1] == []


@pytest.mark.parametrize("who", [asker(9), Requester(user_id=9, guild_id=1, is_moderator=True)])
async def test_only_managers_touch_the_limits(desk: Desk, who: Requester) -> None:
    with pytest.raises(NotAllowedError):
        await desk.videos.set_limit(FOR_ALL, who)
    await desk.videos.set_limit(FOR_ALL, MANAGER)
    with pytest.raises(NotAllowedError):
        await desk.videos.clear_limit(LimitSource.SERVER, 0, who)

    assert (await desk.videos.limit_entries(1))[1] == [FOR_ALL]


async def test_the_day_of_a_request_is_discords_and_not_the_hosts(desk: Desk) -> None:
    await desk.videos.set_limit(FOR_ALL, MANAGER)
    asked_at: datetime = NOON
    desk.clock.advance(timedelta(days=400))

    for interaction, at in ((1, asked_at), (2, asked_at + timedelta(hours=23))):
        asking = desk.videos.request(
            ASK, asker(), interaction_id=interaction, channel_id=77, upload_limit=MEBIBYTE, asked_at=at
        )
        if interaction == 1:
            await asking
        else:
            with pytest.raises(LimitReachedError):
                await asking
