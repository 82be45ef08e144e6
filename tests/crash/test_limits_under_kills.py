"""Fifty `/video` at once, a kill in the middle of them, and fifty more: the limit holds to the video."""

import asyncio
from collections.abc import Sequence

import pytest

from sandbox.discord.world import World
from tests.crash.aftermath import begun, recovered
from tests.crash.process import Start
from tests.crash.scene import Scene
from tests.crash.situations import CALLBACKS

pytestmark = pytest.mark.asyncio(loop_scope="session")
MANY = 50
LIMIT = 3


def channels_of_one_server(world: World) -> Sequence[str]:
    names = [f"stage-{number}" for number in range(4)]
    for name in names:
        world.add_channel(world.guild("Sandbox").id, name)
    return names


def channels_of_five_servers(world: World) -> Sequence[str]:
    names = [f"lobby-{number}" for number in range(5)]
    for name in names:
        guild = world.add_guild(f"Server of {name}", owner_id=world.user("owner").id)
        world.add_member(guild.id, world.user("alice").id)
        world.add_channel(guild.id, name)
    return names


async def rush(scene: Scene, channels: Sequence[str]) -> None:
    await asyncio.gather(*(scene.ask(where=channels[number % len(channels)]) for number in range(MANY)))


def counted(scene: Scene) -> int:
    return sum(row["counts"] for row in scene.rows())


async def prove(scene: Scene, start: Start, fork: Start, channels: Sequence[str], **settings: object) -> None:
    bot = await begun(scene, start, **settings)
    await rush(scene, channels)
    await scene.until(lambda: len(scene.discord.requests_to(CALLBACKS)) >= LIMIT)
    await bot.die()
    assert 0 < counted(scene) <= LIMIT

    await scene.disconnected()
    scene.let_grace_pass()
    scene.forget_lost()
    bot = await begun(scene, fork, **settings)
    await rush(scene, channels)
    assert await scene.at_rest(bot)
    assert counted(scene) <= LIMIT
    await rush(scene, channels)
    assert await scene.at_rest(bot)
    assert await bot.stop() == 0
    refused = sum(asked.interaction.ephemeral for asked in scene.asked)
    assert refused + len(scene.rows()) == len(scene.asked)

    evidence = await recovered(scene, fork, **settings)
    assert counted(scene) == LIMIT
    unknown = sum(row["reason"] == "submit_unknown" for row in evidence.rows)
    assert len(evidence.purchases) <= LIMIT + unknown


async def test_fifty_at_once_in_one_server_make_three(scene: Scene, start: Start, fork: Start) -> None:
    channels = channels_of_one_server(scene.discord.world)
    await prove(scene, start, fork, channels, VIDEOS_PER_DAY=LIMIT)


async def test_fifty_at_once_over_five_servers_make_three(scene: Scene, start: Start, fork: Start) -> None:
    channels = channels_of_five_servers(scene.discord.world)
    await prove(scene, start, fork, channels, USER_VIDEOS_PER_DAY_EVERYWHERE=LIMIT)
