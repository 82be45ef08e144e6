"""The README leaves no command and no setting out."""

import re
from pathlib import Path

import pytest
from discord import app_commands
from discord.ext import commands
from typer.main import get_command

import bot
from ops.env_example import written_default
from services.settings import Settings
from tests.cogs.test_commands import COGS

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_stands_in_the_table_with_its_default_and_its_description(name: str) -> None:
    field = Settings.model_fields[name]
    row = re.search(rf"^\| `{name.upper()}` \|(.*)\|(.*)\|$", README, re.MULTILINE)

    assert row is not None
    written = "" if field.is_required() else written_default(field)
    assert row[1].strip() == ("*required*" if field.is_required() else f"`{written}`" if written else "")
    assert row[2].strip() == field.description


def _commands() -> list[str]:
    found: list[str] = []
    for cog in COGS:
        prefix = f"{cog.__cog_group_name__} " if issubclass(cog, commands.GroupCog) else ""
        for command in cog.__cog_app_commands__:
            leaves = command.walk_commands() if isinstance(command, app_commands.Group) else [command]
            found += [f"/{prefix}{leaf.qualified_name}" for leaf in leaves]
    return found


@pytest.mark.parametrize("command", _commands())
def test_every_command_of_discord_is_explained(command: str) -> None:
    assert f"`{command}" in README


def test_every_command_of_the_shell_is_shown() -> None:
    shell = get_command(bot.cli)
    names = getattr(shell, "commands", {})

    assert names
    assert all(f"bot.py {name}" in README or (name == "run" and "bot.py`" in README) for name in names)


def test_the_two_commands_open_the_readme() -> None:
    first = README.split("```sh\n", 1)[1].split("```", 1)[0]

    assert first.splitlines() == [
        'pip install uv && uv run bot.py sandbox --once "/video a red fox in the snow"',
        "uv run pytest",
    ]
