"""For the rows of the threat model: the whole bot between both stand-ins, and the same books without Discord."""

import pytest

from services.database import Database
from tests.e2e.conftest import (
    _discord_itself,  # pyright: ignore[reportPrivateUsage]  # a fixture, which pytest finds by its name here
    _no_settings_around,  # pyright: ignore[reportPrivateUsage]  # the same
    clip,
    house,
    pytest_asyncio_loop_factories,
)
from tests.services.jobs.samples import House as Books
from tests.services.jobs.samples import house_over

__all__ = ["_discord_itself", "_no_settings_around", "clip", "house", "pytest_asyncio_loop_factories"]


@pytest.fixture
def books(database: Database) -> Books:
    return house_over(database)
