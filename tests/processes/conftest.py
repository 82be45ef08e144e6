"""A crowd of processes over a PostgreSQL database of their own, whichever engine the other tests run on."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from tests.postgresql.ground import PostgresGround
from tests.processes.crowd import AN_HOUR, Crowd, gathered
from tests.stored import Stored


@pytest.fixture
def shared(postgresql: PostgresGround, tmp_path: Path) -> Generator[Stored]:
    with postgresql.stored(tmp_path / "data") as made:
        yield made


@pytest.fixture
async def crowd(shared: Stored, tmp_path: Path) -> AsyncGenerator[Crowd]:
    async with gathered(tmp_path, shared) as crowd:
        yield crowd


@pytest.fixture
async def slow_crowd(shared: Stored, tmp_path: Path) -> AsyncGenerator[Crowd]:
    """One whose videos take an hour, of the video API's clock."""
    async with gathered(tmp_path, shared, seconds_per_video=AN_HOUR) as crowd:
        yield crowd
