"""What many tests share: a real database, a job store over it, real clips, and an ffmpeg that does as it is told."""

from collections.abc import AsyncGenerator
from pathlib import Path

import hypothesis
import pytest

from services.database import Database
from tests.services.jobs.samples import House, house_over
from tests.services.media.clips import ClipBank, Program, program_in

# How long an example takes says nothing on a machine that others use too.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = await Database.open(tmp_path / "bot.sqlite3")
    yield opened
    await opened.close()


@pytest.fixture
def house(database: Database) -> House:
    return house_over(database)


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> ClipBank:
    return ClipBank(tmp_path_factory.mktemp("clips"))


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Makes an ffmpeg of a shell script."""
    return program_in(tmp_path)
