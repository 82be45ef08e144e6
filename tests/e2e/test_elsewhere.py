"""When the channel of the command is gone or closed: by direct message, or kept until its member sends it again."""

import asyncio
from dataclasses import replace
from typing import Final

import pytest

from cogs.replies import sending_again
from cogs.replies.jobs import COUNTED, WHY
from sandbox.discord.entities import Channel
from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import Interaction
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message
from sandbox.openrouter import JobPlan
from services.jobs import AgainOutcome
from services.models import FailureReason
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import EDIT, HISTORY, PATIENCE, POST, House, answer_of, status_of, watching

OPEN: Final = "POST /users/@me/channels"
REFUSED: Final = frozenset({403, 404})


@pytest.fixture(params=["gone", "closed", "out of sight", "locked"])
def closing(request: pytest.FixtureRequest) -> str:
    """How a channel closes while a video is made."""
    return str(request.param)


def close(house: House, channel: Channel, how: str = "closed") -> None:
    world = house.discord.world
    match how:
        case "gone":
            world.remove_channel(channel.id)
        case "locked":
            world.replace_channel(replace(channel, is_archived=True, is_locked=True))
        case _:
            denied = Permission.SEND_MESSAGES if how == "closed" else Permission.VIEW_CHANNEL
            world.set_overwrite(channel.id, world.bot.id, deny=denied)


def takes_direct_messages(house: House, *, yes: bool) -> None:
    house.discord.world.replace_user(replace(house.user("alice"), accepts_direct_messages=yes))


def direct(house: House) -> Channel:
    return house.discord.world.direct_channel(house.user("alice").id)


async def made_for_nowhere(house: House, *, where: str = "videos", how: str = "closed") -> Interaction:
    """Ask for a video, close its channel while it is made, and let it be made."""
    house.openrouter.script(JobPlan(seconds=1000))
    asked = await house.video(where=where)
    await house.openrouter.requests.wait_for("submit", answered=True)
    close(house, house.channel(where), how)
    house.openrouter.clock.advance(1000)
    return asked


async def kept(house: House) -> Interaction:
    """Bring a video of alice's to where its clip is kept: its channel is closed, and so are her direct messages."""
    takes_direct_messages(house, yes=False)
    asked = await made_for_nowhere(house)
    await house.ended(asked)
    await house.told()
    return asked


async def standing(house: House, *, where: str = "general") -> Message:
    """Run `/status` as alice, and return the answer with its buttons."""
    return status_of(await house.command("status", where=where))


def buttons(message: Message) -> list[str]:
    return [button["custom_id"] for row in message.components for button in row["components"]]


async def press(house: House, on: Message) -> Interaction:
    """Press the one button of an answer as alice, without waiting."""
    (custom_id,) = buttons(on)
    return await house.discord.click(user_id=house.user("alice").id, message_id=on.id, custom_id=custom_id)


async def pressed(house: House, on: Message) -> str:
    click = await press(house, on)
    await click.answered(timeout=PATIENCE)
    return plain(answer_of(click))


def asked_in_vain(house: House, channel: Channel) -> int:
    """How many requests about a channel were refused."""
    refused = [record for record in house.discord.requests if record.status in REFUSED or record.status == 400]
    return len([record for record in refused if f"/channels/{channel.id}/" in record.path])


def assert_settled_once(house: House) -> None:
    (job,) = house.jobs()
    charged = sum(round(charge.usd * 1_000_000) for charge in house.openrouter.ledger)
    assert (job["counts"], job["held_microusd"], job["cost_microusd"]) == (1, charged, charged)


# --- by direct message -----------------------------------------------------------------------------------------------


async def test_a_closed_channel_sends_the_clip_by_direct_message_which_says_why(house: House, closing: str) -> None:
    where = "ideas" if closing == "locked" else "videos"
    channel = house.channel(where)
    async with house.running():
        await made_for_nowhere(house, where=where, how=closing)
        clip = await house.discord.next_message(direct(house).id, timeout=PATIENCE)
        await house.told()

    assert clip.text.startswith(f"<@{house.user('alice').id}> your video is ready.\nYou asked for it in **Sandbox**, ")
    assert "a red fox in the snow" in plain(clip.text)
    assert clip.pings.users == frozenset({house.user("alice").id})
    assert house.clips() == [clip]
    (job,) = house.jobs()
    assert (job["state"], job["route"], job["result_message_id"]) == ("delivered", "direct", clip.id)
    assert asked_in_vain(house, channel) <= 2
    assert_settled_once(house)


