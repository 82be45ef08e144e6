"""What a member does on the page, from the first keystroke to the clip."""

import pytest
from playwright.async_api import Browser, FilePayload, expect

from sandbox.page import Page
from sandbox.page.samples import Samples
from tests.browser.conftest import seated
from tests.browser.seat import PATIENCE, Seat


async def test_a_member_types_a_command_and_the_clip_really_plays(seat: Seat) -> None:
    await seat.box.focus()
    await seat.type("/vid", "<Enter>", "a lighthouse in a storm", "<Tab>", "asp", "<Enter>")
    await expect(seat.options).not_to_have_count(0, timeout=PATIENCE)
    await seat.type("9:16")
    await expect(seat.options).to_have_text(["9:16"], timeout=PATIENCE)
    await seat.type("<Enter>", "<Enter>")

    await seat.clips(1)
    played = await seat.plays(seat.videos().first)
    assert (played["width"], played["height"]) == (720, 1280)
    assert played["error"] is None
    assert played["moved"] > 0
    assert played["sought"] == pytest.approx(played["duration"] - 0.5, abs=0.1)
    assert played["duration"] == pytest.approx(5, abs=0.2)


async def test_suggestions_are_the_bots_own_and_are_chosen_by_the_arrow_keys(seat: Seat, house: Page) -> None:
    await seat.enter("video")
    await seat.type("a fox")
    await seat.option("model", "kling")
    await expect(seat.options).to_have_count(1, timeout=PATIENCE)
    await expect(seat.options.first).to_contain_text("Kling: Video v3.0 Standard")
    await seat.type("<Enter>")
    await seat.option("duration", "1")
    await expect(seat.options).to_have_text(
        ["10 s10", "11 s11", "12 s12", "13 s13", "14 s14", "15 s15"], timeout=PATIENCE
    )
    await seat.type("<ArrowDown>", "<ArrowDown>", "<Enter>", "<Enter>")

    # It is dear: the bot asks before it orders anything.
    await seat.sees("Only you can see this")
    assert len(house.video_api.jobs) == 0
    await seat.press("Generate")
    await seat.has_step("generating")
    assert [job.order.seconds for job in house.video_api.jobs.values()] == [12]
    assert [job.order.model.id for job in house.video_api.jobs.values()] == ["kwaivgi/kling-v3.0-std"]


async def test_what_does_not_fit_an_option_is_said_beside_it_and_never_sent(seat: Seat, house: Page) -> None:
    await seat.enter("video")
    await seat.type("<Enter>")
    fault = seat.page.locator(".chip .fault:not(:empty)")
    await expect(fault).to_have_text(["This option is required. Specify a value."])
    await seat.type("a fox")
    await seat.option("seed", "-3")
    await seat.type("<Enter>")
    await expect(fault).to_have_text(["Must be at least 0."])
    await seat.type("<Backspace>", "<Backspace>", "1.5", "<Enter>")
    await expect(fault).to_have_text(["Input a valid integer."])

    assert [each for each in house.scene.chat.interactions.all.values() if each.act.type != 4] == []


async def test_an_answer_for_one_reader_is_shown_to_nobody_else(seat: Seat, house: Page, browser: Browser) -> None:
    async with seated(browser, house) as other:
        await other.become("Bob")
        await seat.enter("status")
        await seat.type("<Enter>")
        await seat.sees("Only you can see this")
        await seat.video("a red fox")
        await other.sees("a red fox")

        assert await other.saying("Only you can see this").count() == 0
        await seat.messages.get_by_role("button", name="Dismiss message").click()
        await expect(seat.saying("Only you can see this")).to_have_count(0)


async def test_a_picture_comes_to_life_from_the_menu_of_its_message_by_the_keyboard_alone(
    seat: Seat, house: Page
) -> None:
    await seat.saying("I would love to see this one move").get_by_role("button", name="More about").focus()
    await seat.type("<Enter>")
    await expect(seat.page.get_by_role("menuitem", name="Animate this")).to_be_focused()
    await seat.type("<Enter>")
    form = seat.page.get_by_role("dialog")
    await expect(form).to_be_visible(timeout=PATIENCE)
    await seat.type("the sun goes down", "<Tab>", "<Tab>", "<Enter>")

    await seat.clips(1)
    (job,) = house.video_api.jobs.values()
    assert job.order.prompt == "the sun goes down"
    assert job.order.sale.frame_images == 1


