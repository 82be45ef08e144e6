"""Over the wire: a clip goes out as it came, or made to fit and play, and then the one that came can be had as well."""

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from cogs.replies import original as sentences
from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import Interaction
from sandbox.discord.posts import Attachment, Message
from sandbox.openrouter import JobPlan
from services.media import Treatment, VideoCodec, decide, read_facts
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import PATIENCE, POST, House, answer_of, watching
from tests.e2e.listening import PUBLIC, reachable
from tests.services.media.clips import ClipBank, decodes

MEBIBYTE: Final = 1024 * 1024
LIMIT: Final = 430_000
"""Bytes: less than the heavy clip has, and enough for one attempt."""
FOLLOW_UP: Final = "POST /webhooks/{application_id}/{interaction_token}"


async def made(house: House, clip: Path, *, limit: int | None = None, by: str = "alice") -> Message:
    """Ask for a video that comes as `clip`, in a place with that limit, and return the message that carries it."""
    house.openrouter.script(JobPlan(clip_file=str(clip)))
    asked = await house.send("video", by=by, options={"prompt": "a fox"}, upload_limit=limit)
    await asked.answered(timeout=PATIENCE)
    await house.ended(asked)
    return house.clips()[-1]


def allow(house: House, limit: int) -> None:
    """Let the server take files of so many bytes and no larger ones."""
    guild = house.discord.world.guild("Sandbox")
    house.discord.world.replace_guild(replace(guild, upload_limit=limit))


def attached(message: Message) -> Attachment:
    """Return the one file of a message."""
    (attachment,) = message.attachments
    return attachment


def kept(house: House) -> list[str]:
    """Return the names of the clips on the bot's disk."""
    return [file.name for file in (house.data / "clips").rglob("video-*")]


def buttons(message: Message) -> list[str]:
    return [button["custom_id"] for row in message.components for button in row["components"]]


async def press(house: House, on: Message, *, by: str = "alice") -> Interaction:
    """Press *Original* under a message, and wait for the answer."""
    click = await house.discord.click(user_id=house.user(by).id, message_id=on.id, custom_id="original:1")
    await click.answered(timeout=PATIENCE)
    return click


def says(house: House, text: str) -> bool:
    """Whether there is a message with that text, whoever sees it."""
    return any(plain(each.text) == plain(text) for each in house.discord.world.messages.everything())


async def parts_for(house: House, reader: str, *, count: int) -> list[Attachment]:
    """Wait until somebody was sent so many files that only they see, and return these in their order."""

    def look() -> list[Attachment] | None:
        reader_id = house.user(reader).id
        seen = [each for each in house.discord.world.messages.everything() if each.ephemeral_for == reader_id]
        files = [attachment for message in seen for attachment in message.attachments]
        return files if len(files) >= count else None

    return await house.discord.wait_until(look, timeout=PATIENCE)


async def test_a_clip_that_fits_and_plays_leaves_with_the_hash_it_came_with(house: House, bank: ClipBank) -> None:
    clip = bank.clip("sound")
    async with house.running():
        message = await made(house, clip)

    attachment = attached(message)
    assert attachment.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert "original:1" not in buttons(message)
    assert kept(house) == []


async def test_an_hevc_clip_is_posted_as_h264_that_plays(house: House, bank: ClipBank) -> None:
    async with house.running():
        message = await made(house, bank.clip("hevc hvc1"))

    attachment = attached(message)
    file = attachment.path
    assert attachment.filename == "video-1.mp4"
    assert read_facts(file).video.coding.codec is VideoCodec.H264
    assert decodes(bank, file)


async def test_a_clip_of_twelve_megabytes_goes_into_a_place_of_ten_and_plays(house: House, bank: ClipBank) -> None:
    clip = bank.clip("twelve megabytes")
    assert clip.stat().st_size > 11 * MEBIBYTE
    async with house.running():
        message = await made(house, clip, limit=10 * MEBIBYTE)

    attachment = attached(message)
    file = attachment.path
    assert 8 * MEBIBYTE < attachment.size <= 10 * MEBIBYTE
    assert decide(read_facts(file), limit=10 * MEBIBYTE) is Treatment.LEAVE
    assert decodes(bank, file)
    assert len([record for record in house.posts() if record.files]) == 1


async def test_an_index_at_the_end_is_posted_in_front(house: House, bank: ClipBank) -> None:
    async with house.running():
        message = await made(house, bank.clip("index at the end"))

    file = attached(message).path
    assert read_facts(file).has_index_in_front
    assert "original:1" not in buttons(message)


async def test_a_server_that_takes_less_than_its_members_may_send_gets_a_smaller_clip(
    house: House, bank: ClipBank
) -> None:
    clip = bank.clip("heavy")
    allow(house, LIMIT)
    async with house.running():
        message = await made(house, clip, limit=clip.stat().st_size)

    sent = [record.files[0].size for record in house.posts() if record.files]
    assert sent[0] == clip.stat().st_size
    assert attached(message).size == sent[-1] <= LIMIT
    assert len(sent) == 2


