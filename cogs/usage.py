"""`/usage`: what the members of a server spent, for its managers."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from io import BytesIO
from typing import Final, Literal, Protocol

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
from cogs.languages import language_of, reader, reading, tr
from cogs.replies import drawings
from cogs.replies import usage as words
from cogs.replies.drawings import Texts
from cogs.replies.usage import Usage
from services.administration import Administration
from services.errors import NotAllowedError
from services.jobs import UsageBy, UsageRow

MOST_DAYS: Final = 90
MOST_BARS: Final = 15
"""Names in a picture; the rest is one bar."""
SERVER_NAME: Final = 40

log = structlog.get_logger(__name__)

Bar = tuple[str, int, bool]
"""What a bar stands for, its micro-dollars, and whether a part of them is not billed yet."""


class Charts(Protocol):
    """Draws PNGs, slowly and without awaiting. `ops.charts` is one, where the extra `charts` is installed."""

    def can_draw(self, text: str) -> bool:
        """Whether there are letters for it."""
        ...

    def by_day(self, bars: Sequence[Bar], *, texts: Texts) -> bytes:
        """Return one upright bar for each day, in their order."""
        ...

    def by_name(self, bars: Sequence[Bar], *, texts: Texts, rest: Bar | None = None) -> bytes:
        """Return one lying bar for each name, and one for all others."""
        ...


class UsageCog(commands.Cog, name="usage"):
    """Shows sums; `model_name` gives a model's name by its id."""

    def __init__(
        self, administration: Administration, *, charts: Charts | None, model_name: Callable[[str], str]
    ) -> None:
        self._administration = administration
        self._charts = charts
        self._model_name = model_name
        # One picture at a time: drawing takes a whole core, and the library shares its fonts between threads.
        self._drawing = asyncio.Lock()

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Let only managers of the server pass; the service checks it once more."""
        if requester_of(interaction).is_manager:
            return True
        await answer_privately(interaction, replies.refusal(NotAllowedError()))
        return False

    @app_commands.command(name="usage", description="What this server's members made, and what it cost.")
    @app_commands.rename(form="as")
    @app_commands.describe(
        by="How it is added up.", days="How far back.", form="As a message, as a file for a spreadsheet, or drawn."
    )
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def usage(
        self,
        interaction: discord.Interaction,
        by: Literal["member", "model", "day"] = "member",
        days: app_commands.Range[int, 1, MOST_DAYS] = 30,
        form: Literal["table", "csv", "picture"] = "table",
    ) -> None:
        """Add the jobs up and show them in the form that was asked for."""
        # discord.py does not check what it declares, and Discord's client can be forged.
        period = min(max(days, 1), MOST_DAYS)
        rows = await self._administration.usage(UsageBy(by), requester_of(interaction), days=period)
        found = Usage(by=UsageBy(by), days=period, rows=rows)
        if not rows or form == "table":
            await answer_privately(interaction, words.table(found, name=self._model_name))
        elif form == "csv":
            await _send_spreadsheet(interaction, found)
        elif self._charts is None:
            table = words.table(found, name=self._model_name)
            await answer_privately(interaction, tr(words.NO_PICTURES))
            await answer_privately(interaction, table)
        else:
            await self._send_picture(interaction, found, self._charts)

    async def _send_picture(self, interaction: discord.Interaction, usage: Usage, charts: Charts) -> None:
        """Draw in a thread, after saying that it takes a moment: the first picture loads the library."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        async with self._drawing:
            png = await asyncio.to_thread(self._draw, usage, charts, interaction)
        shown = min(len(usage.rows), MOST_BARS)
        file = discord.File(
            BytesIO(png),
            filename=words.file_name(usage, "png"),
            description=words.described(usage),
        )
        try:
            await interaction.edit_original_response(
                content=words.beside_picture(usage, shown=shown), attachments=[file]
            )
        except ANSWER_FAULTS as error:
            log.info("usage_not_shown", kind=type(error).__name__)

    def _draw(self, usage: Usage, charts: Charts, interaction: discord.Interaction) -> bytes:
        """Draw in the reader's language, or in English where the font lacks the reader's letters."""
        letters = drawings.title(usage.by) + words.short_day(interaction.created_at)
        language = reader() if charts.can_draw(letters) else language_of(None)
        with reading(language):
            return self._drawn(usage, charts, interaction)

    def _drawn(self, usage: Usage, charts: Charts, interaction: discord.Interaction) -> bytes:
        server = interaction.guild.name[:SERVER_NAME] if interaction.guild else ""
        until = interaction.created_at.date()
        since = until - timedelta(days=usage.days)
        texts = drawings.texts(usage, server=server, since=since, until=until)
        if usage.by is UsageBy.DAY:
            return charts.by_day(_days(usage.rows, since, until), texts=texts)
        members = _display_names(interaction.guild, usage)
        bars = [
            _bar(drawings.name_of(row, usage.by, place=place, name=self._model_name, members=members), row)
            for place, row in enumerate(usage.rows[:MOST_BARS], start=1)
        ]
        beside = usage.rows[MOST_BARS:]
        rest = _bar(words.others(usage.by, len(beside)), words.summed("", beside)) if beside else None
        return charts.by_name(bars, texts=texts, rest=rest)


async def _send_spreadsheet(interaction: discord.Interaction, usage: Usage) -> None:
    file = discord.File(BytesIO(words.spreadsheet(usage)), filename=words.file_name(usage, "csv"))
    try:
        await interaction.response.send_message(words.beside_file(usage), file=file, ephemeral=True)
    except ANSWER_FAULTS as error:
        log.info("usage_not_shown", kind=type(error).__name__)


def _bar(label: str, row: UsageRow) -> Bar:
    return label, row.microusd, bool(row.unconfirmed)


def _days(rows: Sequence[UsageRow], since: date, until: date) -> list[Bar]:
    """Return a bar for every day of the period, also for those without a video."""
    known = {date.fromisoformat(row.group): row for row in rows}
    first, last = min(since, *known), max(until, *known)
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        _bar(words.short_day(day), known[day]) if day in known else (words.short_day(day), 0, False) for day in every
    ]


def _display_names(guild: discord.Guild | None, usage: Usage) -> dict[str, str]:
    """Return the members' names that Discord has told us of, by their ids: mostly none, without its members intent."""
    if guild is None or usage.by is not UsageBy.MEMBER:
        return {}
    known = {row.group: guild.get_member(int(row.group)) for row in usage.rows[:MOST_BARS]}
    return {group: member.display_name for group, member in known.items() if member is not None}
