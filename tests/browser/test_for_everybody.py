"""The page in other languages, on a phone, in the dark, without a mouse and for a screen reader."""

from typing import Any, Final

import pytest
from playwright.async_api import Browser, expect

from sandbox.page import Page
from tests.browser.axe import complaints
from tests.browser.conftest import seated
from tests.browser.seat import PATIENCE, Seat

PHONE: Final = {"width": 360, "height": 740}
TOO_WIDE: Final = """() =>
    [...document.querySelectorAll("#messages :is(p, img, video, button, figcaption), #composer *")]
        .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
        .map((each) => each.outerHTML)"""
LARGEST_PAGE: Final = 200_000
GREETING: Final[dict[str, Any]] = {
    "name": "greet",
    "name_localizations": {"de": "gruss", "ja": "挨拶"},
    "description": "Greets somebody.",
    "description_localizations": {"de": "Grüßt jemanden.", "ja": "誰かに挨拶します。"},
    "options": [
        {
            "type": 3,
            "name": "tone",
            "name_localizations": {"de": "ton", "ja": "口調"},
            "description": "How.",
            "description_localizations": {"de": "Wie.", "ja": "どのように。"},
            "required": True,
            "choices": [{"name": "warm", "name_localizations": {"de": "herzlich", "ja": "温かく"}, "value": "warm"}],
        }
    ],
}
"""A command in three languages, as a bot would register it."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_chat_the_list_the_form_and_the_menu(
    browser: Browser, house: Page, scheme: str
) -> None:
    async with seated(browser, house, color_scheme=scheme) as seat:
        await seat.is_online()
        await seat.video("a fox")
        await seat.clips(1)
        await seat.enter("status")
        await seat.type("<Enter>")
        await seat.sees("Only you can see this")
        assert await complaints(seat.page) == []
        await seat.box.focus()
        await seat.type("/")
        await expect(seat.options).not_to_have_count(0)
        assert await complaints(seat.page) == []
        await seat.type("vid", "<Enter>", "<Enter>")
        await expect(seat.page.locator(".chip .fault")).not_to_be_empty()
        assert await complaints(seat.page) == []
        await seat.type("<Escape>", "<Escape>")
        await seat.messages.last.get_by_role("button", name="More about").click()
        assert await complaints(seat.page) == []
        await seat.type("<Escape>")
        await seat.press("Edit")
        await expect(seat.page.get_by_role("dialog")).to_be_visible(timeout=PATIENCE)
        assert await complaints(seat.page) == []


async def test_a_phone_shows_everything_without_scrolling_sideways(browser: Browser, house: Page) -> None:
    async with seated(browser, house, viewport=PHONE, has_touch=True, is_mobile=True) as seat:
        await seat.is_online()
        await seat.video("a small fox")
        await seat.clips(1)
        assert await complaints(seat.page) == []
        assert await seat.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        assert await seat.page.evaluate(TOO_WIDE) == []

        await seat.page.get_by_role("button", name="Servers, channels and members").click()
        assert await complaints(seat.page) == []
        await seat.go_to("general")
        await expect(seat.page.locator("#sidebar")).to_be_hidden()
        await seat.page.get_by_role("button", name="Control panel").click()
        await expect(seat.page.locator(".job .state")).to_have_text("delivered", timeout=PATIENCE)
        assert await complaints(seat.page) == []
        await seat.type("<Escape>")
        await expect(seat.page.locator("#panel")).to_be_hidden()
        await expect(seat.page.get_by_role("button", name="Control panel")).to_be_focused()


@pytest.mark.parametrize(
    ("language", "locale", "name", "tone"),
    [("Deutsch", "de", "gruss", "herzlich"), ("日本語", "ja", "挨拶", "温かく"), ("Français", "fr", "greet", "warm")],
)
async def test_commands_are_shown_in_the_members_language_and_the_bot_is_told_which(
    seat: Seat, house: Page, language: str, locale: str, name: str, tone: str
) -> None:
    house.scene.chat.commands.add(GREETING, guild_id=None)
    await seat.speak(language)
    await seat.enter(name)
    await expect(seat.options).to_have_text([tone])
    await seat.type("<Enter>", "<Enter>")

    sent = await house.scene.chat.wait_until(lambda: list(house.scene.chat.interactions.all.values()))
    assert [(each.act.locale, each.act.data["name"]) for each in sent] == [(locale, "greet")]
    assert sent[0].act.data["options"] == [{"name": "tone", "type": 3, "value": "warm"}]


async def test_new_messages_are_read_out_and_edits_are_not(seat: Seat) -> None:
    spoken = seat.page.locator("#announcer")
    await seat.video("a fox")
    await expect(spoken).to_contain_text("a fox", timeout=PATIENCE)
    await seat.clips(1)
    await expect(spoken).to_contain_text("With video-1.mp4", timeout=PATIENCE)


async def test_a_clip_goes_on_playing_while_other_messages_change(seat: Seat) -> None:
    await seat.video("a fox")
    await seat.clips(1)
    video = await seat.videos().first.element_handle()
    assert video is not None
    await video.evaluate("(video) => { video.muted = true; video.loop = true; return video.play(); }")
    await seat.press("Again")
    await seat.clips(2)

    assert await video.evaluate("(video) => video.isConnected && !video.paused && video.currentTime > 0")


async def test_the_theme_is_switched_by_a_button_and_kept(seat: Seat) -> None:
    button = seat.page.get_by_role("button", name="Theme: auto")
    await button.click()
    await seat.page.get_by_role("button", name="Theme: light").click()
    await expect(seat.page.locator("html")).to_have_attribute("data-theme", "dark")
    await seat.page.reload()
    await expect(seat.page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_the_whole_page_is_small_and_comes_from_one_place(browser: Browser, house: Page) -> None:
    async with seated(browser, house) as seat:
        sizes = await seat.page.evaluate(
            "performance.getEntries().filter((each) => each.decodedBodySize !== undefined)"
            ".filter((each) => !each.name.includes('/media/') && !each.name.includes('/events'))"
            ".map((each) => each.decodedBodySize)"
        )
        assert len(sizes) > 20
        assert sum(sizes) < LARGEST_PAGE


async def test_what_everybody_reads_is_in_the_servers_language_and_what_one_reads_alone_in_ones_own(seat: Seat) -> None:
    await seat.page.get_by_role("combobox", name="The server's language").select_option("Deutsch")
    await seat.video("ein Fuchs")
    await seat.clips(1)
    await seat.sees("dein Video")
    await seat.speak("Français")
    await seat.enter("statut")
    await seat.type("<Enter>")
    await seat.sees("Only you can see this")

    assert "vidéos par jour" in await seat.messages.last.inner_text()
