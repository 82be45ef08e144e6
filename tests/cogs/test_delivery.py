"""What Discord's refusals mean to the worker: the same again later, never again here, or too large."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import discord
import pytest

from cogs.delivery import DiscordDelivery
from cogs.delivery.postbox import Place, nonce_of
from sandbox.discord import DiscordStandIn
from sandbox.discord.faults import Fault, FaultKind
from sandbox.discord.posts import Message
from sandbox.discord.uploads import Upload
from services.errors import (
    ChannelClosedError,
    DeliverLaterError,
    DeliveryError,
    DirectClosedError,
    UploadTooLargeError,
)
from services.models import FailureReason, Job, JobState, Route
from tests.cogs.samples import JOB, failed

EDIT = "PATCH /channels/{channel_id}/messages/{message_id}"
POST = "POST /channels/{channel_id}/messages"
HISTORY = "GET /channels/{channel_id}/messages"
OPEN = "POST /users/@me/channels"
SOON, SLOWLY = timedelta(seconds=5), timedelta(minutes=1)

MEANINGS: dict[str, tuple[int, int, type[DeliveryError], timedelta | None]] = {
    "an unknown channel": (404, 10003, ChannelClosedError, None),
    "an unknown server": (404, 10004, ChannelClosedError, None),
    "a channel out of sight": (403, 50001, ChannelClosedError, None),
    "closed direct messages": (403, 50007, ChannelClosedError, None),
    "a missing permission": (403, 50013, ChannelClosedError, None),
    "a wrong kind of channel": (403, 50024, ChannelClosedError, None),
    "no server in common": (403, 50278, ChannelClosedError, None),
    "a locked thread": (403, 160005, ChannelClosedError, None),
    "an archived and locked thread": (400, 50083, ChannelClosedError, None),
    "a no that nobody has heard of": (403, 987654, ChannelClosedError, None),
    "a no without a code": (403, 0, ChannelClosedError, None),
    "something unknown": (404, 987654, ChannelClosedError, None),
    "a request that is too large": (413, 40005, UploadTooLargeError, None),
    "a file that is too large": (400, 50045, UploadTooLargeError, None),
    "a proxy that finds it too large": (413, 0, UploadTooLargeError, None),
    "a server that is not there": (503, 0, DeliverLaterError, SOON),
    "an edit too many of an old message": (400, 30046, DeliverLaterError, SLOWLY),
    "a token that is not accepted": (401, 0, DeliverLaterError, SLOWLY),
    "a refusal that nobody has heard of": (400, 987654, DeliverLaterError, SLOWLY),
}


@pytest.fixture
def delivery(client: discord.Client) -> DiscordDelivery:
    return DiscordDelivery(client, model_name=str)


@pytest.fixture
async def job(chat: DiscordStandIn, client: discord.Client) -> Job:
    """A job in #videos whose status message is there."""
    channel = chat.world.channel("videos")
    status = await client.get_partial_messageable(channel.id).send("**Video 7**")
    return replace(
        JOB,
        guild_id=channel.guild_id or 0,
        channel_id=channel.id,
        user_id=chat.world.user("alice").id,
        state=JobState.GENERATING,
        status_message_id=status.id,
        submitted_at=JOB.created_at,
    )


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    file = tmp_path / "video-7.mp4"
    file.write_bytes(b"not looked at here")
    return file


def refuse(chat: DiscordStandIn, route: str, *, status: int, code: int, **details: Any) -> None:  # noqa: ANN401  # a fault's own
    body = {"message": "canary", "code": code}
    chat.script(Fault(route=route, kind=FaultKind.ANSWER, status=status, json=body, **details))


@pytest.mark.parametrize("what", MEANINGS)
async def test_every_refusal_has_its_meaning(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job, clip: Path, what: str
) -> None:
    status, code, meaning, wait = MEANINGS[what]
    refuse(chat, POST, status=status, code=code)

    with pytest.raises(DeliveryError) as caught:
        await delivery.post_result(job, clip, has_original=False)

    assert type(caught.value) is meaning
    assert getattr(caught.value, "retry_after", None) == wait


@pytest.mark.parametrize("status", [403, 404])
async def test_a_proxy_before_discord_knows_nothing_of_channels(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job, clip: Path, status: int
) -> None:
    chat.script(Fault(route=POST, kind=FaultKind.ANSWER, status=status, text="<html>blocked</html>"))

    with pytest.raises(DeliverLaterError) as caught:
        await delivery.post_result(job, clip, has_original=False)

    assert caught.value.retry_after == SLOWLY


@pytest.mark.parametrize(("status", "code"), [(403, 50007), (403, 50278), (403, 20026), (400, 50033), (403, 340013)])
async def test_a_member_who_cannot_be_written_to_is_told_apart_from_a_closed_channel(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job, clip: Path, status: int, code: int
) -> None:
    refuse(chat, OPEN, status=status, code=code)
    with pytest.raises(DirectClosedError):
        await delivery.open_direct(job)

    directly = replace(job, route=Route.DIRECT, route_channel_id=await delivery.open_direct(job))
    refuse(chat, POST, status=status, code=code)
    with pytest.raises(DirectClosedError):
        await delivery.post_result(directly, clip, has_original=False)


