"""Both stand-ins, and a bot between them that is well until a test makes it ill."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.discord import DiscordStandIn
from sandbox.discord.permissions import Permission
from sandbox.openrouter import OpenRouterStandIn
from tests import canaries
from tests.e2e.conftest import (
    _discord_itself,  # pyright: ignore[reportPrivateUsage]  # fixtures that `patient` and `house` ask for
    _no_settings_around,  # pyright: ignore[reportPrivateUsage]  # the same
    clip,
    house,
)
from tests.ops.doctor.patient import Patient

__all__ = ["_discord_itself", "_no_settings_around", "clip", "house", "patient"]


@pytest.fixture
async def patient(tmp_path: Path, _discord_itself: None, _no_settings_around: None) -> AsyncGenerator[Patient]:
    """Open both stand-ins: a private application, a key with a limit, and one server in which all is granted."""
    async with DiscordStandIn() as chat, OpenRouterStandIn(key=canaries.KEY) as api:
        world = chat.world
        elsewhere = next(guild for guild in world.guilds.values() if guild.name == "Elsewhere")
        world.remove_member(elsewhere.id, world.bot.id)
        world.set_overwrite(world.channel("no-attach").id, world.bot.id, allow=Permission.ATTACH_FILES)
        api.account.set_limit(Decimal(50))
        (tmp_path / "data").mkdir(mode=0o700)
        world.application = replace(world.application, is_public=False)
        yield Patient(chat=chat, api=api, folder=tmp_path)
