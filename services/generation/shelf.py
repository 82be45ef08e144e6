"""The folder of clips that are on their way: fetched whole and durably, named by our own numbers, removed after use."""

import asyncio
import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

from services.generation.ports import VideoApi
from services.media import require_whole_mp4
from services.models import Job

DOWNLOADS_AT_ONCE: Final = 4


class ClipShelf:
    """Keeps clips in `folder`, none of them larger than `max_bytes`."""

    def __init__(self, *, folder: Path, api: VideoApi, max_bytes: int) -> None:
        self._folder = folder
        self._api = api
        self._max_bytes = max_bytes
        self._downloads = asyncio.Semaphore(DOWNLOADS_AT_ONCE)

    def path(self, job: Job) -> Path:
        """Return where the job's clip lies, or would lie."""
        return self._folder / f"video-{job.id}.mp4"

    def has(self, job: Job) -> bool:
        """Whether the clip is here."""
        return self.path(job).exists()

    async def fetch(self, job: Job) -> None:
        """Bring the clip here from the video API; when this returns, it is whole and survives a power cut.

        Raises what `VideoApi.download` raises, and `ClipUnplayableError` for anything but a whole MP4.
        """
        clip = self.path(job)
        part = clip.with_suffix(".part")
        async with self._downloads:
            part.unlink(missing_ok=True)
            await self._api.download(job.remote_id or "", target=part, max_bytes=self._max_bytes)
            await asyncio.to_thread(_check_and_keep, part, clip)

    def remove(self, job: Job) -> None:
        """Let the clip go."""
        self.path(job).unlink(missing_ok=True)
        self.path(job).with_suffix(".part").unlink(missing_ok=True)

    def sweep(self, *, keep: Collection[int]) -> None:
        """Make the folder, readable by its owner only, and remove what belongs to no job in `keep` (job ids)."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = {f"video-{job_id}.mp4" for job_id in keep}
        for file in self._folder.glob("video-*"):
            if file.name not in kept:
                file.unlink(missing_ok=True)


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