async def test_the_status_message_says_where_the_clip_went_and_status_links_to_it(house: House) -> None:
    async with house.running():
        status = await house.ended(await made_for_nowhere(house))
        await house.told()
        listed = await house.reads("status", where="general")

    assert status.text == "Video 1 is ready. It went out by direct message, because the bot could not post it here."
    (clip,) = house.clips()
    assert f"Video 1: https://discord.com/channels/@me/{direct(house).id}/{clip.id}" in listed


@pytest.mark.parametrize("remembers_nonces", [True, False])
async def test_a_direct_message_in_doubt_is_not_sent_twice(house: House, remembers_nonces: bool) -> None:  # noqa: FBT001  # pytest's
    house.on_discord(POST, FaultKind.RESET_AFTER_DOING, nth=2)
    async with house.running():
        await made_for_nowhere(house)
        await house.discord.next_message(direct(house).id, timeout=PATIENCE)
        if not remembers_nonces:
            house.discord.world.messages.forget_nonces()
        await house.told()

    assert len(house.clips()) == 1
    assert house.jobs()[0]["state"] == "delivered"


async def test_a_restart_between_the_channel_and_the_direct_message_asks_neither_twice(house: House) -> None:
    channel = house.channel("videos")
    house.on_discord(OPEN, FaultKind.ANSWER, status=503)
    with watching("step_postponed") as postponed:
        async with house.running():
            await made_for_nowhere(house)
            await asyncio.wait_for(postponed.wait(), PATIENCE)
    assert house.clips() == []
    before = asked_in_vain(house, channel)

    house.rows("UPDATE jobs SET next_at = 0")
    async with house.running():
        await house.discord.next_message(direct(house).id, timeout=PATIENCE)
        await house.told()

    assert len(house.clips()) == before == asked_in_vain(house, channel) == 1
    assert_settled_once(house)


async def test_a_restart_after_a_direct_message_in_doubt_finds_it(house: House) -> None:
    house.on_discord(POST, FaultKind.RESET_AFTER_DOING, nth=2)
    with watching("step_postponed") as postponed:
        async with house.running():
            await made_for_nowhere(house)
            await asyncio.wait_for(postponed.wait(), PATIENCE)
    house.discord.world.messages.forget_nonces()

    house.rows("UPDATE jobs SET next_at = 0")
    async with house.running():
        await house.told()

    assert len(house.clips()) == 1
    assert house.jobs()[0]["state"] == "delivered"


async def test_bad_news_for_a_channel_that_is_gone_come_by_direct_message_once(house: House) -> None:
    channel = house.channel("videos")
    house.openrouter.script(JobPlan(seconds=1000, status="failed"))
    async with house.running():
        await house.video()
        await house.openrouter.requests.wait_for("submit", answered=True)
        house.discord.world.remove_channel(channel.id)
        house.openrouter.clock.advance(1000)
        await house.told()

    (news,) = house.discord.messages(direct(house).id)
    assert plain(news.text).startswith(
        f"<@{house.user('alice').id}> video 1 (you asked for it in **Sandbox**) was not made."
    )
    assert asked_in_vain(house, channel) <= 2
    assert house.jobs()[0]["held_microusd"] == 0


# --- kept, and sent again --------------------------------------------------------------------------------------------


async def test_a_clip_that_nobody_can_be_sent_is_kept_and_said_so(house: House) -> None:
    async with house.running():
        asked = await kept(house)
        offer = await standing(house)

    why = WHY[FailureReason.UNDELIVERABLE].text
    assert status_of(asked).text == f"Video 1 could not be posted. {why} {COUNTED.text}"
    assert "Video 1: the clip is removed <t:" in offer.text
    assert buttons(offer) == ["job:1:again"]
    assert [file.name for file in house.clip_folder.iterdir()] == ["video-1.mp4"]
    assert house.clips() == []
    refused = [record for record in house.discord.requests if record.status == 403]
    assert len(refused) == 2
    assert_settled_once(house)


