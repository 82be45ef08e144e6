"""*Original* under a result that was made smaller or converted: hands out the clip as it came, to whoever sees it.

It costs nothing and starts nothing. The answer is a link where the bot can be reached from outside, else the clip in
parts that Discord takes; both are for the clicker's eyes only.
"""

import asyncio
import re
from typing import Any, Final, Self

import discord
import structlog
from discord import ui
from discord.ext import commands

from cogs import replies
from cogs.interactions import (
    ANSWER_FAULTS,
    answer_privately,
)
from cogs.languages import tr
from cogs.presses import LastingButton, cog_named, turned_away
from cogs.replies import original as sentences
from services.errors import StorageError
from services.generation import Original, Originals, Part

COG: Final = "original"
MOST_PARTS: Final = 25
"""More would not be sent within the fifteen minutes that an answer has."""
SENT_AT_ONCE: Final = 2
"""People who are sent parts: each takes a share of the line that results go out on."""

log = structlog.get_logger(__name__)


class OriginalButton(LastingButton, template=r"original:(?P<job_id>[0-9]{1,18})"):
    """Asks for the clip of a job as it came. It knows nothing but the job's number, so it outlives every restart."""

    def __init__(self, job_id: int) -> None:
        button: ui.Button[Any] = ui.Button(
            label=tr(sentences.LABEL), style=discord.ButtonStyle.secondary, custom_id=f"original:{job_id}"
        )
        super().__init__(button)
        self._job_id = job_id

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the button that has the custom id which matched."""
        return cls(int(match["job_id"]))

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the library's own signature
        """Hand the press to the cog that has the service."""
        cog = cog_named(interaction, COG)
        if isinstance(cog, OriginalCog):
            await cog.press(interaction, self._job_id)


class OriginalCog(commands.Cog, name=COG):
    """Answers whoever presses."""

    def __init__(self, originals: Originals) -> None:
        self._originals = originals
        self._receivers: set[int] = set()

    async def press(self, interaction: discord.Interaction, job_id: int) -> None:
        """Hand the clip over, or say why not."""
        message, refusal = interaction.message, turned_away(interaction)
        if refusal or message is None:
            await answer_privately(interaction, refusal or tr(sentences.GONE))
            return
        place = (message.channel.id, message.id)
        try:
            found = await self._originals.find(job_id, message=place, user_id=interaction.user.id)
        except StorageError:
            log.exception("press_failed", job_id=job_id, deed=COG)
            await answer_privately(interaction, tr(replies.SOMETHING_WENT_WRONG))
            return
        if found is None:
            await answer_privately(interaction, tr(sentences.GONE))
        elif found.link is not None:
            log.info("original_linked", job_id=job_id)
            await answer_privately(interaction, sentences.link(found.link))
        else:
            await self._send(interaction, found)

    async def _send(self, interaction: discord.Interaction, found: Original) -> None:
        """Send the clip in parts, where the receiver does not get one already."""
        parts, user_id = found.parts(limit=interaction.filesize_limit), interaction.user.id
        if len(parts) > MOST_PARTS:
            await answer_privately(interaction, sentences.too_many_parts(name=found.path.name))
        elif user_id in self._receivers:
            await answer_privately(interaction, tr(sentences.UNDER_WAY))
        elif len(self._receivers) >= SENT_AT_ONCE:
            await answer_privately(interaction, tr(sentences.BUSY))
        else:
            self._receivers.add(user_id)
            try:
                await answer_privately(interaction, sentences.parts(parts, name=found.path.name))
                for part in parts:
                    await _send_part(interaction, found, part)
            except ANSWER_FAULTS as error:
                log.info("original_not_sent", job_id=found.job.id, kind=type(error).__name__)
                await answer_privately(interaction, tr(sentences.BROKEN_OFF))
            finally:
                self._receivers.discard(user_id)


async def _send_part(interaction: discord.Interaction, found: Original, part: Part) -> None:
    """Send one part: each in a message of its own, because Discord takes only so much in one request."""
    with await asyncio.to_thread(found.cut, part) as piece:
        await interaction.followup.send(file=discord.File(piece, filename=part.name), ephemeral=True)
