"""A page and its bot, for each test its own; the browser in front of it is started once and given a fresh profile."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from sandbox.page import Page, open_page
from services.settings import Settings
from tests.browser.chromium import chromium, chromium_path
from tests.browser.seat import Seat

DESK: Final[dict[str, Any]] = {"viewport": {"width": 1400, "height": 860}, "locale": "en-US", "timezone_id": "UTC"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of this folder on one loop, since the browser lives on it from the first to the last of them."""
    for item in items:
        if Path(__file__).parent in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no setting in the developer's own environment reach the bot of a test."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    async with chromium(chromium_path()) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def house(browser: Browser, _no_settings_around: None) -> AsyncGenerator[Page]:
    """Open the page after the browser: without one there is nothing to start."""
    del browser
    async with open_page(seconds_per_video=2.0) as opened:
        yield opened


@asynccontextmanager
async def seated(browser: Browser, house: Page, **context: Any) -> AsyncGenerator[Seat]:  # noqa: ANN401  # as the browser takes them
    """Sit somebody down; the page must have nothing to complain of, and must have asked nobody else for anything."""
    async with AsyncExitStack() as stack:
        opened = await browser.new_context(**(DESK | context))
        stack.push_async_callback(opened.close)
        page = await opened.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on(
            "request",
            lambda request: None if request.url.startswith(house.address) else complaints.append(request.url),
        )
        await page.goto(house.address)
        yield Seat(page)
        # What the sandbox refuses on purpose, the browser notes as a failed request.
        assert [each for each in complaints if "409 (Conflict)" not in each] == []


@pytest_asyncio.fixture(loop_scope="session")
async def seat(browser: Browser, house: Page) -> AsyncGenerator[Seat]:
    """Sit alice down in #videos once the bot is there."""
    async with seated(browser, house) as opened:
        await opened.is_online()
        yield opened
