"""`/pause` and `/resume`: the switch of a server's managers, which a restart does not move."""

import discord
from discord import app_commands
from discord.ext import commands

from cogs import replies
from cogs.interactions import answer_privately, requester_of
from cogs.languages import tr
from cogs.replies import settings as words
from services.administration import Administration
from services.errors import NotAllowedError


class PauseCog(commands.Cog, name="pause"):
    """Stops new videos in one server, and lets them go on."""

    def __init__(self, administration: Administration) -> None:
        self._administration = administration

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Let only managers of the server pass; the owner who is none of them has a switch of their own."""
        requester = requester_of(interaction)
        if requester.is_manager:
            return True
        text = tr(words.OWNER_PAUSES_EVERYWHERE) if requester.is_owner else replies.refusal(NotAllowedError())
        await answer_privately(interaction, text)
        return False

    @app_commands.command(name="pause", description="Make no new videos in this server until it is resumed.")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def pause(self, interaction: discord.Interaction) -> None:
        """Pause the server."""
        is_new = await self._administration.pause(requester_of(interaction))
        await answer_privately(interaction, words.paused(is_new=is_new))

    @app_commands.command(name="resume", description="Make videos in this server again.")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def resume(self, interaction: discord.Interaction) -> None:
        """End the pause, and say what still holds the server back."""
        was_paused, pauses = await self._administration.resume(requester_of(interaction))
        # One whose time has passed holds nobody back, though nobody has lifted it yet.
        holding = [pause for pause in pauses if not pause.is_over(interaction.created_at)]
        await answer_privately(interaction, words.resumed(holding, was_paused=was_paused))
