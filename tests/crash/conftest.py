"""A world for the bot to die in, and processes that do not outlive their test.

These tests share one event loop, because the nursery that they share is a process with pipes.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.crash.process import BotProcess, Nursery, Start, nursery, run_bot
from tests.crash.scene import Scene, opened, write_clip
from tests.stored import Stored


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest_asyncio.fixture(loop_scope="session")
async def scene(tmp_path: Path, clip: Path, stored: Stored) -> AsyncGenerator[Scene]:
    async with opened(tmp_path, clip=clip, stored=stored) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def _nursery() -> AsyncGenerator[Nursery]:
    async with nursery() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def fork(_nursery: Nursery) -> AsyncGenerator[Start]:
    """Starts bots without importing anything again: for what is not about how a bot starts."""
    async with _until_the_test_ends(_nursery) as start:
        yield start


@pytest_asyncio.fixture(loop_scope="session")
async def start() -> AsyncGenerator[Start]:
    """Starts `bot.py run`."""
    async with _until_the_test_ends(run_bot) as start:
        yield start


@asynccontextmanager
async def _until_the_test_ends(start: Start) -> AsyncGenerator[Start]:
    """Start bots by `start`, and kill what still runs in the end."""
    started: list[BotProcess] = []

    async def run(environment: Mapping[str, str], *, folder: Path, log: Path) -> BotProcess:
        bot = await start(environment, folder=folder, log=log)
        started.append(bot)
        return bot

    try:
        yield run
    finally:
        for bot in started:
            await bot.die()
