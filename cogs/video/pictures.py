"""*Animate this*: a command on any message with a picture, and the form that asks what should happen in it.

The form knows nothing but the number of the interaction that opened it. Which picture that was about is in the
database, so that a restart in between is invisible.
"""

import re
from collections.abc import Sequence
from typing import Final, Protocol

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from cogs import direct, replies
from cogs.interactions import (
    ANSWER_FAULTS,
    answer_privately,
    filled_in,
    requester_of,
    unfit_place,
)
from cogs.languages import tr
from cogs.presses import PromptForm, prompt_in, turned_away
from cogs.replies import pictures as sentences
from services.errors import RequestError, StorageError
from services.jobs import PictureBook
from services.models import LONGEST_PROMPT, VideoRequest
from services.pictures import Attached, PictureError, PictureFault

COG: Final = "pictures"
FORM: Final = re.compile(r"animate:(?P<chosen>[0-9]{1,18}|[1-8][0-9]{18})", re.ASCII)
"""The number fits into 63 bits, as every number of Discord's does."""
SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp")

log = structlog.get_logger(__name__)


class Orders(Protocol):
    """Whoever takes a request as `/video` does."""

    async def start(
        self, interaction: discord.Interaction, request: VideoRequest, *, pictures: Sequence[Attached] = ()
    ) -> None:
        """Order the request with its pictures, the first frame first, and answer the interaction."""
        ...


class PicturesCog(commands.Cog, name=COG):
    """Opens the form and reads it. `orders` is who makes a video of it."""

    def __init__(self, book: PictureBook, orders: Orders) -> None:
        self._book = book
        self._orders = orders

    def menu(self) -> app_commands.ContextMenu:
        """Return the command for the menu of a message; the library has none that belong to a cog."""
        menu = app_commands.ContextMenu(name=sentences.ANIMATE, callback=self._chosen)
        menu.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
        return menu

    async def _chosen(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Remember the picture, and ask what should happen in it."""
        unfit = unfit_place(interaction)
        if unfit:
            await answer_privately(interaction, unfit)
            return
        try:
            picture = picture_in(message)
        except RequestError as error:
            await answer_privately(interaction, replies.refusal(error))
            return
        await self._book.choose(picture, requester_of(interaction), now=interaction.created_at)
        try:
            await interaction.response.send_modal(_form(interaction.id))
        except ANSWER_FAULTS as error:
            log.info("form_not_opened", kind=type(error).__name__)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Take a form that was filled in, whether this process opened it or one before it."""
        form = filled_in(interaction, FORM)
        if form is None:
            return
        try:
            await self._submitted(interaction, int(form["chosen"]), prompt_in(interaction.data or {}))
        except StorageError:
            log.exception("form_failed")
            await answer_privately(interaction, tr(replies.SOMETHING_WENT_WRONG))

    async def _submitted(self, interaction: discord.Interaction, chosen: int, prompt: str) -> None:
        refusal = _turned_away(interaction, prompt) or await direct.turned_away(interaction)
        if refusal is not None:
            await answer_privately(interaction, refusal)
            return
        picture = await self._book.take(chosen, requester_of(interaction), now=interaction.created_at)
        if picture is None:
            await answer_privately(interaction, tr(sentences.CHOICE_GONE))
            return
        await self._orders.start(interaction, VideoRequest(prompt=prompt), pictures=[picture])


def attached(*files: discord.Attachment | None) -> Sequence[Attached]:
    """Return the files of the command's options, in the order of the frames.

    Raises:
        PictureError: a last frame without a first.
    """
    first, *later = files
    if first is None and any(later):
        raise PictureError(PictureFault.LAST_ALONE)
    return [Attached(url=file.url, size=file.size) for file in files if file is not None]


def picture_in(message: discord.Message) -> Attached:
    """Return the first file of a message that says it is a picture; whether it is one, its content will say.

    Raises:
        PictureError: there is none.
    """
    for file in message.attachments:
        if (file.content_type or "").startswith("image/") or file.filename.lower().endswith(SUFFIXES):
            return Attached(url=file.url, size=file.size)
    raise PictureError(PictureFault.NO_PICTURE)


def _turned_away(interaction: discord.Interaction, prompt: str) -> str | None:
    """Return why a form is not taken, or None where it is."""
    refusal = turned_away(interaction)
    if refusal:
        return refusal
    if len(prompt) > LONGEST_PROMPT:
        return tr(sentences.PROMPT_TOO_LONG)
    return unfit_place(interaction)


def _form(chosen: int) -> PromptForm:
    return PromptForm(
        title=tr(sentences.FORM_TITLE),
        custom_id=f"animate:{chosen}",
        label=tr(sentences.FORM_FIELD),
        description=tr(sentences.COSTS_YOU),
    )
