"""Makes a clip fit and play: decides, and has done what was decided, one encode at a time.

What it hands out was read again by the same walk that judges what comes in. Nothing over the limit ever leaves it, and
whatever ends a call, its work folder is gone.
"""

import asyncio
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from services.errors import ClipUnfitError, ClipUnplayableError, EncoderError, EncoderLimitError
from services.measures import UNMEASURED, Measures
from services.media.commands import encode_arguments, remux_arguments
from services.media.decision import MOST_PIXELS, Treatment, decide
from services.media.facts import ClipFacts
from services.media.faststart import move_index_to_front
from services.media.ffmpeg import ChildLimits, Ffmpeg, Progress
from services.media.index import glance, read_facts
from services.media.plan import ATTEMPTS, cpu_seconds, plan_encode

ENCODES_AT_ONCE: Final = 1
"""Two at once made the event loop wait for 0.7 s on two cores; one is not noticed."""
WORK_PREFIX: Final = "fitting-"
SPARE_BYTES: Final = 32 * 1024 * 1024
"""Of disk beside what is written, for the database and the next download."""
LENGTH_TOLERANCE: Final = 0.1
"""Of a clip's length. What comes out shorter or longer was not the clip that the index described."""
SHORT_TOLERANCE: Final = 0.5
"""Seconds: some frames at either end of a short clip are no fault."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedClip:
    """A clip that may be posted: within the limit, and by the best knowledge playable."""

    path: Path
    """The clip itself where it was left as it came."""
    facts: ClipFacts
    treatment: Treatment
    attempts: int = 0
    """Encodes that it took; 0 where none was needed."""
    is_playable_everywhere: bool = True
    """False where it had to be left as it came although some clients cannot show it."""


class _OutgrownError(Exception):
    """The result was over the limit before it was finished."""


class Fitter:
    """Fits clips with `ffmpeg`; without one, only those that need no encoder. At most `encodes_at_once`."""

    def __init__(
        self, ffmpeg: Ffmpeg | None, *, encodes_at_once: int = ENCODES_AT_ONCE, measures: Measures = UNMEASURED
    ) -> None:
        self._ffmpeg = ffmpeg
        self._measures = measures
        self._encoders = asyncio.Semaphore(encodes_at_once)

    async def make_fit(
        self,
        clip: Path,
        *,
        limit: int,
        target_folder: Path,
        on_progress: Callable[[float], None] | None = None,
    ) -> FittedClip:
        """Return a clip of at most `limit` bytes that plays everywhere.

        That is `clip` itself, untouched, where nothing has to be done, else a file of the same name in
        `target_folder`, which is not the clip's own and is made where it is needed. `on_progress` hears from 0 to 1
        how far an encode is, and from 0 again where a second one is needed. A clip that fits but cannot be made to
        play everywhere is left as it came: some can play it.

        Raises:
            ClipUnplayableError: not a whole MP4, or no pictures can be made of it.
            ClipUnfitError: it cannot be made small enough.
            EncoderError: it is too large, and ffmpeg is missing or died; later the same call may succeed.
            OSError: the disk.
            ValueError: `target_folder` is the clip's own.
        """
        if target_folder == clip.parent:
            raise ValueError("a fitted clip would take the place of its original")
        # Most clips need nothing: that is seen here and now, because a thread takes longer to begin than this takes.
        facts = glance(clip)
        if facts is None:
            facts = await asyncio.to_thread(read_facts, clip)
        treatment = decide(facts, limit=limit)
        if treatment is Treatment.LEAVE:
            return FittedClip(path=clip, facts=facts, treatment=treatment)
        job = _Fitting(limit=limit, target=target_folder / clip.name, on_progress=on_progress)
        try:
            return await self._treat(clip, facts, treatment, job)
        except (ClipUnfitError, EncoderError) as error:
            if facts.size > limit:
                if isinstance(error, EncoderLimitError):
                    raise ClipUnfitError(limit=limit) from error
                raise
            log.warning("clip_left_as_it_came", kind=type(error).__name__, codec=facts.video.coding.codec.value)
            return FittedClip(path=clip, facts=facts, treatment=Treatment.LEAVE, is_playable_everywhere=False)

    async def _treat(self, clip: Path, facts: ClipFacts, treatment: Treatment, job: "_Fitting") -> FittedClip:
        if treatment is Treatment.MOVE_INDEX:
            with _work_folder(job.target.parent, size=facts.size) as folder:
                moved = folder / "moved.mp4"
                await _to_the_end(lambda: move_index_to_front(clip, moved))
                return await job.keep(moved, treatment=treatment)
        async with self._encoders:
            with _work_folder(job.target.parent, size=max(job.limit, facts.size)) as folder:
                if treatment is Treatment.REMUX:
                    return await self._remux(clip, facts, job, folder=folder)
                return await self._reencode(clip, facts, job, folder=folder)

    async def _remux(self, clip: Path, facts: ClipFacts, job: "_Fitting", *, folder: Path) -> FittedClip:
        """Write a plain file of the same pictures, and encode those only where that was not enough."""
        plain = folder / "plain.mp4"
        limits = ChildLimits(cpu_seconds=cpu_seconds(facts), file_bytes=2 * facts.size + SPARE_BYTES)
        arguments = remux_arguments(facts, source=clip, target=plain)
        await self._run(arguments, folder=folder, limits=limits)
        facts = await asyncio.to_thread(read_facts, plain)
        if decide(facts, limit=job.limit) is Treatment.LEAVE:
            return await job.keep(plain, treatment=Treatment.REMUX)
        return await self._reencode(plain, facts, job, folder=folder)

    async def _reencode(self, clip: Path, facts: ClipFacts, job: "_Fitting", *, folder: Path) -> FittedClip:
        """Encode until it fits. A miss makes the next plan more careful; a death of the encoder repeats the plan."""
        if facts.video.pixels > MOST_PIXELS:
            raise ClipUnfitError(limit=job.limit)
        misses, result = 0, folder / "encoded.mp4"
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._encode(clip, facts, job, result=result, attempt=misses + 1)
                return await job.keep(result, treatment=Treatment.REENCODE, attempts=attempt, was=facts)
            except _OutgrownError:
                misses += 1
                log.info("encode_missed", limit=job.limit, attempt=attempt)
            except EncoderLimitError:
                raise
            except EncoderError as error:
                if attempt == ATTEMPTS:
                    raise
                log.warning("encoder_died", attempt=attempt, detail=error.detail)
        raise ClipUnfitError(limit=job.limit, attempts=ATTEMPTS)

    async def _encode(self, clip: Path, facts: ClipFacts, job: "_Fitting", *, result: Path, attempt: int) -> None:
        plan = plan_encode(facts, limit=job.limit, attempt=attempt)

        def watch(progress: Progress) -> None:
            if progress.size > job.limit:
                raise _OutgrownError
            job.report(progress.seconds / facts.seconds)

        arguments = encode_arguments(plan, facts=facts, source=clip, target=result)
        limits = ChildLimits(cpu_seconds=plan.cpu_seconds, file_bytes=2 * job.limit + SPARE_BYTES)
        await self._run(arguments, folder=result.parent, limits=limits, watch=watch)

    async def _run(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        limits: ChildLimits,
        watch: Callable[[Progress], None] | None = None,
    ) -> None:
        if self._ffmpeg is None:
            raise EncoderError("there is no ffmpeg")
        began = time.monotonic()
        try:
            await self._ffmpeg.run(arguments, folder=folder, limits=limits, watch=watch)
        finally:
            self._measures.encoded(time.monotonic() - began)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitting:
    """One call: where the result has to go, and under which limit."""

    limit: int
    target: Path
    on_progress: Callable[[float], None] | None

    def report(self, share: float) -> None:
        """Say how far it is."""
        if self.on_progress is not None:
            self.on_progress(min(max(share, 0.0), 1.0))

    async def keep(
        self, result: Path, *, treatment: Treatment, attempts: int = 0, was: ClipFacts | None = None
    ) -> FittedClip:
        """Read a result again, and give it its place if it is what was wanted."""
        try:
            facts = await asyncio.to_thread(read_facts, result)
        except ClipUnplayableError as error:
            raise ClipUnplayableError(detail=f"no video came of it: {error.detail}") from error
        if facts.size > self.limit:
            raise _OutgrownError
        if decide(facts, limit=self.limit) is not Treatment.LEAVE or (was is not None and not _is_same(facts, was)):
            raise ClipUnplayableError(detail="another video came of it than its index describes")
        self._put(result)
        return FittedClip(path=self.target, facts=facts, treatment=treatment, attempts=attempts)

    def _put(self, result: Path) -> None:
        # On the event loop: one system call, after which no cancel can leave the file behind unreturned.
        result.replace(self.target)


def sweep_work(folder: Path) -> None:
    """Remove the work folders that a killed process left in `folder`; nobody may be fitting there meanwhile."""
    for left in folder.glob(f"{WORK_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)


def _is_same(result: ClipFacts, source: ClipFacts) -> bool:
    """Whether a result is as long as its source, and no more silent."""
    tolerance = max(SHORT_TOLERANCE, LENGTH_TOLERANCE * source.video.seconds)
    is_as_long = abs(result.video.seconds - source.video.seconds) <= tolerance
    return is_as_long and (result.audio is not None) >= (source.audio is not None)


@contextmanager
def _work_folder(folder: Path, *, size: int) -> Generator[Path]:
    """Make a folder for the files of one call, where `size` bytes can be written, and remove it.

    Both run on the event loop: they take microseconds for a handful of files, and no cancel can slip between.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    if shutil.disk_usage(folder).free < size + SPARE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    work = Path(tempfile.mkdtemp(prefix=WORK_PREFIX, dir=folder)).absolute()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


async def _to_the_end(work: Callable[[], None]) -> None:
    """Run something in a thread, and outlast it even when cancelled: it writes into a folder that is about to go."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(running)
    finally:
        await asyncio.wait({running})
