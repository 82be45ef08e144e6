"""The buttons of `/video`: the one under a status message, and the two under the question before a dear video."""

import re
from collections.abc import Awaitable
from typing import Any, Final, Protocol, Self, runtime_checkable

import discord
import structlog
from discord import ui

from cogs import replies
from cogs.interactions import answer_privately, cancel_id, is_stopping
from cogs.languages import tr
from cogs.presses import LastingButton, cog_named
from services.errors import StorageError
from services.models import Job
from services.videos import Offered

COG: Final = "video"
"""The name by which a button finds the cog that has the service."""


log = structlog.get_logger(__name__)


@runtime_checkable
class Clicked(Protocol):
    """What a click can ask for. `cogs.video.cog.VideoCog` does it; the buttons know no service themselves."""

    mark: str
    """What the buttons of this bot carry, and those of another on the same token do not."""

    async def cancel(self, interaction: discord.Interaction, job_id: int) -> None:
        """Cancel a waiting job, or say why not."""
        ...

    async def confirm(self, interaction: discord.Interaction, offer_id: int) -> None:
        """Order what was offered."""
        ...

    async def decline(self, interaction: discord.Interaction, offer_id: int) -> None:
        """Forget an offer."""
        ...


class CancelButton(LastingButton, template=r"job:(?P<job_id>[0-9]{1,18}):cancel(\.(?P<mark>[0-9a-f]{12}))?"):
    """Cancels a job while it waits. It knows nothing but the job's number and whose it is, so it outlives restarts."""

    def __init__(self, job_id: int, *, mark: str = "") -> None:
        button: ui.Button[Any] = ui.Button(
            label=tr("Cancel"), style=discord.ButtonStyle.secondary, custom_id=cancel_id(job_id, mark=mark)
        )
        super().__init__(button)
        self._job_id = job_id
        self._mark = mark

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the button that has the custom id which matched."""
        return cls(int(match["job_id"]), mark=match["mark"] or "")

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the library's own signature
        """Hand the click to the cog that has the service, unless the button is another bot's on the same token."""
        cog = _cog_of(interaction)
        if cog is not None and self._mark in {"", cog.mark}:
            await _answered(interaction, cog.cancel(interaction, self._job_id))


class OfferButton(LastingButton, template=r"offer:(?P<offer_id>[0-9]{1,18}):(?P<answer>yes|no)"):
    """Says yes or no to a price. What was offered, to whom and until when is in the database."""

    def __init__(self, offer_id: int, *, is_yes: bool) -> None:
        button: ui.Button[Any] = ui.Button(
            label=tr("Generate") if is_yes else tr("Cancel"),
            style=discord.ButtonStyle.success if is_yes else discord.ButtonStyle.secondary,
            custom_id=f"offer:{offer_id}:{'yes' if is_yes else 'no'}",
        )
        super().__init__(button)
        self._offer_id = offer_id
        self._is_yes = is_yes

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the button that has the custom id which matched."""
        return cls(int(match["offer_id"]), is_yes=match["answer"] == "yes")

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the library's own signature
        """Hand the click to the cog that has the service."""
        cog = _cog_of(interaction)
        if is_stopping(interaction):
            await answer_privately(interaction, tr(replies.RESTARTING))
        elif cog is not None and self._is_yes:
            await _answered(interaction, cog.confirm(interaction, self._offer_id))
        elif cog is not None:
            await _answered(interaction, cog.decline(interaction, self._offer_id))


def cancel_button(job: Job, *, mark: str) -> ui.View:
    """Return the button under the status message of a job that waits."""
    return ui.View(timeout=None).add_item(CancelButton(job.id, mark=mark))


def yes_or_no(offered: Offered) -> ui.View:
    """Return the two buttons under the question about a price."""
    view = ui.View(timeout=None)
    for is_yes in (True, False):
        view.add_item(OfferButton(offered.offer.id, is_yes=is_yes))
    return view


async def _answered(interaction: discord.Interaction, work: Awaitable[None]) -> None:
    """Do what was asked for; where the database cannot, say so, because a button passes no command's door."""
    try:
        await work
    except StorageError:
        log.exception("press_failed")
        await answer_privately(interaction, tr(replies.SOMETHING_WENT_WRONG))


def _cog_of(interaction: discord.Interaction) -> Clicked | None:
    """Return the cog that has the service; a button knows nothing but what its id says."""
    cog = cog_named(interaction, COG)
    return cog if isinstance(cog, Clicked) else None
