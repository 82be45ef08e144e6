"""`/status`: what a member has running, what is left, and what was made. `/models`: what can be made, for how much."""

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs import direct, replies
from cogs.interactions import (
    answer_in_place,
    answer_privately,
    is_age_restricted,
    is_direct,
    is_stopping,
    requester_of,
    unfit_place,
)
from cogs.languages import tr
from cogs.presses import LastingButton, cog_named
from services.generation import SendingAgain
from services.models import Job
from services.videos import VideoService


class AgainButton(LastingButton, template=r"job:(?P<job_id>[0-9]{1,18}):again"):
    """Sends a kept clip to where it is pressed. It knows nothing but the job's number, so it outlives every restart."""

    def __init__(self, job_id: int, *, label: str = "Send again") -> None:
        button: ui.Button[Any] = ui.Button(
            label=label, style=discord.ButtonStyle.primary, custom_id=f"job:{job_id}:again"
        )
        super().__init__(button)
        self._job_id = job_id

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the button that has the custom id which matched."""
        return cls(int(match["job_id"]))

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the library's own signature
        """Hand the click to the cog that has the service."""
        cog = _cog_of(interaction)
        if is_stopping(interaction):
            await answer_privately(interaction, tr(replies.RESTARTING))
        elif cog is not None:
            await cog.send_again(interaction, self._job_id)


class PageButton(LastingButton, template=r"models:(?P<page>[0-9]{1,3})"):
    """Turns to a page of `/models`. It knows nothing but the page's number, so it outlives every restart."""

    def __init__(self, page: int, *, label: str = "Page") -> None:
        button: ui.Button[Any] = ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=f"models:{page}")
        super().__init__(button)
        self._page = page

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the button that has the custom id which matched."""
        return cls(int(match["page"]))

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the library's own signature
        """Hand the click to the cog that has the service."""
        cog = _cog_of(interaction)
        if cog is not None:
            await cog.turn_models(interaction, self._page)


class StatusCog(commands.Cog, name="status"):
    """Shows a member their own videos and limits, and the models, to nobody else."""

    def __init__(self, videos: VideoService, again: SendingAgain) -> None:
        self._videos = videos
        self._again = again

    @app_commands.command(name="status", description="Your videos under way, what you have left, and your last ones.")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def status(self, interaction: discord.Interaction) -> None:
        """Answer with the member's standing, and a button for each clip that could not be posted."""
        requester = requester_of(interaction)
        standing = await self._videos.standing(requester, at=interaction.created_at)
        kept = await self._again.kept(requester)
        text = direct.as_counted(interaction, replies.status(standing, kept=kept))
        if kept:
            await answer_privately(interaction, text, view=_buttons_for(kept))
        else:
            await answer_privately(interaction, text)

    async def send_again(self, interaction: discord.Interaction, job_id: int) -> None:
        """Have a kept clip sent to the channel of the click, or to direct messages where the bot may not post."""
        refusal = await direct.turned_away(interaction)
        if refusal:
            await answer_privately(interaction, refusal)
            return
        is_here, is_unfit = is_direct(interaction), unfit_place(interaction) is not None
        outcome, job = await self._again.send(
            job_id,
            requester_of(interaction),
            channel_id=None if is_here or is_unfit else interaction.channel_id,
            upload_limit=interaction.filesize_limit,
            is_age_restricted=is_age_restricted(interaction),
        )
        await answer_privately(interaction, replies.sent_again(outcome, job, is_direct=is_unfit, is_here=is_here))

    @app_commands.command(name="models", description="What each model makes, what it costs, and how long it takes.")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def models(self, interaction: discord.Interaction) -> None:
        """Answer with the first page of the models."""
        text, view = await self.models_page(interaction, 1)
        await answer_privately(interaction, text, view=view)

    async def turn_models(self, interaction: discord.Interaction, page: int) -> None:
        """Show another page of the models in the place of the one that was clicked."""
        refusal = await direct.turned_away(interaction)
        if refusal:
            await answer_privately(interaction, refusal)
            return
        text, view = await self.models_page(interaction, page)
        await answer_in_place(interaction, text, view=view)

    async def models_page(self, interaction: discord.Interaction, page: int) -> tuple[str, ui.View]:
        """Return a page, the nearest that there is, with the buttons to the pages beside it."""
        requester = requester_of(interaction)
        offers = await self._videos.models(requester)
        standing = await self._videos.standing(requester, at=interaction.created_at)
        last = replies.pages_of(offers)
        shown = min(max(page, 1), last)
        view = ui.View(timeout=None)
        if shown > 1:
            view.add_item(PageButton(shown - 1, label=tr("Back")))
        if shown < last:
            view.add_item(PageButton(shown + 1, label=tr("More")))
        text = replies.models_page(offers, allowance=standing.allowance, page=shown)
        return direct.as_counted(interaction, text), view


def _cog_of(interaction: discord.Interaction) -> StatusCog | None:
    """Return the cog that has the services; a button knows nothing but what its id says."""
    cog = cog_named(interaction, StatusCog.__cog_name__)
    return cog if isinstance(cog, StatusCog) else None


def _buttons_for(kept: Sequence[Job]) -> ui.View:
    view = ui.View(timeout=None)
    for job in kept:
        view.add_item(AgainButton(job.id, label=replies.label(job)))
    return view
