"""`/limits`: how the managers of a server share out what their members may have."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from cogs import replies
from cogs.interactions import answer_privately, requester_of
from cogs.languages import tr
from cogs.replies import changes, paging
from cogs.replies import limits as words
from services.administration import LOG_LINES, Administration
from services.errors import LimitSource, NotAllowedError
from services.limits import Allowance, AuditEntry, LimitEntry
from services.models import Requester
from services.moderation import Moderation
from services.videos import VideoService

MOST: Final[Mapping[str, int]] = {
    "videos_per_day": 10_000,
    "running_at_once": 1_000,
    "microusd": 1_000_000_000_000,
    "longest_clip": 3_600,
    "dearest_clip": 1_000_000_000_000,
}
"""What the table of limits accepts. Discord's client keeps to it; what is forged is checked against it here."""
MOST_GRANTED: Final = 1_000
MOST_PAGES: Final = 1_000
MICROUSD_PER_CENT: Final = 10_000

PerDay = app_commands.Range[int, 0, 10_000]
AtOnce = app_commands.Range[int, 0, 1_000]
Seconds = app_commands.Range[int, 0, 3_600]
Dollars = app_commands.Range[float, 0.0, 1_000_000.0]
Granted = app_commands.Range[int, 1, 1_000]
Page = app_commands.Range[int, 1, 1_000]

DESCRIBED: Final = {
    "videos_per_day": "Videos in 24 hours.",
    "usd_per_30_days": "Dollars in 30 days, such as 2.50.",
    "running_at_once": "Videos under way at once.",
    "longest_clip": "The most seconds of one video.",
    "dearest_clip_usd": "The most dollars that one video may cost.",
}


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class LimitsCog(commands.GroupCog, name="limits", description="What members of this server may have."):
    """Sets limits for members, roles and the server. Every handler checks the right itself, whatever Discord hides."""

    def __init__(self, administration: Administration, moderation: Moderation, videos: VideoService) -> None:
        self._administration = administration
        self._moderation = moderation
        self._videos = videos
        super().__init__()

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Let only managers of the server pass; the service checks it once more."""
        if requester_of(interaction).is_manager:
            return True
        await answer_privately(interaction, replies.refusal(NotAllowedError()))
        return False

    @app_commands.command(name="show", description="All limits of this server, and the owner's above them.")
    async def show(self, interaction: discord.Interaction) -> None:
        """List what is set."""
        bot_limits, entries = await self._administration.limit_entries(requester_of(interaction))
        lines = words.limits(bot_limits, entries, await self._allowance(interaction))
        for text in paging.messages(lines):
            await answer_privately(interaction, text)

    @app_commands.command(name="set", description="Set the limits of one member or one role.")
    @app_commands.describe(
        user="The member it is for.", role="The role it is for; a member's best role counts.", **DESCRIBED
    )
    async def set(
        self,
        interaction: discord.Interaction,
        user: discord.User | None = None,
        role: discord.Role | None = None,
        videos_per_day: PerDay | None = None,
        usd_per_30_days: Dollars | None = None,
        running_at_once: AtOnce | None = None,
        longest_clip: Seconds | None = None,
        dearest_clip_usd: Dollars | None = None,
    ) -> None:
        """Store limits for one member or role."""
        subject = _subject(user, role)
        if subject is None:
            await answer_privately(interaction, tr(words.ONE_SUBJECT))
            return
        entry = LimitEntry(
            source=subject[0],
            source_id=subject[1],
            videos_per_day=videos_per_day,
            running_at_once=running_at_once,
            microusd=_microusd(usd_per_30_days),
            longest_clip=longest_clip,
            dearest_clip=_microusd(dearest_clip_usd),
        )
        await self._store(interaction, entry)

    @app_commands.command(name="default", description="Set the limits of everybody in this server.")
    @app_commands.describe(**DESCRIBED)
    async def default(
        self,
        interaction: discord.Interaction,
        videos_per_day: PerDay | None = None,
        usd_per_30_days: Dollars | None = None,
        running_at_once: AtOnce | None = None,
        longest_clip: Seconds | None = None,
        dearest_clip_usd: Dollars | None = None,
    ) -> None:
        """Store the server's default."""
        entry = LimitEntry(
            source=LimitSource.SERVER,
            source_id=0,
            videos_per_day=videos_per_day,
            running_at_once=running_at_once,
            microusd=_microusd(usd_per_30_days),
            longest_clip=longest_clip,
            dearest_clip=_microusd(dearest_clip_usd),
        )
        await self._store(interaction, entry)

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
            await answer_privately(interaction, tr(words.ONE_SUBJECT))
            return
        was_set = await self._administration.clear_limit(*subject, requester_of(interaction))
        await answer_privately(interaction, words.limit_cleared(*subject, was_set=was_set))

    @app_commands.command(name="grant", description="Give a member some videos beyond their day, once.")
    @app_commands.describe(user="The member.", videos="How many videos.")
    async def grant(self, interaction: discord.Interaction, user: discord.User, videos: Granted) -> None:
        """Store a one-time bonus."""
        if not 1 <= videos <= MOST_GRANTED:
            await answer_privately(interaction, tr(words.OUT_OF_BOUNDS))
            return
        await self._administration.grant(user.id, videos, requester_of(interaction))
        await answer_privately(interaction, words.granted(user.id, videos))

    @app_commands.command(name="block", description="Let a member make no videos in this server.")
    @app_commands.describe(user="The member.")
    async def block(self, interaction: discord.Interaction, user: discord.User) -> None:
        """Store a block."""
        is_new = await self._administration.block(user.id, requester_of(interaction))
        await answer_privately(interaction, words.blocked(user.id, is_new=is_new))

    @app_commands.command(name="unblock", description="Let a member make videos again who was blocked or paused.")
    @app_commands.describe(user="The member.")
    async def unblock(self, interaction: discord.Interaction, user: discord.User) -> None:
        """End a block."""
        actor = requester_of(interaction)
        was_blocked = await self._administration.unblock(user.id, actor)
        was_paused = await self._moderation.end_pause(user.id, actor)
        await answer_privately(interaction, words.unblocked(user.id, was_blocked=was_blocked, was_paused=was_paused))

    @app_commands.command(name="log", description="Who changed what in this server, the newest first.")
    @app_commands.describe(page="Which page; the first shows the newest.")
    async def log(self, interaction: discord.Interaction, page: Page = 1) -> None:
        """Show one page of the record of changes."""
        wanted = min(max(page, 1), MOST_PAGES)
        entries, has_more = await self._page(wanted, requester_of(interaction))
        for text in paging.messages(changes.log(entries, page=wanted, has_more=has_more)):
            await answer_privately(interaction, text)

    async def _page(self, number: int, actor: Requester) -> tuple[list[AuditEntry], bool]:
        """Return the entries of a page, and whether there are older ones."""
        entries = list(await self._administration.log(actor))
        for _ in range(number - 1):
            if not entries:
                break
            entries = list(await self._administration.log(actor, before_id=entries[-1].id))
        if len(entries) < LOG_LINES:
            return entries, False
        return entries, bool(await self._administration.log(actor, before_id=entries[-1].id))

    async def _store(self, interaction: discord.Interaction, entry: LimitEntry) -> None:
        wrong = _what_is_wrong(entry)
        if wrong is not None:
            await answer_privately(interaction, wrong)
            return
        stands = await self._administration.set_limit(entry, requester_of(interaction))
        await answer_privately(interaction, words.limit_set(stands, await self._allowance(interaction)))

    async def _allowance(self, interaction: discord.Interaction) -> Allowance:
        """Return what stands above all that the managers set, as it applies to this manager."""
        standing = await self._videos.standing(requester_of(interaction), at=interaction.created_at)
        return standing.allowance