async def test_a_ready_made_picture_goes_with_the_command_and_a_false_one_is_refused(seat: Seat, house: Page) -> None:
    await seat.enter("video")
    await seat.type("it moves")
    await seat.option("image", "not-a")
    await seat.type("<Enter>", "<Enter>")
    await seat.sees("Only you can see this")
    assert len(house.video_api.jobs) == 0

    await seat.enter("video")
    await seat.type("it moves")
    await seat.option("image", "light")
    await seat.type("<Enter>")
    await seat.option("spoiler", "tr")
    await seat.type("<Enter>", "<Enter>")
    await seat.clips(1)
    assert await seat.videos().count() == 0 or not await seat.videos().first.is_visible()
    await seat.messages.get_by_role("button", name="Spoiler").last.click()
    await expect(seat.videos().first).to_be_visible()
    assert (await seat.plays(seat.videos().first))["width"] > 0


async def test_a_file_of_ones_own_goes_with_a_command_and_with_a_message(seat: Seat, house: Page) -> None:
    picture = FilePayload(name="mine.png", mimeType="image/png", buffer=Samples().upload("sunset.png").content)
    await seat.page.locator(".plain-row input[type=file]").set_input_files(picture)
    await seat.box.fill("look")
    await seat.type("<Enter>")
    await expect(seat.saying("look").locator("img")).to_have_attribute("alt", "mine.png")
    await seat.enter("video")
    await seat.type("it moves")
    await seat.option("image", "")
    await seat.page.locator(".chip input[type=file]").set_input_files(picture)
    await seat.type("<Enter>")
    await seat.clips(1)

    (job,) = house.video_api.jobs.values()
    assert job.order.sale.frame_images == 1


async def test_what_a_member_writes_is_shown_as_text_and_never_as_markup(
    seat: Seat, house: Page, browser: Browser
) -> None:
    evil = '<img src=x onerror="alert(1)"> **bold** ||hidden|| `<b>` <script>alert(2)</script> https://example.com'
    async with seated(browser, house) as other:
        await seat.box.focus()
        await seat.type(evil, "<Enter>")
        await other.sees('<img src=x onerror="alert(1)">')
        message = other.messages.last
        await expect(message.locator("strong")).to_have_text("bold")
        await expect(message.get_by_role("link", name="https://example.com")).to_have_attribute(
            "rel", "noopener noreferrer"
        )

        assert await message.locator("img, script").count() == 0


async def test_a_draft_waits_in_its_channel_and_a_channel_says_what_the_bot_lacks(seat: Seat) -> None:
    await seat.box.fill("half a thought")
    await seat.go_to("no-attach")
    await expect(seat.page.locator("#channel-note")).to_have_text("Note: the bot may not attach files here")
    await expect(seat.box).to_have_value("")
    await seat.video("a fox where no file may be")
    await seat.sees("Only you can see this")
    await seat.go_to("videos")
    await expect(seat.box).to_have_value("half a thought")


async def test_direct_messages_and_a_thread_are_places_like_others(seat: Seat, house: Page) -> None:
    await seat.go_to("ideas")
    await seat.video("a fox in a thread")
    await seat.clips(1)
    await seat.page.get_by_role("button", name="Direct messages").click()
    await expect(seat.page.locator("#channel-name")).to_have_text("@ video-bot")
    await seat.box.focus()
    await seat.type("/")
    offered = await seat.options.all_inner_texts()
    registered = [
        each for each in house.scene.chat.commands.listed(None) if each["type"] == 1 and 1 in (each["contexts"] or [1])
    ]
    assert {text.split()[0] for text in offered} == {f"/{each['name']}" for each in registered}
