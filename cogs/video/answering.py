"""The one answer to a request, which may be given in two parts: first that its pictures are fetched, then the rest.

Discord waits three seconds for an answer, and fetching a picture can take longer. The first part is a real message, so
that the second is only an edit: it can be repeated, and the message is the job's status message whatever happens.
"""

import discord
import structlog
from discord import ui

from cogs.interactions import (
    ANSWER_FAULTS,
    answer_privately,
)

log = structlog.get_logger(__name__)


class Answer:
    """Answers one interaction."""

    def __init__(self, interaction: discord.Interaction) -> None:
        self._interaction = interaction
        self._message_id: int | None = None
        self._is_private = False

    async def hold(self, text: str, *, is_private: bool) -> bool:
        """Say that the answer takes a moment. Return whether the member sees it; without that nothing must follow."""
        try:
            answer = await self._interaction.response.send_message(text, ephemeral=is_private, suppress_embeds=True)
        except ANSWER_FAULTS as error:
            log.info("member_not_told", kind=type(error).__name__, code=getattr(error, "code", None))
            return False
        self._message_id, self._is_private = answer.message_id, is_private
        return True

    async def publish(self, text: str, *, view: ui.View, is_private: bool) -> int | None:
        """Show the status message, and return its id. Raises what discord.py raises."""
        if self._message_id is not None:
            await self._interaction.edit_original_response(content=text, view=view)
            return self._message_id
        answer = await self._interaction.response.send_message(
            text, view=view, suppress_embeds=True, ephemeral=is_private
        )
        return answer.message_id

    async def say_privately(self, text: str, *, view: ui.View = discord.utils.MISSING) -> None:
        """Say something that only the member sees, in the place of whatever was said so far."""
        if self._message_id is None:
            await answer_privately(self._interaction, text, view=view)
            return
        try:
            if self._is_private:
                shown = None if view is discord.utils.MISSING else view
                await self._interaction.edit_original_response(content=text, view=shown)
                return
            await self._interaction.delete_original_response()
        except ANSWER_FAULTS as error:
            log.info("answer_not_taken_back", kind=type(error).__name__, code=getattr(error, "code", None))
        await answer_privately(self._interaction, text, view=view)
