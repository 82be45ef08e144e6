"""A delivery without Discord, for benchmarks that measure what comes before it."""

import asyncio
from pathlib import Path

from services.generation import PostedMessage
from services.models import Job, UsualTime


class SilentDelivery:
    """Tells members nothing, at once, and counts how many heard how it ended."""

    def __init__(self, jobs: int) -> None:
        self._untold = jobs
        self.all_told = asyncio.Event()

    async def find_answer(self, job: Job) -> int | None:
        """Return the message that answered the command."""
        return job.interaction_id

    async def show_progress(self, job: Job, *, usual: UsualTime | None) -> None:
        """Show nothing."""

    async def find_result(self, job: Job) -> PostedMessage | None:
        """Find nothing."""

    async def post_result(self, job: Job, clip: Path, *, has_original: bool) -> PostedMessage:
        """Post nothing, and say where."""
        del clip, has_original
        return PostedMessage(channel_id=job.channel_id, message_id=job.interaction_id)

    async def open_direct(self, job: Job) -> int:
        """Return a channel."""
        return job.channel_id

    async def tell_end(self, job: Job, *, has_original: bool = False) -> None:
        """Count."""
        del job, has_original
        self._untold -= 1
        if self._untold == 0:
            self.all_told.set()
