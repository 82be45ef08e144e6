"""A press under a result: what it becomes for whom, and that nobody learns or removes what is not theirs."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from services.errors import DeliverLaterError, LimitReachedError, ModelNotAllowedError, StaleJobError
from services.jobs import Removals
from services.limits import BotLimits, ServerChoices
from services.models import Job, JobState, Requester, VideoModel, VideoRequest
from services.results import Press, Removal, Results, Unavailable
from services.videos import Accepted, Offered
from tests.services.jobs.samples import LEASE, NOON, House, asker, house_over, manager
from tests.services.test_videos import SHORT, Desk, asking, desk_over

LASTING: Final = replace(
    SHORT,
    id="acme/lasting",
    name="Acme Lasting",
    pricing_skus={"duration_seconds": "0.05", "cents_per_second_video_continuation": "10"},
)
ALICE, BOB = asker(1), asker(2)
MODERATOR: Final = Requester(user_id=3, guild_id=1, is_moderator=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The services at which a press arrives, over a real store."""

    results: Results
    desk: Desk
    woken: list[bool]

    @property
    def house(self) -> House:
        return self.desk.house

    async def order(self, request: VideoRequest | Unavailable, requester: Requester, *, interaction: int = 900) -> Job:
        """Order what came of a press, as `/video` does."""
        assert isinstance(request, VideoRequest)
        accepted = await self.desk.videos.request(request, requester, asking(interaction, at=NOON))
        assert isinstance(accepted, Accepted)
        return accepted.job

    async def posted(self, request: VideoRequest, requester: Requester = ALICE, *, interaction: int = 500) -> Job:
        """Have a video made and posted."""
        job = await self.order(request, requester, interaction=interaction)
        seen = await self.house.jobs.acknowledge(job.id, 10_000 + job.id, now=NOON)
        assert seen is not None
        return await self.house.walked(seen, JobState.DELIVERED)


def counter_over(
    house: House, folder: Path, *, models: tuple[VideoModel, ...] = (SHORT, LASTING)
) -> tuple[Counter, Desk]:
    desk, catalogue = desk_over(house, folder, models=models)
    woken: list[bool] = []
    results = Results(
        catalogue=catalogue,
        jobs=house.jobs,
        removals=Removals(database=house.database),
        wake=lambda: woken.append(True),
        clock=desk.clock,
    )
    return Counter(results=results, desk=desk, woken=woken), desk


@pytest.fixture
async def counter(tmp_path: Path, house: House) -> AsyncGenerator[Counter]:
    made, desk = counter_over(house, tmp_path / "clips")
    yield made
    await desk.videos.catalogue.close()


def on_its_message(job: Job) -> Press:
    return Press(job_id=job.id, channel_id=job.result_channel_id or 0, message_id=job.result_message_id or 0)


ASK: Final = VideoRequest(
    prompt="a red fox",
    model="acme/clip-1",
    duration=4,
    resolution="1080p",
    aspect_ratio="9:16",
    audio=True,
    seed=7,
    is_spoiler=True,
)


