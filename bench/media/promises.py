"""What else is promised: a clip that needs nothing is left as it is, at once; and a cancel leaves nothing behind."""

import asyncio
import hashlib
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.media.rows import MEBIBYTE
from bench.media.watching import children, p99
from services.media import Fitter

DECISIONS: Final = 500
PLENTY: Final = 1024 * MEBIBYTE
MOMENTS: Final = (0.0, 0.02, 0.1, 0.5, 1.0, 2.0)
"""Seconds into an encode at which it is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How long it takes to see that nothing has to be done to a clip."""

    median_ms: float
    p99_ms: float
    is_same_clip: bool
    """Whether its SHA-256 is what it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """What a cancelled encode took to be gone."""

    after_seconds: float
    took_ms: float
    processes: int
    files: int


async def decide_often(fitter: Fitter, clip: Path, *, target: Path) -> Decision:
    """Have it decided many times that a clip is fine as it came."""
    before = await asyncio.to_thread(_sha256, clip)
    took: list[float] = []
    fitted = await fitter.make_fit(clip, limit=PLENTY, target_folder=target)
    for _ in range(DECISIONS):
        begun = time.perf_counter()
        fitted = await fitter.make_fit(clip, limit=PLENTY, target_folder=target)
        took.append(time.perf_counter() - begun)
    after = await asyncio.to_thread(_sha256, fitted.path)
    return Decision(
        median_ms=round(1_000 * statistics.median(took), 3),
        p99_ms=round(1_000 * p99(took), 3),
        is_same_clip=before == after,
    )


async def cancel_often(fitter: Fitter, clip: Path, *, limit: int, target: Path) -> Sequence[Cancel]:
    """Cancel an encode at several moments, and look at once for what is left of it."""
    return [await _cancel(fitter, clip, limit=limit, target=target, after=moment) for moment in MOMENTS]


async def _cancel(fitter: Fitter, clip: Path, *, limit: int, target: Path, after: float) -> Cancel:
    before = {*children()}
    fitting = asyncio.create_task(fitter.make_fit(clip, limit=limit, target_folder=target), name="to-be-cancelled")
    await asyncio.sleep(after)
    begun = time.perf_counter()
    fitting.cancel()
    with suppress(asyncio.CancelledError):
        await fitting
    took = time.perf_counter() - begun
    return Cancel(
        after_seconds=after,
        took_ms=round(1_000 * took, 1),
        processes=len({*children()} - before),
        files=len(list(target.iterdir())),  # noqa: ASYNC240  # at this very moment
    )


def _sha256(clip: Path) -> str:
    return hashlib.sha256(clip.read_bytes()).hexdigest()
