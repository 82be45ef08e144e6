"""`kill -9` of the real process, `bot.py run`, wherever a job can be."""

import pytest

from sandbox.discord import Fault, FaultKind
from tests.crash.aftermath import begun, ends, recovered
from tests.crash.process import Start
from tests.crash.scene import Scene
from tests.crash.situations import CALLBACKS, MESSAGES, MOMENT, SITUATIONS, Situation

pytestmark = pytest.mark.asyncio(loop_scope="session")
MUCH_TALK = 300
"""Messages of others between the command and its clip."""


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
async def test_a_kill_loses_nothing_and_buys_nothing_twice(
    scene: Scene, start: Start, fork: Start, situation: Situation
) -> None:
    bot = await begun(scene, start, **situation.settings)
    await situation.reach(scene)

    await bot.die()

    evidence = await recovered(scene, fork, **situation.settings)
    expected = "submit_unknown" if situation.is_unknown_after_a_kill else "delivered"
    assert ends(evidence) == [expected] * len(scene.asked)


async def test_a_kill_before_the_answer_is_out_costs_nothing(scene: Scene, start: Start, fork: Start) -> None:
    bot = await begun(scene, start)
    scene.discord.script(Fault(route=CALLBACKS, kind=FaultKind.HANG))
    await scene.ask()
    await scene.until(lambda: len(scene.discord.requests_to(CALLBACKS)) == 1)

    await bot.die()

    evidence = await recovered(scene, fork)
    assert ends(evidence) == ["cancelled"]
    assert evidence.submits == []


async def test_a_kill_between_a_cancel_and_its_answer_leaves_no_button_behind(
    scene: Scene, start: Start, fork: Start
) -> None:
    bot = await begun(scene, start, RUNNING_AT_ONCE=1)
    await SITUATIONS["queues"].reach(scene)
    for route in (CALLBACKS, "PATCH /channels/{channel_id}/messages/{message_id}"):
        scene.discord.script(Fault(route=route, kind=FaultKind.HANG, times=10))
    await scene.cancel(scene.asked[-1])
    await scene.until(lambda: [row["state"] for row in scene.rows()][1:] == ["cancelled"])

    await bot.die()
    scene.discord.faults.clear()

    evidence = await recovered(scene, fork, RUNNING_AT_ONCE=1)
    assert ends(evidence) == ["delivered", "cancelled"]


async def test_a_busy_channel_does_not_hide_a_clip_that_was_posted(scene: Scene, start: Start, fork: Start) -> None:
    bot = await begun(scene, start)
    await SITUATIONS["polls"].reach(scene)
    world = scene.discord.world
    bob, videos = world.user("bob"), world.channel("videos")
    for number in range(MUCH_TALK):
        await scene.discord.post(user_id=bob.id, channel_id=videos.id, content=f"as I said {number} times")
    scene.discord.script(Fault(route=MESSAGES, kind=FaultKind.DELAY_ANSWER, seconds=MOMENT))
    await scene.sees_clip()

    await bot.die()
    world.messages.forget_nonces()

    assert ends(await recovered(scene, fork)) == ["delivered"]
