"""`/privacy`: what the bot remembers of a member, shown to them, given to them, and forgotten."""

import gzip
import re
from io import BytesIO
from typing import Any, Final, Self

import discord
import structlog
from discord import app_commands, ui
from discord.ext import commands

from cogs import replies
from cogs.interactions import (
    ANSWER_FAULTS,
    NEEDS_NO_SERVER,
    answer_in_place,
    answer_privately,
    is_stopping,
    requester_of,
)
from cogs.languages import tr
from cogs.presses import LastingButton, cog_named
from cogs.replies import privacy as words
from services.privacy import Privacy

COG: Final = "privacy"
FILE: Final = "what-the-bot-knows-about-you.json"

log = structlog.get_logger(__name__)


class ForgetButton(LastingButton, template=r"privacy:forget"):
    """Forgets whoever presses it: it names nobody, so it can forget nobody else."""

    def __init__(self) -> None:
        button: ui.Button[Any] = ui.Button(
            label=tr("Forget it"), style=discord.ButtonStyle.danger, custom_id="privacy:forget"
        )
        super().__init__(button)

    @classmethod
    def read(cls, match: re.Match[str]) -> Self:
        """Return the button that has the custom id which matched."""
        del match
        return cls()

    async def callback(self, interaction: discord.Interaction) -> Any:  # noqa: ANN401  # the library's own signature
        """Hand the click to the cog that has the service."""
        cog = cog_named(interaction, COG)
        if is_stopping(interaction):
            await answer_privately(interaction, tr(replies.RESTARTING))
        elif isinstance(cog, PrivacyCog):
            await cog.forget(interaction)


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class PrivacyCog(
    commands.GroupCog, name=COG, description="What the bot knows about you.", group_extras={NEEDS_NO_SERVER: True}
):
    """Speaks to a member of themselves alone."""

    def __init__(self, privacy: Privacy) -> None:
        self._privacy = privacy
        super().__init__()

    @app_commands.command(name="show", description="What is stored about you, and for how long.")
    async def show(self, interaction: discord.Interaction) -> None:
        """Answer with the sums over all servers."""
        stored = await self._privacy.about(requester_of(interaction))
        await answer_privately(interaction, words.stored(stored, keeps_prompts=self._privacy.keeps_prompts))

    @app_commands.command(name="export", description="All that is stored about you, as a file.")
    async def export(self, interaction: discord.Interaction) -> None:
        """Answer with the file, packed where it is larger than Discord takes."""
        content = await self._privacy.export(requester_of(interaction))
        name = FILE
        if len(content) > interaction.filesize_limit:
            content, name = gzip.compress(content), f"{name}.gz"
        file = discord.File(BytesIO(content), filename=name)
        try:
            await interaction.response.send_message(tr(words.EXPORTED), file=file, ephemeral=True)
        except ANSWER_FAULTS as error:
            log.info("export_not_shown", kind=type(error).__name__)

    @app_commands.command(name="delete", description="Forget what you wrote, and later which videos were yours.")
    async def delete(self, interaction: discord.Interaction) -> None:
        """Ask once more before anything is forgotten."""
        await answer_privately(interaction, words.sure(), view=ui.View(timeout=None).add_item(ForgetButton()))

    async def forget(self, interaction: discord.Interaction) -> None:
        """Forget whoever clicked."""
        forgotten = await self._privacy.forget(requester_of(interaction))
        await answer_in_place(interaction, words.forgotten(forgotten))