def _subject(user: discord.User | None, role: discord.Role | None) -> tuple[LimitSource, int] | None:
    """Return whom a limit is for, or None where both or neither were named."""
    if user is not None and role is None:
        return LimitSource.MEMBER, user.id
    if role is not None and user is None:
        return LimitSource.ROLE, role.id
    return None


NO_AMOUNT: Final = -1
"""Stands for what is no amount in whole cents, which no limit can be."""


def _microusd(usd: float | None) -> int | None:
    """Return dollars as micro-dollars, exactly; `NO_AMOUNT` for a fraction of a cent and for what is no number."""
    if usd is None:
        return None
    # Through its shortest text: 0.1 means a tenth, and not the binary number beside it.
    cents = Decimal(str(usd)) * 100
    if not cents.is_finite() or cents != cents.to_integral_value():
        return NO_AMOUNT
    return int(cents) * MICROUSD_PER_CENT


def _what_is_wrong(entry: LimitEntry) -> str | None:
    """Return the sentence for what the table of limits would not take; discord.py does not check what it declares."""
    numbers = {name: getattr(entry, name) for name in MOST}
    given = {name: value for name, value in numbers.items() if value is not None}
    if not given:
        return tr(words.NOTHING_TO_SET)
    if NO_AMOUNT in {entry.microusd, entry.dearest_clip}:
        return tr(words.WHOLE_CENTS)
    if not all(0 <= value <= MOST[name] for name, value in given.items()):
        return tr(words.OUT_OF_BOUNDS)
    return None
