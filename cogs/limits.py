"""`/limits`: how the managers of a server share out what their members may have."""

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from cogs import replies
from cogs.interactions import answer_privately, requester_of
from services.errors import LimitSource, NotAllowedError
from services.limits import LimitEntry
from services.videos import VideoService

MOST_A_DAY: Final = 10_000
MOST_AT_ONCE: Final = 1_000
"""What the table of limits accepts."""

PerDay = app_commands.Range[int, 0, MOST_A_DAY]
AtOnce = app_commands.Range[int, 0, MOST_AT_ONCE]


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class LimitsCog(commands.GroupCog, name="limits", description="What members of this server may have."):
    """Sets limits for members, roles and the server. Every handler checks the right itself, whatever Discord hides."""

    def __init__(self, videos: VideoService) -> None:
        self._videos = videos
        super().__init__()

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Let only managers of the server pass; the service checks it once more."""
        if requester_of(interaction).is_manager:
            return True
        await answer_privately(interaction, replies.refusal(NotAllowedError()))
        return False

    @app_commands.command(name="show", description="All limits of this server.")
    async def show(self, interaction: discord.Interaction) -> None:
        """List what is set."""
        bot_limits, entries = await self._videos.limit_entries(interaction.guild_id or 0)
        await answer_privately(interaction, replies.limits(bot_limits, entries))

    @app_commands.command(name="set", description="Set the limits of one member or one role.")
    @app_commands.describe(
        user="The member it is for.",
        role="The role it is for; a member's best role counts.",
        videos_per_day="Videos in 24 hours.",
        running_at_once="Videos under way at once.",
    )
    async def set(
        self,
        interaction: discord.Interaction,
        user: discord.User | None = None,
        role: discord.Role | None = None,
        videos_per_day: PerDay | None = None,
        running_at_once: AtOnce | None = None,
    ) -> None:
        """Store a limit for one member or role."""
        subject = _subject(user, role)
        if subject is None:
            await answer_privately(interaction, replies.ONE_SUBJECT)
            return
        await self._store(interaction, subject, videos_per_day=videos_per_day, running_at_once=running_at_once)

    @app_commands.command(name="default", description="Set the limits of everybody in this server.")
    @app_commands.describe(videos_per_day="Videos in 24 hours.", running_at_once="Videos under way at once.")
    async def default(
        self,
        interaction: discord.Interaction,
        videos_per_day: PerDay | None = None,
        running_at_once: AtOnce | None = None,
    ) -> None:
        """Store the server's default."""
        subject = (LimitSource.SERVER, 0)
        await self._store(interaction, subject, videos_per_day=videos_per_day, running_at_once=running_at_once)

    @app_commands.command(name="clear", description="Forget the limits of a member or a role, or this server's own.")
    @app_commands.describe(user="The member.", role="The role. Name neither to clear the server's own limits.")
    async def clear(
        self,
        interaction: discord.Interaction,
        user: discord.User | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Forget an entry, so that the next rule applies."""
        subject = _subject(user, role) if user or role else (LimitSource.SERVER, 0)
        if subject is None:
            await answer_privately(interaction, replies.ONE_SUBJECT)
            return
        was_set = await self._videos.clear_limit(*subject, requester_of(interaction))
        await answer_privately(interaction, replies.limit_cleared(*subject, was_set=was_set))

    async def _store(
        self,
        interaction: discord.Interaction,
        subject: tuple[LimitSource, int],
        *,
        videos_per_day: int | None,
        running_at_once: int | None,
    ) -> None:
        if videos_per_day is None and running_at_once is None:
            await answer_privately(interaction, replies.NOTHING_TO_SET)
            return
        source, source_id = subject
        entry = LimitEntry(
            source=source, source_id=source_id, videos_per_day=videos_per_day, running_at_once=running_at_once
        )
        await self._videos.set_limit(entry, requester_of(interaction))
        await answer_privately(interaction, replies.limit_set(entry))


def _subject(user: discord.User | None, role: discord.Role | None) -> tuple[LimitSource, int] | None:
    """Return whom a limit is for, or None where both or neither were named."""
    if user is not None and role is None:
        return LimitSource.MEMBER, user.id
    if role is not None and user is None:
        return LimitSource.ROLE, role.id
    return None
