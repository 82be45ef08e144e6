"""Where and with what, who not, and when nothing at all: what servers and the owner decide binds the next request."""

from datetime import timedelta
from typing import Any, Final

import pytest

from services.errors import (
    BlockedError,
    ChannelNotAllowedError,
    ModelNotAllowedError,
    PausedError,
    RequestError,
    StorageError,
)
from services.limits import PauseReason, ServerChoices
from services.limits.audit import latest
from services.limits.servers import EVERYWHERE
from services.models import JobState
from tests.services.jobs.samples import LEASE, MODEL, NOON, House, asker, manager, new_job, owner

SECOND: Final = timedelta(seconds=1)
CHANNEL: Final = 77
"""Where the jobs of the samples are asked for."""
EVERY_CHOICE: Final = ServerChoices(
    channels=(CHANNEL, 78),
    models=(MODEL, "acme/other"),
    model=MODEL,
    duration=8,
    resolution="1080p",
    aspect_ratio="9:16",
    audio=True,
    log_channel_id=99,
    language="pt-BR",
    age_restricted_only=True,
)


async def require_open(
    house: House, *, user: int = 1, guild: int = 1, channels: tuple[int, ...] = (CHANNEL,), model: str = MODEL
) -> None:
    async with house.database.transaction() as tx:
        answers = await tx.fetch_each(*house.servers.questions(asker(user, guild)))
    house.servers.require_open(
        answers, channel_ids=channels, is_age_restricted=False, model=model, prompt="a fox", now=NOON
    )


async def refusal(house: House, **where: Any) -> RequestError:  # noqa: ANN401  # what `require_open` takes
    with pytest.raises(RequestError) as caught:
        await require_open(house, **where)
    return caught.value


async def pause_by_itself(house: House, reason: PauseReason, *, minutes: int) -> None:
    async with house.database.transaction() as tx:
        until = NOON + timedelta(minutes=minutes)
        await house.servers.pause_within(tx, EVERYWHERE, reason, now=NOON, until=until)


