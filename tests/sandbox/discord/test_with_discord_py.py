"""The stock discord.py, unchanged, against the stand-in: every exchange that the product makes with Discord."""

import hashlib
import io
from collections.abc import AsyncGenerator
from dataclasses import replace

import discord
import pytest

from sandbox.discord import DiscordStandIn, Fault, FaultKind, Upload
from sandbox.discord.interactions import Interaction
from tests.sandbox.discord.stock_bot import Bot, running_bot

CLIP = bytes(range(256)) * 4096


@pytest.fixture
async def bot(pointed: DiscordStandIn) -> AsyncGenerator[Bot]:
    async with running_bot(pointed) as running:
        yield running


async def test_a_slash_command_is_answered_with_a_real_message(stand_in: DiscordStandIn, bot: Bot) -> None:
    alice, general = stand_in.world.user("alice"), stand_in.world.channel("general")

    interaction = await stand_in.run_command(
        user_id=alice.id,
        channel_id=general.id,
        name="video",
        options={
            "prompt": "a lighthouse",
            "seconds": 8,
            "member": alice.id,
            "picture": Upload(filename="a.png", content=b"123"),
        },
    )
    message = await interaction.message()

    assert message is not None
    assert message.text == "a lighthouse 8 plain alice 3"
    assert bot.get_guild(stand_in.world.guild("Sandbox").id) is not None


@pytest.mark.usefixtures("bot")
async def test_suggestions_come_from_the_bot(stand_in: DiscordStandIn) -> None:
    alice, general = stand_in.world.user("alice"), stand_in.world.channel("general")

    choices = await stand_in.autocomplete(
        user_id=alice.id, channel_id=general.id, name="video", option="style", text="no"
    )

    assert [choice["value"] for choice in choices] == ["noir"]


@pytest.mark.usefixtures("bot")
async def test_a_dynamic_button_is_clicked(stand_in: DiscordStandIn) -> None:
    alice, general = stand_in.world.user("alice"), stand_in.world.channel("general")
    shown = await stand_in.run_command(user_id=alice.id, channel_id=general.id, name="video", options={"prompt": "x"})
    message = await shown.message()
    assert message is not None

    clicked = await stand_in.click(
        user_id=stand_in.world.user("bob").id, message_id=message.id, custom_id="job:7:again"
    )
    answer = await clicked.message()

    assert answer is not None
    assert answer.text == "again 7"
    assert clicked.ephemeral


@pytest.mark.usefixtures("bot")
async def test_a_modal_is_submitted(stand_in: DiscordStandIn) -> None:
    alice, general = stand_in.world.user("alice"), stand_in.world.channel("general")
    opened = await stand_in.run_command(
        user_id=alice.id, channel_id=general.id, name="video", options={"prompt": "modal"}
    )
    await opened.answered()

    submitted = await stand_in.submit_modal(interaction_id=opened.id, values={"words": "rain"})
    answer = await submitted.message()

    assert answer is not None
    assert answer.text == "because rain"


@pytest.mark.usefixtures("bot")
async def test_a_context_menu_command_gets_its_message(stand_in: DiscordStandIn) -> None:
    alice, general = stand_in.world.user("alice"), stand_in.world.channel("general")
    message = await stand_in.post(user_id=alice.id, channel_id=general.id, content="hello")

    used = await stand_in.use_on_message(user_id=alice.id, channel_id=general.id, name="Describe", target_id=message.id)
    answer = await used.message()

    assert answer is not None
    assert answer.text == "it says hello"


async def test_a_follow_up_carries_a_file_unharmed(stand_in: DiscordStandIn, bot: Bot) -> None:
    alice, general = stand_in.world.user("alice"), stand_in.world.channel("general")
    await stand_in.run_command(user_id=alice.id, channel_id=general.id, name="video", options={"prompt": "x"})
    interaction = await bot.interactions.get()

    sent = await interaction.followup.send("done", file=discord.File(io.BytesIO(CLIP), "clip.mp4"), wait=True)

    (attachment,) = stand_in.messages(general.id)[-1].attachments
    assert attachment.sha256 == hashlib.sha256(CLIP).hexdigest()
    assert await sent.attachments[0].read() == CLIP


async def test_a_channel_message_with_file_nonce_and_reply_is_found_again(stand_in: DiscordStandIn, bot: Bot) -> None:
    alice, general = stand_in.world.user("alice"), stand_in.world.channel("general")
    shown = await stand_in.run_command(user_id=alice.id, channel_id=general.id, name="video", options={"prompt": "x"})
    status = await shown.message()
    assert status is not None
    channel = bot.get_partial_messageable(general.id, guild_id=general.guild_id)
    reference = channel.get_partial_message(status.id).to_reference(fail_if_not_exists=False)

    for _ in range(2):
        await channel.send(
            f"<@{alice.id}> <@{stand_in.world.user('bob').id}>",
            file=discord.File(io.BytesIO(CLIP), "clip.mp4"),
            reference=reference,
            nonce="job-7",
            allowed_mentions=discord.AllowedMentions(users=[discord.Object(alice.id)], everyone=False, roles=False),
            mention_author=False,
        )

    posted = [message async for message in channel.history(limit=10)]
    assert [message.nonce for message in posted] == ["job-7", None]
    assert posted[0].reference is not None
    assert stand_in.messages(general.id)[-1].pings.users == {alice.id}


