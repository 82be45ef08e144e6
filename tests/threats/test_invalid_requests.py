"""A8: Discord locks out an address that is refused too often. After a channel's no, a job takes it for an answer."""

import asyncio
from collections import Counter

import pytest

from sandbox.discord.permissions import Permission
from sandbox.openrouter import JobPlan
from tests.e2e.house import PATIENCE, House

JOBS = 12
MOST_PER_JOB = 2


@pytest.mark.parametrize("takes_direct_messages", [True, False])
@pytest.mark.parametrize("is_gone", [True, False])
async def test_a_channel_that_closes_while_many_jobs_finish_is_asked_at_most_twice_for_each(
    house: House,
    is_gone: bool,  # noqa: FBT001  # pytest's
    takes_direct_messages: bool,  # noqa: FBT001  # the same
) -> None:
    world, channel = house.discord.world, house.channel("videos")
    users = [world.add_user(f"user-{number}", accepts_direct_messages=takes_direct_messages) for number in range(JOBS)]
    for user in users:
        world.add_member(channel.guild_id or 0, user.id)
    house.openrouter.script(JobPlan(seconds=1000, times=JOBS))
    async with house.running(running_at_once=JOBS):
        for user in users:
            await house.discord.run_command(
                user_id=user.id, channel_id=channel.id, name="video", options={"prompt": "a fox"}
            )
        await house.openrouter.requests.wait_for("submit", count=JOBS, answered=True)
        if is_gone:
            world.remove_channel(channel.id)
        else:
            world.set_overwrite(channel.id, world.bot.id, deny=Permission.SEND_MESSAGES)
        house.openrouter.clock.advance(1000)
        await everybody_told(house)

    refused = Counter(
        record.path.split("/channels/")[-1].split("/")[0]
        for record in house.discord.requests
        if record.status in {403, 404}
    )
    assert 0 < refused[str(channel.id)] <= MOST_PER_JOB * JOBS
    assert all(count <= MOST_PER_JOB for place, count in refused.items() if place != str(channel.id))
    assert len(house.clips()) == (JOBS if takes_direct_messages else 0)
    assert {job["refusals"] <= MOST_PER_JOB for job in house.jobs()} == {True}

    before = len(house.discord.requests)
    async with house.running():
        pass
    assert [record for record in house.discord.requests[before:] if record.status in {403, 404}] == []


async def everybody_told(house: House) -> None:
    async with asyncio.timeout(5 * PATIENCE):  # a crowd, and perhaps a busy machine
        while any(job["told_at"] is None for job in house.jobs()):  # noqa: ASYNC110  # a file sets no event here
            await asyncio.sleep(0.1)
