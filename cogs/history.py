"""`/history`: a member's own videos in a server, a page at a time, for nobody else's eyes."""

import re
from typing import Any, Final, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs import direct
from cogs.interactions import answer_in_place, answer_privately, requester_of
from cogs.languages import tr
from cogs.presses import LastingButton, cog_named
from cogs.replies import history as words
from services.jobs import HistoryBook
from services.videos import VideoService

COG: Final = "history"


class HistoryButton(LastingButton, template=r"history:(?P<page>[0-9]{1,6})"):
    """Turns to a page. It knows nothing but the page's number: whose videos they are is whoever presses it."""

    def __init__(self, page: int, *, label: str = "Page") -> None:
        button: ui.Button[Any] = ui.Button(
            label=label, style=discord.ButtonStyle.secondary, custom_id=f"history:{page}"
        )
        super().__init__(button)
        self._page = page

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the button that has the custom id which matched."""
        return cls(int(match["page"]))

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the library's own signature
        """Hand the click to the cog that has the service."""
        cog = cog_named(interaction, COG)
        if isinstance(cog, HistoryCog):
            await cog.turn(interaction, self._page)


class HistoryCog(commands.Cog, name=COG):
    """Looks up the videos of whoever asks."""

    def __init__(self, history: HistoryBook, videos: VideoService) -> None:
        self._history = history
        self._videos = videos

    @app_commands.command(name="history", description="Your own videos in this server, the newest first.")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def history(self, interaction: discord.Interaction) -> None:
        """Answer with the first page."""
        text, view = await self._page(interaction, 1)
        await answer_privately(interaction, text, view=view)

    async def turn(self, interaction: discord.Interaction, page: int) -> None:
        """Show another page in the place of the one that was clicked, if that was shown to its member alone."""
        refusal = await direct.turned_away(interaction)
        if refusal:
            await answer_privately(interaction, refusal)
            return
        text, view = await self._page(interaction, page)
        message = interaction.message
        if message is not None and message.flags.ephemeral:
            await answer_in_place(interaction, text, view=view)
        else:
            await answer_privately(interaction, text, view=view)

    async def _page(self, interaction: discord.Interaction, page: int) -> tuple[str, ui.View]:
        """Return a page, the nearest that there is, with the buttons to the pages beside it."""
        found = await self._history.page(requester_of(interaction), page)
        view = ui.View(timeout=None)
        if found.page > 1:
            view.add_item(HistoryButton(found.page - 1, label=tr("Newer")))
        if found.page < found.pages:
            view.add_item(HistoryButton(found.page + 1, label=tr("Older")))
        text = words.history(found, model_name=self._videos.catalogue.name_of)
        return direct.as_counted(interaction, text), view