async def test_the_bot_token_edits_an_interactions_answer(stand_in: DiscordStandIn, bot: Bot) -> None:
    alice, general = stand_in.world.user("alice"), stand_in.world.channel("general")
    shown = await stand_in.run_command(user_id=alice.id, channel_id=general.id, name="video", options={"prompt": "x"})
    message = await shown.message()
    assert message is not None

    await (
        bot.get_partial_messageable(general.id)
        .get_partial_message(message.id)
        .edit(content=f"<@{alice.id}>", view=None)
    )

    edited = stand_in.messages(general.id)[-1]
    assert (edited.text, edited.components, edited.pings.is_silent) == (f"<@{alice.id}>", (), True)
    assert [earlier.text for earlier in edited.earlier] == ["x 4 plain None None"]


async def test_a_promise_is_kept_by_an_edit(stand_in: DiscordStandIn, bot: Bot) -> None:
    alice, general = stand_in.world.user("alice"), stand_in.world.channel("general")
    shown = await stand_in.run_command(
        user_id=alice.id, channel_id=general.id, name="video", options={"prompt": "defer"}
    )
    interaction = await bot.interactions.get()
    promise = await shown.message()
    assert promise is not None
    assert promise.is_loading

    await interaction.edit_original_response(content="done", attachments=[discord.File(io.BytesIO(CLIP), "clip.mp4")])

    kept = await shown.message()
    assert kept is not None
    assert (kept.text, kept.is_loading, kept.attachments[0].filename) == ("done", False, "clip.mp4")


async def run(stand_in: DiscordStandIn, prompt: str, *, channel: str = "general") -> Interaction:
    world = stand_in.world
    return await stand_in.run_command(
        user_id=world.user("alice").id, channel_id=world.channel(channel).id, name="video", options={"prompt": prompt}
    )


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("code", [None, 4000, 1000])
async def test_an_interaction_missed_in_a_cut_is_replayed(stand_in: DiscordStandIn, code: int | None) -> None:
    stand_in.gateway.pause()
    interaction = await run(stand_in, "missed")
    assert interaction.response is None

    stand_in.gateway.drop(code=code)
    stand_in.gateway.unpause()
    message = await interaction.message()

    assert message is not None
    assert (stand_in.gateway.resumed, stand_in.gateway.identified) == (1, 1)


@pytest.mark.usefixtures("bot")
async def test_the_client_reconnects_when_it_is_asked_to(stand_in: DiscordStandIn) -> None:
    stand_in.gateway.ask_to_reconnect()
    await stand_in.wait_until(lambda: stand_in.gateway.resumed)

    assert await (await run(stand_in, "after")).message() is not None


async def test_a_retry_of_the_library_posts_once(stand_in: DiscordStandIn, bot: Bot) -> None:
    general = stand_in.world.channel("general").id
    send = "POST /channels/{channel_id}/messages"
    stand_in.script(
        Fault(route=send, kind=FaultKind.ANSWER_AFTER_DOING, status=502),
        Fault(route=send, kind=FaultKind.RATE_LIMIT, nth=2, seconds=0.01),
    )

    sent = await bot.get_partial_messageable(general).send("once", file=discord.File(io.BytesIO(CLIP), "clip.mp4"))

    assert [record.status for record in stand_in.requests_to(send)] == [502, 429, 200]
    assert [message.id for message in stand_in.messages(general)] == [sent.id]
    assert {record.files[0].sha256 for record in stand_in.requests_to(send)} == {hashlib.sha256(CLIP).hexdigest()}


async def test_refusals_arrive_as_the_librarys_own_exceptions(stand_in: DiscordStandIn, bot: Bot) -> None:
    world = stand_in.world
    world.replace_guild(replace(world.guild("Sandbox"), upload_limit=10))

    with pytest.raises(discord.Forbidden) as unseen:
        await bot.get_partial_messageable(world.channel("hidden").id).send("x")
    with pytest.raises(discord.HTTPException) as large:
        await bot.get_partial_messageable(world.channel("general").id).send(
            file=discord.File(io.BytesIO(CLIP), "clip.mp4")
        )
    with pytest.raises(discord.NotFound) as gone:
        await bot.get_partial_messageable(world.channel("general").id).fetch_message(7)

    assert (unseen.value.code, large.value.status, large.value.code, gone.value.code) == (50001, 413, 40005, 10008)


async def test_a_dead_token_is_refused_as_the_library_says(stand_in: DiscordStandIn, bot: Bot) -> None:
    await run(stand_in, "x")
    interaction = await bot.interactions.get()
    stand_in.interactions.all[interaction.id].is_token_dead = True

    with pytest.raises(discord.HTTPException) as dead:
        await interaction.followup.send("too late")

    assert (dead.value.status, dead.value.code) == (401, 50027)


async def test_a_user_is_written_to_directly(stand_in: DiscordStandIn, bot: Bot) -> None:
    alice = stand_in.world.user("alice").id

    channel = await bot.create_dm(discord.Object(alice))
    await channel.send("hello")

    assert [message.text for message in stand_in.messages(stand_in.world.direct_channel(alice).id)] == ["hello"]
