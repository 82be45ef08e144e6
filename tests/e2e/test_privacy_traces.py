"""What is deleted is gone: from the disk and from every byte of the database, while the bot runs on."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from cogs.replies import original as originals
from sandbox.discord.interactions import Interaction
from sandbox.discord.posts import Message
from sandbox.discord.uploads import Upload
from sandbox.openrouter import JobPlan
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import PATIENCE, House, answer_of, status_of
from tests.picture_files import picture
from tests.services.media.clips import ClipBank

SECRET: Final = "a fox that nobody may remember"
OF_BOB: Final = "a hen that bob still wants"
DEAR: Final[dict[str, Any]] = {"model": "google/veo-3.1", "duration": 8, "resolution": "1080p", "audio": True}
LEDGER: Final = "SELECT user_id, state, counts, held_microusd, cost_microusd, created_at FROM jobs ORDER BY id"


def kept(house: House) -> list[str]:
    """Return the clips and pictures that the bot has, sorted."""
    clips = (file.name for file in (house.data / "clips").rglob("*") if file.is_file())
    return sorted([*clips, *house.pictures()])


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110  # a folder sets no event here
            await asyncio.sleep(0.05)


async def forget(house: House, *, by: str = "alice") -> None:
    """Run `/privacy delete`, and say yes."""
    question = await house.command("privacy delete", by=by)
    click = forging.click(house, "privacy:forget", on=status_of(question), by=by)
    await click.answered(timeout=PATIENCE)


async def made(
    house: House, bank: ClipBank, prompt: str = SECRET, *, by: str = "alice", private: bool = False
) -> Message:
    """Have a video made that was changed so that it plays, and of which the one that came is kept."""
    house.openrouter.script(JobPlan(clip_file=str(bank.clip("hevc hvc1"))))
    before = {message.id for message in house.clips()}
    await house.ended(await house.video(prompt, by=by, private=private))
    [result] = [message for message in house.clips() if message.id not in before]
    return result


async def press(house: House, result: Message, what: str, *, by: str = "alice") -> Interaction:
    click = await house.discord.click(user_id=house.user(by).id, message_id=result.id, custom_id=what)
    await click.answered(timeout=PATIENCE)
    return click


async def test_after_privacy_delete_nothing_of_the_member_is_left_but_the_ledger(house: House, bank: ClipBank) -> None:
    async with house.running(videos_per_day=1):
        result = await made(house, bank)
        await made(house, bank, OF_BOB, by="bob")
        await until(lambda: kept(house) == ["video-1.mp4", "video-2.mp4"])
        ledger = house.rows(LEDGER)
        assert SECRET.encode() in house.on_disk()

        await forget(house)

        assert SECRET.encode() not in house.on_disk()
        await until(lambda: kept(house) == ["video-2.mp4"])
        original = await press(house, result, "original:1")
        refused = await house.reads("video", options={"prompt": "another"})
        assert OF_BOB.encode() in house.on_disk()

    assert plain(answer_of(original)) == plain(originals.GONE.text)
    assert refused.startswith("You have used your 1 video of today")
    assert house.rows(LEDGER) == ledger
    assert house.rows("SELECT id FROM jobs WHERE user_id <> 0 AND prompt <> ''") == [{"id": 2}]
    assert SECRET.encode() not in house.on_disk()


async def test_what_a_crash_after_privacy_delete_left_of_a_clip_goes_at_the_next_start(
    house: House, bank: ClipBank
) -> None:
    async with house.running():
        await made(house, bank)
    # As after a crash between the rows and the files: what is wanted is written down, and nothing was done yet.
    house.rows("UPDATE jobs SET next_at = 1, prompt = '', forgets_prompt = 1, forgets_member = 1")
    assert kept(house) == ["video-1.mp4"]

    async with house.running():
        await until(lambda: kept(house) == [])


async def test_the_original_of_a_video_under_way_is_not_kept_for_who_asked_to_be_forgotten(
    house: House, bank: ClipBank
) -> None:
    house.openrouter.script(JobPlan(seconds=1000, clip_file=str(bank.clip("hevc hvc1"))))
    async with house.running():
        asked = await house.video(SECRET)
        await house.openrouter.requests.wait_for("submit", answered=True)
        await forget(house)
        house.openrouter.clock.advance(1000)
        await house.ended(asked)
        await until(lambda: kept(house) == [])

    assert len(house.clips()) == 1
    assert SECRET.encode() not in house.on_disk()


async def test_a_clip_that_could_be_posted_nowhere_goes_with_privacy_delete(house: House) -> None:
    house.discord.world.replace_user(replace(house.user("alice"), accepts_direct_messages=False))
    async with house.running():
        await house.ended(await house.video(SECRET, private=True))
        await until(lambda: house.jobs()[0]["told_at"] is not None)
        assert kept(house) == ["video-1.mp4"]
        await forget(house)
        await until(lambda: kept(house) == [])
        standing = await house.command("status")

    assert status_of(standing).components == ()
    assert [job["counts"] for job in house.jobs()] == [1]
    assert SECRET.encode() not in house.on_disk()


async def test_the_pictures_of_an_erased_offer_and_a_chosen_one_go_with_it(house: House) -> None:
    upload = Upload(filename="fox.png", content=picture())
    channel, alice = house.channel("videos"), house.user("alice").id
    async with house.running():
        asked = await house.video(SECRET, image=upload, **DEAR)
        await house.discord.wait_until(lambda: status_of(asked).components or None, timeout=PATIENCE)
        shown = await house.discord.post(user_id=alice, channel_id=channel.id, content="look", uploads=[upload])
        chosen = await house.discord.use_on_message(
            user_id=alice, channel_id=channel.id, name="Animate this", target_id=shown.id
        )
        await chosen.answered(timeout=PATIENCE)
        assert len(kept(house)) == 1

        await forget(house)

        assert kept(house) == []
        assert SECRET.encode() not in house.on_disk()

    assert house.rows("SELECT * FROM offers") == house.rows("SELECT * FROM chosen_pictures") == house.jobs() == []


@pytest.mark.parametrize("is_private", [False, True], ids=["in a channel", "in direct messages"])
async def test_a_deleted_result_takes_its_original_and_its_description_with_it(
    house: House, bank: ClipBank, *, is_private: bool
) -> None:
    async with house.running(videos_per_day=1):
        result = await made(house, bank, private=is_private)
        await until(lambda: kept(house) == ["video-1.mp4"])
        before = house.rows(LEDGER)
        await press(house, result, "result:1:delete")
        await until(lambda: kept(house) == [] and house.clips() == [])
        original = forging.click(house, "original:1", on=result, by="alice")
        await original.answered(timeout=PATIENCE)
        refused = await house.reads("video", options={"prompt": "another"})

    assert plain(answer_of(original)) == plain(originals.GONE.text)
    assert refused.startswith("You have used your 1 video of today")
    assert house.rows(LEDGER) == before
    assert SECRET.encode() not in house.on_disk()
