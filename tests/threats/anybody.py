"""Any registered command in anybody's hands: with made-up options, past what Discord's client hides or checks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sandbox.discord.cdn_links import CdnLinks
from sandbox.discord.interaction_payloads import interaction_payload
from sandbox.discord.interactions import Interaction
from sandbox.discord.invocation import command_data
from sandbox.discord.message_payloads import MessagePayloads
from sandbox.discord.permissions import EVERYTHING
from sandbox.discord.uploads import Upload
from tests.e2e import forging
from tests.e2e.house import PATIENCE, House
from tests.picture_files import picture

SUBCOMMAND, GROUP = 1, 2
TEXT, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, NUMBER, ATTACHMENT = 3, 4, 5, 6, 7, 8, 10, 11
ON_A_MESSAGE = 3
PICTURE: Final = Upload(filename="fox.png", content=picture())


def leaves(commands: Sequence[Mapping[str, Any]], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give every command that can be run, with its subcommands after spaces, and what was registered of it."""
    for command in commands:
        name = f"{path} {command['name']}".strip()
        below = [option for option in command.get("options", ()) if option["type"] in {SUBCOMMAND, GROUP}]
        if below:
            yield from leaves(below, name)
        else:
            yield name, command


def hidden(house: House) -> dict[str, Mapping[str, Any]]:
    """Return the commands that Discord hides from ordinary members, by their full names."""
    registered = house.discord.commands.listed(None)
    return dict(leaves([command for command in registered if command["default_member_permissions"] is not None]))


def options_of(house: House, leaf: Mapping[str, Any], *, where: str) -> dict[str, object]:
    """Make a value up for every option of a command: the most that it takes, a member, a role, a channel, a file."""
    return {option["name"]: _value(house, option, where=where) for option in leaf.get("options", ())}


def _value(house: House, option: Mapping[str, Any], *, where: str) -> object:
    if option.get("choices"):
        return option["choices"][0]["value"]
    channel = house.channel(where)
    made: dict[int, object] = {
        TEXT: str(house.discord.world.guild("Sandbox").id),
        INTEGER: option.get("max_value", 1),
        BOOLEAN: True,
        USER: house.user("alice").id,
        CHANNEL: channel.id,
        ROLE: channel.guild_id,
        NUMBER: option.get("max_value", 1.0),
        ATTACHMENT: PICTURE,
    }
    return made[option["type"]]


async def run(
    house: House, name: str, *, by: str, where: str = "videos", options: Mapping[str, object], as_administrator: bool
) -> Interaction:
    """Run a command that the client would have hidden, and wait for the answer."""
    user_id, channel = house.user(by).id, house.channel(where)
    commands = {each["name"]: each for each in house.discord.commands.listed(None)}
    if name in commands and commands[name]["type"] == ON_A_MESSAGE:
        return await _run_on_a_message(house, name, user_id=user_id, channel_id=channel.id)
    first, *path = name.split()
    registered = commands[first]
    resolver = house.discord.user._resolver(user_id, channel)  # pyright: ignore[reportPrivateUsage]  # as the client does
    data = command_data(registered, path=path, options=options, resolver=resolver)
    interaction = forging.open_act(house, data, by=by, channel_id=channel.id)
    changes: dict[str, object] = {}
    if as_administrator:
        payloads = MessagePayloads(world=house.discord.world, links=CdnLinks())
        member = interaction_payload(interaction, world=house.discord.world, payloads=payloads)["member"]
        changes = {"member": member | {"permissions": str(int(EVERYTHING))}}
    forging.replay(house, interaction, changes=changes)
    await interaction.answered(timeout=PATIENCE)
    return interaction


async def _run_on_a_message(house: House, name: str, *, user_id: int, channel_id: int) -> Interaction:
    message = await house.discord.post(user_id=user_id, channel_id=channel_id, content="a fox", uploads=[PICTURE])
    interaction = await house.discord.use_on_message(
        user_id=user_id, channel_id=channel_id, name=name, target_id=message.id
    )
    await interaction.answered(timeout=PATIENCE)
    return interaction


def on_disk(house: House, *, but: Sequence[str] = ("facts", "duties")) -> dict[str, list[dict[str, Any]]]:
    """Return everything that the database holds, table by table."""
    tables = [name for name in house.stored.tables() if name not in but]
    return {table: house.rows(f"SELECT * FROM {table}") for table in tables}  # noqa: S608  # names from the schema
