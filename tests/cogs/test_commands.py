"""What the commands look like to Discord, and that whatever manages something asks who it is that manages."""

from collections.abc import Iterator
from typing import Any

import pytest
from discord import app_commands, ui
from discord.ext import commands

from cogs.client import PERMISSIONS
from cogs.history import HistoryButton, HistoryCog
from cogs.interactions import NEEDED
from cogs.limits import LimitsCog
from cogs.original import OriginalButton, OriginalCog
from cogs.owner import OwnerCog
from cogs.presses import LastingButton
from cogs.privacy import ForgetButton, PrivacyCog
from cogs.reports import ReportsCog
from cogs.results import ResultButton, ResultsCog
from cogs.settings import PauseCog, SettingsCog
from cogs.status import AgainButton, PageButton, StatusCog
from cogs.usage import UsageCog
from cogs.video import CancelButton, OfferButton, PicturesCog, VideoCog

MANAGING: tuple[type[commands.Cog], ...] = (LimitsCog, SettingsCog, PauseCog, UsageCog, OwnerCog)
COGS: tuple[type[commands.Cog], ...] = (
    VideoCog,
    ResultsCog,
    PicturesCog,
    OriginalCog,
    StatusCog,
    HistoryCog,
    PrivacyCog,
    ReportsCog,
    *MANAGING,
)
LONGEST_DESCRIPTION = 100
Command = app_commands.Command[Any, ..., Any]


def every_command() -> Iterator[Command]:
    for cog in COGS:
        for command in cog.__cog_app_commands__:
            yield from (
                [each for each in command.walk_commands() if isinstance(each, app_commands.Command)]
                if isinstance(command, app_commands.Group)
                else [command]
            )


def test_every_cog_is_looked_at_here() -> None:
    assert set(COGS) == {cog for cog in subclasses(commands.Cog) if cog.__module__.startswith("cogs.")}


@pytest.mark.parametrize("command", list(every_command()), ids=lambda command: command.qualified_name)
def test_every_command_and_every_option_says_what_it_is(command: Command) -> None:
    for text in (command.description, *(str(option.description) for option in command.parameters)):
        assert text.endswith(".")
        assert 10 < len(text) <= LONGEST_DESCRIPTION


def test_a_cog_that_only_managers_see_checks_that_they_are() -> None:
    """Discord's own check is a default that a server can change, so it counts for nothing."""
    hidden = [cog for cog in COGS if is_hidden(cog)]

    assert hidden == list(MANAGING)
    for cog in hidden:
        assert "interaction_check" in vars(cog)


def is_hidden(cog: type[commands.Cog]) -> bool:
    return bool(getattr(cog, "__discord_app_commands_default_permissions__", None)) or any(
        command.default_permissions for command in cog.__cog_app_commands__
    )


def test_every_button_is_one_whose_rights_the_tests_prove() -> None:
    """A new button belongs into this list when a stranger's press of it is a test in tests/e2e."""
    ours = {button for button in subclasses(ui.DynamicItem) if button.__module__.startswith("cogs.")}
    ours.discard(LastingButton)  # what they have in common, and no button

    assert ours == {
        AgainButton,
        CancelButton,
        ForgetButton,
        HistoryButton,
        OfferButton,
        OriginalButton,
        PageButton,
        ResultButton,
    }


def test_the_invite_asks_for_what_a_result_takes_and_for_nothing_that_manages() -> None:
    asked = {name for name, is_asked in PERMISSIONS if is_asked}

    assert all(getattr(PERMISSIONS, name) for name in (*NEEDED, "send_messages_in_threads"))
    assert not {name for name in asked if name.startswith(("manage", "administrator", "ban", "kick", "mention"))}
    assert PERMISSIONS.value == 274878024704


def subclasses(kind: type[Any]) -> set[type[Any]]:
    found = set(kind.__subclasses__())
    return found.union(*(subclasses(each) for each in found))
