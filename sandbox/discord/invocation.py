"""What Discord's client makes of a user's command: it checks the options and resolves who and what they name.

Everything that the client would not let a user send is a `ClientRefusedError`, so that no test proves something that
could not happen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.discord.command_forms import OptionType
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.forms import as_list, as_object
from sandbox.discord.resolving import Resolver
from sandbox.discord.uploads import Upload

ENTITIES: Final = frozenset({OptionType.USER, OptionType.ROLE, OptionType.CHANNEL, OptionType.MENTIONABLE})
"""Options whose value is an id; it may be a number or a string of digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """The option that a user is typing in while suggestions are asked for."""

    option: str
    text: str


def command_data(
    command: Mapping[str, Any],
    *,
    path: Sequence[str],
    options: Mapping[str, object],
    resolver: Resolver,
    typing: Typing | None = None,
) -> dict[str, Any]:
    """The `data` of a slash command's interaction.

    Args:
        command: as it was registered.
        path: the names below the command's own: a subcommand, or a group and a subcommand.
        options: values by option name; ids for users, roles and channels, an `Upload` for an attachment.
        resolver: finds what ids stand for.
        typing: for an autocomplete: the focused option, and what is in it. Required options may be missing then.

    Raises:
        ClientRefusedError: the client would not have sent it.
    """
    leaf, wrap = _descend(command, path)
    filled = _fill(leaf, options, resolver, typing)
    data: dict[str, Any] = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if inner := wrap(filled):
        data["options"] = inner
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    if resolver.resolved:
        data["resolved"] = resolver.resolved
    return data


@dataclass(frozen=True, slots=True)
class _Wrap:
    """Puts the options of a leaf back under the names that lead to it."""

    levels: tuple[tuple[str, int], ...]

    def __call__(self, options: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for name, kind in reversed(self.levels):
            options = [{"name": name, "type": kind, "options": options}]
        return options


def _descend(command: Mapping[str, Any], path: Sequence[str]) -> tuple[Mapping[str, object], _Wrap]:
    node: Mapping[str, object] = command
    levels: list[tuple[str, int]] = []
    for name in path:
        children = [as_object(option) for option in as_list(node.get("options"))]
        node = _the(children, name, ClientRefusedError(f"/{command['name']} has no subcommand {name!r}"))
        levels.append((name, _kind(node)))
        if not _kind(node).has_options:
            raise ClientRefusedError(f"{name!r} is an option of /{command['name']}, not a subcommand")
    if any(_kind(as_object(option)).has_options for option in as_list(node.get("options"))):
        raise ClientRefusedError(f"/{command['name']} {' '.join(path)} needs a subcommand")
    return node, _Wrap(tuple((name, int(kind)) for name, kind in levels))


def _the(options: Sequence[Mapping[str, object]], name: str, otherwise: ClientRefusedError) -> Mapping[str, object]:
    for option in options:
        if option.get("name") == name:
            return option
    raise otherwise


def _fill(
    leaf: Mapping[str, object], values: Mapping[str, object], resolver: Resolver, typing: Typing | None
) -> list[dict[str, Any]]:
    declared = [as_object(option) for option in as_list(leaf.get("options"))]
    wanted = {*values, typing.option} if typing else set(values)
    if unknown := wanted - {str(option.get("name")) for option in declared}:
        raise ClientRefusedError(f"no such option: {', '.join(sorted(unknown))}")
    filled: list[dict[str, Any]] = []
    for option in declared:
        name = str(option["name"])
        if typing is not None and typing.option == name:
            filled.append(_focused(option, typing))
        elif name in values:
            filled.append({"name": name, "type": int(_kind(option)), "value": _value(option, values[name], resolver)})
        elif option.get("required") and typing is None:
            raise ClientRefusedError(f"the option {name!r} is required")
    return filled


def _focused(option: Mapping[str, object], typing: Typing) -> dict[str, Any]:
    if not option.get("autocomplete"):
        raise ClientRefusedError(f"the option {typing.option!r} has no suggestions")
    return {"name": typing.option, "type": int(_kind(option)), "value": typing.text, "focused": True}


def _kind(option: Mapping[str, object]) -> OptionType:
    kind = option.get("type")
    return OptionType(kind if isinstance(kind, int) else 0)


def _value(option: Mapping[str, object], value: object, resolver: Resolver) -> object:
    kind = _kind(option)
    match kind, value:
        case OptionType.STRING, str(text):
            _require_length(option, text)
            return _chosen(option, text)
        case OptionType.BOOLEAN, bool(choice):
            return choice
        case OptionType.ATTACHMENT, Upload() as upload:
            return resolver.attachment(upload)
        case OptionType.INTEGER, int(number) if not isinstance(number, bool):
            return _number(option, number)
        case OptionType.NUMBER, (int() | float()) as number if not isinstance(number, bool):
            return _number(option, number)
        case _ if kind in ENTITIES and str(value).isdecimal():
            return _entity(option, int(str(value)), resolver)
        case _:
            raise ClientRefusedError(f"the option {option['name']!r} takes a {kind.name}, not {value!r}")


def _entity(option: Mapping[str, object], entity_id: int, resolver: Resolver) -> str:
    match _kind(option):
        case OptionType.USER:
            return resolver.user(entity_id)
        case OptionType.ROLE:
            return resolver.role(entity_id)
        case OptionType.CHANNEL:
            return resolver.channel(entity_id, types=as_list(option.get("channel_types")))
        case _:
            return resolver.mentionable(entity_id)


def _number(option: Mapping[str, object], number: float) -> str | float:
    least, most = option.get("min_value"), option.get("max_value")
    too_small = isinstance(least, int | float) and number < least
    too_large = isinstance(most, int | float) and number > most
    if too_small or too_large:
        raise ClientRefusedError(f"the option {option['name']!r} takes {least} to {most}, not {number}")
    return _chosen(option, number)


def _require_length(option: Mapping[str, object], text: str) -> None:
    least, most = option.get("min_length", 0), option.get("max_length", 6000)
    if isinstance(least, int) and isinstance(most, int) and not least <= len(text) <= most:
        raise ClientRefusedError(f"the option {option['name']!r} takes {least} to {most} characters, not {len(text)}")


def _chosen(option: Mapping[str, object], value: str | float) -> str | float:
    choices = [as_object(choice).get("value") for choice in as_list(option.get("choices"))]
    if choices and value not in choices:
        raise ClientRefusedError(f"the option {option['name']!r} is one of {choices}, not {value!r}")
    return value