class TestPausing:
    async def test_a_paused_server_takes_nothing_new_and_others_do(self, house: House) -> None:
        await house.servers.pause(1, PauseReason.MANAGER, manager(), now=NOON)

        error = await refusal(house)
        assert isinstance(error, PausedError)
        assert (error.everywhere, error.by_bot) == (False, False)
        await require_open(house, guild=2)

    @pytest.mark.parametrize("guild", [1, 2])
    async def test_while_the_owner_pauses_nothing_is_taken_anywhere(self, house: House, guild: int) -> None:
        await house.servers.pause(EVERYWHERE, PauseReason.OWNER, owner(), now=NOON)

        error = await refusal(house, guild=guild)
        assert isinstance(error, PausedError)
        assert (error.everywhere, error.by_bot) == (True, False)

    async def test_a_refusal_says_whether_only_the_bot_itself_paused(self, house: House) -> None:
        await pause_by_itself(house, PauseReason.ACCOUNT, minutes=2)
        error = await refusal(house)
        assert isinstance(error, PausedError)
        assert (error.everywhere, error.by_bot) == (True, True)

        await house.servers.pause(1, PauseReason.MANAGER, manager(), now=NOON)
        error = await refusal(house)
        assert isinstance(error, PausedError)
        assert not error.by_bot

    async def test_pausing_twice_is_pausing_once(self, house: House) -> None:
        assert await house.servers.pause(1, PauseReason.MANAGER, manager(), now=NOON)
        assert not await house.servers.pause(1, PauseReason.MANAGER, manager(), now=NOON + SECOND)

        [pause] = await house.servers.pauses(1)
        assert (pause.since, pause.until) == (NOON, None)
        assert len(await latest(house.database, 1, most=9)) == 1

    async def test_resuming_ends_one_reason_and_leaves_the_others(self, house: House) -> None:
        await house.servers.pause(1, PauseReason.MANAGER, manager(), now=NOON)
        await house.servers.pause(EVERYWHERE, PauseReason.OWNER, owner(), now=NOON)

        assert await house.servers.resume(1, PauseReason.MANAGER, manager(), now=NOON)
        assert not await house.servers.resume(1, PauseReason.MANAGER, manager(), now=NOON)

        assert [pause.reason for pause in await house.servers.pauses(1)] == [PauseReason.OWNER]
        await refusal(house)
        assert [entry.after for entry in await latest(house.database, 1, most=9)] == ["running", "paused (manager)"]

    async def test_what_waits_is_not_sent_while_its_server_is_paused_and_goes_on_after(self, house: House) -> None:
        here, there = await house.queued(guild=1), await house.queued(guild=2)
        await house.servers.pause(1, PauseReason.MANAGER, manager(), now=NOON)

        assert [job.id for job in await house.jobs.claim(now=NOON, lease=LEASE)] == [there.id]

        await house.servers.resume(1, PauseReason.MANAGER, manager(), now=NOON)
        assert [job.id for job in await house.jobs.claim(now=NOON, lease=LEASE)] == [here.id]

    async def test_what_is_under_way_goes_on_while_everything_is_paused(self, house: House) -> None:
        job = await house.job(JobState.GENERATING)
        await house.servers.pause(EVERYWHERE, PauseReason.OWNER, owner(), now=NOON)

        assert [claimed.id for claimed in await house.jobs.claim(now=NOON, lease=LEASE)] == [job.id]

    async def test_a_paused_job_is_no_reason_to_look_for_work_again_and_again(self, house: House) -> None:
        await house.queued(guild=1)
        await house.servers.pause(1, PauseReason.MANAGER, manager(), now=NOON)

        assert await house.next_claim_at(now=NOON) is None

        await house.servers.resume(1, PauseReason.MANAGER, manager(), now=NOON)
        assert await house.next_claim_at(now=NOON) == NOON

    async def test_the_end_of_a_pause_by_time_is_a_reason_to_look_for_work(self, house: House) -> None:
        await house.queued()
        await pause_by_itself(house, PauseReason.ACCOUNT, minutes=2)

        until = await house.next_claim_at(now=NOON)

        assert until is not None
        assert until == NOON + timedelta(minutes=2)
        assert await house.jobs.claim(now=until - SECOND, lease=LEASE) == []
        assert len(await house.jobs.claim(now=until, lease=LEASE)) == 1
        assert await house.servers.pauses(1) == []

    async def test_a_pause_whose_time_is_over_refuses_nobody_even_before_it_was_lifted(self, house: House) -> None:
        await pause_by_itself(house, PauseReason.AMBIGUOUS, minutes=0)

        await require_open(house)

    async def test_a_persons_pause_never_ends_by_time(self, house: House) -> None:
        await house.servers.pause(1, PauseReason.MANAGER, manager(), now=NOON)

        await house.jobs.claim(now=NOON + timedelta(days=900), lease=LEASE)

        assert len(await house.servers.pauses(1)) == 1


class TestBlocking:
    async def test_a_blocked_member_is_refused_in_that_server_alone(self, house: House) -> None:
        assert await house.servers.block(1, 5, manager(), now=NOON)
        assert not await house.servers.block(1, 5, manager(), now=NOON)

        error = await refusal(house, user=5)
        assert isinstance(error, BlockedError)
        assert not error.everywhere
        await require_open(house, user=5, guild=2)
        await require_open(house, user=6)
        assert len(await latest(house.database, 1, most=9)) == 1

    async def test_a_member_whom_the_owner_blocked_is_refused_everywhere(self, house: House) -> None:
        await house.servers.block(EVERYWHERE, 5, owner(), now=NOON)
        await house.servers.block(1, 5, manager(), now=NOON)

        for guild in (1, 2):
            error = await refusal(house, user=5, guild=guild)
            assert isinstance(error, BlockedError)
            assert error.everywhere

    async def test_a_manager_who_lifts_their_own_block_does_not_lift_the_owners(self, house: House) -> None:
        await house.servers.block(EVERYWHERE, 5, owner(), now=NOON)

        assert not await house.servers.unblock(1, 5, manager(), now=NOON)
        await refusal(house, user=5)

        assert await house.servers.unblock(EVERYWHERE, 5, owner(), now=NOON)
        await require_open(house, user=5)

    async def test_a_takedown_blocks_everywhere_and_each_leaves_a_row_blocked_before_or_not(self, house: House) -> None:
        videos = [await house.job(JobState.DELIVERED, user=5) for _ in range(2)]
        for video in videos:
            await house.servers.take_down(video, owner(), now=NOON)

        error = await refusal(house, user=5, guild=2)
        assert isinstance(error, BlockedError)
        assert error.everywhere
        second, first = await latest(house.database, EVERYWHERE, most=9)
        assert (first.subject, first.before, first.after) == (f"video {videos[0].id} of member 5", "", "blocked")
        assert (second.subject, second.before) == (f"video {videos[1].id} of member 5", "blocked")


