"""One cell of the matrix: a story is told, the bot dies where it is told to, and is started again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.evidence import Evidence, gathered
from tests.crash.invariants import violations
from tests.crash.points import Point
from tests.crash.process import Start, events
from tests.crash.scene import Scene, opened
from tests.crash.stories import DELIVERED
from tests.crash.story import ALWAYS, Story, asks_once
from tests.stored import Ground, let_identify


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """In what world the cells are run."""

    story: Story = DELIVERED
    remembers_nonces: bool = True
    mutant: str = ""
    """Names out of `tests.crash.mutants`, with commas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a cell."""

    points: Sequence[Point]
    died: int
    """At how many of the points, in their order, a process died; the next one was never reached."""
    violations: Sequence[str]
    story: str = ""

    @property
    def is_untouched(self) -> bool:
        """Whether the last of the points was never reached, so that there is none beyond it either."""
        return self.died < len(self.points)


async def play(
    points: Sequence[Point],
    *,
    folder: Path,
    clip: Path,
    start: Start,
    variation: Variation | None = None,
    ground: Ground,
    is_empty: bool = False,
) -> Outcome:
    """Start the bot once for each point, to die there, and then to the end; check; start once more and compare.

    `ground` is what its database stands on; `is_empty` lets it make the schema at its first start.
    """
    variation = variation or Variation()
    story = variation.story
    async with AsyncExitStack() as stack:
        stored = stack.enter_context(ground.stored(folder / "data", is_empty=is_empty))
        world = opened(folder, clip=clip, stored=stored, remembers_nonces=variation.remembers_nonces)
        scene = await stack.enter_async_context(world)
        story.prepare(scene)
        stage = Stage(
            scene=scene,
            start=start,
            mutant=variation.mutant,
            act=story.act,
            meanwhile=story.meanwhile,
            settings=story.settings,
            is_sequel=story.is_sequel,
        )
        died = 0
        try:
            for point in points:
                if not await stage.live(point):
                    break
                died += 1
            if died == len(points) and await stage.live(None):
                return Outcome(
                    story=story.name, points=points, died=died, violations=["the bot ended although nobody killed it"]
                )
            scene.let_upstream_end()
            evidence = gathered(scene)
            await stage.live(None)
        except TimeoutError:
            found = [f"I4 no rest: {_moving(scene)}", *violations(gathered(scene))]
            return Outcome(story=story.name, points=points, died=died, violations=found)
        found = [*violations(evidence, later=gathered(scene)), *_ends(evidence, story), *_logged(scene)]
        return Outcome(story=story.name, points=points, died=died, violations=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Brings the bot to life in a scene, as often as it takes."""

    scene: Scene
    start: Start
    mutant: str = ""
    act: Callable[[Scene], Awaitable[None]] = asks_once
    meanwhile: Callable[[Scene], None] = lambda _: None
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    is_sequel: bool = False

    async def live(self, point: Point | None) -> bool:
        """Start the bot, let the members do what they still want, let everything come to rest, and stop it.

        Returns whether it died on the way.

        Raises:
            TimeoutError: it never came to rest. The process is dead.
        """
        scene = self.scene
        await scene.disconnected()
        scene.let_grace_pass()
        let_identify(scene.stored)
        scene.forget_lost()
        self.meanwhile(scene)
        scene.must_live()
        wishes: dict[str, object] = {"CRASH_AT": str(point)} if point else {}
        if self.is_sequel:
            wishes["CRASH_WHILE"] = scene.fatal
        environment = scene.environment(CRASH_MUTANT=self.mutant, **wishes, **self.settings)
        bot = await self.start(environment, folder=scene.folder, log=scene.log)
        try:
            if await scene.connected(bot) and await scene.either(bot, self.act(scene)):
                await scene.at_rest(bot)
            return await bot.stop() != 0
        finally:
            await bot.die()


def _ends(evidence: Evidence, story: Story) -> Sequence[str]:
    """Demand that the bot is of use after all: whoever asked has a video, or the reason why not that the story has."""
    if not evidence.rows:
        return ["the member asked and there is no job"]
    ends = [(row["id"], row["reason"] or row["state"]) for row in evidence.rows]
    unforeseen = [f"job {number} ended as {end}" for number, end in ends if end not in story.ends | ALWAYS]
    return [*unforeseen, *story.amiss(evidence)]


def _moving(scene: Scene) -> str:
    return str([(row["id"], row["state"], row["next_at"]) for row in scene.rows()])


def _logged(scene: Scene) -> Sequence[str]:
    """Demand a log without errors, since being killed is no error of the bot's, and without anything private."""
    errors = [
        f"logged: {event}" for event in events(scene.log) if event.get("level") in {"error", "critical", "unknown"}
    ]
    return [*errors, *(f"the log holds {name}" for name in scene.leaked())]