async def test_direct_messages_get_the_clip_as_it_came_though_the_channel_took_less(
    house: House, bank: ClipBank
) -> None:
    clip = bank.clip("heavy")
    house.on_discord(POST, FaultKind.ANSWER, status=403, json={"message": "Missing Access", "code": 50001})
    async with house.running():
        message = await made(house, clip, limit=LIMIT)

    assert attached(message).sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()


@pytest.mark.parametrize("by", ["alice", "bob"])
async def test_whoever_sees_the_result_gets_the_original_in_parts_that_only_they_see(
    house: House, bank: ClipBank, by: str
) -> None:
    clip = bank.clip("heavy")
    async with house.running():
        message = await made(house, clip, limit=LIMIT)
        assert "original:1" in buttons(message)
        allow(house, LIMIT)
        click = await press(house, message, by=by)
        files = await parts_for(house, by, count=2)

    assert answer_of(click).startswith("It comes in 2 parts")
    assert [file.filename for file in files] == ["video-1.mp4.part1", "video-1.mp4.part2"]
    assert b"".join(file.path.read_bytes() for file in files) == clip.read_bytes()
    assert all(file.size <= LIMIT for file in files)
    assert house.bought == 1
    assert [each for each in house.clips() if each.ephemeral_for is None] == [message]


async def test_the_original_is_there_after_a_restart_and_until_its_time_is_over(house: House, bank: ClipBank) -> None:
    clip = bank.clip("hevc hvc1")
    async with house.running():
        message = await made(house, clip)
    async with house.running():
        click = await press(house, message)
        (file,) = await parts_for(house, "alice", count=1)
    assert answer_of(click) == "Here it is as it came."
    assert file.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()

    house.rows("UPDATE jobs SET next_at = 1")
    async with house.running():
        async with asyncio.timeout(PATIENCE):
            while kept(house):  # noqa: ASYNC110  # a folder sets no event here
                await asyncio.sleep(0.05)
        assert plain(answer_of(await press(house, message))) == plain(sentences.GONE.text)


async def test_with_a_public_address_the_original_is_a_link_that_serves_it(house: House, bank: ClipBank) -> None:
    clip = bank.clip("hevc hvc1")
    settings = reachable(house) | {"first_look_seconds": 0.1, "look_every_seconds": 0.1}
    async with house.running(**settings), aiohttp.ClientSession() as session:
        message = await made(house, clip)
        text = answer_of(await press(house, message, by="bob"))
        url = text[text.index("<") + 1 : text.index(">")]
        assert url.startswith(f"{PUBLIC}/originals/1/")
        here = url.replace(PUBLIC, f"http://127.0.0.1:{settings['webhook_port']}")
        async with session.get(here) as answer:
            assert (answer.status, await answer.read()) == (200, clip.read_bytes())
        async with session.get(here[:-1] + ("A" if here[-1] != "A" else "B")) as answer:
            assert answer.status == 404


async def test_a_press_where_the_result_is_not_gets_nothing(house: House, bank: ClipBank) -> None:
    async with house.running():
        await made(house, bank.clip("hevc hvc1"))
        posted = await house.discord.post(
            user_id=house.user("bob").id, channel_id=house.channel("general").id, content="show me"
        )
        click = forging.click(house, "original:1", on=posted, by="bob")
        await click.answered(timeout=PATIENCE)

    assert plain(answer_of(click)) == plain(sentences.GONE.text)
    assert not any(record.files for record in house.discord.requests_to(FOLLOW_UP))


async def test_a_clip_too_large_for_any_post_can_be_had_by_who_asked_for_it(house: House, bank: ClipBank) -> None:
    clip = bank.clip("heavy")
    house.openrouter.script(JobPlan(clip_file=str(clip)))
    async with house.running():
        asked = await house.send("video", options={"prompt": "a fox"}, upload_limit=1_000)
        await asked.answered(timeout=PATIENCE)
        told = await house.bad_news_about(asked)
        assert told.text.endswith(sentences.KEPT.text)
        stranger = await press(house, told, by="bob")
        await press(house, told)
        (file,) = await parts_for(house, "alice", count=1)

    assert plain(answer_of(stranger)) == plain(sentences.GONE.text)
    assert file.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()


async def test_a_part_that_discord_does_not_take_is_said_to_be_missing(house: House, bank: ClipBank) -> None:
    house.on_discord(FOLLOW_UP, FaultKind.ANSWER, status=413, json={"message": "too large", "code": 40005})
    async with house.running():
        message = await made(house, bank.clip("hevc hvc1"))
        await press(house, message)
        await house.discord.wait_until(lambda: says(house, sentences.BROKEN_OFF.text) or None, timeout=PATIENCE)


async def test_a_bot_without_an_encoder_says_so_and_posts_what_needs_none(house: House, bank: ClipBank) -> None:
    with watching("no_encoder") as warned:
        async with house.running(ffmpeg_path=house.data / "no-such-ffmpeg"):
            assert warned.is_set()
            message = await made(house, bank.clip("hevc hvc1"))

    assert read_facts(attached(message).path).video.coding.codec is VideoCodec.HEVC
