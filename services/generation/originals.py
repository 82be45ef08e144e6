"""The clips as they came, where what was posted is not them: who may have one, and how it is handed over.

Only a press on the very message that shows the result counts, so that nobody learns of a clip that they do not see;
whoever asked for it may besides press under the news that it could not be posted at all.
"""

import asyncio
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from services.errors import BotError
from services.generation.links import Link, OriginalLinks
from services.generation.shelf import ClipShelf
from services.jobs import JobStore
from services.models import FailureReason, Job, JobState

PIECE: Final = 1024 * 1024
BEFORE_THE_ANSWER: Final = timedelta(seconds=2)
"""Discord waits for three seconds."""
BEFORE_THE_DOWNLOAD: Final = timedelta(minutes=2)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a clip: a name of its own, and where it lies in the clip, in bytes."""

    name: str
    start: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A clip as it came."""

    job: Job
    path: Path
    size: int
    """Bytes."""
    link: Link | None
    """Where the world can fetch it; None where it is handed over in parts."""

    def parts(self, *, limit: int) -> Sequence[Part]:
        """Return the parts, each of at most `limit` bytes, by names that sort in their order; one alone is the clip."""
        count = -(-self.size // limit)
        if count <= 1:
            return [Part(name=self.path.name, start=0, size=self.size)]
        width = len(str(count))
        return [
            Part(
                name=f"{self.path.name}.part{number + 1:0{width}}",
                start=number * limit,
                size=min(limit, self.size - number * limit),
            )
            for number in range(count)
        ]

    def cut(self, part: Part) -> io.BufferedIOBase:
        """Return a file that holds one part, has no name, and is gone once it is closed. It blocks.

        Raises:
            OSError: the disk; among others because the clip was removed meanwhile.
        """
        piece = tempfile.TemporaryFile(dir=self.path.parent)  # noqa: SIM115  # closed by the caller
        try:
            with self.path.open("rb") as clip:
                clip.seek(part.start)
                left = part.size
                while left and (read := clip.read(min(left, PIECE))):
                    piece.write(read)
                    left -= len(read)
            piece.seek(0)
        except BaseException:
            piece.close()
            raise
        return piece


class Originals:
    """Finds them on the shelf. Without `links` there is no address where the world could fetch one.

    `may_lie_elsewhere` says that another process may have made the clip: then it is fetched from the video API again.
    """

    def __init__(
        self, *, jobs: JobStore, shelf: ClipShelf, links: OriginalLinks | None, may_lie_elsewhere: bool = False
    ) -> None:
        self._jobs = jobs
        self._shelf = shelf
        self._links = links
        self._may_lie_elsewhere = may_lie_elsewhere

    async def find(self, job_id: int, *, message: tuple[int, int], user_id: int) -> Original | None:
        """Return the clip for whoever pressed under `message` (channel and message id); None where there is none."""
        job = await self._jobs.get(job_id)
        if job is None or not may_have(job, message=message, user_id=user_id):
            return None
        path, link = self._shelf.path(job), self._links.make(job.id) if self._links else None
        if link is None:
            await self._bring(job, within=BEFORE_THE_ANSWER)
        elif self._is_kept_elsewhere(job):
            # Whoever serves the link brings it.
            return Original(job=job, path=path, size=0, link=link)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return None
        return Original(job=job, path=path, size=size, link=link)

    async def at(self, address: str) -> Path | None:
        """Return the clip that the path of a link names; None where it is none of ours, too old, or gone."""
        job_id = self._links.job_in(address) if self._links else None
        job = None if job_id is None else await self._jobs.get(job_id)
        if job is None or job.is_withdrawn:
            return None
        await self._bring(job, within=BEFORE_THE_DOWNLOAD)
        return self._shelf.path(job) if self._shelf.has(job) else None

    def _is_kept_elsewhere(self, job: Job) -> bool:
        """Whether the clip is not here, but its time is not over: a job at rest keeps none."""
        return self._may_lie_elsewhere and job.next_at is not None and not self._shelf.has(job)

    async def _bring(self, job: Job, *, within: timedelta) -> None:
        """Fetch a clip that another process has, as long as the video API keeps it. The janitor removes it in time."""
        if not self._is_kept_elsewhere(job):
            return
        try:
            async with asyncio.timeout(within.total_seconds()):
                await self._shelf.fetch(job)
        except (BotError, OSError) as error:  # a `TimeoutError` is an `OSError`
            log.warning("original_not_brought", job_id=job.id, kind=type(error).__name__)


def may_have(job: Job, *, message: tuple[int, int], user_id: int) -> bool:
    """Whether whoever pressed under `message` (channel and message id) may have the clip of that job."""
    match job.state, job.reason:
        case _ if job.is_withdrawn:
            return False
        case JobState.DELIVERED, _ if job.is_posted_directly and user_id != job.user_id:
            return False
        case JobState.DELIVERED, _:
            return message == (job.result_channel_id, job.result_message_id)
        case JobState.FAILED, FailureReason.TOO_LARGE:
            return user_id == job.user_id
        case _:
            return False
