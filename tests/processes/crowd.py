"""The world around several processes: both stand-ins, one database, and whatever is started between them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sandbox.discord import DiscordStandIn
from sandbox.discord.interactions import Interaction
from sandbox.discord.posts import Message
from sandbox.openrouter import FixedClip, OpenRouterStandIn
from tests.crash.process import BotProcess, printed, run_bot
from tests.stored import NothingStoredError, Stored
from tests.tiny_clip import write_clip

PATIENCE: Final = 60.0
"""Seconds for what takes a few where nothing else runs: several processes import everything at once."""
LOOK_AGAIN: Final = 0.05
AN_HOUR: Final = 3_600.0


@dataclass(slots=True, kw_only=True)
class Crowd:
    """Processes that share a database."""

    discord: DiscordStandIn
    openrouter: OpenRouterStandIn
    stored: Stored
    folder: Path
    processes: list[BotProcess] = field(default_factory=list[BotProcess])

    async def start(self, *arguments: str, data: str = "data", **settings: object) -> BotProcess:
        """Start `bot.py` with arguments. `data` names its data folder."""
        values: dict[str, object] = {
            "DISCORD_TOKEN": self.discord.token,
            "OPENROUTER_API_KEY": self.openrouter.key,
            "OPENROUTER_BASE_URL": self.openrouter.base_url,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "DATA_DIR": self.folder / data,
            "FIRST_LOOK_SECONDS": 0.05,
            "LOOK_EVERY_SECONDS": 0.05,
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "DEBUG",
            **{name.upper(): value for name, value in self.stored.settings.items()},
        }
        environment = {name: str(value) for name, value in (values | settings).items()}
        log = self.folder / f"{len(self.processes)}.log"
        process = await run_bot(environment, folder=self.folder, log=log, arguments=("bot.py", *arguments))
        self.processes.append(process)
        return process

    async def ask(self, prompt: str = "a red fox in the snow", *, where: str = "videos") -> Interaction:
        """Let Alice type `/video`, and wait for the answer."""
        world = self.discord.world
        asked = await self.discord.run_command(
            user_id=world.user("alice").id,
            channel_id=world.channel(where).id,
            name="video",
            options={"prompt": prompt},
        )
        await asked.answered(timeout=PATIENCE)
        return asked

    async def clip(self, *, where: str = "videos") -> Message:
        """Wait for a clip in a channel."""
        channel = self.discord.world.channel(where)
        return await self.discord.next_message(
            channel.id, where=lambda message: bool(message.attachments), timeout=PATIENCE
        )

    def clips(self) -> int:
        """Return how many messages carry a clip, wherever they are."""
        return sum(1 for message in self.discord.world.messages.everything() if message.attachments)

    @property
    def bought(self) -> int:
        """How many videos were ordered."""
        return len(self.openrouter.requests.of("submit"))

    def rows(self) -> list[dict[str, Any]]:
        """Return the table of jobs; empty where there is none yet."""
        try:
            return self.stored.rows("SELECT * FROM jobs ORDER BY id")
        except NothingStoredError:
            return []

    async def until(self, is_true: Callable[[], bool]) -> None:
        """Look again and again at what other processes do.

        Raises:
            TimeoutError: it did not become true.
        """
        async with asyncio.timeout(PATIENCE):
            while not is_true():  # noqa: ASYNC110  # what is looked at is in other processes
                await asyncio.sleep(LOOK_AGAIN)

    async def says(self, process: BotProcess, event: str) -> None:
        """Wait until a process has logged an event."""
        await self.until(lambda: f'"{event}"' in printed(process.log))

    def output(self) -> str:
        """Return what all of them printed."""
        return "\n".join(process.output for process in self.processes)

    async def stop(self) -> list[int]:
        """Ask all that still run to stop, and return their exit codes."""
        return [await process.stop() for process in self.processes if not process.is_over]


@asynccontextmanager
async def gathered(folder: Path, stored: Stored, *, seconds_per_video: float = 0.1) -> AsyncGenerator[Crowd]:
    """Open the world; whatever still runs in the end is killed."""
    clip = write_clip(folder / "made.mp4", size=200_000)
    async with (
        DiscordStandIn() as discord,
        OpenRouterStandIn(seconds_per_video=seconds_per_video, clips=FixedClip(clip)) as openrouter,
    ):
        crowd = Crowd(discord=discord, openrouter=openrouter, stored=stored, folder=folder)
        try:
            yield crowd
        finally:
            for process in crowd.processes:
                await process.die()
