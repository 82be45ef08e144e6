"""For the faults of both services: the whole bot between both stand-ins, on a loop that can hurry."""

from collections.abc import Mapping

import pytest

from tests.e2e.conftest import (
    _discord_itself,  # pyright: ignore[reportPrivateUsage]  # a fixture, which pytest finds by its name here
    _no_settings_around,  # pyright: ignore[reportPrivateUsage]  # the same
    clip,
    house,
)
from tests.faults.hurrying import HurryingLoop

__all__ = ["_discord_itself", "_no_settings_around", "clip", "house", "pytest_asyncio_loop_factories"]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, type[HurryingLoop]]:
    """Run the tests of this folder on a loop whose timers are fast, and faster where a test asks for it."""
    del config, item
    return {"hurrying": HurryingLoop}
