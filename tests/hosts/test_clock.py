"""A host whose clock is wrong: what it says decides nothing about a video that was paid for."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

import bot
from ops.clock import DiscordClock
from sandbox.openrouter import JobPlan
from tests.e2e.conftest import (
    _discord_itself,  # pyright: ignore[reportPrivateUsage]  # a fixture, which pytest finds by its name here
    _no_settings_around,  # pyright: ignore[reportPrivateUsage]  # the same
    clip,
    house,
)
from tests.e2e.house import House

__all__ = ["_discord_itself", "_no_settings_around", "clip", "house"]

AHEAD, BACK = timedelta(days=400), timedelta(days=-1)


class Host:
    """A clock that somebody may set."""

    def __init__(self, error: timedelta = timedelta(0)) -> None:
        self.error = error

    def now(self) -> datetime:
        """Return what the host takes for the time."""
        return datetime.now(UTC) + self.error


@asynccontextmanager
async def running(house: House, host: Host) -> AsyncGenerator[None]:
    serving = asyncio.create_task(bot.serve(house.settings(), clock=DiscordClock(host=host.now)))
    try:
        await house.discord.connected(timeout=100)
        yield
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


@pytest.mark.parametrize("error", [AHEAD, BACK], ids=["400 days ahead", "a day back"])
async def test_a_video_that_was_asked_for_under_a_wrong_clock_is_made(house: House, error: timedelta) -> None:
    async with running(house, Host(error)):
        asked = await house.video()
        await house.clip_in()
        await house.ended(asked)

    assert [job["state"] for job in house.jobs()] == ["delivered"]


@pytest.mark.parametrize("jump", [AHEAD, BACK], ids=["400 days ahead", "a day back"])
async def test_a_clock_that_jumps_while_a_video_is_made_ends_nothing(house: House, jump: timedelta) -> None:
    host = Host()
    house.openrouter.script(JobPlan(seconds=1_000))
    async with running(house, host):
        asked = await house.video()
        await house.openrouter.requests.wait_for("status", answered=True)
        host.error = jump
        await house.openrouter.requests.wait_for("status", count=3, answered=True)
        house.openrouter.clock.advance(1_000)
        await house.clip_in()
        await house.ended(asked)

    assert [job["state"] for job in house.jobs()] == ["delivered"]


@pytest.mark.parametrize("error", [AHEAD, BACK], ids=["400 days ahead", "a day back"])
async def test_a_bot_that_comes_back_under_a_wrong_clock_goes_on_with_what_it_had(
    house: House, error: timedelta
) -> None:
    house.openrouter.script(JobPlan(seconds=1_000))
    async with running(house, Host()):
        asked = await house.video()
        await house.openrouter.requests.wait_for("status", answered=True)

    house.openrouter.clock.advance(1_000)
    async with running(house, Host(error)):
        await house.clip_in()
        await house.ended(asked)

    assert [job["state"] for job in house.jobs()] == ["delivered"]
    assert house.bought == 1
