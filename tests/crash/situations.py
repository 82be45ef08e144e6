"""Where a job can be when something happens to the process: each brings it there, and returns while it is there."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sandbox.discord import Fault, FaultKind
from sandbox.openrouter import Delay, JobPlan, SlowBody
from tests.crash.process import PATIENCE
from tests.crash.scene import DISTANT, Scene

MESSAGES: Final = "POST /channels/{channel_id}/messages"
CALLBACKS: Final = "POST /interactions/{interaction_id}/{interaction_token}/callback"
MOMENT: Final = 1.0
"""Seconds that a situation lasts where nothing happens to the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A place of a job; `settings` are what the bot needs for it."""

    reach: Callable[[Scene], Awaitable[None]]
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    is_unknown_after_a_kill: bool = False


async def _queues(scene: Scene) -> None:
    scene.openrouter.script(JobPlan(seconds=MOMENT))
    await scene.ask(by="bob")
    await scene.openrouter.requests.wait_for("submit", answered=True)
    await scene.ask()
    await scene.until(lambda: [row["status_message_id"] is not None for row in scene.rows()] == [True, True])


async def _is_answered(scene: Scene) -> None:
    scene.discord.script(Fault(route=CALLBACKS, kind=FaultKind.DELAY_ANSWER, seconds=MOMENT))
    asked = await scene.ask()
    await asked.interaction.answered(timeout=PATIENCE)


async def _submits(scene: Scene) -> None:
    scene.openrouter.script(Delay(route="submit", seconds=MOMENT, after_work=True))
    await scene.ask()
    await scene.until(lambda: len(scene.openrouter.jobs) == 1)


async def _polls(scene: Scene) -> None:
    # By the clock of the stand-in, so that a slow machine does not find it done at the first look.
    scene.openrouter.script(JobPlan(seconds=DISTANT.total_seconds()))
    await scene.ask()
    await scene.openrouter.requests.wait_for("status", count=2, answered=True)
    scene.let_upstream_end()


async def _downloads(scene: Scene) -> None:
    scene.openrouter.script(SlowBody(bytes_per_second=round(scene.clip.stat().st_size / MOMENT)))
    await scene.ask()
    await scene.until((scene.clip_folder / "video-1.part").exists)


async def _posts(scene: Scene) -> None:
    scene.discord.script(Fault(route=MESSAGES, kind=FaultKind.DELAY, seconds=MOMENT))
    await scene.ask()
    await scene.until(lambda: len(scene.discord.requests_to(MESSAGES)) == 1)


async def _has_posted(scene: Scene) -> None:
    scene.discord.script(Fault(route=MESSAGES, kind=FaultKind.DELAY_ANSWER, seconds=MOMENT))
    await scene.ask()
    await scene.sees_clip()


async def _has_posted_and_heard_502(scene: Scene) -> None:
    scene.discord.script(Fault(route=MESSAGES, kind=FaultKind.ANSWER_AFTER_DOING, status=502))
    await scene.ask()
    await scene.sees_clip()


SITUATIONS: Final[Mapping[str, Situation]] = {
    "is answered": Situation(reach=_is_answered),
    "queues": Situation(reach=_queues, settings={"RUNNING_AT_ONCE": 1}),
    "submits": Situation(reach=_submits, is_unknown_after_a_kill=True),
    "polls": Situation(reach=_polls),
    "downloads": Situation(reach=_downloads),
    "posts": Situation(reach=_posts),
    "has posted": Situation(reach=_has_posted),
    "has posted and heard 502": Situation(reach=_has_posted_and_heard_502),
}