class TestChoosing:
    async def test_choices_are_kept_whole_in_their_server_alone(self, house: House) -> None:
        assert await house.servers.choices(1) == ServerChoices()
        await house.servers.choose(EVERY_CHOICE, manager(), now=NOON)

        assert await house.servers.choices(1) == EVERY_CHOICE
        assert await house.servers.choices(2) == ServerChoices()
        [entry] = await latest(house.database, 1, most=9)
        assert (entry.action, entry.before) == ("settings", "")
        assert entry.after == (
            "channels=(77, 78) models=('acme/clip-1', 'acme/other') model=acme/clip-1 duration=8 resolution=1080p "
            "aspect_ratio=9:16 audio=True log_channel_id=99 language=pt-BR age_restricted_only=True"
        )

    async def test_new_choices_stand_in_the_place_of_the_old(self, house: House) -> None:
        await house.servers.choose(EVERY_CHOICE, manager(), now=NOON)
        await house.servers.choose(ServerChoices(audio=False), manager(), now=NOON)

        assert await house.servers.choices(1) == ServerChoices(audio=False)
        [entry, _] = await latest(house.database, 1, most=9)
        assert (entry.before.split()[0], entry.after) == ("channels=(77,", "audio=False")

    async def test_elsewhere_than_in_the_allowed_channels_a_request_is_refused(self, house: House) -> None:
        await house.servers.choose(ServerChoices(channels=(78, CHANNEL)), manager(), now=NOON)

        error = await refusal(house, channels=(5,))
        assert isinstance(error, ChannelNotAllowedError)
        assert tuple(error.channels) == (78, CHANNEL)
        await require_open(house)
        await require_open(house, channels=(5,), guild=2)

    async def test_a_thread_of_an_allowed_channel_is_allowed(self, house: House) -> None:
        await house.servers.choose(ServerChoices(channels=(CHANNEL,)), manager(), now=NOON)

        await require_open(house, channels=(1234, CHANNEL))
        await refusal(house, channels=(1234, 5))

    async def test_a_model_that_is_not_on_the_servers_list_is_refused(self, house: House) -> None:
        await house.servers.choose(ServerChoices(models=("acme/other",)), manager(), now=NOON)

        error = await refusal(house)
        assert isinstance(error, ModelNotAllowedError)
        assert (error.model, tuple(error.choices)) == (MODEL, ("acme/other",))
        await require_open(house, model="acme/other")

    async def test_a_length_that_cannot_be_is_not_stored(self, house: House) -> None:
        with pytest.raises(StorageError):
            await house.servers.choose(ServerChoices(duration=0), manager(), now=NOON)

        assert await house.servers.choices(1) == ServerChoices()
        assert await latest(house.database, 1, most=9) == []


@pytest.mark.parametrize("reserving", [True, False], ids=["a reservation", "a preview"])
async def test_whatever_forbids_a_video_forbids_its_reservation_and_its_offer(
    house: House,
    reserving: bool,  # noqa: FBT001  # a table
) -> None:
    ask = house.jobs.reserve if reserving else house.jobs.preview
    await house.servers.block(1, 1, manager(), now=NOON)
    await house.servers.choose(ServerChoices(channels=(5,)), manager(2), now=NOON)
    await house.servers.choose(ServerChoices(models=("acme/other",)), manager(3), now=NOON)
    await house.servers.pause(4, PauseReason.MANAGER, manager(4), now=NOON)

    expected = (BlockedError, ChannelNotAllowedError, ModelNotAllowedError, PausedError)
    for guild, error in enumerate(expected, start=1):
        with pytest.raises(error):
            await ask(new_job(guild), asker(1, guild), now=NOON)

    assert await house.rows("SELECT id FROM jobs") == []
