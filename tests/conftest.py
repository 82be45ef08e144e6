"""What many tests share: a real database, a job store over it, real clips, and an ffmpeg that does as it is told."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import hypothesis
import pytest

from services.database import Database
from tests.postgresql.plugin import (
    ground,
    postgresql,
    pytest_addoption,
    pytest_configure_node,
    pytest_runtest_setup,
    pytest_unconfigure,
)
from tests.services.jobs.samples import House, house_over
from tests.services.media.clips import ClipBank, Program, program_in
from tests.stored import Ground, Stored

__all__ = [
    "ground",
    "postgresql",
    "pytest_addoption",
    "pytest_configure_node",
    "pytest_runtest_setup",
    "pytest_unconfigure",
]

# How long an example takes says nothing on a machine that others use too.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture
def stored(ground: Ground, tmp_path: Path) -> Generator[Stored]:
    """The database of the test; its data folder is `data` in `tmp_path`."""
    with ground.stored(tmp_path / "data") as made:
        yield made


@pytest.fixture
async def database(stored: Stored) -> AsyncGenerator[Database]:
    opened = await Database.open(stored.where)
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
