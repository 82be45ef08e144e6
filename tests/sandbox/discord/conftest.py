"""A running stand-in, a bare caller of its API, and a way to point the stock discord.py at it."""

from collections.abc import AsyncGenerator, Generator

import pytest
import yarl
from discord import gateway as discord_gateway
from discord import http as discord_http

from sandbox.discord import DiscordStandIn
from tests.sandbox.discord.caller import Caller


@pytest.fixture
async def stand_in() -> AsyncGenerator[DiscordStandIn]:
    async with DiscordStandIn() as running:
        yield running


@pytest.fixture
async def caller(stand_in: DiscordStandIn) -> AsyncGenerator[Caller]:
    async with Caller(stand_in) as opened:
        yield opened


@pytest.fixture
def pointed(stand_in: DiscordStandIn) -> Generator[DiscordStandIn]:
    """The stand-in, with discord.py's two process-wide addresses set to it for the length of a test."""
    base, gateway = discord_http.Route.BASE, discord_gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord_http.Route.BASE = stand_in.api_url
    discord_gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(stand_in.gateway_url)
    yield stand_in
    discord_http.Route.BASE, discord_gateway.DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
