"""Many requests at once: what is allowed is what is made, to the video."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from sandbox.discord.interactions import Interaction
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import ANSWER, PATIENCE, House, answer_of

MEMBERS_PRESSES = 50


@pytest.fixture
def unhurried(house: House) -> House:
    """These tests are about who is let in, on a machine that others use too: nobody is late."""
    house.discord.interactions.answer_within = timedelta(minutes=1)
    return house


async def test_fifty_requests_at_once_over_the_channels_of_one_server_make_three_videos(unhurried: House) -> None:
    house = unhurried
    house.discord.world.add_channel(house.discord.world.guild("Sandbox").id, "more")
    async with house.running(videos_per_day=3):
        asked = await ask_at_once(house, ("videos", "general", "ideas", "more"))
        await all_ended(house, asked)

    refused = [plain(answer_of(each)) for each in asked if each.ephemeral]
    assert len(refused) == 47
    for text in refused:
        assert text.startswith("You have used your 3 videos of today (the bot's limit). The next one is free <t:")
    assert_three_were_made(house)


async def test_fifty_requests_at_once_over_five_servers_make_three_videos(unhurried: House) -> None:
    house = unhurried
    world = house.discord.world
    for number in range(5):
        guild = world.add_guild(f"Server {number}", owner_id=house.user("owner").id)
        world.add_channel(guild.id, f"channel-{number}")
        world.add_member(guild.id, house.user("alice").id)
    async with house.running(videos_per_day=50, user_videos_per_day_everywhere=3):
        asked = await ask_at_once(house, [f"channel-{number}" for number in range(5)])
        await all_ended(house, asked)

    refused = [plain(answer_of(each)) for each in asked if each.ephemeral]
    assert len(refused) == 47
    for text in refused:
        assert text.startswith("You have used your 3 videos a day over all servers. The next one is free <t:")
    assert_three_were_made(house)


async def test_an_interaction_that_is_delivered_twice_makes_one_video(unhurried: House) -> None:
    house = unhurried
    async with house.running():
        asked = await house.send("video", options={"prompt": "a fox"})
        forging.replay(house, asked)
        await asked.answered(timeout=PATIENCE)
        await house.ended(asked)
        forging.replay(house, asked)
        # Answered after it, so that the replay has been looked at.
        told = await house.reads("status")

    assert "Nothing is running." in told
    assert "4 of 5 videos a day" in told
    assert len(house.jobs()) == house.bought == len(house.clips()) == 1
    assert [record.status for record in house.discord.requests_to(ANSWER)] == [200, 200]


async def ask_at_once(house: House, places: Sequence[str]) -> list[Interaction]:
    """Have alice ask for fifty videos, turn by turn in each of the channels, and wait for the answers."""
    where = [places[number % len(places)] for number in range(MEMBERS_PRESSES)]
    asked = [await house.send("video", where=name, options={"prompt": f"fox in {name}"}) for name in where]
    await asyncio.gather(*(each.answered(timeout=PATIENCE) for each in asked))
    return asked


async def all_ended(house: House, asked: Sequence[Interaction]) -> None:
    for each in asked:
        if not each.ephemeral:
            await house.ended(each)


def assert_three_were_made(house: House) -> None:
    assert [job["state"] for job in house.jobs()] == ["delivered"] * 3
    assert house.bought == len(house.clips()) == len(house.openrouter.ledger) == 3
