"""The clips as they came, where what was posted is not them: who may have one, and how it is handed over.

Only a press on the very message that shows the result counts, so that nobody learns of a clip that they do not see;
whoever asked for it may besides press under the news that it could not be posted at all.
"""

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.generation.links import Link, OriginalLinks
from services.generation.shelf import ClipShelf
from services.jobs import JobStore
from services.models import FailureReason, Job, JobState

PIECE: Final = 1024 * 1024


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
    """Finds them on the shelf. Without `links` there is no address where the world could fetch one."""

    def __init__(self, *, jobs: JobStore, shelf: ClipShelf, links: OriginalLinks | None) -> None:
        self._jobs = jobs
        self._shelf = shelf
        self._links = links

    async def find(self, job_id: int, *, message: tuple[int, int], user_id: int) -> Original | None:
        """Return the clip for whoever pressed under `message` (channel and message id); None where there is none."""
        job = await self._jobs.get(job_id)
        if job is None or not may_have(job, message=message, user_id=user_id):
            return None
        path = self._shelf.path(job)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return None
        return Original(job=job, path=path, size=size, link=self._links.make(job.id) if self._links else None)

    async def at(self, address: str) -> Path | None:
        """Return the clip that the path of a link names; None where it is none of ours, too old, or gone."""
        job_id = self._links.job_in(address) if self._links else None
        job = None if job_id is None else await self._jobs.get(job_id)
        if job is None or job.removed_at is not None or not self._shelf.has(job):
            return None
        return self._shelf.path(job)


def may_have(job: Job, *, message: tuple[int, int], user_id: int) -> bool:
    """Whether whoever pressed under `message` (channel and message id) may have the clip of that job."""
    match job.state, job.reason:
        case JobState.DELIVERED, _ if job.is_posted_directly and user_id != job.user_id:
            return False
        case JobState.DELIVERED, _:
            return job.removed_at is None and message == (job.result_channel_id, job.result_message_id)
        case JobState.FAILED, FailureReason.TOO_LARGE:
            return user_id == job.user_id
        case _:
            return False
