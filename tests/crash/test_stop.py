"""SIGTERM wherever a job can be: the step in hand ends, the process leaves with 0, and nobody notices."""

import pytest

from cogs import replies
from tests.crash.aftermath import begun, ends, recovered
from tests.crash.process import Start
from tests.crash.scene import Scene
from tests.crash.situations import SITUATIONS, Situation

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
async def test_a_stop_ends_the_step_in_hand_and_the_next_start_goes_on(
    scene: Scene, fork: Start, situation: Situation
) -> None:
    bot = await begun(scene, fork, **situation.settings)
    await situation.reach(scene)

    assert await bot.stop() == 0

    evidence = await recovered(scene, fork, **situation.settings)
    assert ends(evidence) == ["delivered"] * len(scene.asked)


async def test_a_submit_in_flight_is_not_cut(scene: Scene, start: Start) -> None:
    bot = await begun(scene, start)
    await SITUATIONS["submits"].reach(scene)

    assert await bot.stop() == 0

    [row], [bought] = scene.rows(), scene.openrouter.jobs.values()
    assert (row["state"], row["remote_id"]) == ("generating", bought.id)


async def test_whoever_comes_while_the_bot_stops_is_told_to_come_back(scene: Scene, fork: Start) -> None:
    bot = await begun(scene, fork)
    await SITUATIONS["submits"].reach(scene)
    bot.terminate()
    await scene.until(lambda: '"stopping"' in bot.output)

    late = await scene.ask(by="bob")
    answer = await late.interaction.message()

    assert answer is not None
    assert answer.text == replies.RESTARTING
    assert answer.ephemeral_for == scene.discord.world.user("bob").id
    assert await bot.exit_code() == 0
    assert [row["prompt"] for row in scene.rows()] == [scene.asked[0].prompt]


async def test_a_bot_that_cannot_reach_discord_can_be_stopped(scene: Scene, fork: Start) -> None:
    nobody = "http://127.0.0.1:9/api/v10"
    bot = await fork(scene.environment(DISCORD_API_URL=nobody), folder=scene.folder, log=scene.log)
    await scene.until(lambda: '"discord_unreachable"' in bot.output)

    assert await bot.stop() == 0
