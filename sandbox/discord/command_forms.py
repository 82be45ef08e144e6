"""What Discord accepts as the registration of an application command."""

import re
from collections.abc import Mapping
from enum import IntEnum
from itertools import pairwise
from typing import Final

from sandbox.discord.forms import (
    Check,
    Listing,
    Mistakes,
    Number,
    OneOf,
    OrNull,
    Path,
    Shape,
    Text,
    anything,
    as_list,
    as_object,
    flag,
)
from sandbox.discord.localizations import Localized, longest, namesakes

MOST_COMMANDS: Final = 100
"""Slash commands per scope; context menus have their own, smaller counts."""
MOST_OPTIONS: Final = 25
MOST_CHOICES: Final = 25
MOST_CHARACTERS: Final = 8000
NAME: Final = re.compile(r"[-'\w]{1,32}")


class CommandType(IntEnum):
    """Where a user finds a command."""

    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class OptionType(IntEnum):
    """What a user gives to a command."""

    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11

    @property
    def has_options(self) -> bool:
        """Whether it is a level of the command's name rather than a value."""
        return self in {OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP}

    @property
    def may_have_choices(self) -> bool:
        """Whether values can be listed or suggested."""
        return self in {OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER}


def _name(value: object, path: Path, mistakes: Mistakes) -> None:
    Text(most=32, least=1)(value, path, mistakes)
    if isinstance(value, str) and (not NAME.fullmatch(value) or value != value.lower()):
        mistakes.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _permissions(value: object, path: Path, mistakes: Mistakes) -> None:
    """Permission bits come as a string or as a number; both are taken."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdecimal():
        mistakes.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')


def _choice_of(kind: OptionType) -> Shape:
    value: Check = Text(most=100, least=1)
    if kind is not OptionType.STRING:
        value = Number(least=-(2.0**53), most=2.0**53, whole=kind is OptionType.INTEGER)
    return Shape(
        fields={
            "name": Text(most=100, least=1),
            "value": value,
            "name_localizations": OrNull(Localized(check=Text(most=100, least=1))),
        },
        required=frozenset({"name", "value"}),
    )


def _option_rule(option: Mapping[str, object], path: Path, mistakes: Mistakes) -> None:
    kind = option.get("type")
    if not isinstance(kind, int) or kind not in set(OptionType):
        return
    is_level = OptionType(kind).has_options
    if option.get("choices"):
        if not OptionType(kind).may_have_choices or option.get("autocomplete"):
            mistakes.add(
                (*path, "choices"), "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "Choices are not allowed here"
            )
        else:
            Listing(item=_choice_of(OptionType(kind)), most=MOST_CHOICES)(
                option["choices"], (*path, "choices"), mistakes
            )
    if option.get("autocomplete") and not OptionType(kind).may_have_choices:
        mistakes.add(
            (*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_INVALID", "Autocomplete is not allowed here"
        )
    if option.get("options") and not is_level:
        mistakes.add((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only subcommands hold options")
    if "options" in option:
        _options(option["options"], (*path, "options"), mistakes, inside=OptionType(kind))


def _options(value: object, path: Path, mistakes: Mistakes, *, inside: OptionType | None) -> None:
    Listing(item=OPTION, most=MOST_OPTIONS)(value, path, mistakes)
    options = [as_object(option) for option in as_list(value)]
    names = [option.get("name") for option in options if isinstance(option.get("name"), str)]
    if len(set(names)) < len(names):
        mistakes.add(path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
    for locale in namesakes(options):
        where = (*path, "name_localizations", locale)
        mistakes.add(where, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
    kinds = [option.get("type") for option in options]
    levels = [kind for kind in kinds if kind in {1, 2}]
    mixed = bool(levels) and len(levels) < len(kinds)
    too_deep = (inside is OptionType.SUB_COMMAND and levels) or (
        inside is OptionType.SUB_COMMAND_GROUP and set(kinds) - {1}
    )
    if mixed or too_deep:
        mistakes.add(
            path,
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive to all other types",
        )
    needed = [option.get("required") is True for option in options]
    if any(later and not earlier for earlier, later in pairwise(needed)):
        mistakes.add(
            path,
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
            "Required options must be placed before non-required options",
        )


OPTION: Final = Shape(
    fields={
        "type": OneOf([int(kind) for kind in OptionType]),
        "name": _name,
        "name_localizations": OrNull(Localized(check=_name)),
        "description": Text(most=100, least=1),
        "description_localizations": OrNull(Localized(check=Text(most=100, least=1))),
        "required": flag,
        "autocomplete": flag,
        "min_value": Number(least=-(2.0**53), most=2.0**53, whole=False),
        "max_value": Number(least=-(2.0**53), most=2.0**53, whole=False),
        "min_length": Number(least=0, most=6000),
        "max_length": Number(least=1, most=6000),
        "channel_types": Listing(item=Number(least=0, most=16), most=20),
    },
    required=frozenset({"type", "name", "description"}),
    rule=_option_rule,
)
_COMMON: Final[Mapping[str, Check]] = {
    "type": OneOf([int(kind) for kind in CommandType]),
    "default_member_permissions": OrNull(_permissions),
    "dm_permission": OrNull(flag),
    "contexts": OrNull(Listing(item=OneOf((0, 1, 2)), most=3, least=1)),
    "integration_types": OrNull(Listing(item=OneOf((0, 1)), most=2, least=1)),
    "nsfw": OrNull(flag),
}
_SLASH: Final = Shape(
    fields={
        **_COMMON,
        "name": _name,
        "name_localizations": OrNull(Localized(check=_name, is_told_at_whole=True)),
        "description": Text(most=100, least=1),
        "description_localizations": OrNull(Localized(check=Text(most=100, least=1))),
    },
    required=frozenset({"name", "description"}),
    rule=lambda command, path, mistakes: _options(
        command.get("options") or [], (*path, "options"), mistakes, inside=None
    ),
)
_MENU: Final = Shape(
    fields={
        **_COMMON,
        "name": Text(most=32, least=1),
        "name_localizations": OrNull(Localized(check=Text(most=32, least=1), is_told_at_whole=True)),
        "description": Text(most=0),
        "options": Listing(item=anything, most=0),
    },
    required=frozenset({"name"}),
)


def check_command(value: object, path: Path, mistakes: Mistakes) -> None:
    """Note what Discord would refuse in one command."""
    command = as_object(value)
    form = _SLASH if command.get("type", CommandType.CHAT_INPUT) == CommandType.CHAT_INPUT else _MENU
    form(value, path, mistakes)
    if _characters(command) > MOST_CHARACTERS:
        mistakes.add(path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({MOST_CHARACTERS})")


def _characters(command: Mapping[str, object]) -> int:
    """What Discord counts: names and descriptions, each in its longest language, and values, at every level."""
    own = sum(longest(command, field) for field in ("name", "description", "value"))
    inner = [*as_list(command.get("options")), *as_list(command.get("choices"))]
    return own + sum(_characters(as_object(item)) for item in inner)
