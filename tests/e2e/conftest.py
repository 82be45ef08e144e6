"""The whole bot over the real wire: an unmodified discord.py client and the real services, against the stand-ins."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from discord import gateway, http

import bot
from sandbox.discord import DiscordStandIn
from sandbox.discord.entities import Channel, User
from sandbox.discord.interactions import Interaction
from sandbox.discord.posts import Message
from sandbox.openrouter import OpenRouterStandIn
from services.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Both stand-ins, and a bot that runs between them while `running` is entered."""

    discord: DiscordStandIn
    openrouter: OpenRouterStandIn
    data: Path

    def settings(self, **changes: object) -> Settings:
        """Return settings that point at the stand-ins, at a pace for tests."""
        values: dict[str, Any] = {
            "discord_token": self.discord.token,
            "openrouter_api_key": self.openrouter.key,
            "openrouter_base_url": self.openrouter.base_url,
            "discord_api_url": self.discord.api_url,
            "discord_gateway_url": self.discord.gateway_url,
            "data_dir": self.data,
            "first_look_seconds": 0.1,
            "look_every_seconds": 0.1,
        }
        return Settings(**(values | changes))

    @asynccontextmanager
    async def running(self, **changes: object) -> AsyncGenerator[None]:
        """Run the bot, connected, until the block ends; whatever it raised comes out here."""
        serving = asyncio.create_task(bot.serve(self.settings(**changes)), name="bot")
        connected = asyncio.create_task(self.discord.connected(timeout=10))
        try:
            await asyncio.wait({serving, connected}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                await serving
            await connected
            yield
        finally:
            connected.cancel()
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving

    def user(self, name: str) -> User:
        """Return a user of the world by name."""
        return self.discord.world.user(name)

    def channel(self, name: str) -> Channel:
        """Return a channel of the world by name."""
        return next(channel for channel in self.discord.world.channels.values() if channel.name == name)

    async def command(
        self, name: str, *, by: str = "alice", where: str = "videos", options: Mapping[str, object] | None = None
    ) -> Interaction:
        """Run a command as somebody, and wait for the bot's answer."""
        interaction = await self.discord.run_command(
            user_id=self.user(by).id, channel_id=self.channel(where).id, name=name, options=options or {}
        )
        await interaction.answered(timeout=5)
        return interaction

    async def clip_in(self, where: str = "videos", *, after: int = 0) -> Message:
        """Wait for a message that carries a clip."""
        return await self.discord.next_message(
            self.channel(where).id, where=lambda message: bool(message.attachments), after=after, timeout=20
        )


@pytest.fixture
def _discord_itself() -> Iterator[None]:
    """Point discord.py back at Discord after a test, since its addresses belong to the process."""
    rest, socket = http.Route.BASE, gateway.DiscordWebSocket.DEFAULT_GATEWAY
    yield
    http.Route.BASE, gateway.DiscordWebSocket.DEFAULT_GATEWAY = rest, socket


@pytest.fixture
async def house(tmp_path: Path, _discord_itself: None) -> AsyncGenerator[House]:
    """Open both stand-ins; the bot runs where a test enters `house.running()`."""
    async with DiscordStandIn() as chat, OpenRouterStandIn(seconds_per_video=0.2) as video_api:
        yield House(discord=chat, openrouter=video_api, data=tmp_path / "data")
