"""Fits one clip to one limit, and says what that took and what came of it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.media.likeness import Judge
from bench.media.watching import Watch, p99, watching
from services.errors import ClipUnfitError
from services.media import Fitter, Treatment

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one clip and one limit came to."""

    clip: str
    megabytes: float
    """Of 10^6 bytes, of the clip as it came."""
    limit_mib: float
    treatment: str
    """`unfit` where it could not be brought under the limit."""
    attempts: int
    size_over_limit: float
    wall_seconds: float
    cpu_seconds: float
    child_mib: float
    loop_lag_p99_ms: float
    likeness: float | None
    """As the judge measures it; None where the pictures are those that came, or nothing was to be compared."""

    @property
    def is_encoded(self) -> bool:
        """Whether it took an encode."""
        return self.treatment == Treatment.REENCODE


class Bench:
    """Fits with `fitter` into `target`, and has results judged where there is a judge."""

    def __init__(self, fitter: Fitter, *, target: Path, judge: Judge | None) -> None:
        self._fitter = fitter
        self._target = target
        self._judge = judge
        self.lags: list[float] = []
        """Of the event loop during all encodes, in seconds."""

    async def measure(self, clip: Path, *, name: str, limit: int) -> Row:
        """Fit one clip to a limit of so many bytes. The result is removed."""
        fitted, attempts = None, 0
        async with watching() as watch:
            try:
                fitted = await self._fitter.make_fit(clip, limit=limit, target_folder=self._target)
                attempts = fitted.attempts
            except ClipUnfitError as error:
                attempts = error.attempts
        if fitted is None:
            return _row(clip, watch, name=name, limit=limit, treatment="unfit", attempts=attempts, size=0)
        likeness = None
        if fitted.treatment is Treatment.REENCODE:
            self.lags += watch.lags
            if self._judge is not None:
                likeness = await asyncio.to_thread(self._judge.likeness, fitted.path, clip)
        size = fitted.path.stat().st_size
        if fitted.path != clip:
            fitted.path.unlink()
        treatment = fitted.treatment.value
        return _row(
            clip, watch, name=name, limit=limit, treatment=treatment, attempts=attempts, size=size, likeness=likeness
        )


def _row(
    clip: Path,
    watch: Watch,
    *,
    name: str,
    limit: int,
    treatment: str,
    attempts: int,
    size: int,
    likeness: float | None = None,
) -> Row:
    return Row(
        clip=name,
        megabytes=round(clip.stat().st_size / 1e6, 2),
        limit_mib=round(limit / MEBIBYTE, 3),
        treatment=treatment,
        attempts=attempts,
        size_over_limit=round(size / limit, 4),
        wall_seconds=round(watch.wall_seconds, 3),
        cpu_seconds=round(watch.cpu_seconds, 2),
        child_mib=round(watch.child_kib / 1024, 1),
        loop_lag_p99_ms=round(1_000 * p99(watch.lags), 2),
        likeness=likeness,
    )
