"""`/video private:` only its member ever sees it: the status while its token lives, the clip by direct message.

And `/video spoiler:`, which hides a clip until a reader asks to see it.
"""

import asyncio
from dataclasses import replace
from typing import Any, Final

import pytest

from cogs import replies
from cogs.replies import sending_again
from cogs.replies.jobs import COUNTED, DIRECT_CLOSED, ONLY_YOU
from sandbox.discord.entities import Channel
from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import Interaction
from sandbox.discord.posts import Message
from sandbox.openrouter import JobPlan
from tests.cogs.reading import plain
from tests.cogs.samples import JOB
from tests.e2e import forging
from tests.e2e.house import ANSWER, HISTORY, PATIENCE, POST, House, answer_of, status_of, watching

BY_TOKEN: Final = "PATCH /webhooks/{application_id}/{interaction_token}/messages/{message_id}"
DEAR: Final[dict[str, Any]] = {"model": "google/veo-3.1", "duration": 8, "resolution": "1080p", "audio": True}


def direct(house: House) -> Channel:
    return house.discord.world.direct_channel(house.user("alice").id)


def in_public(house: House) -> list[Message]:
    """Return the bot's messages that others can read."""
    everything = house.discord.world.messages.everything()
    return [
        message
        for message in everything
        if message.guild_id is not None
        and message.ephemeral_for is None
        and message.author_id == house.discord.world.bot.id
    ]


def takes_direct_messages(house: House, *, yes: bool) -> None:
    house.discord.world.replace_user(replace(house.user("alice"), accepts_direct_messages=yes))


async def under_way(house: House) -> Interaction:
    """Ask for a private video that is made once the clock is moved on."""
    house.openrouter.script(JobPlan(seconds=1000))
    asked = await house.video(private=True)
    await house.openrouter.requests.wait_for("submit", answered=True)
    return asked


async def pressed(house: House, on: Message) -> str:
    (custom_id,) = [button["custom_id"] for row in on.components for button in row["components"]]
    click = await house.discord.click(user_id=house.user("alice").id, message_id=on.id, custom_id=custom_id)
    await click.answered(timeout=PATIENCE)
    return plain(answer_of(click))


# --- as it should be -------------------------------------------------------------------------------------------------


async def test_only_its_member_sees_the_status_and_the_clip_comes_by_direct_message(house: House) -> None:
    async with house.running():
        asked = await house.video(private=True)
        clip = await house.discord.next_message(direct(house).id, timeout=PATIENCE)
        status = await house.ended(asked)

    assert asked.ephemeral
    assert plain(answer_of(asked)).startswith("**Video 1**\n> a red fox in the snow")
    assert answer_of(asked).endswith(ONLY_YOU.text)
    assert clip.attachments
    assert clip.text.startswith(
        f"<@{house.user('alice').id}> your video is ready.\nOnly you see it: you asked for it privately in **Sandbox**."
    )
    assert clip.pings.users == frozenset({house.user("alice").id})
    link = f"https://discord.com/channels/@me/{direct(house).id}/{clip.id}"
    assert status.text == f"Video 1 is ready, in your direct messages: {link}"
    assert in_public(house) == []
    assert house.bought == len(house.clips()) == 1
    assert (house.jobs()[0]["state"], house.jobs()[0]["route"]) == ("delivered", "direct")


async def test_its_progress_is_shown_in_the_answer(house: House) -> None:
    async with house.running():
        asked = await under_way(house)
        await house.discord.wait_until(lambda: "Sent to the model" in status_of(asked).text, timeout=PATIENCE)
        house.openrouter.clock.advance(1000)
        await house.ended(asked)

    assert in_public(house) == []


async def test_it_works_where_the_bot_may_not_post(house: House) -> None:
    async with house.running():
        await house.ended(await house.video(private=True, where="no-attach"))

    (clip,) = house.clips()
    assert clip.channel_id == direct(house).id


