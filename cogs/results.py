"""The buttons under every result: make it again, change it, go on from it, delete it.

A button and the form that it opens know nothing but what they do and the job's number, so they outlive every restart.
Whatever is made is ordered as `/video` orders it, by and for whoever pressed.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, Protocol, Self

import discord
import structlog
from discord import ui
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
from cogs.presses import LastingButton, PromptForm, cog_named, prompt_in, turned_away
from cogs.replies import results as sentences
from services.errors import StorageError
from services.models import LONGEST_PROMPT, Job, VideoRequest
from services.results import Press, Results, Unavailable

COG: Final = "results"
FORM: Final = re.compile(r"result:(?P<job_id>[0-9]{1,18}):(?P<deed>edit|extend):form", re.ASCII)

log = structlog.get_logger(__name__)


class Deed(StrEnum):
    """What a button does. The words are in the ids of buttons that stand under old messages, so they never change."""

    AGAIN = "again"
    EDIT = "edit"
    EXTEND = "extend"
    DELETE = "delete"


LABELS: Final = {
    Deed.AGAIN: sentences.AGAIN,
    Deed.EDIT: sentences.EDIT,
    Deed.EXTEND: sentences.EXTEND,
    Deed.DELETE: sentences.DELETE,
}


class Orders(Protocol):
    """Whoever takes a request as `/video` does: priced, checked, reserved, answered, and only then paid for."""

    async def start(self, interaction: discord.Interaction, request: VideoRequest) -> None:
        """Order the request, and answer the interaction."""
        ...


class ResultButton(LastingButton, template=r"result:(?P<job_id>[0-9]{1,18}):(?P<deed>again|edit|extend|delete)"):
    """One of the buttons under a result."""

    def __init__(self, job_id: int, deed: Deed) -> None:
        style = discord.ButtonStyle.danger if deed is Deed.DELETE else discord.ButtonStyle.secondary
        button: ui.Button[Any] = ui.Button(label=tr(LABELS[deed]), style=style, custom_id=f"result:{job_id}:{deed}")
        super().__init__(button)
        self._job_id = job_id
        self._deed = deed

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the button that has the custom id which matched."""
        return cls(int(match["job_id"]), Deed(match["deed"]))

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the library's own signature
        """Hand the press to the cog that has the services."""
        cog = cog_named(interaction, COG)
        if isinstance(cog, ResultsCog):
            await cog.press(interaction, self._job_id, self._deed)


class ResultsCog(commands.Cog, name=COG):
    """Reads what is pressed under a result. `orders` is who makes a video of it."""

    def __init__(self, results: Results, orders: Orders) -> None:
        self._results = results
        self._orders = orders

    async def press(self, interaction: discord.Interaction, job_id: int, deed: Deed) -> None:
        """Do what the button says, or say why not."""
        press = _press_of(interaction, job_id)
        refusal = await _turned_away(interaction, is_making=deed is not Deed.DELETE)
        if refusal or press is None:
            await answer_privately(interaction, refusal or sentences.unavailable(Unavailable.UNKNOWN))
            return
        try:
            match deed:
                case Deed.AGAIN:
                    await self._order(interaction, await self._results.again(press, requester_of(interaction)))
                case Deed.EDIT | Deed.EXTEND:
                    await self._open_form(interaction, press, deed)
                case Deed.DELETE:
                    outcome, job = await self._results.remove(press, requester_of(interaction))
                    await answer_privately(interaction, sentences.removal(outcome, job))
        except StorageError:
            log.exception("press_failed", job_id=job_id, deed=deed.value)
            await answer_privately(interaction, tr(replies.SOMETHING_WENT_WRONG))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Take a form that was filled in, whether this process opened it or one before it."""
        form = filled_in(interaction, FORM)
        if form is not None:
            prompt = prompt_in(interaction.data or {})
            await self._submitted(interaction, int(form["job_id"]), Deed(form["deed"]), prompt)

    async def _submitted(self, interaction: discord.Interaction, job_id: int, deed: Deed, prompt: str) -> None:
        press = _press_of(interaction, job_id)
        refusal = await _turned_away(interaction, is_making=True) or _unfit_prompt(prompt)
        if refusal or press is None:
            await answer_privately(interaction, refusal or sentences.unavailable(Unavailable.UNKNOWN))
            return
        change = self._results.edited if deed is Deed.EDIT else self._results.extended
        try:
            await self._order(interaction, await change(press, requester_of(interaction), prompt=prompt))
        except StorageError:
            log.exception("form_failed", job_id=job_id, deed=deed.value)
            await answer_privately(interaction, tr(replies.SOMETHING_WENT_WRONG))

    async def _order(self, interaction: discord.Interaction, request: VideoRequest | Unavailable) -> None:
        if isinstance(request, Unavailable):
            await answer_privately(interaction, sentences.unavailable(request))
        else:
            await self._orders.start(interaction, request)

    async def _open_form(self, interaction: discord.Interaction, press: Press, deed: Deed) -> None:
        change = self._results.edited if deed is Deed.EDIT else self._results.extended
        request = await change(press, requester_of(interaction))
        if isinstance(request, Unavailable):
            await answer_privately(interaction, sentences.unavailable(request))
            return
        try:
            await interaction.response.send_modal(prompt_form(press.job_id, deed, prompt=request.prompt))
        except ANSWER_FAULTS as error:
            log.info("form_not_opened", job_id=press.job_id, kind=type(error).__name__)


def result_buttons(job: Job, *, continues: Callable[[str], bool]) -> ui.View:
    """Return the buttons under a result; `continues` says of a model's id whether it can go on from a clip."""
    view = ui.View(timeout=None)
    for deed in Deed:
        if deed is not Deed.EXTEND or continues(job.spec.model):
            view.add_item(ResultButton(job.id, deed))
    return view


def _press_of(interaction: discord.Interaction, job_id: int) -> Press | None:
    """Return what was pressed; None where Discord names no message."""
    message = interaction.message
    return None if message is None else Press(job_id=job_id, channel_id=message.channel.id, message_id=message.id)


async def _turned_away(interaction: discord.Interaction, *, is_making: bool) -> str | None:
    """Return why nothing can be done for the member now or here, or None where it can."""
    refusal = turned_away(interaction)
    if refusal or not is_making:
        return refusal
    return await direct.turned_away(interaction) or unfit_place(interaction)


def _unfit_prompt(prompt: str) -> str | None:
    """Return why nothing can be made of a prompt. Its length is kept by Discord's client, which others may imitate."""
    return tr(sentences.PROMPT_TOO_LONG) if len(prompt) > LONGEST_PROMPT else None


def prompt_form(job_id: int, deed: Deed, *, prompt: str) -> PromptForm:
    """Return the form behind Edit or Extend, with the old prompt in it."""
    is_edit = deed is Deed.EDIT
    return PromptForm(
        title=tr(sentences.EDIT_TITLE) if is_edit else tr(sentences.EXTEND_TITLE),
        custom_id=f"result:{job_id}:{deed}:form",
        label=tr(sentences.EDIT_FIELD) if is_edit else tr(sentences.EXTEND_FIELD),
        description=tr(sentences.COSTS_YOU),
        prompt=prompt,
    )
