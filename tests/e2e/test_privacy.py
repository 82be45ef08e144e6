"""`/privacy`: what is stored is shown, given out and forgotten, and forgetting gives nobody a new limit."""

import asyncio
import gzip
import json
from typing import Any, Final

import pytest

from cogs.replies import OFFER_CLOSED
from cogs.replies import privacy as words
from sandbox.discord.interactions import CallbackType, Interaction
from sandbox.openrouter import JobPlan
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import PATIENCE, House, answer_of, status_of, watching

SECRET: Final = "a fox that nobody may remember"
DAY: Final = 24 * 60 * 60 * 1000
"""Milliseconds."""
DEAR: Final[dict[str, Any]] = {"model": "google/veo-3.1", "duration": 8, "resolution": "1080p", "audio": True}


async def sure(house: House, *, by: str = "alice") -> Interaction:
    """Run the command that asks once more."""
    return await house.command("privacy delete", by=by)


async def forget(house: House, asked: Interaction, *, by: str = "alice") -> Interaction:
    """Press the button under the question, and wait for the answer."""
    (button,) = [each for row in status_of(asked).components for each in row["components"]]
    click = await house.discord.click(
        user_id=house.user(by).id, message_id=status_of(asked).id, custom_id=button["custom_id"]
    )
    await click.answered(timeout=PATIENCE)
    return click


async def exported(house: House, *, by: str = "alice") -> dict[str, Any]:
    answer = await house.command("privacy export", by=by)
    assert answer.ephemeral
    (file,) = status_of(answer).attachments
    assert file.filename == "what-the-bot-knows-about-you.json"
    return dict(json.loads(file.path.read_bytes()))


async def test_who_never_asked_for_anything_is_told_so(house: House) -> None:
    async with house.running():
        told = await house.reads("privacy show", by="bob")
        file = await exported(house, by="bob")

    assert told == plain(words.NOTHING.text)
    assert file["user_id"] == str(house.user("bob").id)
    assert file["videos"] == []


async def test_one_message_says_what_is_stored_over_all_servers_and_for_how_long(house: House) -> None:
    async with house.running(prompt_retention_days=7):
        await house.ended(await house.video(SECRET))
        await house.ended(await house.video(where="lobby"))
        await house.reads("limits grant", by="manager", options={"user": house.user("alice").id, "videos": 2})
        told = await house.reads("privacy show")

    assert "2 videos in 2 servers (the first <t:" in told
    assert "The description of 2 videos, 0 of them under way." in told
    assert "2 videos that managers gave you once." in told
    assert "forgotten 7 days after its video has ended" in told
    assert SECRET not in told


async def test_the_file_holds_all_of_it_and_nothing_of_others(house: House) -> None:
    async with house.running():
        asked = await house.video(SECRET, seed=7)
        await house.ended(asked)
        await house.ended(await house.video("of bob", by="bob"))
        file = await exported(house)

    (clip,) = [message for message in house.clips() if "video-1.mp4" in message.attachments[0].filename]
    (video,) = file["videos"]
    assert (video["number"], video["prompt"], video["seed"], video["state"]) == (1, SECRET, 7, "delivered")
    assert video["server_id"] == str(clip.guild_id)
    assert video["result_message"] == f"https://discord.com/channels/{clip.guild_id}/{clip.channel_id}/{clip.id}"
    assert video["status_message"].endswith(f"/{status_of(asked).id}")
    assert float(video["cost_usd"]) * 1_000_000 == house.jobs()[0]["cost_microusd"]
    assert video["asked_at"] < video["sent_at"] or video["asked_at"][:16] == video["sent_at"][:16]
    assert "of bob" not in json.dumps(file)


async def test_a_file_that_is_larger_than_discord_takes_comes_packed(house: House) -> None:
    async with house.running():
        await house.ended(await house.video("a fox " * 300))
        answer = await house.send("privacy export", upload_limit=1_500)
        await answer.answered(timeout=PATIENCE)

    (file,) = status_of(answer).attachments
    assert file.filename == "what-the-bot-knows-about-you.json.gz"
    assert json.loads(gzip.decompress(file.path.read_bytes()))["videos"][0]["prompt"] == ("a fox " * 300)


# --- delete ----------------------------------------------------------------------------------------------------------


async def test_nothing_is_forgotten_before_the_button_is_pressed(house: House) -> None:
    async with house.running():
        await house.ended(await house.video(SECRET))
        asked = await sure(house)

    assert asked.ephemeral
    assert plain(answer_of(asked)) == plain(words.sure())
    assert house.jobs()[0]["prompt"] == SECRET


@pytest.mark.parametrize("restarts", [False, True])
async def test_the_button_forgets_before_and_after_a_restart(
    house: House,
    restarts: bool,  # noqa: FBT001  # pytest's
) -> None:
    clicks: list[Interaction] = []
    async with house.running():
        await house.ended(await house.video(SECRET))
        await house.ended(await house.video("of bob", by="bob"))
        asked = await sure(house)
        if not restarts:
            clicks.append(await forget(house, asked))
    if restarts:
        async with house.running():
            clicks.append(await forget(house, asked))

    assert [click.response for click in clicks] == [CallbackType.UPDATE]
    assert "Forgotten: 1 description and 0 open offers." in status_of(asked).text
    assert [job["prompt"] for job in house.jobs()] == ["", "of bob"]
    assert SECRET.encode() not in house.on_disk()
    assert b"of bob" in house.on_disk()


