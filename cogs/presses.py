"""Buttons and forms that outlive every restart: each is its custom id and nothing else, and is rebuilt from that.

A press passes no command's door, so what is asked there is asked here.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Self

import discord
from discord import ui
from discord.ext import commands

from cogs import replies
from cogs.interactions import Spoken, is_stopping
from cogs.languages import tr
from cogs.pace import Pace
from services.models import LONGEST_PROMPT

PROMPT: Final = "prompt"
"""The custom id of the field of a `PromptForm`."""
NEVER: Final = r"(?!)"


class LastingButton(Spoken, ui.DynamicItem[ui.Button[Any]], template=NEVER):
    """A button under a message that may be older than the process. Each kind says how its custom id is read."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from the message that Discord shows."""
        del interaction, item
        return cls.read(match)

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the button that has the custom id which matched."""
        raise NotImplementedError


class PromptForm(ui.Modal):
    """Asks for a text; `prompt` stands in it already. Nothing listens for it: a submission is read from its id."""

    def __init__(
        self,
        *,
        title: str,
        custom_id: str,
        label: str,
        description: str,
        prompt: str = "",
        longest: int = LONGEST_PROMPT,
        is_required: bool = True,
    ) -> None:
        super().__init__(title=title, custom_id=custom_id)
        field: ui.TextInput[Self] = ui.TextInput(
            custom_id=PROMPT,
            style=discord.TextStyle.paragraph,
            default=prompt[:longest] or None,
            required=is_required,
            min_length=1 if is_required else None,
            max_length=longest,
        )
        self.add_item(ui.Label(text=label, description=description, component=field))
        # The library would remember a form that waits, each for ever.
        self.stop()


def prompt_in(submitted: Mapping[str, Any]) -> str:
    """Return what was written into a `PromptForm`; empty where nothing was. Any length: its client is not ours."""
    match submitted.get("components"):
        case [{"component": {"custom_id": "prompt", "value": str(text)}}]:
            return text
        case _:
            return ""


def turned_away(interaction: discord.Interaction) -> str | None:
    """Return why nothing can be done for the presser at this moment, or None where it can; that takes one of a few."""
    if is_stopping(interaction):
        return tr(replies.RESTARTING)
    pace = getattr(interaction.client, "commands_run", None)
    return tr(replies.TOO_FAST) if isinstance(pace, Pace) and not pace.allows(interaction.user.id) else None


def cog_named(interaction: discord.Interaction, name: str) -> object:
    """Return the cog that has the service, which no button knows by itself; None where there is none."""
    client = interaction.client
    # A sharded bot is no `commands.Bot`: the library's two have only a private base in common.
    return client.get_cog(name) if isinstance(client, commands.AutoShardedBot) else None
