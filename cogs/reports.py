"""*Report video*: a command on any message with a video of this bot, and the form that asks why.

The form knows nothing but the job's number, so that a restart in between is invisible.
"""

import re
from typing import Final

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from cogs import replies
from cogs.interactions import ANSWER_FAULTS, NEEDS_NO_SERVER, answer_privately, filled_in, requester_of
from cogs.languages import tr
from cogs.presses import PromptForm, prompt_in, turned_away
from cogs.replies import reports as sentences
from services.errors import StorageError
from services.limits import LONGEST_REMARK, ReportOutcome
from services.moderation import Moderation

COG: Final = "reports"
FORM: Final = re.compile(r"report:(?P<job_id>[0-9]{1,18})", re.ASCII)
CLIP: Final = re.compile(r"(?:SPOILER_)?video-(?P<job_id>[0-9]{1,18})\.mp4", re.ASCII)
"""The name of a clip of ours."""

log = structlog.get_logger(__name__)


class ReportsCog(commands.Cog, name=COG):
    """Opens the form and reads it."""

    def __init__(self, moderation: Moderation) -> None:
        self._moderation = moderation

    def menu(self) -> app_commands.ContextMenu:
        """Return the command for the menu of a message; the library has none that belong to a cog."""
        menu = app_commands.ContextMenu(name=sentences.REPORT, callback=self._chosen)
        menu.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
        menu.extras[NEEDS_NO_SERVER] = True
        return menu

    async def _chosen(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Ask why, where the message is one that can be reported."""
        job_id = job_in(message, bot_id=interaction.application_id)
        if job_id is None:
            await answer_privately(interaction, sentences.outcome(ReportOutcome.UNKNOWN))
            return
        place = (message.channel.id, message.id)
        why_not = await self._moderation.why_not_reported(job_id, requester_of(interaction), message=place)
        if why_not is not None:
            await answer_privately(interaction, sentences.outcome(why_not))
            return
        try:
            await interaction.response.send_modal(_form(job_id))
        except ANSWER_FAULTS as error:
            log.info("form_not_opened", job_id=job_id, kind=type(error).__name__)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Take a form that was filled in, whether this process opened it or one before it."""
        form = filled_in(interaction, FORM)
        if form is None:
            return
        refusal = turned_away(interaction)
        if refusal is not None:
            await answer_privately(interaction, refusal)
            return
        job_id, remark = int(form["job_id"]), prompt_in(interaction.data or {})
        try:
            outcome = await self._moderation.report(job_id, requester_of(interaction), remark=remark)
        except StorageError:
            log.exception("form_failed", job_id=job_id)
            await answer_privately(interaction, tr(replies.SOMETHING_WENT_WRONG))
        else:
            await answer_privately(interaction, sentences.outcome(outcome))


def job_in(message: discord.Message, *, bot_id: int) -> int | None:
    """Return the number of the video that a message of the bot's own carries, or None."""
    if message.author.id != bot_id:
        return None
    found = (CLIP.fullmatch(file.filename) for file in message.attachments)
    return next((int(clip["job_id"]) for clip in found if clip), None)


def _form(job_id: int) -> PromptForm:
    return PromptForm(
        title=tr(sentences.FORM_TITLE),
        custom_id=f"report:{job_id}",
        label=tr(sentences.FORM_FIELD),
        description=tr(sentences.WHO_READS_IT),
        longest=LONGEST_REMARK,
        is_required=False,
    )
