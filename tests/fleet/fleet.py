"""One fleet: many processes, everybody asks, things go wrong; then it comes to rest, and is judged."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.postgresql import Cluster
from tests.crash.scene import Scene, opened, write_clip
from tests.fleet import chronicle
from tests.fleet.chronicle import looked_up
from tests.fleet.mishaps import Mishaps, outages
from tests.fleet.people import People
from tests.fleet.replay import Rules
from tests.fleet.seats import Fleet, manned, seats
from tests.fleet.town import settle
from tests.fleet.verdict import Report, evidence_of, judged
from tests.soak.trouble import end_trouble, trouble
from tests.stored import Stored

CLIP_BYTES: Final = 60_000
"""Little, because every clip stays on the stand-in's disk until the end."""
TO_BEGIN: Final = 120.0
"""Seconds until all gateways hear members."""
TO_REST: Final = 240.0
"""Seconds: what is left of two leases, and of the work."""
LOOK_AGAIN: Final = 1.0
BETWEEN_FAULTS: Final = (0.7, 3.5)
"""Seconds between two faults of the services."""
MICROUSD: Final = 1_000_000

MOVING: Final = """
SELECT id, state, next_at, lease_until FROM jobs
WHERE next_at IS NOT NULL AND (told_at IS NULL OR next_at < told_at + 3600000) ORDER BY id
"""
UNTOLD: Final = "SELECT id FROM notices WHERE told_at IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many, how long, by which seed, and how often something happens to a process."""

    seconds: float
    seed: int
    gateways: int = 4
    workers: int = 8
    shards: int = 4
    per_second: float = 0.8
    mishaps_every: tuple[float, float] = (5.0, 15.0)
    freezes: tuple[float, float] = (95.0, 110.0)
    outages: tuple[float, ...] = (0.35, 0.7)
    """When the database is restarted, as shares of the time."""
    running_at_once: int = 10
    budget_usd: int = 3
    per_day: int = 4
    everywhere_per_day: int = 7
    under_way: int = 3

    @property
    def rules(self) -> Rules:
        """Return the limits as the checker takes them."""
        return Rules(
            budget_microusd=self.budget_usd * MICROUSD,
            per_day=self.per_day,
            everywhere_per_day=self.everywhere_per_day,
            under_way=self.under_way,
            running_at_once=self.running_at_once,
        )

    @property
    def settings(self) -> Mapping[str, object]:
        """Return the settings that all processes have."""
        return {
            "FIRST_LOOK_SECONDS": 1,
            "LOOK_EVERY_SECONDS": 1.5,
            "RUNNING_AT_ONCE": self.running_at_once,
            "VIDEOS_PER_DAY": self.per_day,
            "USER_VIDEOS_PER_DAY_EVERYWHERE": self.everywhere_per_day,
            "USER_RUNNING_AT_ONCE": self.under_way,
            "ATTEMPTS_PER_VIDEO": 5,
            "BUDGET_USD": self.budget_usd,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a fleet."""

    plan: Plan
    report: Report
    happened: Mapping[str, int]
    asked: int
    unanswered: int
    seconds: float

    @property
    def violations(self) -> Sequence[str]:
        """Everything that did not hold."""
        return self.report.violations

    def __str__(self) -> str:
        rows = self.report.evidence.rows
        clips = sum(row["state"] == "delivered" for row in rows)
        unknown = sum(row["reason"] == "submit_unknown" for row in rows)
        cancelled = sum(row["state"] == "cancelled" for row in rows)
        limits = ", ".join(f"{rule} {share} %" for rule, share in sorted(self.report.replay.most.items()))
        return (
            f"seed {self.plan.seed}, {self.plan.gateways} gateways, {self.plan.workers} workers: {self.asked} asked "
            f"({self.unanswered} without an answer), {len(rows)} jobs, {clips} clips, {unknown} unknown, "
            f"{cancelled} cancelled; {', '.join(f'{times} {what}' for what, times in sorted(self.happened.items()))}; "
            f"{limits}; places of {len(self.report.replay.turns)} servers "
            f"{min(self.report.replay.turns.values(), default=0)} to "
            f"{max(self.report.replay.turns.values(), default=0)}; "
            f"a free job was taken within {self.report.replay.longest_free / 1000:.1f} s; "
            f"{len(self.violations)} violations, {self.seconds:.0f} s"
        )


async def sail(plan: Plan, *, folder: Path, stored: Stored, cluster: Cluster) -> Verdict:
    """Run one in an empty folder, over an empty database of that server."""
    began, chance = time.monotonic(), random.Random(plan.seed)  # noqa: S311  # the same seed must do the same
    chronicle.begin(stored)
    clip = write_clip(folder / "clip.mp4", size=CLIP_BYTES)
    async with opened(folder, clip=clip, stored=stored) as scene:
        town = settle(scene.discord.world, chance)
        fleet = _fleet(plan, scene, chance)
        people = People(scene=scene, town=town, chance=_branch(chance), per_second=plan.per_second)
        async with manned(fleet), _acting(people.own()):
            await scene.discord.connected(sessions=plan.shards, timeout=TO_BEGIN)
            await _live(plan, fleet, people, cluster=cluster, chance=chance)
            end_trouble(scene)
            await _rest(fleet)
            await fleet.leave()
        scene.let_upstream_end()
        evidence = evidence_of(fleet)
        again = _fleet(plan, scene, chance)
        async with manned(again):
            await scene.discord.connected(sessions=plan.shards, timeout=TO_BEGIN)
            await _rest(again)
            await again.leave()
        fleet.faults += again.faults
        # What a process left elsewhere, on a host where none of us is any more, is gone with the host.
        fleet.folders = again.folders
        report = await asyncio.to_thread(judged, fleet, evidence, plan.rules)
        asked = [each for each in scene.discord.interactions.all.values() if each.act.command_name == "video"]
    return Verdict(
        plan=plan,
        report=report,
        happened=fleet.happened,
        asked=len(asked),
        unanswered=sum(each.response is None for each in asked),
        seconds=time.monotonic() - began,
    )


def _fleet(plan: Plan, scene: Scene, chance: random.Random) -> Fleet:
    places = seats(scene.folder, gateways=plan.gateways, workers=plan.workers, shards=plan.shards)
    return Fleet(scene=scene, settings=plan.settings, seats=places, chance=_branch(chance))


async def _live(plan: Plan, fleet: Fleet, people: People, *, cluster: Cluster, chance: random.Random) -> None:
    """Let everybody act and everything go wrong, for as long as the plan says."""
    ends = time.monotonic() + plan.seconds
    mishaps = Mishaps(fleet=fleet, chance=_branch(chance), every=plan.mishaps_every, freezes=plan.freezes, ends=ends)
    moments = tuple(share * plan.seconds for share in plan.outages)
    async with _acting(
        people.ask_now_and_then(),
        people.ask_at_once(),
        trouble(fleet.scene, _branch(chance), between=BETWEEN_FAULTS),
        mishaps.happen(),
    ):
        await outages(cluster, fleet, at=moments, chance=_branch(chance))
        await asyncio.sleep(max(0.0, ends - time.monotonic()))
    for seat in fleet.seats:
        fleet.thaw(seat)


@asynccontextmanager
async def _acting(*deeds: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Do all of it in the block. What one of them raised comes out at its end."""
    tasks = [asyncio.create_task(deed) for deed in deeds]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def _rest(fleet: Fleet) -> None:
    """Wait until nothing is left to do."""
    stored, ends = fleet.scene.stored, time.monotonic() + TO_REST
    while await looked_up(stored, MOVING) or await looked_up(stored, UNTOLD):
        if time.monotonic() > ends:
            fleet.faults.append(f"I4 no rest: {await looked_up(stored, MOVING)}")
            return
        await asyncio.sleep(LOOK_AGAIN)


def _branch(chance: random.Random) -> random.Random:
    """Return chances of somebody's own, so that nobody's pace changes what the others do."""
    return random.Random(chance.random())  # noqa: S311  # the same seed must do the same