class TestMakingItAgain:
    async def test_again_asks_for_the_same_with_a_seed_of_the_models_own(self, counter: Counter) -> None:
        job = await counter.posted(ASK)

        assert await counter.results.again(on_its_message(job), ALICE) == replace(ASK, seed=None)

    async def test_edit_changes_the_prompt_and_nothing_else(self, counter: Counter) -> None:
        job = await counter.posted(ASK)

        assert await counter.results.edited(on_its_message(job), ALICE) == ASK
        changed = await counter.results.edited(on_its_message(job), ALICE, prompt="a blue fox")
        assert changed == replace(ASK, prompt="a blue fox")

    async def test_whoever_presses_pays_and_gets_a_job_of_their_own(self, counter: Counter) -> None:
        job = await counter.posted(ASK)

        made = await counter.order(await counter.results.again(on_its_message(job), BOB), BOB)

        assert (made.user_id, made.interaction_id, made.reserved_microusd) == (2, 900, 440_000)
        assert (await counter.desk.videos.standing(ALICE, at=NOON)).allowance.used == 1
        assert (await counter.desk.videos.standing(BOB, at=NOON)).allowance.used == 1

    async def test_whoever_has_nothing_left_is_refused_whatever_its_member_has(
        self, tmp_path: Path, house: House
    ) -> None:
        strict = house_over(house.database, bot_limits=BotLimits(videos_per_day=1, everywhere_per_day=5))
        counter, desk = counter_over(strict, tmp_path / "clips")
        try:
            job = await counter.posted(ASK)
            await counter.posted(ASK, BOB, interaction=501)
            with pytest.raises(LimitReachedError):
                await counter.order(await counter.results.again(on_its_message(job), BOB), BOB)
        finally:
            await desk.videos.catalogue.close()

    async def test_what_came_of_again_can_be_made_again(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        for interaction in (901, 902):
            request = await counter.results.again(on_its_message(job), BOB)
            assert isinstance(request, VideoRequest)
            job = await counter.posted(request, BOB, interaction=interaction)

        assert (job.prompt, job.spec.resolution, job.is_spoiler) == ("a red fox", "1080p", True)
        assert len(await counter.house.rows("SELECT id FROM jobs")) == 3

    async def test_two_presses_are_two_videos_and_one_that_comes_twice_is_one(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        request = await counter.results.again(on_its_message(job), ALICE)

        made = {(await counter.order(request, ALICE, interaction=each)).id for each in (901, 902, 902)}

        assert len(made) == 2

    async def test_a_dear_one_is_asked_about_first(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        await counter.house.rows("UPDATE jobs SET duration = 8")

        request = await counter.results.again(on_its_message(job), ALICE)

        assert isinstance(request, VideoRequest)
        offered = await counter.desk.videos.request(request, replace(ALICE, interaction_id=903), asking(903, at=NOON))
        assert isinstance(offered, Offered)
        assert len(await counter.house.rows("SELECT id FROM jobs")) == 1

    async def test_a_model_that_the_server_no_longer_allows_is_the_usual_refusal(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        only_other = ServerChoices(models=("acme/lasting",))
        await counter.house.servers.choose(only_other, manager(), now=NOON)

        request = await counter.results.again(on_its_message(job), ALICE)

        with pytest.raises(ModelNotAllowedError):
            await counter.order(request, ALICE)


class TestExtending:
    async def test_a_model_with_a_price_for_it_goes_on_from_its_own_clip(self, counter: Counter) -> None:
        job = await counter.posted(replace(ASK, model="acme/lasting"))

        request = await counter.results.extended(on_its_message(job), BOB, prompt="it runs away")
        made = await counter.order(request, BOB)

        assert made.spec == replace(job.spec, seed=None, continues=job.remote_id)
        assert (made.prompt, made.user_id) == ("it runs away", 2)
        # Four seconds at ten cents, the price for going on, and not at five: and a tenth more.
        assert (made.estimate_microusd, made.reserved_microusd) == (400_000, 440_000)
        assert (await counter.house.stored(made)).spec == made.spec

    async def test_what_it_goes_on_from_survives_the_question_about_its_price(self, counter: Counter) -> None:
        job = await counter.posted(replace(ASK, model="acme/lasting"))
        await counter.house.rows("UPDATE jobs SET duration = 8")
        member = replace(BOB, interaction_id=903)
        request = await counter.results.extended(on_its_message(job), member, prompt="it runs away")
        assert isinstance(request, VideoRequest)

        offered = await counter.desk.videos.request(request, member, asking(903, at=NOON))
        assert isinstance(offered, Offered)
        accepted = await counter.desk.videos.confirm(offered.offer.id, member, asking(904, at=NOON))

        assert isinstance(accepted, Accepted)
        assert accepted.job.spec.continues == job.remote_id

    async def test_again_under_an_extended_clip_goes_on_from_the_same_one(self, counter: Counter) -> None:
        first = await counter.posted(replace(ASK, model="acme/lasting"))
        request = await counter.results.extended(on_its_message(first), ALICE)
        assert isinstance(request, VideoRequest)
        second = await counter.posted(request, interaction=901)

        again = await counter.results.again(on_its_message(second), ALICE)
        further = await counter.results.extended(on_its_message(second), ALICE)

        assert isinstance(again, VideoRequest)
        assert isinstance(further, VideoRequest)
        assert (again.continues, further.continues) == (first.remote_id, second.remote_id)

    async def test_a_model_without_a_price_for_it_is_not_asked_to(self, counter: Counter) -> None:
        job = await counter.posted(ASK)

        assert await counter.results.extended(on_its_message(job), ALICE) is Unavailable.CANNOT_CONTINUE

    async def test_a_model_that_has_left_the_list_is_not_asked_to(self, tmp_path: Path, counter: Counter) -> None:
        job = await counter.posted(replace(ASK, model="acme/lasting"))
        later, desk = counter_over(counter.house, tmp_path / "later", models=(SHORT,))
        try:
            assert await later.results.extended(on_its_message(job), ALICE) is Unavailable.CANNOT_CONTINUE
        finally:
            await desk.videos.catalogue.close()


class TestWhatIsNotThere:
    async def test_a_press_anywhere_but_on_the_result_finds_nothing(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        press = on_its_message(job)
        for forged in (
            replace(press, message_id=press.message_id + 1),
            replace(press, channel_id=press.channel_id + 1),
            replace(press, job_id=press.job_id + 1),
        ):
            assert await counter.results.again(forged, ALICE) is Unavailable.UNKNOWN
            assert await counter.results.edited(forged, ALICE) is Unavailable.UNKNOWN
            assert await counter.results.extended(forged, ALICE) is Unavailable.UNKNOWN
            assert await counter.results.remove(forged, ALICE) == (Removal.UNKNOWN, None)

    async def test_a_member_of_another_server_finds_nothing(self, counter: Counter) -> None:
        job = await counter.posted(ASK)

        assert await counter.results.edited(on_its_message(job), asker(1, guild=2)) is Unavailable.UNKNOWN

    async def test_a_video_that_is_not_known_as_posted_is_none(self, counter: Counter) -> None:
        job = await counter.house.job(JobState.DELIVERING)
        press = Press(job_id=job.id, channel_id=77, message_id=5_000 + job.id)

        assert await counter.results.again(press, ALICE) is Unavailable.UNKNOWN
        assert await counter.results.remove(press, ALICE) == (Removal.UNKNOWN, None)

    async def test_without_its_prompt_nothing_is_made_again_but_it_can_be_removed(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        await counter.house.rows("UPDATE jobs SET prompt = ''")

        assert await counter.results.again(on_its_message(job), ALICE) is Unavailable.FORGOTTEN
        assert (await counter.results.remove(on_its_message(job), ALICE))[0] is Removal.REMOVED

    async def test_without_its_picture_nothing_is_made_again_but_it_can_be_gone_on_from(self, counter: Counter) -> None:
        job = await counter.posted(replace(ASK, model="acme/lasting"))
        await counter.house.rows("UPDATE jobs SET frames = 1")

        assert await counter.results.again(on_its_message(job), ALICE) is Unavailable.PICTURE_GONE
        assert await counter.results.edited(on_its_message(job), ALICE) is Unavailable.PICTURE_GONE
        request = await counter.results.extended(on_its_message(job), ALICE)
        assert isinstance(request, VideoRequest)
        assert (request.frames, request.continues) == (0, job.remote_id)


class TestRemoving:
    @pytest.mark.parametrize("requester", [ALICE, MODERATOR, replace(ALICE, guild_id=0)])
    async def test_its_member_may_everywhere_and_a_moderator_here(self, counter: Counter, requester: Requester) -> None:
        job = await counter.posted(ASK)

        outcome, removed = await counter.results.remove(on_its_message(job), requester)

        assert (outcome, counter.woken) == (Removal.REMOVED, [True])
        assert removed is not None
        assert (removed.removed_at, removed.told_at, removed.next_at) == (NOON, None, NOON)

    @pytest.mark.parametrize(
        "requester",
        [BOB, manager(1), replace(MODERATOR, guild_id=2), replace(MODERATOR, guild_id=0)],
        ids=["stranger", "manager", "moderator elsewhere", "in direct messages"],
    )
    async def test_nobody_else_may(self, counter: Counter, requester: Requester) -> None:
        job = await counter.posted(ASK)

        assert (await counter.results.remove(on_its_message(job), requester))[0] is Removal.NOT_ALLOWED
        assert (await counter.house.stored(job), counter.woken) == (job, [])

    async def test_it_is_no_refund(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        weights = "SELECT state, counts, held_microusd, cost_microusd FROM jobs"
        before = [dict(row) for row in await counter.house.rows(weights)]

        await counter.results.remove(on_its_message(job), ALICE)
        [claimed] = await counter.house.jobs.claim(now=NOON, lease=LEASE)
        await counter.house.jobs.told(claimed, now=NOON, next_at=None)

        assert [dict(row) for row in await counter.house.rows(weights)] == before
        assert (await counter.desk.videos.standing(ALICE, at=NOON)).allowance.used == 1

    async def test_the_worker_removes_the_clip_and_tells_once_more(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        told = await counter.house.jobs.told(job, now=NOON, next_at=None)
        clip = counter.desk.workshop.shelf.path(told)
        clip.write_bytes(b"left behind")
        await counter.results.remove(on_its_message(job), ALICE)

        [claimed] = await counter.house.jobs.claim(now=NOON, lease=LEASE)
        following = await counter.desk.workshop.steps.take(claimed)

        assert counter.desk.workshop.tape.names == ["tell_end"]
        assert counter.desk.workshop.tape.calls[0].told_at is None
        assert (following.job.told_at, following.job.next_at) == (NOON, None)
        assert not clip.exists()

    async def test_a_step_that_was_under_way_does_not_write_over_the_wish(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        [claimed] = await counter.house.jobs.claim(now=NOON, lease=LEASE)
        await counter.results.remove(on_its_message(job), ALICE)

        with pytest.raises(StaleJobError):
            await counter.house.jobs.told(claimed, now=NOON, next_at=None)
        [again] = await counter.house.jobs.claim(now=NOON, lease=LEASE)

        assert (again.id, again.fence > claimed.fence, again.removed_at) == (job.id, True, NOON)

    async def test_where_discord_is_down_it_is_tried_again_however_old_the_video_is(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        await counter.house.jobs.told(job, now=NOON, next_at=None)
        counter.desk.clock.advance(timedelta(days=90))
        await counter.results.remove(on_its_message(job), ALICE)
        now = counter.desk.clock()
        [claimed] = await counter.house.jobs.claim(now=now, lease=LEASE)
        counter.desk.workshop.tape.then("tell_end", DeliverLaterError())

        following = await counter.desk.workshop.steps.take(claimed)

        assert following.job.told_at is None
        assert following.job.next_at is not None
        assert following.job.next_at > now

    async def test_a_removed_video_is_not_made_again_from_its_message(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        await counter.results.remove(on_its_message(job), ALICE)

        assert await counter.results.again(on_its_message(job), ALICE) is Unavailable.REMOVED

    async def test_who_asks_again_has_it_tried_again(self, counter: Counter) -> None:
        job = await counter.posted(ASK)
        for _ in range(2):
            assert (await counter.results.remove(on_its_message(job), ALICE))[0] is Removal.REMOVED
            [claimed] = await counter.house.jobs.claim(now=NOON, lease=LEASE)
            await counter.desk.workshop.steps.take(claimed)

        assert counter.desk.workshop.tape.names == ["tell_end", "tell_end"]
