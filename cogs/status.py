"""`/status`: what a member has running, what is left, and what was made. `/models`: what can be made, for how much."""

import re
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs import replies
from cogs.interactions import answer_in_place, answer_privately, requester_of
from services.videos import VideoService


class PageButton(ui.DynamicItem[ui.Button[Any]], template=r"models:(?P<page>[0-9]{1,3})"):
    """Turns to a page of `/models`. It knows nothing but the page's number, so it outlives every restart."""

    def __init__(self, page: int, *, label: str = "Page") -> None:
        button: ui.Button[Any] = ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=f"models:{page}")
        super().__init__(button)
        self._page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button from the message that Discord shows."""
        del interaction, item
        return cls(int(match["page"]))

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the library's own signature
        """Hand the click to the cog that has the service."""
        client = interaction.client
        # A sharded bot is no `commands.Bot`: the library's two have only a private base in common.
        cog = client.get_cog(StatusCog.__cog_name__) if isinstance(client, commands.AutoShardedBot) else None
        if isinstance(cog, StatusCog):
            text, view = await cog.models_page(interaction, self._page)
            await answer_in_place(interaction, text, view=view)


class StatusCog(commands.Cog, name="status"):
    """Shows a member their own videos and limits, and the models, to nobody else."""

    def __init__(self, videos: VideoService) -> None:
        self._videos = videos

    @app_commands.command(name="status", description="Your videos under way, what you have left, and your last ones.")
    @app_commands.guild_only()
    async def status(self, interaction: discord.Interaction) -> None:
        """Answer with the member's standing."""
        standing = await self._videos.standing(requester_of(interaction), at=interaction.created_at)
        await answer_privately(interaction, replies.status(standing))

    @app_commands.command(name="models", description="What each model makes, what it costs, and how long it takes.")
    @app_commands.guild_only()
    async def models(self, interaction: discord.Interaction) -> None:
        """Answer with the first page of the models."""
        text, view = await self.models_page(interaction, 1)
        await answer_privately(interaction, text, view=view)

    async def models_page(self, interaction: discord.Interaction, page: int) -> tuple[str, ui.View]:
        """Return a page, the nearest that there is, with the buttons to the pages beside it."""
        requester = requester_of(interaction)
        offers = await self._videos.models(requester)
        standing = await self._videos.standing(requester, at=interaction.created_at)
        last = replies.pages_of(offers)
        shown = min(max(page, 1), last)
        view = ui.View(timeout=None)
        if shown > 1:
            view.add_item(PageButton(shown - 1, label="Back"))
        if shown < last:
            view.add_item(PageButton(shown + 1, label="More"))
        return replies.models_page(offers, allowance=standing.allowance, page=shown), view
