"""Videos that start from a picture, over the wire: the command, *Animate this*, the price, the restarts."""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any, Final

import pytest

from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import Interaction, InteractionType
from sandbox.discord.uploads import Upload
from sandbox.openrouter import Answer
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import ANSWER, PATIENCE, House, answer_of, status_of
from tests.picture_files import OTHER, SECRET, encoded, halves, opened, picture, turned

LITE: Final = "google/veo-3.1-lite"
DEAR: Final[dict[str, Any]] = {"model": "google/veo-3.1", "duration": 8, "resolution": "1080p", "audio": True}
NOTHING: Final = "Nothing was ordered, and nothing was spent."


def upload(content: bytes | None = None, *, name: str = "fox.png") -> Upload:
    return Upload(filename=name, content=picture() if content is None else content)


def sent_with(order: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Return the frames of a submit as the video API reads them."""
    frames: Sequence[dict[str, Any]] = order.get("frame_images", [])
    found: list[tuple[str, bytes]] = []
    for frame in frames:
        head, _, content = str(frame["image_url"]["url"]).partition(",")
        assert (frame["type"], head) == ("image_url", "data:image/jpeg;base64")
        found.append((frame["frame_type"], base64.b64decode(content, validate=True)))
    return found


def forget_files(house: House) -> None:
    """Let every address of Discord's expire."""
    house.discord.world.loose_attachments.clear()


async def animate(
    house: House, *, by: str = "alice", content: bytes | None = None, name: str = "fox.png"
) -> Interaction:
    """Choose *Animate this* on a message with a file, and wait for the answer."""
    channel = house.channel("videos")
    files = [] if content == b"" else [upload(content, name=name)]
    message = await house.discord.post(
        user_id=house.user("bob").id, channel_id=channel.id, content="look at this", uploads=files
    )
    chosen = await house.discord.use_on_message(
        user_id=house.user(by).id, channel_id=channel.id, name="Animate this", target_id=message.id
    )
    await chosen.answered(timeout=PATIENCE)
    return chosen


async def submit(house: House, opener: Interaction, prompt: str = "it begins to run") -> Interaction:
    """Fill the form in, and wait for the answer."""
    sent = await house.discord.submit_modal(interaction_id=opener.id, values={"prompt": prompt})
    await sent.answered(timeout=PATIENCE)
    return sent


async def test_a_video_starts_from_the_picture_that_its_member_attached(house: House) -> None:
    async with house.running():
        asked = await house.video("it begins to run", image=upload(turned(6), name="fox.png"), model=LITE)
        await house.clip_in()
        shown = [plain(content.text) for content in status_of(asked).earlier]

    [(kind, content)] = sent_with(house.orders[0])
    assert (kind, opened(content).size) == ("first_frame", (100, 200))
    assert SECRET.encode() not in content
    assert house.orders[0]["prompt"] == "it begins to run"
    assert [job["frames"] for job in house.jobs()] == [1]
    assert house.pictures() == []
    # The answer came before the picture was looked at, and became the status message.
    assert not asked.ephemeral
    assert shown[0].startswith("**Getting your picture ready …**\n> it begins to run\nGoogle: Veo 3.1 Lite")
    assert any(text.startswith("**Video 1**") for text in shown)


async def test_a_video_starts_with_one_picture_and_ends_with_another(house: House) -> None:
    async with house.running():
        await house.video("from dawn to dusk", image=upload(), last_image=upload(encoded(halves(), "JPEG")), model=LITE)
        await house.clip_in()

    assert [(kind, opened(content).size) for kind, content in sent_with(house.orders[0])] == [
        ("first_frame", (320, 180)),
        ("last_frame", (200, 100)),
    ]
    assert [job["frames"] for job in house.jobs()] == [2]


async def test_a_picture_is_priced_before_and_billed_as_it_was_priced(house: House) -> None:
    """Five seconds of this model cost a cent more from a picture."""
    model = "x-ai/grok-imagine-video-1.5-lite"
    async with house.running():
        await house.video("it runs", duration=5, model=model)
        first = await house.clip_in()
        await house.video("it runs", duration=5, model=model, image=upload())
        await house.clip_in(after=first.id)
        models = await house.reads("models")

    plainly, pictured = house.jobs()
    assert pictured["estimate_microusd"] - plainly["estimate_microusd"] == 10_000
    assert pictured["cost_microusd"] == pictured["estimate_microusd"]
    assert pictured["cost_microusd"] <= pictured["reserved_microusd"]
    assert " picture " in models
    assert (
        "no" in next(line for line in models.splitlines() if line.startswith("Veo") or "wan" in line.lower()) or models
    )


async def test_who_names_no_model_gets_one_that_starts_from_pictures(house: House) -> None:
    async with house.running(default_model="alibaba/wan-3.0"):
        await house.video("from dawn to dusk", image=upload(), last_image=upload())
        await house.clip_in()

    assert house.orders[0]["model"] != "alibaba/wan-3.0"
    assert [kind for kind, _ in sent_with(house.orders[0])] == ["first_frame", "last_frame"]


# --- what is said before anything is fetched -------------------------------------------------------------------------


async def test_what_the_model_cannot_do_is_said_before_anything_is_fetched_or_reserved(house: House) -> None:
    async with house.running():
        last = await house.video("x y z", image=upload(), last_image=upload(), model="alibaba/wan-3.0")
        alone = await house.video("x y z", last_image=upload(), model=LITE)
        large = await house.video("x y z", image=upload(bytes(10 * 1024 * 1024 + 1)), model=LITE)

    assert plain(answer_of(last)).startswith("alibaba/wan-3.0 cannot end with a picture. Choose ")
    assert plain(answer_of(alone)).startswith("A video that ends with a picture has to start from one too")
    assert plain(answer_of(large)).startswith("The picture is larger than 10 MB.")
    assert last.ephemeral
    assert alone.ephemeral
    assert large.ephemeral
    assert house.jobs() == []
    assert house.pictures() == []
    assert house.bought == 0


async def test_a_limit_is_said_before_anything_is_fetched(house: House) -> None:
    async with house.running(videos_per_day=0):
        asked = await house.video("x y z", image=upload(), model=LITE)

    assert asked.ephemeral
    assert house.jobs() == []


# --- what is wrong with the picture ----------------------------------------------------------------------------------


async def refused_after_looking(house: House, asked: Interaction) -> str:
    """Return what the member reads in the end; the public message that stood for it is gone."""

    def look() -> str | None:
        told = [
            message
            for message in house.discord.messages(house.channel("videos").id, viewer_id=house.user("alice").id)
            if message.id > asked.id and NOTHING in message.text
        ]
        return plain(told[0].text) if told else None

    text = await house.discord.wait_until(look, timeout=PATIENCE)
    assert house.discord.messages(house.channel("videos").id) == []
    return text


async def test_a_file_that_is_no_picture_is_refused_for_what_it_is_and_not_for_its_name(house: House) -> None:
    async with house.running():
        page = OTHER["a page named like a picture"]
        asked = await house.video("x y z", image=upload(page, name="fox.png"), model=LITE)
        text = await refused_after_looking(house, asked)

    assert text.startswith("The picture is no PNG, JPEG or WebP file, whatever its name says.")
    assert house.jobs() == []
    assert house.bought == 0
    assert house.pictures() == []


async def test_a_picture_that_is_gone_from_discord_buys_nothing(house: House) -> None:
    async with house.running():
        asked = await house.send("video", options={"prompt": "x y z", "image": upload(), "model": LITE})
        forget_files(house)
        text = await refused_after_looking(house, asked)

    assert text.startswith("The picture is no longer on Discord: it was deleted, or its link has expired.")
    assert house.jobs() == []
    assert house.bought == 0


async def test_where_discord_refuses_the_answer_no_picture_is_fetched(house: House) -> None:
    async with house.running():
        house.on_discord(ANSWER, FaultKind.ANSWER, status=404, json={"message": "Unknown interaction", "code": 10062})
        await house.send("video", options={"prompt": "x y z", "image": upload(), "model": LITE})
        await house.discord.wait_until(lambda: house.discord.requests_to(ANSWER), timeout=PATIENCE)
        await house.reads("status", by="bob")

    assert house.jobs() == []
    assert house.pictures() == []


# --- restarts --------------------------------------------------------------------------------------------------------


async def test_a_restart_before_the_submit_needs_no_picture_from_discord(house: House) -> None:
    house.openrouter.script(Answer(route="submit", status=429, times=None))
    async with house.running():
        await house.video("it begins to run", image=upload(encoded(halves(), "PNG")), model=LITE)
        async with asyncio.timeout(PATIENCE):
            while not house.bought:  # noqa: ASYNC110  # the video API's own log sets no event
                await asyncio.sleep(0.05)
    assert len(house.pictures()) == 1
    assert [job["state"] for job in house.jobs()] == ["queued"]

    forget_files(house)
    tried = house.bought
    house.openrouter.clear_faults()
    async with house.running():
        await house.clip_in()

    assert house.bought == tried + 1
    [(kind, content)] = sent_with(house.orders[-1])
    assert (kind, opened(content).size) == ("first_frame", (200, 100))
    assert house.pictures() == []


async def test_a_question_about_the_price_keeps_the_picture_over_a_restart(house: House) -> None:
    async with house.running():
        asked = await house.video("it begins to run", image=upload(), **DEAR)
        question = await house.discord.wait_until(
            lambda: status_of(asked) if status_of(asked).components else None, timeout=PATIENCE
        )
    assert asked.ephemeral
    assert house.jobs() == []
    assert len(house.pictures()) == 1

    forget_files(house)
    async with house.running():
        custom_id = question.components[0]["components"][0]["custom_id"]
        click = await house.discord.click(user_id=house.user("alice").id, message_id=question.id, custom_id=custom_id)
        await click.answered(timeout=PATIENCE)
        await house.clip_in()

    assert [kind for kind, _ in sent_with(house.orders[0])] == ["first_frame"]
    assert house.pictures() == []


async def test_a_no_to_the_price_lets_the_picture_go(house: House) -> None:
    async with house.running():
        asked = await house.video("it begins to run", image=upload(), **DEAR)
        question = await house.discord.wait_until(
            lambda: status_of(asked) if status_of(asked).components else None, timeout=PATIENCE
        )
        custom_id = question.components[0]["components"][1]["custom_id"]
        click = await house.discord.click(user_id=house.user("alice").id, message_id=question.id, custom_id=custom_id)
        await click.answered(timeout=PATIENCE)
        assert house.pictures() == []


@pytest.mark.sqlite("the folder of a process that is alone")
async def test_what_a_crash_left_behind_is_swept_at_the_start(house: House) -> None:
    (house.data / "pictures").mkdir(parents=True)
    (house.data / "pictures" / "77-first.jpg").write_bytes(picture())

    async with house.running():
        assert house.pictures() == []


# --- Animate this ----------------------------------------------------------------------------------------------------


async def test_a_picture_in_any_message_can_be_animated_and_a_restart_in_between_is_invisible(house: House) -> None:
    async with house.running():
        opener = await animate(house, content=encoded(halves(), "PNG"))
    assert opener.modal is not None

    async with house.running():
        await submit(house, opener)
        await house.clip_in(after=opener.id)

    assert house.orders[0]["prompt"] == "it begins to run"
    assert [kind for kind, _ in sent_with(house.orders[0])] == ["first_frame"]
    assert house.rows("SELECT * FROM chosen_pictures") == []


async def test_a_message_without_a_picture_opens_no_form(house: House) -> None:
    async with house.running():
        bare = await animate(house, content=b"")
        other = await animate(house, content=b"notes", name="notes.txt")

    for answered in (bare, other):
        assert answered.modal is None
        assert answered.ephemeral
        assert plain(answer_of(answered)).startswith("That message has no picture to animate.")


@pytest.mark.parametrize("custom_id", ["animate:{opener}", "animate:1", "animate:9999999999999999999", "animate:x"])
async def test_a_form_that_somebody_else_opened_or_nobody_makes_nothing(house: House, custom_id: str) -> None:
    async with house.running():
        opener = await animate(house, by="alice")
        data = {
            "custom_id": custom_id.format(opener=opener.id),
            "components": [
                {"type": 18, "id": 1, "component": {"type": 4, "id": 100, "custom_id": "prompt", "value": "mine now"}}
            ],
        }
        forged = forging.open_act(
            house, data, by="bob", channel_id=house.channel("videos").id, kind=InteractionType.MODAL
        )
        forging.replay(house, forged)
        await house.reads("status", by="bob")
        chosen = house.rows("SELECT user_id FROM chosen_pictures")

    assert house.jobs() == []
    assert house.bought == 0
    assert chosen == [{"user_id": house.user("alice").id}]


async def test_a_form_makes_one_video_however_often_it_is_delivered(house: House) -> None:
    async with house.running():
        opener = await animate(house)
        sent = await submit(house, opener)
        forging.replay(house, sent)
        await house.clip_in(after=opener.id)

    assert house.bought == 1
    assert len(house.jobs()) == 1


async def test_a_picture_that_is_lost_from_our_own_disk_buys_nothing_and_is_said(house: House) -> None:
    house.openrouter.script(Answer(route="submit", status=429, times=None))
    async with house.running():
        asked = await house.video("it begins to run", image=upload(), model=LITE)
        async with asyncio.timeout(PATIENCE):
            while not house.bought:  # noqa: ASYNC110  # the video API's own log sets no event
                await asyncio.sleep(0.05)
    tried = house.bought
    house.openrouter.clear_faults()
    (house.data / "pictures" / house.pictures()[0]).unlink(missing_ok=True)
    house.rows("DELETE FROM pictures")

    async with house.running():
        news = await house.bad_news_about(asked)

    assert "Attach it again" in plain(news.text)
    assert house.bought == tried
    assert [(job["state"], job["held_microusd"]) for job in house.jobs()] == [("failed", 0)]
