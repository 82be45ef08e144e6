"""`/status`: what a member has running, what is left, and what was made."""

import discord
from discord import app_commands
from discord.ext import commands

from cogs import replies
from cogs.interactions import answer_privately, requester_of
from services.videos import VideoService


class StatusCog(commands.Cog, name="status"):
    """Shows a member their own videos and limits, to nobody else."""

    def __init__(self, videos: VideoService) -> None:
        self._videos = videos

    @app_commands.command(name="status", description="Your videos under way, what you have left, and your last ones.")
    @app_commands.guild_only()
    async def status(self, interaction: discord.Interaction) -> None:
        """Answer with the member's standing."""
        standing = await self._videos.standing(requester_of(interaction), at=interaction.created_at)
        await answer_privately(interaction, replies.status(standing))
