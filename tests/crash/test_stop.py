"""SIGTERM wherever the bot and a job can be: the step in hand ends, the process leaves with 0, and nobody notices."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import pytest

from cogs import replies
from sandbox.discord import Fault, FaultKind
from sandbox.openrouter import JobPlan, Silence
from tests.crash.aftermath import begun, ends, recovered
from tests.crash.process import Start
from tests.crash.scene import Scene
from tests.crash.situations import MESSAGES, MOMENT, SITUATIONS, Situation

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _opens_its_data(scene: Scene) -> None:
    name = "instance-0.lock" if scene.stored.settings else "bot.lock"
    await scene.until((scene.data / name).exists)


async def _reads_the_models(scene: Scene) -> None:
    await scene.openrouter.requests.wait_for("models")


def _hears_nothing_of(route: str) -> Callable[[Scene], Awaitable[None]]:
    async def wait(scene: Scene) -> None:
        await scene.until(lambda: len(scene.discord.requests_to(route)) == 1)

    return wait


LOG_IN: Final = "GET /users/@me"
REGISTER: Final = "PUT /applications/{application_id}/commands"
GATEWAY: Final = "GET /gateway/bot"
STARTING: Final[Mapping[str, Callable[[Scene], Awaitable[None]]]] = {
    "opens its data": _opens_its_data,
    "reads the models": _reads_the_models,
    "logs in": _hears_nothing_of(LOG_IN),
    "registers its commands": _hears_nothing_of(REGISTER),
    "asks for the gateway": _hears_nothing_of(GATEWAY),
}
"""What a bot does before it hears members; `SILENT` lets each last until the signal has come."""
SILENT: Final = {"logs in": LOG_IN, "registers its commands": REGISTER, "asks for the gateway": GATEWAY}


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
    assert answer.text == replies.RESTARTING.text
    assert answer.ephemeral_for == scene.discord.world.user("bob").id
    assert await bot.exit_code() == 0
    assert [row["prompt"] for row in scene.rows()] == [scene.asked[0].prompt]


async def test_a_bot_that_cannot_reach_discord_can_be_stopped(scene: Scene, fork: Start) -> None:
    nobody = "http://127.0.0.1:9/api/v10"
    bot = await fork(scene.environment(DISCORD_API_URL=nobody), folder=scene.folder, log=scene.log)
    await scene.until(lambda: '"discord_unreachable"' in bot.output)

    assert await bot.stop() == 0


@pytest.mark.parametrize("moment", STARTING)
async def test_a_stop_while_the_bot_starts_is_no_failure_and_the_next_start_is_whole(
    scene: Scene, fork: Start, moment: str
) -> None:
    if moment == "reads the models":
        scene.openrouter.script(Silence(route="models"))
    if moment in SILENT:
        scene.discord.script(Fault(route=SILENT[moment], kind=FaultKind.HANG))
    bot = await fork(scene.environment(), folder=scene.folder, log=scene.log)
    await STARTING[moment](scene)

    assert await bot.stop() == 0

    bot = await begun(scene, fork)
    await scene.ask()
    assert await scene.at_rest(bot)
    assert await bot.stop() == 0
    assert ends(await recovered(scene, fork)) == ["delivered"]


async def test_a_stop_of_a_bot_that_has_nothing_to_do_is_no_failure(scene: Scene, fork: Start) -> None:
    bot = await begun(scene, fork)

    assert await bot.stop() == 0


async def test_a_stop_while_bad_news_is_told_tells_it_once(scene: Scene, fork: Start) -> None:
    scene.openrouter.script(JobPlan(status="failed"))
    scene.discord.script(Fault(route=MESSAGES, kind=FaultKind.DELAY_ANSWER, seconds=MOMENT))
    bot = await begun(scene, fork)
    await scene.ask()
    await scene.until(lambda: len(scene.discord.requests_to(MESSAGES)) == 1)

    assert await bot.stop() == 0

    assert ends(await recovered(scene, fork)) == ["upstream_failed"]
