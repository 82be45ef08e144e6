"""One soak: the people act, things go wrong, the bot is killed and started again; at the end, the checker's verdict."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.crash.cell import Stage
from tests.crash.evidence import gathered
from tests.crash.invariants import violations
from tests.crash.process import Nursery, events, nursery
from tests.crash.scene import Scene, opened, write_clip
from tests.soak.people import Person, own
from tests.soak.town import settle
from tests.soak.trouble import end_trouble, trouble
from tests.stored import Stored

CLIP_BYTES: Final = 60_000
"""Little, because every clip stays on the stand-in's disk until the end."""
SECONDS_PER_VIDEO: Final = 0.5
SETTINGS: Final[Mapping[str, object]] = {
    "FIRST_LOOK_SECONDS": 0.2,
    "LOOK_EVERY_SECONDS": 0.3,
    "RUNNING_AT_ONCE": 8,
    "VIDEOS_PER_DAY": 500,
    "USER_VIDEOS_PER_DAY_EVERYWHERE": 5000,
    "BUDGET_USD": 100_000,
}
EXCUSED: Final = frozenset({"unplayable"})
"""A clip that was cut off twice: two faults may meet on one video."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, by which seed, and how often the bot is killed."""

    seconds: float
    seed: int
    kill_every: tuple[float, float] = (5.0, 60.0)
    """Seconds: the least and the most."""
    fewest_kills: int = 0
    """It goes on for so many, where a busy machine has not come to them in its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a soak."""

    seed: int
    jobs: int
    clips: int
    unknown: int
    kills: int
    violations: Sequence[str]
    seconds: float

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.jobs} jobs, {self.clips} clips, {self.unknown} unknown, {self.kills} kills, "
            f"{len(self.violations)} violations, {self.seconds:.0f} s"
        )


async def soak(plan: Plan, *, folder: Path, stored: Stored) -> Verdict:
    """Run one in an empty folder, whose `data` is the data folder of the bot of that database."""
    began = time.monotonic()
    chance = random.Random(plan.seed)  # noqa: S311  # the same seed must do the same
    clip = write_clip(folder / "clip.mp4", size=CLIP_BYTES)
    world = opened(folder, clip=clip, stored=stored, seconds_per_video=SECONDS_PER_VIDEO)
    async with world as scene, nursery() as start:
        residents = settle(scene.discord.world, chance)
        acting = [
            asyncio.create_task(Person(scene=scene, resident=resident, chance=_branch(chance)).live())
            for resident in residents
        ]
        acting.append(asyncio.create_task(own(scene, residents[0].places[0], _branch(chance))))
        acting.append(asyncio.create_task(trouble(scene, _branch(chance))))
        try:
            found = await _lives(plan, scene, start, chance=_branch(chance), acting=acting)
        finally:
            for task in acting:
                task.cancel()
            await asyncio.gather(*acting, return_exceptions=True)
        end_trouble(scene)
        found.faults += await _verdict(scene, start)
        rows = scene.rows()
    return Verdict(
        seed=plan.seed,
        jobs=len(rows),
        clips=sum(row["state"] == "delivered" for row in rows),
        unknown=sum(row["reason"] == "submit_unknown" for row in rows),
        kills=found.kills,
        violations=found.faults,
        seconds=time.monotonic() - began,
    )


def _branch(chance: random.Random) -> random.Random:
    """Return chances of somebody's own, so that nobody's pace changes what the others do."""
    return random.Random(chance.random())  # noqa: S311  # the same seed must do the same


@dataclass(slots=True, kw_only=True)
class _Found:
    """What happened while the bot lived and died."""

    kills: int
    faults: list[str]


async def _lives(
    plan: Plan, scene: Scene, start: Nursery, *, chance: random.Random, acting: Sequence["asyncio.Task[None]"]
) -> _Found:
    """Start the bot and kill it, over and over, until the time is over."""
    found = _Found(kills=0, faults=[])
    ends = time.monotonic() + plan.seconds
    while time.monotonic() < ends or found.kills < plan.fewest_kills:
        await scene.disconnected()
        bot = await start(scene.environment(**SETTINGS), folder=scene.folder, log=scene.log)
        try:
            await scene.connected(bot)
            rest = chance.uniform(*plan.kill_every)
            if found.kills >= plan.fewest_kills:
                rest = min(rest, max(0.0, ends - time.monotonic()))
            await asyncio.wait({bot.exiting, *acting}, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
            for task in acting:
                if task.done():
                    task.result()
            if bot.is_over:
                found.faults.append(f"the bot ended by itself with {await bot.exit_code()}")
        finally:
            await bot.die()
        found.kills += 1
    return found


async def _verdict(scene: Scene, start: Nursery) -> Sequence[str]:
    """Let everything come to rest, check, start once more and compare."""
    stage = Stage(scene=scene, start=start, act=_nothing, settings=SETTINGS)
    await scene.disconnected()
    _let_time_pass(scene)
    try:
        await stage.live(None)
        scene.let_upstream_end()
        evidence = gathered(scene)
        await stage.live(None)
    except TimeoutError:
        return ["I4 no rest", *violations(gathered(scene), excused=EXCUSED)]
    logged = [
        f"logged: {event}"
        for event in events(scene.log)
        if event.get("level") in {"error", "critical", "unknown"} and not _is_librarys(event)
    ]
    leaked = [f"the log holds {name}" for name in scene.leaked()]
    return [*violations(evidence, later=gathered(scene), excused=EXCUSED), *logged, *leaked]


def _is_librarys(event: Mapping[str, object]) -> bool:
    """Whether discord.py said it: a connection that is lost and found again is an error to it."""
    return str(event.get("logger", "")).startswith("discord")


def _let_time_pass(scene: Scene) -> None:
    """Let every wait and every pause be over. Only while no bot runs."""
    scene.stored.rows("UPDATE jobs SET next_at = 1 WHERE next_at IS NOT NULL")
    scene.stored.rows("UPDATE pauses SET until = 1")


async def _nothing(_: Scene) -> None:
    """Nobody asks for anything any more."""
