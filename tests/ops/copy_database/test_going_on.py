"""A bot goes on where it stopped, on another database: what was under way is delivered once, and bought once."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from services.database.copying import copy
from tests.e2e.house import House
from tests.postgresql.ground import PostgresGround
from tests.stored import Stored

pytestmark = pytest.mark.sqlite("it is left for a server, and come back to")


@pytest.fixture
def server(postgresql: PostgresGround, tmp_path: Path) -> Generator[Stored]:
    with postgresql.stored(tmp_path, is_empty=True) as made:
        yield made


async def test_a_video_that_was_under_way_is_delivered_once_by_the_bot_on_the_copy(
    house: House, server: Stored
) -> None:
    async with house.running(first_look_seconds=60):
        await house.video()
        await house.discord.wait_until(lambda: house.jobs()[0]["state"] == "generating" or None, timeout=100)
    await copy(house.stored.where, server.where, report=lambda _: None)
    moved = replace(house, stored=server)

    async with moved.running():
        first = await moved.clip_in()
        await moved.discord.wait_until(lambda: moved.jobs()[0]["state"] == "delivered" or None, timeout=100)
    await copy(server.where, house.stored.where, report=lambda _: None)
    async with house.running():
        await house.video("another fox")
        await house.clip_in(after=first.id)

    assert [job["state"] for job in moved.jobs()] == ["delivered"]
    assert len(house.clips()) == house.bought == 2
    assert [job["id"] for job in house.jobs()] == [1, 2]
