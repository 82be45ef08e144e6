"""What a member types into the message box, read as Discord's client reads it: `/video a fox duration:4`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

SUBCOMMAND: Final = 1
SUBCOMMAND_GROUP: Final = 2
INTEGER: Final = 4
BOOLEAN: Final = 5
NUMBER: Final = 10
TRUE_WORDS: Final = frozenset({"true", "yes", "on"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedCommand:
    """A command as it goes into an interaction: its name with its subcommands after spaces, and its options."""

    name: str
    options: Mapping[str, object]


@dataclass(eq=False)
class NotACommandError(Exception):
    """The line is no command that the bot offers. `hint` says what to type instead."""

    hint: str


def read(line: str, commands: Sequence[Mapping[str, Any]]) -> TypedCommand:
    """Read one line against the commands that the bot registered, as Discord's JSON.

    `option:value` sets an option and reaches to the next one; words before the first belong to the first option.

    Raises:
        NotACommandError: the line does not begin with a slash and the name of a command, or names no value.
    """
    name, _, rest = line.strip().removeprefix("/").partition(" ")
    found = next((command for command in commands if command["name"] == name), None)
    if found is None or not line.strip().startswith("/"):
        offered = ", ".join(f"/{command['name']}" for command in commands) or "none yet"
        raise NotACommandError(f"Type one of the bot's commands: {offered}.")
    path = [name]
    offers: Sequence[Mapping[str, Any]] = found.get("options") or []
    while offers and offers[0]["type"] in {SUBCOMMAND, SUBCOMMAND_GROUP}:
        word, _, rest = rest.strip().partition(" ")
        chosen = next((option for option in offers if option["name"] == word), None)
        if chosen is None:
            listed = ", ".join(f"/{' '.join(path)} {option['name']}" for option in offers)
            raise NotACommandError(f"Type one of {listed}.")
        path.append(word)
        offers = chosen.get("options") or []
    return TypedCommand(name=" ".join(path), options=_values(rest.strip(), offers))


def _values(text: str, offers: Sequence[Mapping[str, Any]]) -> Mapping[str, object]:
    kinds = {option["name"]: option["type"] for option in offers}
    if not kinds:
        return {}
    pattern = re.compile(rf"(?:^|\s)({'|'.join(map(re.escape, kinds))}):")
    first, *rest = pattern.split(text)
    named = dict(zip(rest[::2], rest[1::2], strict=True))
    if first.strip():
        named = {offers[0]["name"]: first} | named
    return {name: _value(name, words.strip(), kinds[name]) for name, words in named.items()}


def _value(name: str, words: str, kind: int) -> object:
    if kind == BOOLEAN:
        return words.lower() in TRUE_WORDS
    if kind not in {INTEGER, NUMBER}:
        return words
    try:
        return int(words) if kind == INTEGER else float(words)
    except ValueError:
        raise NotACommandError(f"{name} takes a number, such as {name}:5.") from None
