"""A crowd through the whole bot: what is accepted stays under the owner's cap, and who is refused is told by which."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any, Final

import pytest

from cogs.replies import dollars
from sandbox.discord.entities import Channel
from sandbox.discord.interactions import Interaction
from sandbox.openrouter import JobPlan
from tests.cogs.reading import plain
from tests.e2e.house import House, answer_of

DOLLAR: Final = 1_000_000
CAP: Final = 40
USERS, SERVERS, EACH = 100, 5, 10
ALL_ANSWERED: Final = 1_200
"""Seconds of a hasty loop. They are served by turns, so that the first is answered about when the last is."""
DEAR: Final[dict[str, Any]] = {"prompt": "a lighthouse", "model": "google/veo-3.1", "duration": 8, "audio": True}
"""Eight seconds that may cost $3.52: the cap has room for eleven of them."""
CHEAP: Final[dict[str, Any]] = {"prompt": "a fox"}


async def crowd(house: House) -> list[Interaction]:
    """Let a hundred users ask ten times each, over five servers, without waiting for each other."""
    world = house.discord.world
    users = [world.add_user(f"user-{number}") for number in range(USERS)]
    channels: list[Channel] = []
    for number in range(SERVERS):
        guild = world.add_guild(f"Server {number}", owner_id=house.user("owner").id)
        channels.append(world.add_channel(guild.id, f"channel-{number}"))
        for user in users:
            world.add_member(guild.id, user.id)
    asked = [
        await house.discord.run_command(
            user_id=user.id,
            channel_id=channels[(number + turn) % SERVERS].id,
            name="video",
            options=CHEAP if (number + turn) % 7 == 0 else DEAR,
        )
        for turn in range(EACH)
        for number, user in enumerate(users)
    ]
    # One after the other: each that waits looks at every change, and a thousand of them would do little else.
    for each in asked:
        await each.answered(timeout=ALL_ANSWERED)
    return asked


@pytest.mark.timeout(300)
async def test_a_thousand_requests_reserve_no_more_than_forty_dollars_and_each_refusal_names_its_rule(
    house: House,
) -> None:
    house.discord.interactions.answer_within = timedelta(minutes=5)
    house.openrouter.script(JobPlan(never_ends=True, times=USERS * EACH))
    async with house.running(
        budget_usd=CAP,
        server_budget_usd=12,
        confirm_above_usd=100,
        videos_per_day=50,
        user_videos_per_day_everywhere=9,
        running_at_once=4,
    ):
        asked = await crowd(house)
        jobs = house.jobs()

    accepted = [each for each in asked if not each.ephemeral]
    refused = [plain(answer_of(each)) for each in asked if each.ephemeral]
    assert (len(accepted), len(refused)) == (len(jobs), USERS * EACH - len(jobs))
    held = sum(job["held_microusd"] for job in jobs)
    assert CAP * DOLLAR - 4 * DOLLAR < held <= CAP * DOLLAR
    by_server = Counter[int]()
    for job in jobs:
        by_server[job["guild_id"]] += job["held_microusd"]
    assert max(by_server.values()) <= 12 * DOLLAR
    rules = Counter(rule_of(text) for text in refused)
    assert set(rules) == {
        f"The bot's budget is used: {dollars(CAP * DOLLAR)}",
        "This server has used its budget: $12.00",
    }


def rule_of(text: str) -> str:
    """Return whose budget a refusal names, and how much that is."""
    found = re.match(r"(.*?: )\$[0-9.]+ is left of (\$[0-9.]+) in 30 days", text)
    assert found, text
    return found[1] + found[2]
