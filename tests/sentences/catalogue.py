"""The catalogue: what is found in `cogs.replies` and in the commands, and which of it has to be shown by a sample."""

import inspect
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Final

from discord import app_commands
from discord.ext import commands

import cogs
from cogs import replies
from cogs.languages import Message, tr
from tests.sentences.samples import SAMPLES

PARTS: Final = frozenset(
    {
        *("changes.NOT_SET", "jobs.left_today", "jobs.link", "jobs.NOT_MADE", "jobs.NOT_POSTED", "jobs.outcome"),
        "language.name_of",
        *("jobs.result_link", "models.LAST_OF_ONE_UNIT", "models.UNKNOWN"),
        *("columns.cells", "columns.left", "columns.right"),
        *("models.pages_of", "money.FULL", "money.dollars", "money.dollars_left", "money.price_after"),
        *("money.BUDGET_EVERYWHERE", "money.BUDGET_HERE", "money.BUDGET_THERE", "money.MINE", "money.MINE_EVERYWHERE"),
        *("money.NEARLY_FULL", "money.THE_SERVERS"),
        *(
            "money.NOT_KNOWN_BEFORE",
            "money.price_before",
            "money.price_of",
            "original.KEPT",
            "original.LABEL",
            "owner.server_name",
            "paging.messages",
        ),
        *("reached.CHEAPER", "reached.SHUT_OUT", "reached.whose_limit", "refusals.limit_refused"),
        *("sending_again.label", "pictures.ANIMATE", "reports.REPORT", "pictures.NOTHING", "refusals.picture_refused"),
        *("results.AGAIN", "results.DELETE", "results.EDIT", "results.EXTEND"),
        *("usage.file_name", "usage.label", "usage.others", "usage.described", "drawings.name_of"),
        *("usage.short_day", "usage.spreadsheet", "usage.summary", "usage.summed", "usage.title"),
        *("wording.GAP", "wording.JOINER", "wording.ago", "wording.any_of", "wording.choices_made"),
        *("wording.and_more", "wording.longest_and_more", "wording.videos"),
        *("wording.defuse", "wording.fitting", "wording.is_blank", "wording.quoted"),
        *("wording.room_beside", "wording.shortened", "wording.span", "wording.usually", "usage.NOBODY"),
    }
)
"""What is no sentence by itself; it is read where it is a part of one."""


def rooms() -> Iterator[tuple[str, ModuleType]]:
    """Yield the modules of `cogs.replies` by their short names."""
    for found in pkgutil.iter_modules(replies.__path__):
        yield found.name, import_module(f"{replies.__name__}.{found.name}")


def functions() -> frozenset[str]:
    """Return every public function of `cogs.replies`, as `room.name`."""
    return frozenset(
        f"{room}.{name}"
        for room, module in rooms()
        for name, value in vars(module).items()
        if not name.startswith("_") and inspect.isroutine(value) and value.__module__ == module.__name__
    )


def constants() -> Mapping[str, str]:
    """Return every public text that is written out in `cogs.replies`, as `room.NAME`."""
    return {
        f"{room}.{name}": tr(value) if isinstance(value, Message) else value
        for room, module in rooms()
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str | Message) and _is_written_in(module, name)
    }


def _is_written_in(module: ModuleType, name: str) -> bool:
    """Whether the module itself gives the name, rather than importing it."""
    return any(line.startswith((f"{name}: ", f"{name} = ")) for line in inspect.getsource(module).splitlines())


def sentences() -> Mapping[str, Sequence[str]]:
    """Return everything that members read, by where it comes from: `room.name`, or `/command`."""
    # What has something to fill in is read where that is done.
    written = {name: [text] for name, text in constants().items() if name not in PARTS and "{" not in text}
    made = {name: list(dict.fromkeys(texts)) for name, texts in SAMPLES.items()}
    return {**dict(sorted({**written, **made}.items())), **dict(sorted(_commands()))}


def _commands() -> Iterator[tuple[str, Sequence[str]]]:
    for found in pkgutil.walk_packages(cogs.__path__, f"{cogs.__name__}."):
        for value in vars(import_module(found.name)).values():
            if isinstance(value, type) and issubclass(value, commands.Cog) and value.__module__ == found.name:
                yield from _of_cog(value)


def _of_cog(cog: type[commands.Cog]) -> Iterator[tuple[str, Sequence[str]]]:
    is_group = issubclass(cog, commands.GroupCog)
    prefix = f"/{cog.__cog_group_name__} " if is_group else "/"
    if is_group:
        yield prefix.strip(), [str(cog.__cog_group_description__)]
    for command in cog.__cog_app_commands__:
        yield from _of_command(command, prefix)


def _of_command(
    command: app_commands.Group | app_commands.Command[commands.Cog, ..., object], prefix: str
) -> Iterator[tuple[str, Sequence[str]]]:
    if isinstance(command, app_commands.Group):
        yield f"{prefix}{command.name}", [command.description]
        for inner in command.commands:
            yield from _of_command(inner, f"{prefix}{command.name} ")
    else:
        options = [f"{option.name}: {option.description}" for option in command.parameters]
        yield f"{prefix}{command.name}", [command.description, *options]
