"""`/status`: what a member has running, what is left and which rule says so, and what was made."""

import re

from sandbox.discord.snowflakes import created_at
from sandbox.openrouter import JobPlan
from tests.e2e.house import House, answer_of


async def test_a_member_without_videos_reads_how_to_begin(house: House) -> None:
    async with house.running():
        told = await house.reads("status")

    assert "Nothing is running. Start with /video." in told.replace("`", "")
    assert "5 of 5 videos a day (the bot's limit)." in told
    assert "Your last videos" not in told


async def test_running_videos_are_shown_with_their_stage_and_place(house: House) -> None:
    house.openrouter.script(JobPlan(never_ends=True))
    async with house.running(running_at_once=1):
        first = await house.video("a first fox")
        await house.openrouter.requests.wait_for("status")
        await house.video("a second fox")
        told = await house.reads("status")

    asked_for = f"asked for <t:{int(created_at(first.id).timestamp())}:R>"
    assert f"Video 1: being made, {asked_for} · a first fox" in told
    assert re.search(r"Video 2: waiting, place 1, asked for <t:\d+:R> · a second fox", told)
    assert "3 of 5 videos a day" in told


async def test_nobody_reads_the_videos_of_another(house: House) -> None:
    async with house.running():
        await house.ended(await house.video("a secret fox"))
        told = await house.reads("status", by="bob")

    assert "secret" not in told
    assert "5 of 5 videos a day" in told


async def test_a_member_with_none_left_reads_when_the_next_one_frees(house: House) -> None:
    async with house.running(videos_per_day=2):
        first = await house.video()
        await house.video()
        told = await house.reads("status")

    frees = int(created_at(first.id).timestamp()) + 24 * 60 * 60
    assert f"0 of 2 videos a day (the bot's limit); the next one is free <t:{frees}:R>." in told


async def test_the_rule_that_applies_is_named(house: House) -> None:
    async with house.running():
        bot = await house.reads("status", by="carol")
        await house.reads("limits default", by="manager", options={"videos_per_day": 6})
        server = await house.reads("status", by="carol")
        regulars = house.discord.world.role("Regulars").id
        await house.reads("limits set", by="manager", options={"role": regulars, "videos_per_day": 7})
        role = await house.reads("status", by="carol")
        await house.reads(
            "limits set",
            by="manager",
            options={"user": house.user("carol").id, "videos_per_day": 8, "running_at_once": 2},
        )
        member = await house.reads("status", by="carol")

    assert "5 of 5 videos a day (the bot's limit)." in bot
    assert "6 of 6 videos a day (this server's limit)." in server
    assert f"7 of 7 videos a day (the limit of your role <@&{regulars}>)." in role
    assert "8 of 8 videos a day (your own limit)." in member
    assert "At once: 0 of 2 (your own limit)." in member


async def test_the_ceiling_over_all_servers_is_named_where_it_is_the_tighter_one(house: House) -> None:
    async with house.running(user_videos_per_day_everywhere=2):
        await house.video(where="lobby")
        told = await house.reads("status")

    assert "1 of 5 videos a day (the bot's limit)." in told
    assert "Over all servers: 1 of 2 used in 24 hours." in told


async def test_the_last_five_are_listed_with_links_newest_first(house: House) -> None:
    house.openrouter.script(JobPlan(nth=4, status="failed"))
    async with house.running(videos_per_day=10):
        for asked in [await house.video(f"fox {number}") for number in range(1, 7)]:
            await house.ended(asked)
        told = await house.reads("status")

    posted = {clip.attachments[0].filename: clip for clip in house.clips()}
    (not_made,) = {f"video-{number}.mp4" for number in range(1, 7)} - posted.keys()
    listed = told.partition("Your last videos**\n")[2].splitlines()
    for line, number in zip(listed, (6, 5, 4, 3, 2), strict=True):
        name = f"video-{number}.mp4"
        if name == not_made:
            assert line == f"Video {number} was not made · fox {number}"
        else:
            clip = posted[name]
            link = f"https://discord.com/channels/{clip.guild_id}/{clip.channel_id}/{clip.id}"
            assert line == f"Video {number}: {link} · fox {number}"


async def test_a_full_status_still_fits_into_a_message(house: House) -> None:
    """Every mark of punctuation is escaped, so that a prompt of nothing else is shown at twice its length."""
    async with house.running(running_at_once=5, videos_per_day=20):
        for asked in [await house.video("!" * 2000) for _ in range(5)]:
            await house.ended(asked)
        house.openrouter.script(JobPlan(never_ends=True, times=None))
        for _ in range(15):
            await house.video("!" * 2000)
        told = answer_of(await house.command("status"))

    assert len(told) <= 2000
    assert told.startswith("**Running**\nVideo 6: ")
    assert "… and " in told
    assert told.count("https://discord.com/channels/") == 5
