"""Interactions that Discord's own client would not send: a hidden command, a button that nobody has, a replay."""

import copy
from collections.abc import Mapping
from typing import Any, Final

from sandbox.discord.cdn_links import CdnLinks
from sandbox.discord.interaction_payloads import interaction_payload
from sandbox.discord.interactions import Act, Interaction, InteractionType
from sandbox.discord.message_payloads import MessagePayloads
from sandbox.discord.posts import Message
from tests.e2e.house import PATIENCE, House

BUTTON: Final = 2
ROW: Final = 1


def replay(house: House, interaction: Interaction, *, changes: Mapping[str, object] | None = None) -> None:
    """Deliver an interaction over the gateway, whether or not it was delivered before."""
    world = house.discord.world
    payloads = MessagePayloads(world=world, links=CdnLinks())
    payload = interaction_payload(interaction, world=world, payloads=payloads)
    house.discord.gateway.broadcast(
        "INTERACTION_CREATE", copy.deepcopy(payload) | dict(changes or {}), guild_id=interaction.act.guild_id
    )


def open_act(
    house: House,
    data: Mapping[str, Any],
    *,
    by: str,
    channel_id: int,
    kind: InteractionType = InteractionType.COMMAND,
    source: Message | None = None,
) -> Interaction:
    """Make an interaction that no client checked, without delivering it."""
    act = Act(
        id=house.discord.world.ids.mint(),
        type=kind,
        user_id=house.user(by).id,
        channel_id=channel_id,
        guild_id=house.discord.world.channels[channel_id].guild_id,
        data=dict(data),
        attachment_size_limit=20 * 1024 * 1024,
        source_message_id=source.id if source else None,
        command_name=data.get("name"),
    )
    return house.discord.interactions.open(act)


async def command(
    house: House,
    name: str,
    *,
    by: str,
    where: str = "videos",
    channel_id: int | None = None,
    options: Mapping[str, object] | None = None,
    changes: Mapping[str, object] | None = None,
) -> Interaction:
    """Run a command, its subcommand after a space, that the client would have hidden; wait for the answer."""
    first, *path = name.split()
    registered = next(each for each in house.discord.commands.listed(None) if each["name"] == first)
    given: list[dict[str, Any]] = [
        {"name": option, "type": 4 if isinstance(value, int) else 3, "value": value}
        for option, value in (options or {}).items()
    ]
    for level in reversed(path):
        given = [{"name": level, "type": 1, "options": given}]
    data = {"id": registered["id"], "name": first, "type": 1, "options": given}
    where_id = house.channel(where).id if channel_id is None else channel_id
    interaction = open_act(house, data, by=by, channel_id=where_id)
    replay(house, interaction, changes=changes)
    await interaction.answered(timeout=PATIENCE)
    return interaction


def click(house: House, custom_id: str, *, on: Message, by: str) -> Interaction:
    """Press a button that the message does not have, as though it had it."""
    data = {"custom_id": custom_id, "component_type": BUTTON, "id": 2}
    interaction = open_act(house, data, by=by, channel_id=on.channel_id, kind=InteractionType.COMPONENT, source=on)
    button = {"type": BUTTON, "style": 2, "label": "Cancel", "custom_id": custom_id, "id": 2}
    payloads = MessagePayloads(world=house.discord.world, links=CdnLinks())
    message = payloads.message(on) | {"components": [{"type": ROW, "id": 1, "components": [button]}]}
    replay(house, interaction, changes={"message": message})
    return interaction