async def test_a_dear_one_is_asked_about_and_then_made_as_privately(house: House) -> None:
    async with house.running():
        asked = await house.video(where="no-attach", private=True, spoiler=True, **DEAR)
        yes = status_of(asked).components[0]["components"][0]["custom_id"]
        click = await house.discord.click(user_id=house.user("alice").id, message_id=status_of(asked).id, custom_id=yes)
        await click.answered(timeout=PATIENCE)
        await house.ended(click)

    assert click.ephemeral
    (clip,) = house.clips()
    assert (clip.channel_id, clip.attachments[0].filename) == (direct(house).id, "SPOILER_video-1.mp4")
    assert in_public(house) == []


@pytest.mark.parametrize("restarts", [False, True])
async def test_it_is_cancelled_by_its_button_before_and_after_a_restart(
    house: House,
    restarts: bool,  # noqa: FBT001  # pytest's
) -> None:
    async with house.running(running_at_once=1):
        house.openrouter.script(JobPlan(never_ends=True))
        await house.video("in the way")
        await house.openrouter.requests.wait_for("submit", answered=True)
        asked = await house.video(private=True)
        if not restarts:
            await house.cancel(asked)
            await house.ended(asked)
    if restarts:
        async with house.running(running_at_once=1):
            await house.cancel(asked)

    assert status_of(asked).text == replies.cancelled(replace(JOB, id=2))
    assert house.jobs()[1]["state"] == "cancelled"
    assert house.bought == 1


async def test_bad_news_come_by_direct_message_and_into_the_answer(house: House) -> None:
    house.openrouter.script(JobPlan(status="failed"))
    async with house.running():
        asked = await house.video(private=True)
        news = await house.discord.next_message(direct(house).id, timeout=PATIENCE)
        status = await house.ended(asked)

    assert "video 1 (you asked for it in **Sandbox**) was not made." in plain(news.text)
    assert news.pings.users == frozenset({house.user("alice").id})
    assert status.text.startswith("Video 1 was not made. ")
    assert in_public(house) == []


# --- restarts, and tokens that die -----------------------------------------------------------------------------------


async def test_after_a_restart_the_clip_comes_once_and_no_token_is_used(house: House) -> None:
    async with house.running():
        asked = await under_way(house)
        await house.discord.wait_until(lambda: "Sent to the model" in status_of(asked).text, timeout=PATIENCE)
    before = len(house.discord.requests_to(BY_TOKEN))
    house.openrouter.clock.advance(1000)
    async with house.running():
        await house.discord.next_message(direct(house).id, timeout=PATIENCE)
        await house.told()

    assert len(house.discord.requests_to(BY_TOKEN)) == before
    assert house.bought == len(house.clips()) == 1
    assert in_public(house) == []


async def test_a_token_that_died_is_tried_once_and_the_clip_comes_all_the_same(house: House) -> None:
    async with house.running():
        asked = await under_way(house)
        await house.discord.wait_until(lambda: "Sent to the model" in status_of(asked).text, timeout=PATIENCE)
        asked.is_token_dead = True
        house.openrouter.clock.advance(1000)
        await house.discord.next_message(direct(house).id, timeout=PATIENCE)
        await house.told()

    assert [record.status for record in house.discord.requests_to(BY_TOKEN)].count(401) == 1
    assert house.jobs()[0]["state"] == "delivered"


@pytest.mark.parametrize("remembers_nonces", [True, False])
async def test_a_clip_in_doubt_is_not_sent_twice(house: House, remembers_nonces: bool) -> None:  # noqa: FBT001  # pytest's
    house.on_discord(POST, FaultKind.RESET_AFTER_DOING)
    async with house.running():
        await house.video(private=True)
        await house.discord.next_message(direct(house).id, timeout=PATIENCE)
        if not remembers_nonces:
            house.discord.world.messages.forget_nonces()
        await house.told()

    assert len(house.clips()) == 1
    assert house.jobs()[0]["state"] == "delivered"