async def test_it_does_not_reset_a_limit(house: House) -> None:
    async with house.running(videos_per_day=1, prompt_retention_days=0):
        await house.ended(await house.video())
        await forget(house, await sure(house))
        refused = await house.reads("video", options={"prompt": "another"})
    async with house.running(videos_per_day=1, prompt_retention_days=0):
        after_a_restart = await house.reads("video", options={"prompt": "another"})

    for told in (refused, after_a_restart):
        assert told.startswith("You have used your 1 video of today")
    assert house.bought == 1


async def test_a_video_under_way_is_made_and_its_description_goes_with_its_end(house: House) -> None:
    house.openrouter.script(JobPlan(seconds=1000))
    async with house.running():
        asked = await house.video(SECRET)
        await house.openrouter.requests.wait_for("submit", answered=True)
        click = await forget(house, await sure(house))
        kept = house.jobs()[0]["prompt"]
        house.openrouter.clock.advance(1000)
        await house.clip_in()
        await house.ended(asked)

    assert "1 video under way: the description goes when it ends." in status_of(click).text
    assert kept == SECRET
    assert house.jobs()[0]["prompt"] == ""
    assert SECRET.encode() not in house.on_disk()


async def test_an_open_offer_is_forgotten_and_can_no_longer_be_taken(house: House) -> None:
    async with house.running():
        offered = await house.video(SECRET, **DEAR)
        await forget(house, await sure(house))
        yes = status_of(offered).components[0]["components"][0]["custom_id"]
        click = await house.discord.click(
            user_id=house.user("alice").id, message_id=status_of(offered).id, custom_id=yes
        )
        await click.answered(timeout=PATIENCE)

    assert plain(answer_of(click)) == plain(OFFER_CLOSED.text)
    assert house.rows("SELECT * FROM offers") == house.jobs() == []
    assert SECRET.encode() not in house.on_disk()


async def test_blocks_and_bonuses_stay_and_no_change_is_recorded(house: House) -> None:
    async with house.running():
        alice = house.user("alice").id
        await house.reads("limits grant", by="manager", options={"user": alice, "videos": 2})
        await house.reads("limits block", by="manager", options={"user": alice})
        before = house.rows("SELECT * FROM audit")
        await forget(house, await sure(house))
        refused = await house.reads("video", options={"prompt": "a fox"})

    assert "blocked" in refused
    assert [row["videos"] for row in house.rows("SELECT * FROM bonuses")] == [2]
    assert house.rows("SELECT * FROM audit") == before


async def test_pressed_by_another_it_forgets_only_them(house: House) -> None:
    async with house.running():
        await house.ended(await house.video(SECRET))
        asked = await sure(house)
        click = forging.click(house, "privacy:forget", on=status_of(asked), by="bob")
        await click.answered(timeout=PATIENCE)

    assert house.jobs()[0]["prompt"] == SECRET


async def test_pressed_twice_it_says_that_nothing_was_left(house: House) -> None:
    async with house.running():
        await house.ended(await house.video(SECRET))
        asked = await sure(house)
        await forget(house, asked)
        click = forging.click(house, "privacy:forget", on=status_of(asked), by="alice")
        await click.answered(timeout=PATIENCE)

    assert "Forgotten: 0 descriptions" in status_of(asked).text


# --- with time -------------------------------------------------------------------------------------------------------


async def test_with_no_retention_a_description_goes_with_the_end_of_its_video(house: House) -> None:
    async with house.running(prompt_retention_days=0):
        await house.ended(await house.video(SECRET))
        (clip,) = house.clips()
        told = await house.reads("status")

    assert SECRET in plain(clip.text)
    assert "its description is forgotten" in told
    assert SECRET.encode() not in house.on_disk()


async def test_an_old_description_is_forgotten_at_the_next_look_and_a_younger_one_is_not(house: House) -> None:
    async with house.running():
        await house.ended(await house.video(SECRET))
        await house.ended(await house.video("a younger fox"))
    assert house.jobs()[0]["prompt"] == SECRET

    house.rows(f"UPDATE jobs SET ended_at = ended_at - {30 * DAY} WHERE id = 1")  # noqa: S608  # a number of ours
    with watching("forgotten") as looked:
        async with house.running():
            await asyncio.wait_for(looked.wait(), PATIENCE)
            listed = await house.reads("history")

    assert [job["prompt"] for job in house.jobs()] == ["", "a younger fox"]
    assert "its description is forgotten" in listed
    assert SECRET in plain(house.clips()[0].text)


async def test_after_thirty_days_nobody_can_tell_whose_it_was_and_the_sums_stay(house: House) -> None:
    async with house.running():
        await house.ended(await house.video(SECRET))
        await forget(house, await sure(house))
    house.rows(f"UPDATE jobs SET created_at = created_at - {31 * DAY}, submitted_at = NULL")  # noqa: S608  # the same
    with watching("forgotten") as looked:
        async with house.running():
            await asyncio.wait_for(looked.wait(), PATIENCE)
            told = await house.reads("history")
            usage = await house.reads("usage", by="manager", options={"days": 90})

    (job,) = house.jobs()
    assert job["user_id"] == 0
    assert "You have not asked" in told
    assert "1 video` forgotten members" in usage
