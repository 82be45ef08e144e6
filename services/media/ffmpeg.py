"""Runs ffmpeg as a child that cannot hurt: the one place in the product where foreign bytes meet a decoder.

The child has its own session and process group, which is killed as a whole; limits on CPU seconds, memory, the size
of any file and the wall clock; a low priority; an environment without a single variable of ours; and protocols that
know files only. The limits are set by a line of shell before ffmpeg is there: code between fork and exec would not be
safe in a process with threads, and limits that are set from outside come a moment late.
"""

import asyncio
import errno
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import imageio_ffmpeg  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]  # it has no types

from services.errors import ClipUnplayableError, EncoderError, EncoderLimitError

MEMORY_BYTES: Final = 3 * 1024**3
"""Of address space. 4K HEVC of 10 bits takes 1.1 GiB of it, and a third of that in memory."""
NICENESS: Final = 5
"""Enough for the bot to come first. On a busy host 10 and more starve an encode for minutes."""
NEEDED_ENCODERS: Final = frozenset({"libx264", "aac"})
ENVIRONMENT: Final[Mapping[str, str]] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "AV_LOG_FORCE_NOCOLOR": "1"}
LAUNCH: Final = """
ulimit -c 0
ulimit -f "$2"
ulimit -S -t "$3"
ulimit -H -t "$4"
ulimit -v "$5"
niceness=$1
shift 5
exec nice -n "$niceness" "$@"
"""
"""A limit that cannot be set is one that the host has set lower, or (`-v` on macOS) does not know."""
BLOCK_BYTES: Final = 512
"""The unit of `ulimit -f`; that of `-v` is KiB."""
LAST_WORDS: Final = 2_000
OVER_LIMITS: Final = frozenset({-signal.SIGXCPU, -signal.SIGXFSZ, 255, 123})
"""ffmpeg heeds the signal for its CPU seconds: it stops in the middle and exits with 255, or with 123 at the fourth."""
NOT_ITS_FAULT: Final = frozenset({-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP, 126, 127})
"""Somebody killed it, such as a kernel short of memory; or the shell could not start it."""
MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLimits:
    """How much one run may take. The clip in hand decides about the first two."""

    cpu_seconds: int
    file_bytes: int
    memory_bytes: int = MEMORY_BYTES
    wall: timedelta = timedelta(minutes=15)
    stall: timedelta = timedelta(seconds=90)
    """Without any sign of progress. A busy host makes the slowest clip say something every few seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a run says of itself, four times a second."""

    seconds: float
    """Of the clip, done."""
    size: int
    """Bytes written."""


