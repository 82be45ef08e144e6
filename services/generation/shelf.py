"""The folder of clips that are on their way: fetched whole and durably, named by our own numbers, removed after use."""

import asyncio
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import structlog

from services.errors import ClipUnplayableError, PageInsteadOfClipError, TryLaterError
from services.generation.ports import VideoApi
from services.media import require_whole_mp4
from services.models import Job

DOWNLOADS_AT_ONCE: Final = 4
BROKEN_TRIES: Final = 4
"""A connection that was closed too soon looks like a whole clip that is broken: several in a row are one."""
PAGE_TRIES: Final = 8
"""A page in the place of a clip speaks of a fault that passes. With growing waits so many tries take some minutes."""

log = structlog.get_logger(__name__)


class ClipShelf:
    """Keeps clips in `folder`, none of them larger than `max_bytes`.

    How often a clip came unusable is remembered here alone: a restart forgets it, and is only more patient for it.
    """

    def __init__(self, *, folder: Path, api: VideoApi, max_bytes: int) -> None:
        self._folder = folder
        self._api = api
        self._max_bytes = max_bytes
        self._downloads = asyncio.Semaphore(DOWNLOADS_AT_ONCE)
        self._unusable: dict[int, list[type[ClipUnplayableError]]] = {}

    def path(self, job: Job) -> Path:
        """Return where the job's clip lies, or would lie."""
        return self._folder / f"video-{job.id}.mp4"

    def has(self, job: Job) -> bool:
        """Whether the clip is here."""
        return self.path(job).exists()

    async def fetch(self, job: Job) -> None:
        """Bring the clip here from the video API; when this returns, it is whole and survives a power cut.

        Raises what `VideoApi.download` raises. What is no whole MP4 is `TryLaterError`, because the clip was paid for
        and its next copy may be whole, and `ClipUnplayableError` when it has come so a few times.
        """
        clip = self.path(job)
        part = clip.with_suffix(".part")
        try:
            async with self._downloads:
                part.unlink(missing_ok=True)
                await self._api.download(job.remote_id or "", target=part, max_bytes=self._max_bytes)
                await asyncio.to_thread(_check_and_keep, part, clip)
        except ClipUnplayableError as error:
            self._require_hope(job, error)
            raise TryLaterError(status=error.status, detail=error.detail) from error
        self._unusable.pop(job.id, None)

    def _require_hope(self, job: Job, error: ClipUnplayableError) -> None:
        """Count what came, each kind by itself, and raise it again where it has come often enough."""
        came = self._unusable.setdefault(job.id, [])
        came.append(type(error))
        tries = came.count(type(error))
        log.warning("clip_unusable", job_id=job.id, kind=type(error).__name__, tries=tries)
        if tries >= (PAGE_TRIES if isinstance(error, PageInsteadOfClipError) else BROKEN_TRIES):
            del self._unusable[job.id]
            raise error

    def remove(self, job: Job) -> None:
        """Let the clip go."""
        self._unusable.pop(job.id, None)
        self.path(job).unlink(missing_ok=True)
        self.path(job).with_suffix(".part").unlink(missing_ok=True)

    def sweep(self, *, keep: Collection[int]) -> None:
        """Make the folder, readable by its owner only, and remove what belongs to no job in `keep` (job ids)."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = {f"video-{job_id}.mp4" for job_id in keep}
        for file in self.files():
            if file.name not in kept:
                file.unlink(missing_ok=True)

    def files(self) -> Sequence[Path]:
        """Return every file that is ours: whole clips, and what is on its way."""
        return [*self._folder.glob("video-*")]

    def discard(self, files: Sequence[Path], *, keep: Collection[int]) -> int:
        """Remove those of `files` that belong to no job in `keep` (job ids), and return how many they were."""
        wanted = {f"video-{job_id}" for job_id in keep}
        unwanted = [file for file in files if file.stem not in wanted]
        for file in unwanted:
            file.unlink(missing_ok=True)
        return len(unwanted)


def _check_and_keep(part: Path, clip: Path) -> None:
    """Give the clip its name once it is known to be whole, and make the name durable."""
    try:
        require_whole_mp4(part)
        part.replace(clip)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(clip.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
