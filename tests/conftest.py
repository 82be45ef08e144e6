"""What many tests share: a real database in a folder of its own, and a job store over it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import hypothesis
import pytest

from services.database import Database
from tests.services.jobs.samples import House, house_over

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
