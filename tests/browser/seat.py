"""One member in front of the page: what they do with keyboard and mouse, and what they see."""

import re
from collections.abc import Sequence
from typing import Any, Final

from playwright.async_api import Locator, Page, expect

PATIENCE: Final = 60_000.0
"""Milliseconds that a slow machine may take for anything."""


class Seat:
    """Wraps the browser's page, in the words of the chat."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.locator("#message-box")
        self.messages = page.locator("#messages > li")
        self.options = page.locator('.popup [role="option"]')

    async def is_online(self) -> None:
        """Wait until the page says that the bot is connected."""
        await expect(self.page.locator("#bot-pill")).to_have_text("Bot online", timeout=PATIENCE)
        # The commands are registered a moment before or after the connection.
        await self.page.wait_for_function("() => document.querySelector('#bot-pill').textContent", timeout=PATIENCE)

    # --- doing ---------------------------------------------------------------------------------------------------

    async def type(self, *keys: str) -> None:
        """Type words and press keys, one after the other; a key is written in angle brackets, such as `<Enter>`."""
        for key in keys:
            if match := re.fullmatch(r"<(\w+(?:\+\w+)*)>", key):
                await self.page.keyboard.press(match[1])
            else:
                await self.page.keyboard.type(key)

    async def enter(self, command: str) -> None:
        """Type a command's name and choose it from the list."""
        await self.box.focus()
        await self.type(f"/{command}")
        await expect(self.options.first).to_contain_text(f"/{command}", timeout=PATIENCE)
        await self.type("<Enter>")
        await expect(self.page.locator(".command-name")).to_have_text(f"/{command}")

    async def option(self, name: str, value: str) -> None:
        """Add an option to the command and fill it in."""
        more = self.page.get_by_label("Add an option")
        await more.focus()
        await self.type(name, "<Enter>")
        field = self.page.get_by_role("combobox", name=name, exact=True)
        await expect(field).to_be_focused()
        await self.type(value)

    async def video(self, prompt: str, **options: str) -> Locator:
        """Ask for a video; return the bot's answer."""
        await self.enter("video")
        await self.type(prompt)
        for name, value in options.items():
            await self.option(name, value)
        before = await self.messages.count()
        await self.page.get_by_role("button", name="Send /video").click()
        await expect(self.messages).not_to_have_count(before, timeout=PATIENCE)
        return self.messages.last

    async def press(self, button: str) -> None:
        """Press the last button of that name in the chat."""
        await self.messages.get_by_role("button", name=button, exact=True).last.click(timeout=PATIENCE)

    async def let_time_run(self, speed: str) -> None:
        """Choose how fast time runs at the video service: 0, 1, 4 or 20."""
        await self.page.locator(f'input[name="speed"][value="{speed}"]').check()

    async def become(self, name: str) -> None:
        """Be somebody else."""
        select = self.page.get_by_role("combobox", name="You are")
        label = await select.locator("option", has_text=name).text_content()
        await select.select_option(label=label)
        await expect(self.page.locator("#me .avatar")).to_have_text(name[0])

    async def speak(self, language: str) -> None:
        """Choose a language."""
        await self.page.locator("#me").get_by_role("combobox", name="Language").select_option(label=language)

    async def go_to(self, channel: str) -> None:
        """Go to a channel."""
        await self.page.locator("#channels").get_by_role("button", name=re.compile(f"^{re.escape(channel)}")).click()
        await expect(self.page.locator("#channel-name")).to_contain_text(channel)

    # --- seeing --------------------------------------------------------------------------------------------------

    def saying(self, text: str | re.Pattern[str]) -> Locator:
        """Return the messages with that text."""
        return self.messages.filter(has_text=text)

    async def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait for a message with that text."""
        await expect(self.saying(text).last).to_be_visible(timeout=PATIENCE)

    def videos(self) -> Locator:
        """Return the players."""
        return self.messages.locator("video")

    async def clips(self, count: int) -> None:
        """Wait until there are that many clips, in players or behind spoilers."""
        await expect(self.messages.locator("figcaption", has_text=".mp4")).to_have_count(count, timeout=PATIENCE)

    async def toast(self) -> str:
        """Return what the last note says."""
        note = self.page.locator(".toast p").last
        await expect(note).to_be_visible(timeout=PATIENCE)
        return await note.inner_text()

    async def steps(self) -> Sequence[str]:
        """Return the states of the latest job in the panel, as they stand."""
        return await self.page.locator(".job").first.locator(".step-name").all_inner_texts()

    async def has_step(self, name: str) -> None:
        """Wait until the latest job's timeline shows that state."""
        step = self.page.locator(".job").first.locator(".step-name").get_by_text(name, exact=True)
        await expect(step.first).to_be_visible(timeout=PATIENCE)

    async def plays(self, video: Locator) -> dict[str, Any]:
        """Play a clip for a moment, jump ahead in it, and return what the player says of it."""
        told: dict[str, Any] = await video.evaluate(
            """async (video) => {
                const until = (event) => new Promise((done) => video.addEventListener(event, done, { once: true }));
                video.muted = true;
                await video.play();
                while (video.currentTime === 0) await until("timeupdate");
                const moved = video.currentTime;
                video.pause();
                const sought = until("seeked");
                video.currentTime = video.duration - 0.5;
                await sought;
                const { videoWidth, videoHeight, duration, currentTime, error } = video;
                return { moved, width: videoWidth, height: videoHeight, duration, sought: currentTime, error };
            }"""
        )
        return told
