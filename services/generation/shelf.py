"""The folder of clips that are on their way: fetched whole and durably, made to fit, and removed after use.

A clip is named by our own numbers. Beside it, in `fitted`, lies what was posted in its place where it had to be made
anew: that this is there is all that is remembered of it, so a restart only makes it once more.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Collection, Sequence
from pathlib import Path
from typing import Final, TypeVar

import structlog

from services.errors import ClipUnplayableError, EncoderStoppedError, PageInsteadOfClipError, TryLaterError
from services.generation.ports import VideoApi
from services.measures import UNMEASURED, Measures, Phase
from services.media import Fitter, Treatment, require_whole_mp4, sweep_work
from services.models import Job

DOWNLOADS_AT_ONCE: Final = 4
BROKEN_TRIES: Final = 4
"""A connection that was closed too soon looks like a whole clip that is broken: several in a row are one."""
PAGE_TRIES: Final = 8
"""A page in the place of a clip speaks of a fault that passes. With growing waits so many tries take some minutes."""
FITTED: Final = "fitted"

_T = TypeVar("_T")

log = structlog.get_logger(__name__)


class ClipShelf:
    """Keeps clips in `folder`, none of them larger than `max_bytes`.

    How often a clip came unusable is remembered here alone: a restart forgets it, and is only more patient for it.
    """

    def __init__(
        self, *, folder: Path, api: VideoApi, fitter: Fitter, max_bytes: int, measures: Measures = UNMEASURED
    ) -> None:
        self._folder = folder
        self._fitted = folder / FITTED
        self._api = api
        self._fitter = fitter
        self._max_bytes = max_bytes
        self._measures = measures
        self._downloads = asyncio.Semaphore(DOWNLOADS_AT_ONCE)
        self._unusable: dict[int, list[type[ClipUnplayableError]]] = {}
        self._refitted: set[int] = set()
        """The jobs whose fitted clip this process has made: what another left behind may have met a power cut."""
        self._fitting: set[asyncio.Task[object]] = set()
        self._is_stopping = False

    def path(self, job: Job) -> Path:
        """Return where the job's clip lies, or would lie, as it came."""
        return self._folder / f"video-{job.id}.mp4"

    def has(self, job: Job) -> bool:
        """Whether the clip is here."""
        return self.path(job).exists()

    def has_changed(self, job: Job) -> bool:
        """Whether the clip that is posted is another than the one that came."""
        return self._fitted_path(job).exists()

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

    async def fit(self, job: Job, *, limit: int) -> Path:
        """Return a clip of at most `limit` bytes that plays everywhere: the job's own, untouched, where it does.

        Asked again, it hands out what it made before where that fits.

        Raises:
            ClipUnfitError: it cannot be made small enough.
            ClipUnplayableError: nothing can be made of it.
            EncoderError: it is too large, and ffmpeg is missing or died; later it may succeed.
            EncoderStoppedError: `stop` was called meanwhile.
            OSError: the disk.
        """
        clip, fitted = self.path(job), self._fitted_path(job)
        if job.id in self._refitted and _is_within(fitted, limit):
            return fitted
        began = time.monotonic()
        made = await self._unless_stopped(self._fitter.make_fit(clip, limit=limit, target_folder=self._fitted))
        self._measures.took(Phase.FIT, time.monotonic() - began)
        if made.treatment in {Treatment.REMUX, Treatment.REENCODE}:
            log.info("clip_fitted", job_id=job.id, treatment=made.treatment.value, attempts=made.attempts)
            self._refitted.add(job.id)
            return fitted
        if made.treatment is Treatment.MOVE_INDEX:
            # Nothing was lost: from now on this is the clip, and there is no other.
            await asyncio.to_thread(_keep, fitted, clip)
        self.drop_fitted(job)
        return clip

    def stop(self) -> None:
        """Break off whatever is being fitted, and begin nothing: the next start does it. Nothing is left behind."""
        self._is_stopping = True
        for task in self._fitting:
            task.cancel()

    def drop_fitted(self, job: Job) -> None:
        """Let go what was posted in the place of the clip, and keep the clip."""
        self._refitted.discard(job.id)
        self._fitted_path(job).unlink(missing_ok=True)

    def remove(self, job: Job) -> None:
        """Let the clip go."""
        self._unusable.pop(job.id, None)
        self.drop_fitted(job)
        self.path(job).unlink(missing_ok=True)
        self.path(job).with_suffix(".part").unlink(missing_ok=True)

    def sweep(self, *, keep: Collection[int]) -> None:
        """Make the folder, readable by its owner only, and remove what belongs to no job in `keep` (job ids).

        Of the jobs in `keep` what was fitted stays: it says that the clip was changed.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep_work(self._fitted)
        kept = {f"video-{job_id}.mp4" for job_id in keep}
        for file in self.files():
            if file.name not in kept:
                file.unlink(missing_ok=True)

    def files(self) -> Sequence[Path]:
        """Return every file that is ours: whole clips, and what is on its way."""
        return [*self._folder.glob("video-*"), *self._fitted.glob("video-*")]

    def discard(self, files: Sequence[Path], *, keep: Collection[int]) -> int:
        """Remove those of `files` that belong to no job in `keep` (job ids), and return how many they were."""
        wanted = {f"video-{job_id}" for job_id in keep}
        unwanted = [file for file in files if file.stem not in wanted]
        for file in unwanted:
            file.unlink(missing_ok=True)
        return len(unwanted)

    def _fitted_path(self, job: Job) -> Path:
        return self._fitted / self.path(job).name

    def _require_hope(self, job: Job, error: ClipUnplayableError) -> None:
        """Count what came, each kind by itself, and raise it again where it has come often enough."""
        came = self._unusable.setdefault(job.id, [])
        came.append(type(error))
        tries = came.count(type(error))
        log.warning("clip_unusable", job_id=job.id, kind=type(error).__name__, tries=tries)
        if tries >= (PAGE_TRIES if isinstance(error, PageInsteadOfClipError) else BROKEN_TRIES):
            del self._unusable[job.id]
            raise error

    async def _unless_stopped(self, work: Awaitable[_T]) -> _T:
        """Do something that `stop` breaks off, and turn that into an error of ours: nobody has cancelled the caller."""
        task = asyncio.ensure_future(work)
        self._fitting.add(task)
        if self._is_stopping:
            task.cancel()
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        finally:
            self._fitting.discard(task)
        if task.cancelled():
            raise EncoderStoppedError
        return task.result()


def _is_within(clip: Path, limit: int) -> bool:
    return clip.exists() and clip.stat().st_size <= limit


def _check_and_keep(part: Path, clip: Path) -> None:
    """Give the clip its name once it is known to be whole, and make the name durable."""
    try:
        require_whole_mp4(part)
        _put(part, clip)
    finally:
        part.unlink(missing_ok=True)


def _keep(better: Path, clip: Path) -> None:
    """Put what is as good in the place of the clip. A power cut leaves the one or the other, whole."""
    with better.open("rb") as file:
        os.fsync(file.fileno())
    _put(better, clip)


def _put(part: Path, clip: Path) -> None:
    part.replace(clip)
    folder = os.open(clip.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
