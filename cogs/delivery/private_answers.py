"""Answers that only their member sees, brought up to date while Discord allows it.

Such an answer can be changed with the token of its interaction alone, for fifteen minutes, and nobody but this process
has that token: it is stored nowhere. When it is gone the answer stays as it is, and nothing is lost by it, because
whatever counts goes to the member's direct messages.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

import discord
import structlog

from cogs.interactions import NETWORK_FAULTS, UNREADABLE
from services.errors import DeliverLaterError
from services.models import Job

BEFORE_THE_END: Final = timedelta(seconds=30)
"""So long before a token dies it is used no more: a refused one counts against the bot."""

log = structlog.get_logger(__name__)


class PrivateAnswers:
    """Remembers the interactions behind private answers, by the numbers of their jobs."""

    def __init__(self) -> None:
        self._open: dict[int, discord.Interaction] = {}

    def remember(self, job: Job, interaction: discord.Interaction) -> None:
        """Note that the interaction was answered with the job's status, for its member's eyes only."""
        self._open = {number: each for number, each in self._open.items() if _is_good(each)}
        self._open[job.id] = interaction

    async def edit(self, job: Job, text: str) -> bool:
        """Replace the text of a job's private answer, and take its button away. Return whether its member sees it.

        Raises:
            DeliverLaterError: Discord failed in passing; the same edit may be sent again.
        """
        interaction = self._open.get(job.id)
        if interaction is None or not _is_good(interaction):
            return False
        try:
            await interaction.edit_original_response(content=text, view=None)
        except discord.HTTPException as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.status == HTTPStatus.TOO_MANY_REQUESTS:
                raise DeliverLaterError from error
            # Dismissed by its member, or its token is dead.
            log.info("private_answer_gone", job_id=job.id, status=error.status, code=error.code)
            del self._open[job.id]
            return False
        except (*NETWORK_FAULTS, *UNREADABLE) as error:
            raise DeliverLaterError from error
        except RuntimeError as error:
            # discord.py's session was closed under us: the process is stopping, and the token with it.
            raise DeliverLaterError from error
        return True


def _is_good(interaction: discord.Interaction) -> bool:
    return discord.utils.utcnow() < interaction.expires_at - BEFORE_THE_END
