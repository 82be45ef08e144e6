"""The real bot, unmodified, as a process of its own; it finds the stand-ins by its settings alone."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from sandbox.discord import DiscordStandIn
from sandbox.openrouter import OpenRouterStandIn

FRONT_DOOR: Final = Path(__file__).parents[2] / "bot.py"
STOPS_WITHIN: Final = 10.0
"""Seconds that the bot has to leave after SIGTERM."""
LAST_LINES: Final = 20


class BotStoppedError(Exception):
    """The bot ended before it was told to. Its last words are the message."""


@asynccontextmanager
async def bot_between(chat: DiscordStandIn, video_api: OpenRouterStandIn, *, folder: Path) -> AsyncGenerator[None]:
    """Run the bot until the block ends, with its data and its log in `folder`; enter when it is connected.

    Raises:
        BotStoppedError: it ended before it was connected.
    """
    log = folder / "bot.log"
    with log.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(FRONT_DOOR), "run"),
            env=settings_between(chat, video_api, data=folder / "data"),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
        )
    try:
        await _connected(process, chat, log=log)
        yield
    finally:
        await stop(process)


async def _connected(process: asyncio.subprocess.Process, chat: DiscordStandIn, *, log: Path) -> None:
    ended = asyncio.create_task(process.wait())
    connected = asyncio.create_task(chat.connected(timeout=30))
    await asyncio.wait({ended, connected}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if not connected.done():
        connected.cancel()
        words = await asyncio.to_thread(log.read_text, encoding="utf-8", errors="replace")
        raise BotStoppedError("\n".join(words.splitlines()[-LAST_LINES:]))
    await connected


async def stop(process: asyncio.subprocess.Process) -> None:
    """Ask the bot to leave, and make it leave where it does not."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOPS_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def settings_between(chat: DiscordStandIn, video_api: OpenRouterStandIn, *, data: Path) -> dict[str, str]:
    """Return this process's environment with the bot's settings; neither secret of a real bot is ever used."""
    return os.environ | {
        "DISCORD_TOKEN": chat.token,
        "OPENROUTER_API_KEY": video_api.key,
        "OPENROUTER_BASE_URL": video_api.base_url,
        "DISCORD_API_URL": chat.api_url,
        "DISCORD_GATEWAY_URL": chat.gateway_url,
        "DATA_DIR": str(data),
        "DEFAULT_MODEL": "",
        "FIRST_LOOK_SECONDS": "1",
        "LOOK_EVERY_SECONDS": "0.5",
        "LOG_FORMAT": "console",
    }
