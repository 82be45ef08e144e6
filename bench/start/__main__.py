"""Measures a start beside a bare discord.py bot's: `uv run python -m bench.start [--quick] [--json FILE]`.

Import is a process that imports the front door, or discord.py, and ends. The rest is the whole bot as a process over
a new database, and the bare one, against the same stand-ins: seconds from the start of the process until it is
connected and until its first `/video` is answered, and its memory once it has been idle for a while. Linux only.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bench.bots import PATIENCE, ask_for_video, bare_bot, real_bot
from bench.children import ROOT, resident
from bench.report import ROUNDS, Goal, Of, Report, Row, arguments, conclude, side_by_side
from bench.upstream import upstream
from sandbox.discord import DiscordStandIn

OURS, BARE = "the bot", "bare discord.py"
IMPORTS: Final[Mapping[str, str]] = {
    OURS: "import bot",
    BARE: "import discord; from discord import app_commands; from discord.ext import commands",
}
SETTLING: Final = 4.0
"""Seconds until the memory is read: discord.py waits two for more servers before it is ready."""
MEBIBYTE: Final = 1024 * 1024
MOST_IMPORT: Final = 3.0
"""Times the library's own."""
MOST_SECONDS: Final = 2.0
"""Above the bare bot's: what a member waits longer after a restart."""
MOST_MEMORY: Final = 50.0
"""MiB above the bare bot's."""

Bot = Callable[[DiscordStandIn, Path], AbstractAsyncContextManager[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What was seen of one start: seconds, and bytes."""

    connected: float
    answered: float
    memory: int


async def measure(*, rounds: int, settling: float) -> Report:
    """Start each side in turn."""
    imports = await side_by_side({name: partial(_import, code) for name, code in IMPORTS.items()}, rounds=rounds)
    async with upstream() as api:
        bots: Mapping[str, Bot] = {
            OURS: lambda chat, folder: real_bot(chat, api, folder=folder),
            BARE: lambda chat, folder: bare_bot(chat, folder=folder),
        }
        starts = await side_by_side(
            {name: partial(_start, bot, settling=settling) for name, bot in bots.items()}, rounds=rounds
        )
    return Report(benchmark="start", rows=_rows(imports, starts), is_quick=rounds < ROUNDS)


async def _import(code: str) -> float:
    begun = time.perf_counter()
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=ROOT)
    if await child.wait() != 0:
        raise RuntimeError(code)
    return time.perf_counter() - begun


async def _start(bot: Bot, *, settling: float) -> Start:
    with tempfile.TemporaryDirectory(prefix="bench-start-") as folder:
        async with DiscordStandIn() as chat:
            begun = time.perf_counter()
            async with bot(chat, Path(folder)) as pid:
                connected = time.perf_counter() - begun
                asked = await ask_for_video(chat, user_id=chat.world.user("alice").id, prompt="a red fox")
                await asked.answered(timeout=PATIENCE)
                answered = time.perf_counter() - begun
                await asyncio.sleep(settling)
                return Start(connected=connected, answered=answered, memory=resident(pid))


def _rows(imports: Mapping[str, Sequence[float]], starts: Mapping[str, Sequence[Start]]) -> Sequence[Row]:
    return (
        Row(
            name="import, to the end of the process",
            unit="s",
            ours=imports[OURS],
            baseline=imports[BARE],
            against=BARE,
            goal=Goal(of=Of.RATIO, most=MOST_IMPORT),
        ),
        Row(
            name="from start to connected",
            unit="s",
            ours=[each.connected for each in starts[OURS]],
            baseline=[each.connected for each in starts[BARE]],
            against=BARE,
            goal=Goal(of=Of.DIFFERENCE, most=MOST_SECONDS),
        ),
        Row(
            name="from start to the first /video answered",
            unit="s",
            ours=[each.answered for each in starts[OURS]],
            baseline=[each.answered for each in starts[BARE]],
            against=BARE,
            goal=Goal(of=Of.DIFFERENCE, most=MOST_SECONDS),
        ),
        Row(
            name="resident, after one /video",
            unit="MiB",
            ours=[each.memory / MEBIBYTE for each in starts[OURS]],
            baseline=[each.memory / MEBIBYTE for each in starts[BARE]],
            against=BARE,
            goal=Goal(of=Of.DIFFERENCE, most=MOST_MEMORY),
        ),
    )


def main() -> int:
    """Read the command line and measure."""
    chosen = arguments("start", __doc__).parse_args()
    rounds, settling = (1, 0.5) if chosen.quick else (ROUNDS, SETTLING)
    return conclude(asyncio.run(measure(rounds=rounds, settling=settling)), chosen)


if __name__ == "__main__":
    sys.exit(main())
