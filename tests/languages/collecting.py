"""What there is to translate: every sentence in the source, and every name and description of a command."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import discord
from babel.messages.extract import extract_from_dir
from discord import app_commands
from discord.app_commands import locale_str

from cogs.client import WithMenu
from cogs.languages import kind_of
from tests.cogs.test_commands import COGS

ROOT: Final = Path(__file__).parents[2]
KEYWORDS: Final = {"tr": None, "Message": None, "trn": (1, 2)}
COMMENT: Final = "Translators:"
Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One text to translate: its English, its plural, what it is where it is part of a command, and where it stands."""

    text: str
    plural: str | None = None
    context: str | None = None
    place: tuple[str, int] | None = None
    comments: tuple[str, ...] = ()

    @property
    def id(self) -> str | tuple[str, str]:
        """What a catalogue knows it by."""
        return (self.text, self.plural) if self.plural else self.text


def sentences() -> Iterator[Source]:
    """Find what the source says through `tr`, `trn` and `Message`."""
    found = extract_from_dir(
        str(ROOT / "cogs"), method_map=[("**.py", "python")], keywords=KEYWORDS, comment_tags=(COMMENT,)
    )
    for file, line, message, comments, context in found:
        assert context is None
        text, plural = message if isinstance(message, tuple) else (message, None)
        yield Source(text=text, plural=plural, place=(f"cogs/{file}", line), comments=tuple(comments))


async def command_texts() -> list[Source]:
    """Return the names, descriptions and choices of all commands, as they are registered."""
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    collector = Collector()
    for command in _commands():
        tree.add_command(command)
        await command.get_translated_payload(tree, collector)
    return list(collector.found)


class Collector(app_commands.Translator):
    """Notes what it is asked to translate."""

    def __init__(self) -> None:
        self.found: dict[Source, None] = {}

    async def translate(
        self, string: locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Note the text."""
        del locale
        comment = COMMENT + _whose(context)
        self.found[Source(text=string.message, context=kind_of(context), comments=(comment,))] = None
        return None


def _whose(context: app_commands.TranslationContext[Any, Any]) -> str:
    data = context.data
    if isinstance(data, app_commands.Parameter):
        return f" an option of /{data.command.qualified_name}"
    if isinstance(data, app_commands.Choice):
        return " a choice of an option"
    return f" /{data.qualified_name}"


def _commands() -> Iterator[Any]:
    for cog in COGS:
        # Made without what it works with: only its commands are looked at.
        made = cog.__new__(cog)
        yield from [made.app_command] if made.app_command is not None else made.get_app_commands()
        if isinstance(made, WithMenu):
            yield made.menu()


def calls_that_cannot_be_found() -> Iterator[str]:
    """Find calls whose sentence no catalogue can have: put together as they run, or inside an f-string."""
    for file in sorted((ROOT / "cogs").rglob("*.py")):
        if file.name == "reading.py":
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        within = {id(call) for text in _nodes(tree, ast.JoinedStr) for call in _calls(text)}
        for call in _calls(tree):
            # Whatever is no text is a `Message`, which is found where it is written down.
            if id(call) in within and isinstance(call.args[0], ast.Constant):
                yield f"{file.relative_to(ROOT)}:{call.lineno}: inside an f-string"
            if isinstance(call.args[0], ast.JoinedStr | ast.BinOp):
                yield f"{file.relative_to(ROOT)}:{call.lineno}: put together"


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for call in _nodes(tree, ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in KEYWORDS and call.args:
            yield call


def _nodes(tree: ast.AST, kind: type[Node]) -> Iterator[Node]:
    return (node for node in ast.walk(tree) if isinstance(node, kind))


__all__ = ["COMMENT", "Source", "calls_that_cannot_be_found", "command_texts", "sentences"]
