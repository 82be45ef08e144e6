"""`/owner`: what only the people who own the bot and pay its bill may do, in whatever server they are."""

from decimal import Decimal
from typing import Final

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from cogs import replies
from cogs.interactions import (
    ANSWER_FAULTS,
    answer_privately,
    requester_of,
)
from cogs.languages import tr
from cogs.replies import owner as words
from cogs.replies import paging
from cogs.replies import words as listing
from cogs.replies.owner import Removal, ServerLine
from cogs.servers import known_or_fetched
from services.administration import EVERYWHERE, Administration
from services.limits import LONGEST_WORD
from services.models import Job
from services.moderation import Moderation

MICROUSD: Final = 1_000_000
MOST_SERVERS: Final = 30
"""The dearest ones, which are as many as a message holds."""
LARGEST_ID: Final = 2**63 - 1

Dollars = app_commands.Range[float, 0.0, 1_000_000.0]
Video = app_commands.Range[int, 1, 2**53 - 1]
"""A video's number; the bounds are those of Discord's integers."""
ServerId = app_commands.Range[str, 1, 20]
Word = app_commands.Range[str, 1, LONGEST_WORD]

log = structlog.get_logger(__name__)


@app_commands.guild_only()
@app_commands.default_permissions(administrator=True)
class OwnerCog(commands.GroupCog, name="owner", description="For the owner of this bot."):
    """Carries out what the owner decides. Discord's own check only hides the commands; the one here counts."""

    listed = app_commands.Group(name="words", description="What may not be in a description in any server.")

    def __init__(self, administration: Administration, moderation: Moderation) -> None:
        self._administration = administration
        self._moderation = moderation
        super().__init__()

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Let only the bot's owner pass, whatever they may do in the server; the service checks it once more."""
        if requester_of(interaction).is_owner:
            return True
        await answer_privately(interaction, tr(replies.ONLY_OWNER))
        return False

    @app_commands.command(name="servers", description="What each server has used in 30 days, and its budget.")
    async def servers(self, interaction: discord.Interaction) -> None:
        """List the servers, the dearest first."""
        actor = requester_of(interaction)
        usage = await self._administration.server_usage(actor)
        lines = [
            ServerLine(
                guild_id=server.guild_id,
                name=_server_name(interaction, server.guild_id),
                videos=server.videos,
                budget=(await self._administration.budgets(server.guild_id, actor)).server,
            )
            for server in usage[:MOST_SERVERS]
        ]
        total = (await self._administration.budgets(EVERYWHERE, actor)).total
        await answer_privately(interaction, words.servers(lines, total=total, servers=len(usage)))

    @app_commands.command(name="budget", description="Set the dollars of 30 days for one server, or for everything.")
    @app_commands.describe(usd="Dollars, such as 12.50.", server="The server's id. Leave it out to mean everything.")
    async def budget(self, interaction: discord.Interaction, usd: Dollars, server: ServerId | None = None) -> None:
        """Set a budget, and show what it was."""
        guild_id = EVERYWHERE if server is None else await _server_id(interaction, server)
        if guild_id is None:
            await answer_privately(interaction, tr(words.NO_SUCH_SERVER))
            return
        actor = requester_of(interaction)
        before = await self._administration.budgets(guild_id, actor)
        # A float as Discord sends it, through its shortest text: 0.1 is ten cents, and nothing beside it.
        microusd = int(Decimal(str(usd)) * MICROUSD)
        former = await self._administration.set_budget(guild_id, microusd, actor)
        text = words.budget_set(
            where=_server_name(interaction, guild_id) if guild_id else None,
            before=before.server if guild_id else before.total,
            after=microusd,
            was_set=former is not None,
        )
        await answer_privately(interaction, text)

    @app_commands.command(name="pause", description="Take and send nothing new in any server.")
    async def pause(self, interaction: discord.Interaction) -> None:
        """Pause everything."""
        is_new = await self._administration.pause_everything(requester_of(interaction))
        await answer_privately(interaction, tr(words.PAUSED) if is_new else tr(words.PAUSED_BEFORE))

    @app_commands.command(name="resume", description="Go on everywhere, also where the bot has paused by itself.")
    async def resume(self, interaction: discord.Interaction) -> None:
        """End every pause that concerns all servers."""
        was_paused = await self._administration.resume_everything(requester_of(interaction))
        await answer_privately(interaction, tr(words.RESUMED) if was_paused else tr(words.NOT_PAUSED))

    @app_commands.command(name="unknown", description="What was spent, and orders that nobody can account for.")
    async def unknown(self, interaction: discord.Interaction) -> None:
        """Show the bill. The video service may take its time to answer, so Discord is promised an answer first."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        bill = await self._administration.bill(requester_of(interaction))
        await answer_privately(interaction, words.bill(bill))

    @app_commands.command(name="resolve", description="Settle an order that may or may not have been bought.")
    @app_commands.describe(
        video="Its number, from /owner unknown.", was_spent="Whether the video service has charged for it."
    )
    async def resolve(self, interaction: discord.Interaction, video: Video, was_spent: bool) -> None:  # noqa: FBT001  # an option of the command
        """Note what became of the money."""
        job = await self._administration.resolve(video, requester_of(interaction), was_spent=was_spent)
        await answer_privately(interaction, words.resolved(video, job, was_spent=was_spent))

    @app_commands.command(name="takedown", description="Remove a video's messages, and block its member everywhere.")
    @app_commands.describe(video="Its number.")
    async def takedown(self, interaction: discord.Interaction, video: Video) -> None:
        """Block the member and have nobody see the video, which outlives a crash; then remove what is there."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        taken = await self._moderation.take_down(video, requester_of(interaction))
        if taken is None:
            await answer_privately(interaction, words.no_video(video))
            return
        # The worker does the same, as often as it takes; here the owner sees at once what came of it.
        job = taken.job
        result = await _remove(interaction.client, job, job.result_channel_id, job.result_message_id)
        status = await _remove(interaction.client, job, job.channel_id, job.status_message_id)
        await answer_privately(interaction, words.taken_down(taken, result=result, status=status))

    @app_commands.command(name="unblock", description="Let a member make videos again who was blocked everywhere.")
    @app_commands.describe(user="The member.")
    async def unblock(self, interaction: discord.Interaction, user: discord.User) -> None:
        """End the block that a takedown left."""
        was_blocked = await self._administration.unblock_everywhere(user.id, requester_of(interaction))
        await answer_privately(interaction, words.unblocked(user.id, was_blocked=was_blocked))

    @listed.command(name="add", description="Make no video in any server whose description has a word.")
    @app_commands.describe(word="A word, a few words, or a pattern: * stands for any letters.")
    async def add_word(self, interaction: discord.Interaction, word: Word) -> None:
        """Put a word on the list for all servers."""
        outcome = await self._moderation.add_word(word, requester_of(interaction), everywhere=True)
        await answer_privately(interaction, listing.added(word, outcome, everywhere=True))

    @listed.command(name="remove", description="Take a word off the list for all servers.")
    @app_commands.describe(word="As it is on the list.")
    async def remove_word(self, interaction: discord.Interaction, word: Word) -> None:
        """Take a word off the list for all servers."""
        outcome = await self._moderation.remove_word(word, requester_of(interaction), everywhere=True)
        await answer_privately(interaction, listing.removed(word, outcome))

    @listed.command(name="show", description="The words that may not be in a description in any server.")
    async def show_words(self, interaction: discord.Interaction) -> None:
        """List them."""
        found, _ = await self._moderation.words(requester_of(interaction), everywhere=True)
        for text in paging.messages(listing.listed(found, everywhere=True)):
            await answer_privately(interaction, text)


async def _remove(client: discord.Client, job: Job, channel_id: int | None, message_id: int | None) -> Removal:
    """Remove a message of the bot's own, with its own token, which outlives every interaction."""
    if channel_id is None or message_id is None:
        return Removal.NEVER_POSTED
    channel = client.get_partial_messageable(channel_id, guild_id=job.guild_id)
    try:
        await channel.get_partial_message(message_id).delete()
    except discord.NotFound:
        return Removal.GONE
    except ANSWER_FAULTS as error:
        log.warning("message_not_removed", job_id=job.id, kind=type(error).__name__)
        return Removal.REFUSED
    return Removal.REMOVED


async def _server_id(interaction: discord.Interaction, text: str) -> int | None:
    """Return the id of a server that the bot is in, or None."""
    number = int(text) if text.isdecimal() and text.isascii() else 0
    return number if 0 < number <= LARGEST_ID and await known_or_fetched(interaction.client, number) else None


def _server_name(interaction: discord.Interaction, guild_id: int) -> str | None:
    guild = interaction.client.get_guild(guild_id)
    return guild.name if guild else None
