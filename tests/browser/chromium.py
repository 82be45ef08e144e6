"""Where the browser is. Without one the tests are skipped, but not in CI: there they must not pass by not running."""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MISSING: Final = "no Chromium on the PATH: install one (Debian: apt-get install chromium) or set CHROMIUM_PATH"


def chromium_path() -> str:
    """Return the browser to run; skip the test where there is none, or fail it in CI."""
    found = os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@asynccontextmanager
async def chromium(path: str) -> AsyncGenerator[Browser]:
    """Run the browser until the block ends."""
    async with async_playwright() as playwright:
        # Its own sandbox needs rights that containers do not give; it opens nothing but our page.
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--mute-audio"])
        try:
            yield browser
        finally:
            await browser.close()