class Ffmpeg:
    """One ffmpeg binary. Nothing is run before a method is called."""

    def __init__(self, binary: Path, *, niceness: int = NICENESS) -> None:
        self._binary = binary
        self._niceness = niceness

    @classmethod
    async def find(cls, named: Path | None = None, *, niceness: int = NICENESS) -> "Ffmpeg":
        """Return the ffmpeg that the owner `named`, else the one that comes with imageio-ffmpeg.

        Raises:
            EncoderError: there is none, or it cannot make H.264 and AAC.
        """
        binary = named if named is not None else await asyncio.to_thread(_bundled)
        found = cls(binary, niceness=niceness)
        missing = NEEDED_ENCODERS - await found.encoders()
        if missing:
            raise EncoderError(f"cannot encode {', '.join(sorted(missing))}")
        return found

    async def encoders(self) -> frozenset[str]:
        """Return the names of what it can encode with.

        Raises:
            EncoderError: it does not run.
        """
        limits = ChildLimits(cpu_seconds=20, file_bytes=0, wall=timedelta(seconds=60))
        async with self._child(["-encoders"], folder=Path("/"), limits=limits) as process:
            listed, complaint = await process.communicate()
        if process.returncode != 0:
            raise EncoderError(complaint.decode(errors="replace")[-LAST_WORDS:])
        rows = (line.split() for line in listed.decode(errors="replace").splitlines())
        return frozenset(row[1] for row in rows if len(row) > 1)

    async def run(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        limits: ChildLimits,
        watch: Callable[[Progress], None] | None = None,
    ) -> None:
        """Run it in `folder` to its end. Whatever ends this call, no process is left; files are the caller's.

        `watch` hears of the progress; what it raises stops the run.

        Raises:
            ClipUnplayableError: it could make nothing of its input.
            EncoderError: it was killed from outside.
            EncoderLimitError: it took more time or space than it was given.
            OSError: the disk is full.
        """
        progress = ["-nostats", "-progress", "pipe:1", "-stats_period", "0.25", *arguments]
        async with self._child(progress, folder=folder, limits=limits) as process:
            last_words = asyncio.create_task(_last_words(process), name="ffmpeg-complaints")
            try:
                await _follow(process, stall=limits.stall, watch=watch)
                code = await process.wait()
            finally:
                _kill(process)
                complaint = await last_words
        _judge(code, complaint)

    @asynccontextmanager
    async def _child(self, arguments: Sequence[str], *, folder: Path, limits: ChildLimits) -> AsyncGenerator[Process]:
        """Start ffmpeg under its limits; on the way out its whole group is gone."""
        try:
            async with asyncio.timeout(limits.wall.total_seconds()):
                process = await self._start(arguments, folder=folder, limits=limits)
                try:
                    yield process
                finally:
                    _kill(process)
                    await process.wait()
                    # To the end, which is here now: until it was read, the pipe is open.
                    while await _pipe(process.stdout).read(65536):
                        pass
        except TimeoutError as error:
            raise EncoderLimitError("made no progress, or ran out of time") from error

    async def _start(self, arguments: Sequence[str], *, folder: Path, limits: ChildLimits) -> Process:
        # Shielded, because asyncio itself would end a child whose start is cancelled without the rest of its group.
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", LAUNCH, "sh", *_limits(limits, niceness=self._niceness)),
                *(str(self._binary), "-hide_banner", "-nostdin", "-v", "error", *arguments),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                cwd=folder,
                env=ENVIRONMENT,
                start_new_session=True,
            )
        )
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            process = await starting
            _kill(process)
            await process.wait()
            raise


def _bundled() -> Path:
    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise EncoderError("imageio-ffmpeg has none for this machine") from error


def _limits(limits: ChildLimits, *, niceness: int) -> tuple[str, ...]:
    return (
        str(niceness),
        str(-(-limits.file_bytes // BLOCK_BYTES)),
        str(limits.cpu_seconds),
        str(limits.cpu_seconds + 5),  # when it does not heed the first
        str(limits.memory_bytes // 1024),
    )


async def _follow(process: Process, *, stall: timedelta, watch: Callable[[Progress], None] | None) -> None:
    """Pass the progress on until the child has no more to say."""
    seconds, size = 0.0, 0
    while True:
        async with asyncio.timeout(stall.total_seconds()):
            line = await _pipe(process.stdout).readline()
        if not line:
            return
        match line.strip().split(b"=", 1):
            case [b"out_time_us", value] if value.isdigit():
                seconds = int(value) / MICROSECONDS
            case [b"total_size", value] if value.isdigit():
                size = int(value)
            case [b"progress", _] if watch is not None:
                watch(Progress(seconds=seconds, size=size))
            case _:
                pass


async def _last_words(process: Process) -> str:
    """Read all that the child complains of, and keep the end of it."""
    kept = b""
    while piece := await _pipe(process.stderr).read(65536):
        kept = (kept + piece)[-LAST_WORDS:]
    return kept.decode(errors="replace")


def _pipe(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    if stream is None:
        raise TypeError("a child without the pipe it was given")
    return stream


def _kill(process: Process) -> None:
    # The number is the child's for as long as nobody has collected it, which only `wait` does.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _judge(code: int, complaint: str) -> None:
    """Turn how the child ended into what the caller can act on; the number of a signal comes negative."""
    if code == 0:
        return
    if code in OVER_LIMITS:
        raise EncoderLimitError(f"ended with {code}")
    if code in NOT_ITS_FAULT:
        raise EncoderError(f"ended with {code}: {complaint}")
    if os.strerror(errno.ENOSPC) in complaint:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    raise ClipUnplayableError(detail=f"ffmpeg ended with {code}: {complaint}")
