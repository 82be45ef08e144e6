"""What members may do about a clip that could not be posted: see it listed, and have it sent to where they are."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from services.jobs import AgainOutcome, Detours
from services.limits import ServerBook
from services.models import Job, Requester

MOST_KEPT: Final = 5
"""As many buttons as a row holds."""

log = structlog.get_logger(__name__)


class SendingAgain:
    """Puts an undeliverable job back before its delivery. `wake` makes the worker look for work."""

    def __init__(
        self, *, detours: Detours, servers: ServerBook, wake: Callable[[], None], clock: Callable[[], datetime]
    ) -> None:
        self._detours = detours
        self._servers = servers
        self._wake = wake
        self._now = clock

    async def kept(self, requester: Requester) -> Sequence[Job]:
        """Return the member's own clips in this server that may be sent again, newest first."""
        return await self._detours.kept(requester, now=self._now(), most=MOST_KEPT)

    async def send(
        self,
        job_id: int,
        requester: Requester,
        *,
        channel_id: int | None,
        upload_limit: int,
        is_age_restricted: bool = False,
    ) -> tuple[AgainOutcome, Job | None]:
        """Send a kept clip of the requester's own to a channel, or to their direct messages where that is None.

        It costs nothing and counts no more than it did. Pressing twice, or after a restart, sends it once.
        """
        is_open = channel_id is None or is_age_restricted
        if not is_open and await self._servers.wants_age_restricted(requester.guild_id):
            return AgainOutcome.NOT_HERE, None
        outcome, job = await self._detours.send_again(
            job_id, requester, channel_id=channel_id, upload_limit=upload_limit, now=self._now()
        )
        if outcome is AgainOutcome.SENT:
            log.info("sent_again", job_id=job_id, is_direct=channel_id is None)
            self._wake()
        return outcome, job
