"""Measures how well clips are made to fit: `uv run python -m bench.media [--json FILE] [--quick] [--case NAME]`.

For each clip of a generated set and each limit: seconds on the wall and of CPU, the share of the limit that was used,
attempts, likeness to the original (VMAF where an ffmpeg here has it, else SSIM) and the child's largest memory. Then a
hundred short clips drawn by dice; how long it takes to see that nothing has to be done; how late the event loop was;
and what a cancel leaves behind. At the end every goal, with met or not met. The exit code is 1 where one is not.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import imageio_ffmpeg  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]  # it has no types

from bench.media.clips import HEADLINE, SET, make
from bench.media.diced import measure_diced
from bench.media.goals import Figures, Goal, judge
from bench.media.likeness import Judge, find_judge
from bench.media.promises import cancel_often, decide_often
from bench.media.rows import MEBIBYTE, Bench, Row
from bench.media.watching import p99, watching
from services.media import Ffmpeg, Fitter

LIMITS: Final = (4, 10, 20, 50)
IDLE: Final = 2.0
"""Seconds without an encode: what the event loop's lag is to be compared with."""
COLUMNS: Final[Mapping[str, int]] = {
    "clip": 12,
    "megabytes": 9,
    "limit_mib": 9,
    "treatment": 10,
    "attempts": 8,
    "size_over_limit": 15,
    "wall_seconds": 12,
    "cpu_seconds": 11,
    "child_mib": 9,
    "loop_lag_p99_ms": 15,
    "likeness": 9,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be measured."""

    names: Sequence[str]
    limits: Sequence[int]
    """MiB."""
    diced: int
    seed: int
    judge: Judge | None
    folder: Path
    """Where clips are kept for the next run."""


async def measure(wish: Wish, *, binary: str, work: Path) -> Figures:
    """Measure all of it, printing each row as it comes."""
    fitter, target = Fitter(await Ffmpeg.find()), work / "fitted"
    target.mkdir()
    bench = Bench(fitter, target=target, judge=wish.judge)
    rows = await _rows(bench, wish, binary=binary)
    _say(f"\n{wish.diced} encodes of short clips drawn by dice, seed {wish.seed}:")
    drawn = Bench(fitter, target=target, judge=None)
    diced = await measure_diced(drawn, count=wish.diced, seed=wish.seed, binary=binary, folder=work)
    _say("\n".join(_missed(diced)) or "each at its first attempt")
    headline = await asyncio.to_thread(make, SET[HEADLINE], name=HEADLINE, binary=binary, folder=wish.folder)
    async with watching() as idle:
        await asyncio.sleep(IDLE)
    ceiling = await asyncio.to_thread(wish.judge.likeness, headline, headline) if wish.judge else None
    return Figures(
        rows=rows,
        diced=diced,
        decision=await decide_often(fitter, headline, target=target),
        cancels=await cancel_often(fitter, headline, limit=10 * MEBIBYTE, target=target),
        lag_ms=round(1_000 * p99(bench.lags), 2),
        idle_lag_ms=round(1_000 * p99(idle.lags), 2),
        measure=wish.judge.measure if wish.judge else None,
        ceiling=ceiling,
    )


async def _rows(bench: Bench, wish: Wish, *, binary: str) -> Sequence[Row]:
    _say("  ".join(f"{name:>{width}}" for name, width in COLUMNS.items()))
    rows: list[Row] = []
    for name in wish.names:
        clip = await asyncio.to_thread(make, SET[name], name=name, binary=binary, folder=wish.folder)
        for mib in wish.limits:
            row = await bench.measure(clip, name=name, limit=mib * MEBIBYTE)
            rows.append(row)
            cells = asdict(row)
            shown = {key: "-" if cells[key] is None else str(cells[key]) for key in COLUMNS}
            _say("  ".join(f"{shown[key]:>{width}}" for key, width in COLUMNS.items()))
    return rows


def _missed(diced: Sequence[Row]) -> Sequence[str]:
    return [f"{row.clip}: {row.treatment}, {row.attempts} attempts" for row in diced if row.attempts != 1]


def _tell(goals: Sequence[Goal]) -> None:
    _say("")
    for goal in goals:
        _say(f"{goal.verdict:>12}  {goal.name}: wanted {goal.wanted}, seen {goal.seen}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _machine() -> str:
    return f"{os.cpu_count()} cores, load average {' '.join(f'{load:.1f}' for load in os.getloadavg())}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.media", description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--quick", action="store_true", help="one clip, one limit, ten clips by dice")
    parser.add_argument("--case", action="append", choices=[*SET], help="only this clip; may be given again")
    parser.add_argument("--diced", type=int, default=100, help="how many encodes of clips drawn by dice")
    parser.add_argument("--seed", type=int, default=1, help="of the dice")
    parser.add_argument("--no-likeness", action="store_true", help="skip VMAF, which takes longer than all the rest")
    parser.add_argument(
        "--clips", type=Path, default=Path(tempfile.gettempdir()) / "bench-media-clips", help="where clips are kept"
    )
    return parser.parse_args()


def _wish(chosen: argparse.Namespace, binary: str) -> Wish:
    chosen.clips.mkdir(parents=True, exist_ok=True)
    return Wish(
        names=chosen.case or ((HEADLINE,) if chosen.quick else [*SET]),
        limits=(10,) if chosen.quick else LIMITS,
        diced=10 if chosen.quick else chosen.diced,
        seed=chosen.seed,
        judge=None if chosen.no_likeness else find_judge(binary),
        folder=chosen.clips,
    )


def main() -> int:
    """Read the command line, measure, and write what was asked for."""
    chosen, binary = _arguments(), str(imageio_ffmpeg.get_ffmpeg_exe())
    wish, before = _wish(chosen, binary), _machine()
    _say(f"{before}; likeness is {wish.judge.measure if wish.judge else 'not measured'}\n")
    with tempfile.TemporaryDirectory(prefix="bench-media-") as work:
        figures = asyncio.run(measure(wish, binary=binary, work=Path(work)))
    goals, after = judge(figures), _machine()
    _tell(goals)
    _say(f"\n{after}")
    if chosen.json:
        verdicts = [asdict(goal) for goal in goals]
        content = {"machine": {"before": before, "after": after}, **asdict(figures), "goals": verdicts}
        chosen.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return int(any(goal.is_met is False for goal in goals))


if __name__ == "__main__":
    sys.exit(main())
