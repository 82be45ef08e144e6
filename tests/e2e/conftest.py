"""The whole bot over the real wire: an unmodified discord.py client and the real services, against the stand-ins."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path

import pytest
from discord import gateway, http

from sandbox.discord import DiscordStandIn
from sandbox.openrouter import FixedClip, OpenRouterStandIn
from services.settings import Settings
from tests import canaries
from tests.e2e.hasty import HastyLoop
from tests.e2e.house import House
from tests.stored import Stored
from tests.tiny_clip import write_clip


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, type[HastyLoop]]:
    """Run the tests of this folder on a loop whose timers are fast."""
    del config, item
    return {"hasty": HastyLoop}


@pytest.fixture
def _discord_itself() -> Iterator[None]:
    """Point discord.py back at Discord after a test, since its addresses belong to the process."""
    rest, socket = http.Route.BASE, gateway.DiscordWebSocket.DEFAULT_GATEWAY
    yield
    http.Route.BASE, gateway.DiscordWebSocket.DEFAULT_GATEWAY = rest, socket


@pytest.fixture
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no setting in the developer's own environment reach the bot of a test."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The smallest clip that needs nothing: drawing another takes longer than most tests."""
    return write_clip(tmp_path / "clip.mp4")


@pytest.fixture
async def house(
    tmp_path: Path, clip: Path, stored: Stored, _discord_itself: None, _no_settings_around: None
) -> AsyncGenerator[House]:
    """Open both stand-ins; the bot runs where a test enters `house.running()`.

    Whatever a test is about, it proves besides that nothing private is left anywhere, with the log at DEBUG level.
    """
    async with (
        DiscordStandIn() as chat,
        OpenRouterStandIn(key=canaries.KEY, seconds_per_video=0.2, clips=FixedClip(clip)) as video_api,
    ):
        opened = House(discord=chat, openrouter=video_api, data=tmp_path / "data", stored=stored)
        with canaries.logging_at_debug(secrets=(chat.token, canaries.KEY)) as log:
            yield opened
        assert opened.leaks(log.getvalue()) == []
