"""The life of an interaction: one answer, in time, of a fitting kind; then a webhook for fifteen minutes."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.discord import DiscordStandIn
from sandbox.discord.interactions import CallbackType
from tests.sandbox.discord.caller import Caller


async def test_the_answer_comes_back_with_its_message(caller: Caller) -> None:
    interaction = await caller.command()

    reply = await caller.answer(interaction, 4, content="working", flags=64)

    about, resource = reply.json["interaction"], reply.json["resource"]
    assert about["response_message_id"] == resource["message"]["id"]
    assert about["response_message_ephemeral"] is True
    assert resource["message"]["interaction_metadata"]["id"] == str(interaction.id)
    assert await interaction.answered() is CallbackType.MESSAGE
    assert interaction.ephemeral


async def test_without_asking_the_answer_is_empty(caller: Caller) -> None:
    interaction = await caller.command()
    path = f"/interactions/{interaction.id}/{interaction.token}/callback"

    assert (await caller.call("POST", path, {"type": 5}, authorization=None)).status == 204


async def test_a_second_answer_is_refused(caller: Caller) -> None:
    interaction = await caller.command()
    await caller.answer(interaction, 4, content="one")

    assert (await caller.answer(interaction, 4, content="two")).refusal == (400, 40060)


async def test_a_late_answer_finds_nothing(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    await caller.register()
    late = await stand_in.run_command(
        user_id=world.user("alice").id,
        channel_id=world.channel("general").id,
        name="video",
        options={"prompt": "x"},
        created_at=datetime.now(UTC) - timedelta(seconds=4),
    )

    assert (await caller.answer(late, 4, content="x")).refusal == (404, 10062)
    assert late.response is None


async def test_an_unknown_interaction_finds_nothing(caller: Caller) -> None:
    reply = await caller.call("POST", "/interactions/7/token/callback", {"type": 5}, authorization=None)

    assert reply.refusal == (404, 10062)


@pytest.mark.parametrize("kind", [1, 6, 7, 8, 13])
async def test_an_answer_of_a_kind_that_does_not_fit_is_refused(caller: Caller, kind: int) -> None:
    interaction = await caller.command()

    assert (await caller.answer(interaction, kind, content="x")).refusal == (400, 50035)
    assert interaction.response is None


async def test_a_faulty_answer_leaves_the_interaction_open(caller: Caller) -> None:
    interaction = await caller.command()

    refused = await caller.answer(interaction, 4, content="x" * 2001)
    empty = await caller.answer(interaction, 4, content="")

    assert refused.refusal == (400, 50035)
    assert "content" in refused.json["errors"]["data"]
    assert empty.refusal == (400, 50006)
    assert (await caller.answer(interaction, 4, content="x")).status == 200


async def test_more_than_25_suggestions_are_refused(stand_in: DiscordStandIn, caller: Caller) -> None:
    await caller.register()
    world = stand_in.world
    with pytest.raises(TimeoutError):
        await stand_in.autocomplete(
            user_id=world.user("alice").id,
            channel_id=world.channel("general").id,
            name="video",
            option="model",
            text="k",
            timeout=0.01,
        )
    asked = list(stand_in.interactions.all.values())[-1]
    choices = [{"name": str(number), "value": str(number)} for number in range(26)]

    assert (await caller.answer(asked, 8, choices=choices)).refusal == (400, 50035)
    assert (await caller.answer(asked, 8, choices=choices[:25])).status == 200
    assert len(asked.choices or ()) == 25


async def test_files_are_measured_by_the_interactions_own_limit(stand_in: DiscordStandIn, caller: Caller) -> None:
    await caller.register()
    world = stand_in.world
    interaction = await stand_in.run_command(
        user_id=world.user("alice").id,
        channel_id=world.channel("general").id,
        name="video",
        options={"prompt": "x"},
        attachment_size_limit=5,
    )

    assert (await caller.answer(interaction, 4, files={"a.mp4": b"123456"})).refusal == (413, 40005)
    assert (await caller.answer(interaction, 4, files={"a.mp4": b"12345"})).status == 200
    assert (await caller.call("POST", caller.webhook(interaction), {}, files={"b.mp4": b"123456"})).status == 413


async def test_a_follow_up_obeys_the_bots_permissions(caller: Caller) -> None:
    interaction = await caller.command(channel="no-attach")
    await caller.answer(interaction, 4, content="x")

    reply = await caller.call("POST", caller.webhook(interaction), {}, files={"a.mp4": b"1"}, authorization=None)

    assert reply.refusal == (403, 50013)


async def test_a_token_that_was_never_answered_is_no_webhook(stand_in: DiscordStandIn, caller: Caller) -> None:
    interaction = await caller.command()
    original = caller.webhook(interaction, "@original")

    assert (await caller.call("GET", original, authorization=None)).refusal == (404, 10015)
    await caller.answer(interaction, 4, content="x")
    assert (await caller.call("GET", original, authorization=None)).status == 200
    foreign = original.replace(str(stand_in.world.application.id), "7")
    assert (await caller.call("GET", foreign, authorization=None)).refusal == (404, 10015)


async def test_a_token_dies(stand_in: DiscordStandIn, caller: Caller) -> None:
    interaction = await caller.command()
    await caller.answer(interaction, 4, content="x")
    stand_in.interactions.token_life = timedelta(0)

    reply = await caller.call("POST", caller.webhook(interaction), {"content": "y"}, authorization=None)

    assert reply.refusal == (401, 50027)


async def test_an_ephemeral_answer_is_only_its_readers_and_only_the_tokens(
    stand_in: DiscordStandIn, caller: Caller
) -> None:
    world = stand_in.world
    interaction = await caller.command()
    await caller.answer(interaction, 4, content="secret", flags=64)
    message = await interaction.message()
    assert message is not None
    by_bot = f"/channels/{message.channel_id}/messages/{message.id}"

    assert stand_in.messages(message.channel_id) == []
    assert stand_in.messages(message.channel_id, viewer_id=world.user("bob").id) == []
    assert stand_in.messages(message.channel_id, viewer_id=world.user("alice").id) == [message]
    assert (await caller.call("PATCH", by_bot, {"content": "y"})).refusal == (404, 10008)
    by_token = await caller.call("PATCH", caller.webhook(interaction, "@original"), {"content": "y"})
    assert (by_token.json["content"], by_token.json["flags"]) == ("y", 64)


async def test_the_first_follow_up_after_a_promise_keeps_it(stand_in: DiscordStandIn, caller: Caller) -> None:
    interaction = await caller.command()
    await caller.answer(interaction, 5)
    promise = await interaction.message()
    assert promise is not None

    first = await caller.call("POST", caller.webhook(interaction), {"content": "one", "flags": 64})
    second = await caller.call("POST", caller.webhook(interaction), {"content": "two"})

    assert (first.json["id"], first.json["flags"]) == (str(promise.id), 0)
    assert second.json["id"] != first.json["id"]
    assert [message.text for message in stand_in.messages(promise.channel_id)] == ["one", "two"]


async def test_a_follow_up_is_read_edited_and_deleted_by_its_own_token_alone(
    stand_in: DiscordStandIn, caller: Caller
) -> None:
    mine, other = await caller.command(), await caller.command()
    for interaction in (mine, other):
        await caller.answer(interaction, 4, content="x")
    sent = await caller.call("POST", caller.webhook(mine), {"content": "y"}, authorization=None)
    path = caller.webhook(mine, sent.json["id"])

    assert (await caller.call("GET", caller.webhook(other, sent.json["id"]))).refusal == (404, 10008)
    assert (await caller.call("PATCH", path, {"content": "z"})).json["content"] == "z"
    assert (await caller.call("DELETE", path)).status == 204
    assert [gone.text for gone in stand_in.world.messages.deleted] == ["z"]
    assert (await caller.call("GET", path)).refusal == (404, 10008)


async def test_a_button_updates_the_message_that_it_stands_on(stand_in: DiscordStandIn, caller: Caller) -> None:
    interaction = await caller.command()
    button = {"type": 2, "style": 1, "label": "Stop", "custom_id": "stop"}
    await caller.answer(interaction, 4, content="x", components=[{"type": 1, "components": [button]}])
    message = await interaction.message()
    assert message is not None
    alice = stand_in.world.user("alice").id

    pressed = await stand_in.click(user_id=alice, message_id=message.id, custom_id="stop")
    await caller.answer(pressed, 7, content="stopped", components=[])

    updated = await pressed.message()
    assert updated is not None
    assert (updated.id, updated.text, updated.components) == (message.id, "stopped", ())


@pytest.mark.parametrize("flags", [0, 64])
async def test_the_token_of_a_click_reaches_the_message_with_the_button_whatever_it_was_answered(
    stand_in: DiscordStandIn, caller: Caller, flags: int
) -> None:
    interaction, other = await caller.command(), await caller.command()
    button = {"type": 2, "style": 1, "label": "Stop", "custom_id": "stop"}
    await caller.answer(interaction, 4, content="x", flags=flags, components=[{"type": 1, "components": [button]}])
    await caller.answer(other, 4, content="y")
    message = await interaction.message()
    assert message is not None
    alice = stand_in.world.user("alice").id
    pressed = await stand_in.click(user_id=alice, message_id=message.id, custom_id="stop")
    by_click = caller.webhook(pressed, str(message.id))

    assert (await caller.call("PATCH", by_click, {"content": "z"}, authorization=None)).refusal == (404, 10015)
    await caller.answer(pressed, 4, content="an answer of its own")
    edited = await caller.call("PATCH", by_click, {"content": "z", "components": []}, authorization=None)
    foreign = await caller.call("PATCH", caller.webhook(other, str(message.id)), {"content": "no"}, authorization=None)

    assert (edited.status, edited.json["content"]) == (200, "z")
    assert foreign.refusal == (404, 10008)
    shown = stand_in.messages(message.channel_id, viewer_id=alice)
    assert [each.text for each in shown] == ["z", "y", "an answer of its own"]


async def test_an_interaction_of_a_channel_that_is_gone_is_refused(stand_in: DiscordStandIn, caller: Caller) -> None:
    answered, open_one = await caller.command(), await caller.command()
    await caller.answer(answered, 4, content="x")
    stand_in.world.remove_channel(answered.act.channel_id)

    assert (await caller.answer(open_one, 4, content="x")).refusal == (404, 10003)
    assert (await caller.call("POST", caller.webhook(answered), {"content": "y"})).refusal == (404, 10003)
