"""A discord.py client that has logged in to the stand-in, and the whole bot as in `tests/e2e`."""

from collections.abc import AsyncGenerator

import discord
import pytest
from discord import http

from sandbox.discord import DiscordStandIn
from tests.e2e.conftest import (
    _discord_itself,  # pyright: ignore[reportPrivateUsage]  # fixtures that `house` asks for
    _no_settings_around,  # pyright: ignore[reportPrivateUsage]  # the same
    clip,
    house,
)

__all__ = ["_discord_itself", "_no_settings_around", "chat", "client", "clip", "house"]


@pytest.fixture
async def chat() -> AsyncGenerator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        before = http.Route.BASE
        http.Route.BASE = stand_in.api_url
        yield stand_in
        http.Route.BASE = before


@pytest.fixture
async def client(chat: DiscordStandIn) -> AsyncGenerator[discord.Client]:
    async with discord.Client(intents=discord.Intents.none()) as opened:
        await opened.login(chat.token)
        yield opened
