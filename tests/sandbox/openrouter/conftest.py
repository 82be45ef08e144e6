import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from sandbox.openrouter import FixedClip, OpenRouterStandIn
from tests.sandbox.openrouter.caller import CLIP, Client


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CLIP)
    return path


@pytest.fixture
async def stand_in(clip: Path) -> AsyncIterator[OpenRouterStandIn]:
    """A stand-in whose time stands still, and whose jobs take ten seconds of it."""
    async with OpenRouterStandIn(seconds_per_video=10, clips=FixedClip(clip)) as stand_in:
        stand_in.clock.run_at(0)
        yield stand_in


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that a stand-in does on purpose is an error of its server."""
    yield
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING] == []


@pytest.fixture
async def client(stand_in: OpenRouterStandIn) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, stand_in)
