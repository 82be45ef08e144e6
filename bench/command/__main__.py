"""Measures how long members wait for the answer to `/video`: `uv run python -m bench.command [--quick] [--json FILE]`.

From the frame on the gateway to the answer at Discord's REST API, with the real bot as a process against stand-ins,
beside a bare discord.py bot that only answers: first at rest, then while 200 suggestions a second are asked for and
the real bot looks after 5,000 jobs that run upstream. A new process for every round.
"""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from bench import backlog
from bench.bots import PATIENCE, bare_bot, real_bot
from bench.command.crowd import TOO_LATE, Crowd
from bench.report import ROUNDS, Goal, Of, Report, Row, arguments, conclude, keep_quiet, quantile, say, side_by_side
from bench.upstream import Upstream, upstream
from sandbox.discord import DiscordStandIn
from services.database import Database

OURS, BARE, OURS_BUSY, BARE_BUSY = "the bot", "bare discord.py", "the bot, busy", "bare discord.py, busy"
FILE: Final = "bot.sqlite3"
MOST_MS: Final = 50.0
"""At the 99th percentile, above the bare library's own."""
AHEAD: Final = timedelta(minutes=10)
"""Jobs are submitted so far in the future: they stay as young, and are looked at as often, in the last round."""
MANY_AT_ONCE: Final = "10000"
EDIT: Final = "PATCH /channels/{channel_id}/messages/{message_id}"
GLANCE: Final = 0.5
QUIET: Final = 4
"""Glances in a row without an edit, after which the bot has found out that none of the seeded messages is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much goes on. `commands` are measured in each round."""

    commands: int
    jobs: int
    typed_per_second: float
    rounds: int


