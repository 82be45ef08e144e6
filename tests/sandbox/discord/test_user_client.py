"""The user's side: what Discord's own client would not let anyone do is refused before it reaches the bot."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.discord import ClientRefusedError, DiscordStandIn, Upload
from sandbox.discord.cdn_links import CdnLinks
from sandbox.discord.interaction_payloads import interaction_payload
from sandbox.discord.message_payloads import MessagePayloads
from sandbox.discord.permissions import Permission
from tests.sandbox.discord.caller import Caller

PROMPT = {"prompt": "rain"}


async def run(stand_in: DiscordStandIn, options: Mapping[str, object], **changes: str) -> Mapping[str, Any]:
    """Run a command and return the interaction's data."""
    world = stand_in.world
    interaction = await stand_in.run_command(
        user_id=world.user(changes.get("user", "alice")).id,
        channel_id=world.channel(changes.get("channel", "general")).id,
        name=changes.get("name", "video"),
        options=options,
    )
    return interaction.act.data


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"prompt": "x" * 21},
        {"prompt": 7},
        {**PROMPT, "seconds": 9},
        {**PROMPT, "seconds": "4"},
        {**PROMPT, "seconds": True},
        {**PROMPT, "size": "1080p"},
        {**PROMPT, "length": 5},
        {**PROMPT, "member": 7},
        {**PROMPT, "role": 7},
        {**PROMPT, "channel": 7},
        {**PROMPT, "picture": "a.png"},
    ],
)
async def test_options_that_do_not_fit_are_refused(
    stand_in: DiscordStandIn, caller: Caller, options: Mapping[str, object]
) -> None:
    await caller.register()

    with pytest.raises(ClientRefusedError):
        await run(stand_in, options)


