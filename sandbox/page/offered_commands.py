"""The commands that the client offers to a member in a channel, in their language: only what the bot registered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.discord.client_offer import ClientOffer
from sandbox.discord.command_forms import CommandType, OptionType
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.stand_in import DiscordStandIn

Json = dict[str, Any]
BOUNDS: Final = {
    "min_value": "minValue",
    "max_value": "maxValue",
    "min_length": "minLength",
    "max_length": "maxLength",
    "channel_types": "channelTypes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads the list, where, and in which language."""

    member_id: int
    channel_id: int
    locale: str


def offered_commands(chat: DiscordStandIn, reader: Reader) -> Json:
    """Return the slash commands, each subcommand by itself, and the commands in the menus of messages and people."""
    slash: list[Json] = []
    menus: dict[CommandType, list[Json]] = {CommandType.MESSAGE: [], CommandType.USER: []}
    for command in _visible(chat, reader):
        kind = CommandType(command["type"])
        if kind is CommandType.CHAT_INPUT:
            slash.extend(_leaves(command, reader.locale))
        else:
            menus[kind].append({"name": command["name"], "label": _in(command, "name", reader.locale)})
    return {"slash": slash, "message": menus[CommandType.MESSAGE], "user": menus[CommandType.USER]}


def _visible(chat: DiscordStandIn, reader: Reader) -> Iterator[Mapping[str, Any]]:
    offer = ClientOffer(world=chat.world, commands=chat.commands)
    try:
        channel = offer.place(reader.member_id, reader.channel_id)
    except ClientRefusedError:
        return
    for command in chat.commands.visible_in(channel.guild_id):
        try:
            yield offer.command(command["name"], CommandType(command["type"]), reader.member_id, channel)
        except ClientRefusedError:
            continue


def _leaves(node: Mapping[str, Any], locale: str, *, path: str = "", label: str = "") -> Iterator[Json]:
    """Yield what can be run: the command itself, or each of its subcommands under its whole name."""
    path = f"{path} {node['name']}".strip()
    label = f"{label} {_in(node, 'name', locale)}".strip()
    options: list[Mapping[str, Any]] = node.get("options") or []
    if options and OptionType(options[0]["type"]).has_options:
        for option in options:
            yield from _leaves(option, locale, path=path, label=label)
        return
    yield {
        "name": path,
        "label": label,
        "description": _in(node, "description", locale),
        "options": [_option(option, locale) for option in options],
    }


def _option(option: Mapping[str, Any], locale: str) -> Json:
    return {
        "name": option["name"],
        "label": _in(option, "name", locale),
        "description": _in(option, "description", locale),
        "type": OptionType(option["type"]).name.lower(),
        "required": bool(option.get("required")),
        "suggests": bool(option.get("autocomplete")),
        "choices": [
            {"name": _in(choice, "name", locale), "value": choice["value"]} for choice in option.get("choices") or ()
        ],
        **{ours: option[theirs] for theirs, ours in BOUNDS.items() if option.get(theirs) is not None},
    }


def _in(thing: Mapping[str, Any], field: str, locale: str) -> str:
    localised: Mapping[str, str] = thing.get(f"{field}_localizations") or {}
    return localised.get(locale) or str(thing.get(field) or "")
