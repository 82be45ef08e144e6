"""Whatever the gateway does: it is found again, a video under way needs none, and one command makes one video."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.discord.gateway_hub import GatewayHub
from sandbox.discord.interactions import CallbackType, Interaction
from sandbox.openrouter import JobPlan
from tests.e2e import forging
from tests.e2e.house import ANSWER, PATIENCE, House, status_of
from tests.faults.discord.play import at_rest, look_at_one_clip_each
from tests.faults.hurrying import hurried

RESUMED, ANEW = "resumed", "begun anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """What the gateway does, and how the bot comes back. `is_long`: after half a minute or more."""

    happens: Callable[[GatewayHub], object]
    session: str = RESUMED
    is_long: bool = False


BREAKS = {
    "a connection that is cut": Break(happens=GatewayHub.drop),
    "a close that may be resumed": Break(happens=lambda gateway: gateway.drop(code=4000)),
    "a session that timed out": Break(happens=lambda gateway: gateway.drop(code=4009, resumable=False), session=ANEW),
    "a restart of Discord's": Break(happens=lambda gateway: gateway.drop(code=1001)),
    "a cut, and the session forgotten": Break(happens=lambda gateway: gateway.drop(resumable=False), session=ANEW),
    "a wish to reconnect": Break(happens=GatewayHub.ask_to_reconnect),
    "an invalid session that may be resumed": Break(happens=lambda gateway: gateway.invalidate(resumable=True)),
    "an invalid session": Break(happens=lambda gateway: gateway.invalidate(resumable=False), session=ANEW),
    "silence": Break(happens=GatewayHub.fall_silent, is_long=True),
}


@pytest.mark.parametrize("name", BREAKS)
async def test_a_video_under_way_and_one_asked_for_afterwards_are_made_once(house: House, name: str) -> None:
    broken, gateway = BREAKS[name], house.discord.gateway
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        await house.video("a red fox")
        await house.openrouter.requests.wait_for("submit", answered=True)
        broken.happens(gateway)
        await comes_back(house, broken)
        house.openrouter.clock.advance(1000)
        await house.video("a blue whale", by="bob", where="general")
        await at_rest(house, jobs=2)

    assert (gateway.identified, gateway.resumed > 0) == ((1, True) if broken.session is RESUMED else (2, False))
    look_at_one_clip_each(house, {"a red fox": "alice", "a blue whale": "bob"})


@pytest.mark.parametrize("name", [name for name, broken in BREAKS.items() if broken.session is RESUMED])
async def test_a_command_of_the_gap_is_answered_after_a_resume(house: House, name: str) -> None:
    broken, gateway = BREAKS[name], house.discord.gateway
    # A silent peer is noticed after a minute; Discord would have given the command up by then.
    house.discord.interactions.answer_within = timedelta(minutes=5)
    async with house.running():
        broken.happens(gateway)
        asked = await house.send("video", options={"prompt": "a red fox"})
        await comes_back(house, broken)
        await asked.answered(timeout=PATIENCE)
        await at_rest(house, jobs=1)

    look_at_one_clip_each(house, {"a red fox": "alice"})


async def test_a_command_of_a_gap_that_was_too_long_buys_nothing_and_keeps_nothing(house: House) -> None:
    """It is told on the resume, and Discord takes no answer to it any more: 10062."""
    async with house.running():
        house.discord.gateway.pause()
        asked = await house.discord.run_command(
            user_id=house.user("alice").id,
            channel_id=house.channel("videos").id,
            name="video",
            options={"prompt": "a red fox"},
            created_at=datetime.now(UTC) - timedelta(seconds=30),
        )
        house.discord.gateway.drop()
        house.discord.gateway.unpause()
        await at_rest(house, jobs=1)
        await house.video("a blue whale", by="bob", where="general")
        await at_rest(house, jobs=2)

    late, _ = house.jobs()
    assert asked.response is None
    assert next(record.status for record in house.discord.requests_to(ANSWER)) == 404
    assert (late["state"], late["counts"], late["held_microusd"]) == ("cancelled", 0, 0)
    assert [order["prompt"] for order in house.orders] == ["a blue whale"]


async def test_a_command_that_is_told_again_after_a_resume_makes_one_video(house: House) -> None:
    gateway = house.discord.gateway
    gateway.told_twice = 2
    async with house.running():
        asked = await house.video("a red fox")
        await house.discord.wait_until(lambda: house.discord.gateway.connected, timeout=PATIENCE)
        gateway.drop()
        await comes_back(house, BREAKS["a connection that is cut"])
        await house.video("a blue whale", by="bob", where="general")
        await at_rest(house, jobs=2)

    assert_answered_once(house, asked)
    look_at_one_clip_each(house, {"a red fox": "alice", "a blue whale": "bob"})


async def test_a_command_that_is_told_many_times_at_once_makes_one_video(house: House) -> None:
    async with house.running():
        house.discord.gateway.pause()
        asked = await house.send("video", options={"prompt": "a red fox"})
        for _ in range(4):
            forging.replay(house, asked)
        house.discord.gateway.unpause()
        await house.video("a blue whale", by="bob", where="general")
        await at_rest(house, jobs=2)

    assert_answered_once(house, asked)
    look_at_one_clip_each(house, {"a red fox": "alice", "a blue whale": "bob"})


async def test_a_command_that_is_told_again_after_its_video_was_made_makes_no_other(house: House) -> None:
    async with house.running():
        asked = await house.video("a red fox")
        await at_rest(house, jobs=1)
        forging.replay(house, asked)
        await house.video("a blue whale", by="bob", where="general")
        await at_rest(house, jobs=2)

    assert_answered_once(house, asked)
    look_at_one_clip_each(house, {"a red fox": "alice", "a blue whale": "bob"})


async def test_a_gateway_that_lets_nobody_in_for_a_while_holds_no_video_up(house: House) -> None:
    gateway = house.discord.gateway
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        await house.video("a red fox")
        await house.openrouter.requests.wait_for("submit", answered=True)
        gateway.accepts_connections = False
        gateway.drop(resumable=False)
        house.openrouter.clock.advance(1000)
        await at_rest(house, jobs=1)
        gateway.accepts_connections = True
        with hurried():
            await house.discord.wait_until(lambda: gateway.connected, timeout=PATIENCE)
        await house.video("a blue whale", by="bob", where="general")
        await at_rest(house, jobs=2)

    look_at_one_clip_each(house, {"a red fox": "alice", "a blue whale": "bob"})


async def comes_back(house: House, broken: Break) -> None:
    """Wait until the bot is connected again in the way that the break asks for."""
    gateway = house.discord.gateway

    def look() -> bool:
        return gateway.resumed > 0 if broken.session is RESUMED else gateway.identified > 1

    if not broken.is_long:
        await house.discord.wait_until(look, timeout=PATIENCE)
        return
    with hurried():
        await house.discord.wait_until(look, timeout=PATIENCE * 10)


def assert_answered_once(house: House, asked: Interaction) -> None:
    answers = [record for record in house.discord.requests_to(ANSWER) if f"/{asked.id}/" in record.path]
    assert asked.response is CallbackType.MESSAGE
    assert [record.status for record in answers] == [200]
    assert status_of(asked).text.startswith("Video 1 is ready: ")