FULL: Final = Load(commands=300, jobs=5_000, typed_per_second=200, rounds=ROUNDS)
QUICK: Final = Load(commands=5, jobs=20, typed_per_second=20, rounds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Milliseconds until commands were answered, and what else went on in the seconds that this took."""

    milliseconds: Sequence[float]
    seconds: float
    looks: int = 0
    """At jobs, by the video API's count."""
    asked: int = 0
    """Suggestions that were asked for, and those that were given."""
    answered: int = 0


class Scene:
    """Starts each side with its stand-ins, and lets a crowd at it. `seeded` holds the data of a busy bot."""

    def __init__(self, load: Load, *, api: Upstream, seeded: Path) -> None:
        self._load = load
        self._api = api
        self._seeded = seeded

    def sides(self) -> Mapping[str, Callable[[], Awaitable[Waits]]]:
        """Return what there is to be measured."""
        return {
            OURS: partial(self._measure, is_ours=True, is_busy=False),
            BARE: partial(self._measure, is_ours=False, is_busy=False),
            OURS_BUSY: partial(self._measure, is_ours=True, is_busy=True),
            BARE_BUSY: partial(self._measure, is_ours=False, is_busy=True),
        }

    async def seed(self) -> None:
        """Make the data of a bot with many jobs upstream."""
        say(f"ordering {self._load.jobs} videos")
        remote_ids = await self._api.order(self._load.jobs)
        await asyncio.to_thread(self._seeded.mkdir)
        database = await Database.open(self._seeded / FILE)
        try:
            now = datetime.now(UTC)
            await backlog.send(database, remote_ids, now=now, submitted_at=now + AHEAD)
        finally:
            await database.close()

    async def _measure(self, *, is_ours: bool, is_busy: bool) -> Waits:
        with tempfile.TemporaryDirectory(prefix="bench-command-") as name:
            folder = Path(name)
            if is_ours and is_busy:
                await asyncio.to_thread(shutil.copytree, self._seeded, folder / "data")
            async with DiscordStandIn() as chat:
                crowd = Crowd(chat)
                settings = {"RUNNING_AT_ONCE": MANY_AT_ONCE} if is_busy else {}
                running = (
                    real_bot(chat, self._api, folder=folder, settings=settings)
                    if is_ours
                    else bare_bot(chat, folder=folder)
                )
                async with running:
                    return await self._listen(chat, crowd, is_ours=is_ours, is_busy=is_busy)

    async def _listen(self, chat: DiscordStandIn, crowd: Crowd, *, is_ours: bool, is_busy: bool) -> Waits:
        if is_busy and is_ours:
            await self._at_rest(chat)
        begun, looks = time.perf_counter(), await self._api.looks()
        async with crowd.typing(self._load.typed_per_second if is_busy else 0) as typists:
            waits = await crowd.ask(self._load.commands)
        return Waits(
            milliseconds=waits,
            seconds=time.perf_counter() - begun,
            looks=await self._api.looks() - looks,
            asked=typists.asked,
            answered=typists.answered,
        )

    async def _at_rest(self, chat: DiscordStandIn) -> None:
        """Wait until the bot has looked at each of its jobs, and made the edit that it makes for each after a start."""
        looks, quiet, edits = await self._api.looks() + self._load.jobs, 0, 0
        async with asyncio.timeout(10 * PATIENCE):
            while quiet < QUIET or await self._api.looks() < looks:
                await asyncio.sleep(GLANCE)
                before, edits = edits, len(chat.requests_to(EDIT))
                quiet = quiet + 1 if edits == before else 0


async def measure(load: Load, *, folder: Path) -> Report:
    """Measure all sides in turn."""
    async with upstream() as api:
        scene = Scene(load, api=api, seeded=folder / "seeded")
        await scene.seed()
        seen = await side_by_side(scene.sides(), rounds=load.rounds)
    busy = f"{load.jobs:,} jobs upstream, {load.typed_per_second:.0f} suggestions a second"
    rows = [
        *_waits("at rest", seen[OURS], seen[BARE]),
        *_waits(busy, seen[OURS_BUSY], seen[BARE_BUSY]),
        *_load(seen[OURS_BUSY], seen[BARE_BUSY]),
    ]
    return Report(benchmark="command", rows=rows, is_quick=load != FULL, notes=(_about(load),))


def _waits(when: str, ours: Sequence[Waits], bare: Sequence[Waits]) -> Sequence[Row]:
    percentiles = [
        Row(
            name=f"/video, {when}: p{share * 100:.0f}",
            unit="ms",
            ours=[quantile(each.milliseconds, share) for each in ours],
            baseline=[quantile(each.milliseconds, share) for each in bare],
            against=BARE,
            goal=goal,
        )
        for share, goal in ((0.5, None), (0.99, Goal(of=Of.DIFFERENCE, most=MOST_MS)))
    ]
    late = Row(
        name=f"/video, {when}: too late for Discord",
        unit="answers a round",
        ours=[[*each.milliseconds].count(TOO_LATE) for each in ours],
        baseline=[[*each.milliseconds].count(TOO_LATE) for each in bare],
        against=BARE,
        goal=Goal(most=0),
    )
    return [*percentiles, late]


def _load(ours: Sequence[Waits], bare: Sequence[Waits]) -> Sequence[Row]:
    """Return what went on beside the commands: without it the busy rows would say nothing."""
    return (
        Row(
            name="looks at jobs while busy",
            unit="a second",
            ours=[each.looks / each.seconds for each in ours],
            baseline=[each.looks / each.seconds for each in bare],
            against=BARE,
        ),
        Row(
            name="suggestions asked for while busy",
            unit="a second",
            ours=[each.asked / each.seconds for each in ours],
            baseline=[each.asked / each.seconds for each in bare],
            against=BARE,
        ),
        Row(
            name="suggestions given while busy",
            unit="% of those asked for",
            ours=[100 * each.answered / each.asked for each in ours],
            baseline=[100 * each.answered / each.asked for each in bare],
            against=BARE,
        ),
    )


def _about(load: Load) -> str:
    return (
        f"{load.commands} commands a round, one after the other; the bare bot answers the same suggestions and has no "
        "jobs. The stand-in of Discord shares the machine, so its own work is in every figure."
    )


def main() -> int:
    """Read the command line and measure."""
    chosen = arguments("command", __doc__).parse_args()
    # Our own client logs each call, and thousands are made to begin with.
    keep_quiet()
    with tempfile.TemporaryDirectory(prefix="bench-command-seed-") as folder:
        report = asyncio.run(measure(QUICK if chosen.quick else FULL, folder=Path(folder)))
    return conclude(report, chosen)


if __name__ == "__main__":
    sys.exit(main())
