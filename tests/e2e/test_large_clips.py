"""A clip that is larger than any that may be posted: the member is told once, and it counts, because it was made.

The clip of these tests is so short that no smaller one can be made of it.
"""

from dataclasses import replace

import pytest

from cogs.replies.jobs import COUNTED
from sandbox.discord.faults import FaultKind
from sandbox.openrouter import JobPlan
from tests.e2e.house import PATIENCE, POST, House, status_of

KIB = 1024


async def test_a_clip_that_cannot_be_made_small_enough_is_not_even_sent(house: House) -> None:
    async with house.running():
        asked = await house.send("video", options={"prompt": "a fox"}, upload_limit=KIB)
        await asked.answered(timeout=PATIENCE)
        told = await house.bad_news_about(asked)

    assert told.text.startswith(f"<@{house.user('alice').id}> video 1 could not be posted.")
    assert "larger than may be posted here" in told.text
    assert COUNTED.text in told.text
    assert not any(record.files for record in house.posts())


REFUSALS = {
    "413 and Discord's code": {"status": 413, "json": {"message": "Request entity too large", "code": 40005}},
    "400 and the other code": {"status": 400, "json": {"message": "File too large", "code": 50045}},
    "413 as a proxy's page": {"status": 413, "text": "<html>too large</html>"},
}


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_clip_that_discord_finds_too_large_is_told_like_one_that_we_find_too_large(
    house: House, refusal: str
) -> None:
    house.on_discord(POST, FaultKind.ANSWER, **REFUSALS[refusal])
    async with house.running():
        asked = await house.video()
        told = await house.bad_news_about(asked)
        status = await house.ended(asked)

    assert told.pings.users == frozenset({house.user("alice").id})
    assert status.text == f"Video 1 could not be posted: {link_to(told)}"
    (job,) = house.jobs()
    assert (job["state"], job["reason"], job["counts"]) == ("failed", "too_large", 1)
    assert len([record for record in house.posts() if record.files]) == 1
    assert house.clips() == []


async def test_the_servers_own_limit_holds_even_where_the_members_is_higher(house: House) -> None:
    guild = house.discord.world.guild("Sandbox")
    house.discord.world.replace_guild(replace(guild, upload_limit=KIB))
    async with house.running():
        asked = await house.send("video", options={"prompt": "a fox"}, upload_limit=128 * KIB)
        await asked.answered(timeout=PATIENCE)
        await house.bad_news_about(asked)

    (job,) = house.jobs()
    assert (job["reason"], job["counts"]) == ("too_large", 1)


async def test_a_clip_of_just_the_limit_is_posted(house: House) -> None:
    house.openrouter.script(JobPlan(pad_to=32 * KIB))
    async with house.running():
        asked = await house.send("video", options={"prompt": "a fox"}, upload_limit=32 * KIB)
        await asked.answered(timeout=PATIENCE)
        await house.ended(asked)

    assert [message.attachments[0].size for message in house.clips()] == [32 * KIB]
    assert status_of(asked).text.startswith("Video 1 is ready: ")


def link_to(message: object) -> str:
    place = "/".join(str(getattr(message, name)) for name in ("guild_id", "channel_id", "id"))
    return f"https://discord.com/channels/{place}"