# --- nothing is bought before the answer is seen ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.RESET_AFTER_DOING])
async def test_an_answer_that_nobody_wrote_down_buys_nothing_and_its_member_is_told_once(
    house: House, kind: FaultKind
) -> None:
    house.on_discord(ANSWER, kind)
    with watching("answer_not_posted") as lost:
        async with house.running():
            await house.send("video", options={"prompt": "a fox", "private": True})
            await asyncio.wait_for(lost.wait(), PATIENCE)
    assert house.jobs()[0]["status_message_id"] is None

    house.rows("UPDATE jobs SET next_at = 0")
    async with house.running():
        news = await house.discord.next_message(direct(house).id, timeout=PATIENCE)
        await house.told()
    async with house.running():
        await house.reads("status")

    assert "Video 1 was not started" in news.text
    assert house.discord.messages(direct(house).id) == [news]
    assert (house.jobs()[0]["state"], house.jobs()[0]["counts"]) == ("cancelled", 0)
    assert house.bought == 0
    assert [
        record for record in house.discord.requests_to(HISTORY) if str(house.channel("videos").id) in record.path
    ] == []


async def test_an_answer_that_discord_refuses_is_taken_back_without_a_word(house: House) -> None:
    house.on_discord(ANSWER, FaultKind.ANSWER, status=404)
    async with house.running():
        await house.send("video", options={"prompt": "a fox", "private": True})
        await house.until(lambda: any(job["ended_at"] for job in house.jobs()))

    assert house.jobs()[0]["state"] == "cancelled"
    assert house.discord.messages(direct(house).id) == []
    assert house.bought == 0


# --- direct messages that are closed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("restarts", [False, True])
async def test_closed_direct_messages_keep_the_clip_and_it_is_sent_again_only_there(
    house: House,
    restarts: bool,  # noqa: FBT001  # pytest's
) -> None:
    takes_direct_messages(house, yes=False)
    async with house.running():
        asked = await house.video(private=True)
        status = await house.ended(asked)
        await house.told()
        offer = status_of(await house.command("status", where="general"))
        if not restarts:
            takes_direct_messages(house, yes=True)
            assert await pressed(house, offer) == plain(sending_again.PRIVATE.text)
            await house.discord.next_message(direct(house).id, timeout=PATIENCE)
            await house.told()
    if restarts:
        takes_direct_messages(house, yes=True)
        async with house.running():
            assert await pressed(house, offer) == plain(sending_again.PRIVATE.text)
            await house.discord.next_message(direct(house).id, timeout=PATIENCE)
            await house.told()

    assert plain(status.text) == plain(f"Video 1 could not be posted. {DIRECT_CLOSED.text} {COUNTED.text}")
    (clip,) = house.clips()
    assert clip.channel_id == direct(house).id
    assert in_public(house) == []
    assert house.bought == 1


async def test_a_stranger_can_neither_cancel_nor_have_it_sent(house: House) -> None:
    takes_direct_messages(house, yes=False)
    async with house.running():
        await house.ended(await house.video(private=True))
        await house.told()
        posted = await house.discord.post(
            user_id=house.user("bob").id, channel_id=house.channel("general").id, content="mine now"
        )
        for custom_id in ("job:1:again", "job:1:cancel"):
            click = forging.click(house, custom_id, on=posted, by="bob")
            await click.answered(timeout=PATIENCE)
            assert "fox" not in answer_of(click)

    assert house.clips() == []


# --- spoilers --------------------------------------------------------------------------------------------------------


async def test_a_spoiler_hides_the_clip_and_what_was_asked_for(house: House) -> None:
    async with house.running():
        asked = await house.video("the ending", spoiler=True)
        clip = await house.clip_in()
        await house.ended(asked)

    assert clip.attachments[0].filename == "SPOILER_video-1.mp4"
    assert "> ||the ending||" in clip.text
    assert "> ||the ending||" in answer_of(asked)


async def test_a_spoiler_in_doubt_is_not_posted_twice(house: House) -> None:
    house.on_discord(POST, FaultKind.RESET_AFTER_DOING)
    async with house.running():
        asked = await house.video(spoiler=True)
        await house.clip_in()
        house.discord.world.messages.forget_nonces()
        await house.ended(asked)

    assert len(house.clips()) == 1


async def test_a_prompt_cannot_open_its_own_spoiler(house: House) -> None:
    async with house.running():
        asked = await house.video("a || b", spoiler=True)

    assert "> ||a \\|\\| b||" in answer_of(asked)
