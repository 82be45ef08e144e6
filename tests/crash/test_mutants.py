"""Proof that the kill matrix can fail: each mutant is caught, at a point where the bot itself breaks nothing."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from sandbox.discord import Fault, FaultKind
from sandbox.openrouter import Answer, JobPlan
from tests.crash.cell import Stage, Variation, play
from tests.crash.points import Kind, Moment, Point
from tests.crash.process import Start
from tests.crash.scene import Scene
from tests.crash.situations import MESSAGES
from tests.crash.stories import DELIVERED, shuts_the_bot_out
from tests.crash.story import Story
from tests.stored import Ground

pytestmark = pytest.mark.asyncio(loop_scope="session")
HISTORY = "GET /channels/{channel_id}/messages"


def is_made_at_once(scene: Scene) -> None:
    """Let every video be done at the first look, so that every run has the same requests."""
    scene.openrouter.script(JobPlan(seconds=0, times=None))


def is_kept_for_one_download(scene: Scene) -> None:
    """Let the video API forget a clip once it was fetched."""
    is_made_at_once(scene)
    scene.openrouter.script(Answer(route="content", nth=2, status=410, times=None))


def is_not_in_the_history_yet(scene: Scene) -> None:
    """Let the history lag behind what was posted."""
    is_made_at_once(scene)
    scene.discord.script(Fault(route=HISTORY, kind=FaultKind.ANSWER, status=200, json=[], times=100))


def is_posted_directly(scene: Scene) -> None:
    """Let the channel take no messages any more, so that every clip goes out by direct message."""
    is_made_at_once(scene)
    channel = scene.discord.world.channel("videos")
    refusal = {"code": 50013, "message": "Missing Permissions"}
    path = f"/channels/{channel.id}/"
    scene.discord.script(Fault(route=MESSAGES, path=path, kind=FaultKind.ANSWER, status=403, json=refusal, times=100))


def is_not_in_the_direct_messages_yet(scene: Scene) -> None:
    """Let their history lag behind what was posted."""
    is_posted_directly(scene)
    is_not_in_the_history_yet(scene)


@dataclass(frozen=True, kw_only=True)
class Hunt:
    """Where a mutant is to be caught, and by which invariants."""

    mutant: str
    broken: AbstractSet[str]
    route: str
    nth: int = 1
    """Which of the requests to that route."""
    moment: Moment = Moment.AFTER
    prepare: Callable[[Scene], None] = is_made_at_once
    meanwhile: Callable[[Scene], None] = DELIVERED.meanwhile
    remembers_nonces: bool = True

    @property
    def story(self) -> Story:
        return replace(DELIVERED, prepare=self.prepare, meanwhile=self.meanwhile)


HUNTS = {
    "resubmit after a crash": Hunt(mutant="resubmit", route="submit", broken={"I2", "I8"}),
    "no intent row": Hunt(mutant="no-intent", route="submit", broken={"I2", "I8"}),
    "a fresh nonce for every attempt": Hunt(
        mutant="fresh-nonce", route=MESSAGES, broken={"I3", "I5"}, prepare=is_not_in_the_history_yet
    ),
    "no look at the history": Hunt(mutant="no-history", route=MESSAGES, broken={"I3", "I5"}, remembers_nonces=False),
    "no look at the channel before the direct messages": Hunt(
        mutant="blind-detour",
        route=MESSAGES,
        broken={"I3", "I5"},
        meanwhile=shuts_the_bot_out,
    ),
    "no look at the direct messages": Hunt(
        mutant="blind-detour",
        route=MESSAGES,
        nth=2,
        broken={"I3", "I5"},
        prepare=is_posted_directly,
        remembers_nonces=False,
    ),
    "a fresh nonce for the direct message": Hunt(
        mutant="fresh-nonce",
        route=MESSAGES,
        nth=2,
        broken={"I3", "I5"},
        prepare=is_not_in_the_direct_messages_yet,
    ),
    "deleted before it is delivered": Hunt(
        mutant="delete-first",
        route=MESSAGES,
        moment=Moment.BEFORE,
        broken={"I5"},
        prepare=is_kept_for_one_download,
    ),
}


async def broken_at(
    point: Point, *, variation: Variation, folder: Path, clip: Path, start: Start, ground: Ground
) -> AbstractSet[str]:
    home = folder / f"{str(point).replace(':', '.')} {variation.mutant}"
    home.mkdir()
    outcome = await play([point], folder=home, clip=clip, start=start, variation=variation, ground=ground)
    return {violation.split()[0] for violation in outcome.violations}


def routes(scene: Scene) -> Sequence[str]:
    """Return the routes of the bot's requests in their order."""
    asked = [(record.received_at, record.route) for record in scene.discord.requests]
    asked += [(record.at, record.route) for record in scene.openrouter.requests]
    return [name for _, name in sorted(asked)]


@pytest.mark.parametrize("hunt", HUNTS.values(), ids=HUNTS)
async def test_a_mutant_is_caught(scene: Scene, fork: Start, clip: Path, ground: Ground, hunt: Hunt) -> None:
    hunt.prepare(scene)
    assert not await Stage(scene=scene, start=fork).live(None)
    numbers = [n for n, route in enumerate(routes(scene), start=1) if route == hunt.route]
    point = Point(kind=Kind.HTTP, n=numbers[hunt.nth - 1], moment=hunt.moment)
    healthy = Variation(story=hunt.story, remembers_nonces=hunt.remembers_nonces)
    mutated = replace(healthy, mutant=hunt.mutant)

    broken = partial(broken_at, point, folder=scene.folder, clip=clip, start=fork, ground=ground)
    assert await broken(variation=healthy) == set()
    assert await broken(variation=mutated) >= hunt.broken


async def test_money_that_is_settled_apart_from_the_end_is_caught(
    scene: Scene, fork: Start, clip: Path, ground: Ground
) -> None:
    story = replace(DELIVERED, prepare=is_made_at_once, is_sequel=True)
    variation = Variation(story=story, mutant="settle-apart")
    point = Point(kind=Kind.DB, n=1, moment=Moment.BEFORE)

    assert "I1" in await broken_at(
        point, variation=variation, folder=scene.folder, clip=clip, start=fork, ground=ground
    )