async def test_every_kind_of_option_is_sent_and_resolved(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    await caller.register()
    carol, regulars, videos = world.user("carol").id, world.role("Regulars").id, world.channel("videos").id

    data = await run(
        stand_in,
        {
            **PROMPT,
            "seconds": 4,
            "size": "480p",
            "model": "anything goes",
            "sound": True,
            "speed": 1.5,
            "member": carol,
            "channel": str(videos),
            "role": regulars,
            "anyone": carol,
            "picture": Upload(filename="a.png", content=b"png"),
        },
    )

    values = {option["name"]: option["value"] for option in data["options"]}
    assert values | {"picture": None} == {
        "prompt": "rain",
        "seconds": 4,
        "size": "480p",
        "model": "anything goes",
        "sound": True,
        "speed": 1.5,
        "member": str(carol),
        "channel": str(videos),
        "role": str(regulars),
        "anyone": str(carol),
        "picture": None,
    }
    assert data["resolved"]["members"][str(carol)]["roles"] == [str(regulars)]
    async with caller.session.get(data["resolved"]["attachments"][values["picture"]]["url"]) as served:
        assert await served.read() == b"png"


async def test_a_command_is_hidden_from_those_without_its_permission(stand_in: DiscordStandIn, caller: Caller) -> None:
    await caller.register()

    with pytest.raises(ClientRefusedError, match="hidden"):
        await run(stand_in, {"videos": 3}, name="limits set")
    data = await run(stand_in, {"videos": 3}, name="limits set", user="manager")

    assert data["options"] == [{"name": "set", "type": 1, "options": [{"name": "videos", "type": 4, "value": 3}]}]


@pytest.mark.parametrize("name", ["nothing", "limits", "limits get", "video prompt", "Describe"])
async def test_a_name_that_is_not_offered_is_refused(stand_in: DiscordStandIn, caller: Caller, name: str) -> None:
    await caller.register()

    with pytest.raises(ClientRefusedError):
        await run(stand_in, PROMPT, name=name, user="owner")


async def test_a_command_for_guilds_is_not_offered_in_direct_messages(stand_in: DiscordStandIn, caller: Caller) -> None:
    await caller.register()
    owner = stand_in.world.user("owner").id
    direct = stand_in.world.direct_channel(owner).id

    with pytest.raises(ClientRefusedError, match="not offered"):
        await stand_in.run_command(user_id=owner, channel_id=direct, name="limits set", options={"videos": 1})
    await stand_in.run_command(user_id=owner, channel_id=direct, name="video", options=PROMPT)


async def test_commands_in_direct_messages_are_offered_to_who_shares_a_guild_with_the_bot(
    stand_in: DiscordStandIn, caller: Caller
) -> None:
    await caller.register()
    world = stand_in.world
    dora = world.add_user("dora").id
    direct = world.direct_channel(dora).id

    with pytest.raises(ClientRefusedError):
        await stand_in.run_command(user_id=dora, channel_id=direct, name="video", options=PROMPT)
    world.add_member(world.add_guild("Botless", owner_id=dora, with_bot=False).id, world.user("bob").id)
    with pytest.raises(ClientRefusedError):
        await stand_in.run_command(user_id=dora, channel_id=direct, name="video", options=PROMPT)
    world.add_member(world.guild("Elsewhere").id, dora)
    await stand_in.run_command(user_id=dora, channel_id=direct, name="video", options=PROMPT)


async def test_nobody_acts_in_anothers_direct_messages(stand_in: DiscordStandIn, caller: Caller) -> None:
    await caller.register()
    direct = stand_in.world.direct_channel(stand_in.world.user("alice").id).id

    with pytest.raises(ClientRefusedError):
        await stand_in.run_command(
            user_id=stand_in.world.user("bob").id, channel_id=direct, name="video", options=PROMPT
        )


@pytest.mark.parametrize(
    "change", [{"is_pending": True}, {"timed_out_until": datetime.now(UTC) + timedelta(hours=1)}], ids=["new", "muted"]
)
async def test_whoever_is_new_or_timed_out_may_not_act_in_the_guild(
    stand_in: DiscordStandIn, caller: Caller, change: Mapping[str, Any]
) -> None:
    await caller.register()
    world = stand_in.world
    member = world.members[world.guild("Sandbox").id, world.user("alice").id]
    await run(stand_in, PROMPT)
    world.replace_member(replace(member, **change))

    with pytest.raises(ClientRefusedError):
        await run(stand_in, PROMPT)


async def test_an_interaction_in_direct_messages_has_a_user_and_no_guild(
    stand_in: DiscordStandIn, caller: Caller
) -> None:
    await caller.register()
    world = stand_in.world
    alice = world.user("alice")
    direct = world.direct_channel(alice.id)
    interaction = await stand_in.run_command(user_id=alice.id, channel_id=direct.id, name="video", options=PROMPT)
    payload = interaction_payload(interaction, world=world, payloads=MessagePayloads(world=world, links=CdnLinks()))

    assert payload.keys().isdisjoint({"guild_id", "guild", "guild_locale", "member"})
    assert payload["user"]["id"] == str(alice.id)
    assert (payload["channel"]["type"], payload["context"]) == (1, 1)
    assert payload["authorizing_integration_owners"] == {"0": "0"}
    may = Permission(int(payload["app_permissions"]))
    assert Permission.ATTACH_FILES in may
    assert Permission.SEND_MESSAGES not in may


async def test_a_place_that_the_user_does_not_see_is_refused(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    await caller.register()
    world.set_overwrite(world.channel("videos").id, world.user("alice").id, deny=Permission.VIEW_CHANNEL)

    with pytest.raises(ClientRefusedError, match="VIEW_CHANNEL"):
        await run(stand_in, PROMPT, channel="videos")
    with pytest.raises(ClientRefusedError, match="VIEW_CHANNEL"):
        await run(stand_in, PROMPT, channel="lobby", user="bob")


async def test_commands_go_with_the_bot(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    await caller.register()
    world.remove_member(world.guild("Sandbox").id, world.bot.id)

    with pytest.raises(ClientRefusedError, match="not in this guild"):
        await run(stand_in, PROMPT)


async def test_only_what_a_message_offers_is_touched(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    interaction = await caller.command()
    buttons = [
        {"type": 2, "style": 1, "label": "A", "custom_id": "a"},
        {"type": 2, "style": 1, "label": "B", "custom_id": "b", "disabled": True},
    ]
    options = [{"label": name, "value": name} for name in "xyz"]
    select = {"type": 3, "custom_id": "s", "options": options, "min_values": 0, "max_values": 2}
    rows = [{"type": 1, "components": buttons}, {"type": 1, "components": [select]}]
    await caller.answer(interaction, 4, content="x", flags=64, components=rows)
    message = await interaction.message()
    assert message is not None
    alice, bob = world.user("alice").id, world.user("bob").id

    for user, custom_id, values in (
        (alice, "b", None),
        (alice, "c", None),
        (bob, "a", None),
        (alice, "a", ["x"]),
        (alice, "s", ["w"]),
        (alice, "s", ["x", "y", "z"]),
    ):
        with pytest.raises(ClientRefusedError):
            await stand_in.click(user_id=user, message_id=message.id, custom_id=custom_id, values=values)
    pressed = await stand_in.click(user_id=alice, message_id=message.id, custom_id="a")
    chosen = await stand_in.click(user_id=alice, message_id=message.id, custom_id="s", values=["z", "x"])

    assert (pressed.act.data["component_type"], chosen.act.data["values"]) == (2, ["z", "x"])


async def test_a_modal_is_filled_in_once_and_within_its_bounds(stand_in: DiscordStandIn, caller: Caller) -> None:
    field = {"type": 4, "custom_id": "why", "style": 1, "min_length": 3, "max_length": 5}
    label = {"type": 18, "label": "Why", "component": field}
    interaction = await caller.command()
    opened = await caller.answer(interaction, 9, custom_id="m", title="Why?", components=[label])
    assert opened.json["interaction"]["type"] == 2

    for values in ({}, {"why": "no"}, {"why": "because"}, {"how": "so"}):
        with pytest.raises(ClientRefusedError):
            await stand_in.submit_modal(interaction_id=interaction.id, values=values)
    submitted = await stand_in.submit_modal(interaction_id=interaction.id, values={"why": "rain"})
    with pytest.raises(ClientRefusedError, match="before"):
        await stand_in.submit_modal(interaction_id=interaction.id, values={"why": "rain"})

    assert submitted.act.data["components"][0]["component"]["value"] == "rain"


async def test_context_menus_name_their_target(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    await caller.register()
    alice, bob, general = world.user("alice").id, world.user("bob").id, world.channel("general").id
    message = await stand_in.post(user_id=bob, channel_id=general, content="hello")

    on_user = await stand_in.use_on_user(user_id=alice, channel_id=general, name="Greet", target_id=bob)
    on_message = await stand_in.use_on_message(user_id=alice, channel_id=general, name="Describe", target_id=message.id)

    assert list(on_user.act.data["resolved"]["members"]) == [str(bob)]
    assert on_message.act.data["resolved"]["messages"][str(message.id)]["content"] == "hello"


@pytest.mark.parametrize(
    ("kind", "wanted", "refused"),
    [(5, "carol", "Regulars"), (6, "Regulars", "carol"), (7, "Regulars", "nobody"), (8, "videos", "ideas")],
)
async def test_a_select_of_users_roles_and_channels_takes_its_own_kind(
    stand_in: DiscordStandIn, caller: Caller, kind: int, wanted: str, refused: str
) -> None:
    world = stand_in.world
    ids = {
        "carol": world.user("carol").id,
        "Regulars": world.role("Regulars").id,
        "videos": world.channel("videos").id,
        "ideas": world.channel("ideas").id,
        "nobody": 7,
    }
    select = {"type": kind, "custom_id": "s", "channel_types": [0]}
    interaction = await caller.command()
    await caller.answer(interaction, 4, content="x", components=[{"type": 1, "components": [select]}])
    message = await interaction.message()
    assert message is not None
    alice = world.user("alice").id

    with pytest.raises(ClientRefusedError):
        await stand_in.click(user_id=alice, message_id=message.id, custom_id="s", values=[str(ids[refused])])
    chosen = await stand_in.click(user_id=alice, message_id=message.id, custom_id="s", values=[str(ids[wanted])])

    assert chosen.act.data["values"] == [str(ids[wanted])]
    assert any(str(ids[wanted]) in found for found in chosen.act.data["resolved"].values())


async def test_a_modal_takes_choices_and_files(stand_in: DiscordStandIn, caller: Caller) -> None:
    select = {"type": 3, "custom_id": "size", "options": [{"label": "S", "value": "s"}]}
    upload = {"type": 19, "custom_id": "file", "min_values": 1, "max_values": 2}
    fields = [
        {"type": 10, "content": "Choose"},
        {"type": 18, "label": "Size", "component": select},
        {"type": 18, "label": "File", "component": upload},
    ]
    interaction = await caller.command()
    assert (await caller.answer(interaction, 9, custom_id="m", title="t", components=fields)).status == 200

    png = Upload(filename="a.png", content=b"png")
    for values in ({"size": ["s"], "file": []}, {"size": ["xl"], "file": [png]}, {"size": [], "file": [png]}):
        with pytest.raises(ClientRefusedError):
            await stand_in.submit_modal(interaction_id=interaction.id, values=values)
    submitted = await stand_in.submit_modal(interaction_id=interaction.id, values={"size": ["s"], "file": [png]})

    _, size, file = submitted.act.data["components"]
    assert size["component"]["values"] == ["s"]
    assert file["component"]["values"] == list(submitted.act.data["resolved"]["attachments"])