async def test_direct_messages_are_opened_once_and_show_nothing_by_that(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job
) -> None:
    assert await delivery.open_direct(job) == await delivery.open_direct(job)

    assert chat.messages(chat.world.direct_channel(job.user_id).id) == []


async def test_what_goes_to_another_place_has_another_nonce_that_discord_takes(job: Job) -> None:
    places = [Place(channel_id=number, guild_id=guild) for number in (2**63 - 1, 5) for guild in (None, 9)]
    nonces = {nonce_of(job, place, kind=kind) for place in places for kind in "rn"}
    home = nonce_of(job, Place(channel_id=3, guild_id=2, is_home=True), kind="r")

    assert len({*nonces, home}) == 5
    assert all(len(nonce) <= 25 for nonce in {*nonces, home})


@pytest.mark.parametrize(("refusals", "edits"), [(0, 1), (1, 1), (2, 0), (3, 0)])
async def test_a_channel_that_refused_twice_is_left_alone(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job, refusals: int, edits: int
) -> None:
    done = replace(
        job, state=JobState.DELIVERED, route=Route.DIRECT, result_channel_id=600, result_message_id=1, refusals=refusals
    )

    await delivery.tell_end(done)

    assert len(chat.requests_to(EDIT)) == edits


async def test_a_channel_that_refused_twice_and_then_took_the_clip_is_open_again(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job
) -> None:
    done = replace(job, state=JobState.DELIVERED, route=Route.ELSEWHERE, route_channel_id=job.channel_id, refusals=2)

    await delivery.tell_end(replace(done, result_channel_id=job.channel_id, result_message_id=1))

    assert len(chat.requests_to(EDIT)) == 1


async def test_an_edit_is_refused_in_the_same_terms(chat: DiscordStandIn, delivery: DiscordDelivery, job: Job) -> None:
    refuse(chat, EDIT, status=403, code=50013)

    with pytest.raises(ChannelClosedError):
        await delivery.show_progress(job, usual=None)


async def test_a_broken_connection_is_tried_again_later(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job, clip: Path
) -> None:
    chat.script(Fault(route=POST, kind=FaultKind.RESET))

    with pytest.raises(DeliverLaterError):
        await delivery.post_result(job, clip, has_original=False)


async def test_a_client_that_was_closed_meanwhile_leaves_it_to_the_next(
    client: discord.Client, delivery: DiscordDelivery, job: Job, clip: Path
) -> None:
    await client.close()

    with pytest.raises(DeliverLaterError):
        await delivery.post_result(job, clip, has_original=False)


async def test_a_status_message_that_was_deleted_is_nobodys_fault(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job
) -> None:
    chat.world.messages.delete(status_of(chat, job))

    await delivery.show_progress(job, usual=None)

    assert [record.status for record in chat.requests_to(EDIT)] == [404]


async def test_a_clip_over_the_limit_of_the_interaction_is_refused_before_it_is_sent(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job, clip: Path
) -> None:
    before = len(chat.requests_to(POST))

    with pytest.raises(UploadTooLargeError) as caught:
        await delivery.post_result(replace(job, upload_limit=1), clip, has_original=False)

    assert caught.value.limit == 1
    assert len(chat.requests_to(POST)) == before


async def test_a_result_that_is_there_is_found_and_not_posted_again(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job, clip: Path
) -> None:
    first = await delivery.post_result(job, clip, has_original=False)
    chat.world.messages.forget_nonces()

    again = await delivery.find_result(job)

    assert again == first
    assert len([message for message in chat.messages(job.channel_id) if message.attachments]) == 1


async def test_the_same_result_of_another_bot_is_not_ours(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job, clip: Path
) -> None:
    await chat.post(
        user_id=chat.world.user("bob").id,
        channel_id=job.channel_id,
        content="look what I have",
        uploads=[Upload(filename=clip.name, content=b"something else")],
    )

    assert await delivery.find_result(job) is None


@pytest.mark.parametrize("code", [200000, 200001, 240000])
async def test_words_that_a_servers_filter_dislikes_are_left_out(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job, clip: Path, code: int
) -> None:
    refuse(chat, POST, status=400, code=code)

    posted = await delivery.post_result(job, clip, has_original=False)

    message = chat.world.messages.get(posted.channel_id, posted.message_id)
    assert message is not None
    assert "a red fox" not in message.text


async def test_bad_news_are_told_once_however_often_the_step_is_taken(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job
) -> None:
    over = failed(FailureReason.REFUSED, job)
    for _ in range(3):
        await delivery.tell_end(over)
        chat.world.messages.forget_nonces()

    pinged = [message for message in chat.messages(job.channel_id) if message.pings.users]
    assert len(pinged) == 1
    assert pinged[0].pings.users == frozenset({job.user_id})


async def test_an_answer_that_never_came_is_not_taken_for_another_message(
    chat: DiscordStandIn, delivery: DiscordDelivery, job: Job
) -> None:
    await chat.post(user_id=chat.world.user("bob").id, channel_id=job.channel_id, content="hello")

    assert await delivery.find_answer(replace(job, interaction_id=job.channel_id)) is None


def status_of(chat: DiscordStandIn, job: Job) -> Message:
    message = chat.world.messages.get(job.channel_id, job.status_message_id or 0)
    assert message is not None
    return message
