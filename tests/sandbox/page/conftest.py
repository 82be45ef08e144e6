"""A page without a bot behind it, and somebody who speaks HTTP to it."""

from collections.abc import AsyncGenerator

import aiohttp
import pytest

from sandbox.page import Page, open_page
from tests.sandbox.page.visitor import Visitor


@pytest.fixture
async def page() -> AsyncGenerator[Page]:
    async with open_page(starts_bot=False) as opened:
        yield opened


@pytest.fixture
async def visitor(page: Page) -> AsyncGenerator[Visitor]:
    async with aiohttp.ClientSession() as session:
        yield Visitor(session, page)