@pytest.mark.parametrize("restarts", [False, True])
async def test_send_again_posts_it_where_the_button_is_pressed_before_and_after_a_restart(
    house: House,
    restarts: bool,  # noqa: FBT001  # pytest's
) -> None:
    async with house.running():
        await kept(house)
        offer = await standing(house)
        if not restarts:
            assert await pressed(house, offer) == plain(sending_again.HERE.text)
            await house.clip_in("general")
            await house.told()
    if restarts:
        async with house.running():
            assert await pressed(house, offer) == plain(sending_again.HERE.text)
            await house.clip_in("general")
            await house.told()

    (clip,) = house.clips()
    assert clip.channel_id == house.channel("general").id
    assert clip.pings.users == frozenset({house.user("alice").id})
    assert house.jobs()[0]["state"] == "delivered"
    assert list(house.clip_folder.iterdir()) == []
    assert_settled_once(house)


async def test_pressed_twice_at_once_it_is_sent_once_and_later_it_says_where_it_is(house: House) -> None:
    async with house.running():
        await kept(house)
        offer = await standing(house)
        clicks = await asyncio.gather(*(press(house, offer) for _ in range(5)))
        await asyncio.gather(*(click.answered(timeout=PATIENCE) for click in clicks))
        clip = await house.clip_in("general")
        await house.told()
        afterwards = await pressed(house, offer)

    answers = [plain(answer_of(click)) for click in clicks]
    assert answers.count(plain(sending_again.HERE.text)) == 1
    assert house.clips() == [clip]
    assert afterwards.endswith(f"https://discord.com/channels/{clip.guild_id}/{clip.channel_id}/{clip.id}")
    assert_settled_once(house)


async def test_pressed_where_no_files_may_be_posted_it_goes_by_direct_message(house: House) -> None:
    async with house.running():
        await kept(house)
        takes_direct_messages(house, yes=True)
        assert await pressed(house, await standing(house, where="no-attach")) == plain(sending_again.DIRECT.text)
        await house.discord.next_message(direct(house).id, timeout=PATIENCE)
        await house.told()

    (clip,) = house.clips()
    assert clip.channel_id == direct(house).id
    assert_settled_once(house)


async def test_a_second_delivery_in_doubt_is_not_posted_twice_even_by_another_click(house: House) -> None:
    async with house.running():
        await kept(house)
        offer = await standing(house)
        house.on_discord(POST, FaultKind.RESET_AFTER_DOING)
        await pressed(house, offer)
        await house.clip_in("general")
        house.discord.world.messages.forget_nonces()
        await house.told()

    assert len(house.clips()) == 1
    assert house.jobs()[0]["state"] == "delivered"


async def test_a_stranger_cannot_send_it_and_does_not_see_it(house: House) -> None:
    async with house.running():
        await kept(house)
        posted = await house.discord.post(
            user_id=house.user("bob").id, channel_id=house.channel("general").id, content="mine now"
        )
        click = forging.click(house, "job:1:again", on=posted, by="bob")
        await click.answered(timeout=PATIENCE)
        listed = await standing_of_bob(house)

    assert plain(answer_of(click)) == plain(sending_again.OUTCOMES[AgainOutcome.NOT_ALLOWED].text)
    assert "Video 1" not in listed
    assert house.clips() == []


async def standing_of_bob(house: House) -> str:
    return await house.reads("status", by="bob", where="general")


async def test_it_is_not_sent_to_another_server(house: House) -> None:
    async with house.running():
        await kept(house)
        posted = await house.discord.post(
            user_id=house.user("alice").id, channel_id=house.channel("lobby").id, content="here, please"
        )
        click = forging.click(house, "job:1:again", on=posted, by="alice")
        await click.answered(timeout=PATIENCE)
        offer = await standing(house, where="lobby")

    assert plain(answer_of(click)) == plain(sending_again.OUTCOMES[AgainOutcome.UNKNOWN_JOB].text)
    assert offer.components == ()
    assert house.clips() == []


async def test_after_its_retention_it_is_gone_and_no_longer_offered(house: House) -> None:
    async with house.running():
        await kept(house)
        offer = await standing(house)
    house.rows("UPDATE jobs SET next_at = 1")
    async with house.running():
        answer = await pressed(house, offer)
        later = await standing(house)

    assert answer == plain(sending_again.OUTCOMES[AgainOutcome.GONE].text)
    assert later.components == ()
    assert list(house.clip_folder.iterdir()) == []
    assert_settled_once(house)


async def test_nobody_is_looked_up_or_asked_while_a_clip_is_kept(house: House) -> None:
    async with house.running():
        await kept(house)
    before = len(house.discord.requests_to(HISTORY) + house.discord.requests_to(EDIT) + house.posts())

    async with house.running():
        await standing(house)

    assert len(house.discord.requests_to(HISTORY) + house.discord.requests_to(EDIT) + house.posts()) == before
