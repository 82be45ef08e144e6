"""Runs either bot as a process of its own against the stand-in of Discord: the real one, and the bare library's."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bench.children import ROOT
from bench.upstream import Upstream
from sandbox.demo.bot_process import FRONT_DOOR, stop
from sandbox.discord import DiscordStandIn
from sandbox.discord.interactions import Interaction

PATIENCE: Final = 60.0
"""Seconds that a bot may take to connect."""
LAST_WORDS: Final = 2_000
GENEROUS: Final[Mapping[str, str]] = {
    "VIDEOS_PER_DAY": "10000",
    "USER_VIDEOS_PER_DAY_EVERYWHERE": "100000",
    "BUDGET_USD": "1000000",
    "CONFIRM_ABOVE_USD": "1000000",
    "MIN_FREE_DISK_MB": "0",
    "LOG_FORMAT": "json",
}
"""Limits that nothing measured here meets, on top of the settings that are the default."""


@asynccontextmanager
async def real_bot(
    chat: DiscordStandIn, api: Upstream, *, folder: Path, settings: Mapping[str, str] | None = None
) -> AsyncGenerator[int]:
    """Run the real bot with its data in `folder` until the block ends; enter with its process id, connected.

    Raises:
        RuntimeError: it ended before it was connected; with its last words.
    """
    values = {
        "DISCORD_TOKEN": chat.token,
        "DISCORD_API_URL": chat.api_url,
        "DISCORD_GATEWAY_URL": chat.gateway_url,
        "OPENROUTER_API_KEY": api.key,
        "OPENROUTER_BASE_URL": api.base_url,
        "DATA_DIR": str(folder / "data"),
    }
    environment = [f"{name}={value}" for name, value in {**values, **GENEROUS, **(settings or {})}.items()]
    # `env` adds to the environment that is there: no module of a benchmark reads it.
    command = ("env", *environment, sys.executable, str(FRONT_DOOR), "run")
    async with _running(chat, command, folder=folder, told="") as pid:
        yield pid


@asynccontextmanager
async def bare_bot(chat: DiscordStandIn, *, folder: Path) -> AsyncGenerator[int]:
    """Run the bare library's bot until the block ends; enter with its process id, connected.

    Raises:
        RuntimeError: it ended before it was connected; with its last words.
    """
    wish = {"token": chat.token, "api_url": chat.api_url, "gateway_url": chat.gateway_url}
    command = ("env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "bench.bare_bot")
    async with _running(chat, command, folder=folder, told=json.dumps(wish)) as pid:
        yield pid


async def ask_for_video(chat: DiscordStandIn, *, user_id: int, prompt: str) -> Interaction:
    """Run `/video` in the first channel of the world's first server."""
    channel_id = chat.world.channel("videos").id
    return await chat.run_command(user_id=user_id, channel_id=channel_id, name="video", options={"prompt": prompt})


@asynccontextmanager
async def _running(chat: DiscordStandIn, command: tuple[str, ...], *, folder: Path, told: str) -> AsyncGenerator[int]:
    log = folder / "bot.log"
    with log.open("wb") as sink:
        # In the folder, where no `.env` of a developer lies.
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=sink, stderr=sink, cwd=folder
        )
    try:
        _tell(process, told)
        await _connected(process, chat, log=log)
        yield process.pid
    finally:
        await stop(process)


def _tell(process: asyncio.subprocess.Process, text: str) -> None:
    if process.stdin is not None:
        process.stdin.write(text.encode())
        process.stdin.close()


async def _connected(process: asyncio.subprocess.Process, chat: DiscordStandIn, *, log: Path) -> None:
    ended = asyncio.create_task(process.wait())
    connected = asyncio.create_task(chat.connected(timeout=PATIENCE))
    await asyncio.wait({ended, connected}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if not connected.done():
        connected.cancel()
        words = await asyncio.to_thread(log.read_text, encoding="utf-8", errors="replace")
        raise RuntimeError(words[-LAST_WORDS:])
    await connected
