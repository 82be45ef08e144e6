"""Takes the pictures under `docs/` anew: `python -m tests.browser.pictures`. Needs Chromium, and a minute."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.async_api import Browser, Locator, expect

from sandbox.page import Page, open_page
from tests.browser.chromium import chromium, chromium_path
from tests.browser.seat import PATIENCE, Seat

DOCS: Final = Path(__file__).parents[2] / "docs"
LARGEST: Final = 300_000
DESK: Final[dict[str, Any]] = {"viewport": {"width": 1400, "height": 860}, "reduced_motion": "reduce"}
PHONE: Final = {"width": 360, "height": 740}
LANGUAGES: Final = {"de": "Deutsch", "fr": "Français"}


@asynccontextmanager
async def sat(browser: Browser, house: Page, **context: Any) -> AsyncGenerator[Seat]:  # noqa: ANN401  # as the browser takes them
    """Sit somebody down in front of the page once the bot is there."""
    opened = await browser.new_context(**(DESK | context))
    try:
        page = await opened.new_page()
        await page.goto(house.address)
        seat = Seat(page)
        await seat.is_online()
        yield seat
    finally:
        await opened.close()


async def keep(name: str, taken: bytes) -> None:
    """Keep a picture, with fewer colours where it would be too large."""
    await asyncio.to_thread(_write, DOCS / f"{name}.png", taken)


def _write(path: Path, taken: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with Image.open(BytesIO(taken)) as picture:
        picture.convert("RGB").save(path, optimize=True)
        if path.stat().st_size > LARGEST:
            picture.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        message = f"{path.name} has {path.stat().st_size} bytes, more than {LARGEST}"
        raise ValueError(message)


async def at_rest(video: Locator) -> None:
    """Stop a clip where something is to be seen."""
    await video.evaluate(
        """(video) => new Promise((done) => {
            video.addEventListener("seeked", () => done(), { once: true });
            video.currentTime = video.duration / 2;
        })"""
    )
    await asyncio.sleep(2)  # until the player's own signs have faded


async def killed_and_back(seat: Seat) -> None:
    """Ask for a video, kill the bot in the middle of it, start it again, and wait for the clip."""
    await seat.let_time_run("0")
    await seat.video("a lighthouse in a storm, waves breaking over the rocks")
    await seat.has_step("generating")
    await asyncio.sleep(2)
    await seat.page.get_by_role("button", name="Kill the bot now").click()
    await asyncio.sleep(1.5)
    await seat.page.get_by_role("button", name="Start it again").click()
    await seat.is_online()
    await seat.let_time_run("1")
    await seat.clips(1)
    await at_rest(seat.videos().first)


async def in_light(browser: Browser, house: Page) -> None:
    """The whole page by day, and its panel by itself: a restart that nobody noticed."""
    async with sat(browser, house, color_scheme="light") as seat:
        await killed_and_back(seat)
        await keep("sandbox", await seat.page.screenshot())
        await seat.page.set_viewport_size({"width": 1400, "height": 980})
        await keep("control-panel", await seat.page.locator("#panel").screenshot())


async def in_the_dark(browser: Browser, house: Page) -> None:
    """The page by night, while a command is filled in."""
    async with sat(browser, house, color_scheme="dark") as seat:
        await at_rest(seat.videos().first)
        await seat.enter("video")
        await seat.type("a paper boat on a rainy street")
        await seat.option("model", "")
        await expect(seat.options).not_to_have_count(0, timeout=PATIENCE)
        await expect(seat.options.first).not_to_contain_text("Loading")
        await keep("sandbox-dark", await seat.page.screenshot())


async def on_a_phone(browser: Browser, house: Page) -> None:
    """The page on a small screen."""
    async with sat(browser, house, viewport=PHONE, device_scale_factor=2, has_touch=True, is_mobile=True) as seat:
        await at_rest(seat.videos().first)
        await keep("sandbox-phone", await seat.page.screenshot())


async def in_other_languages(browser: Browser, house: Page) -> None:
    """An answer and the list of commands in other languages, where the bot has registered them."""
    for locale, language in LANGUAGES.items():
        status = _name_in(house, "status", locale)
        if status is None:
            continue
        async with sat(browser, house, color_scheme="light", locale=locale) as seat:
            await seat.speak(language)
            await seat.enter(status)
            await seat.type("<Enter>")
            await expect(seat.messages.last).to_have_class(re.compile("ephemeral"), timeout=PATIENCE)
            await seat.type(f"/{status}")
            await expect(seat.options.first).to_contain_text(status, timeout=PATIENCE)
            await keep(f"sandbox-{locale}", await seat.page.screenshot())


def _name_in(house: Page, name: str, locale: str) -> str | None:
    """Return what a command is called in a language, or None where the bot has not registered it in that one."""
    for command in house.scene.chat.commands.listed(None):
        localised: dict[str, str] = command["name_localizations"] or {}
        descriptions: dict[str, str] = command["description_localizations"] or {}
        if command["name"] == name and locale in descriptions:
            return localised.get(locale, name)
    return None


async def main() -> None:
    """Take them all."""
    async with chromium(chromium_path()) as browser, open_page(seconds_per_video=8.0) as house:
        await in_light(browser, house)
        await in_the_dark(browser, house)
        await on_a_phone(browser, house)
        await in_other_languages(browser, house)


if __name__ == "__main__":
    asyncio.run(main())
