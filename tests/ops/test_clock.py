"""The clock tells Discord's time, whatever becomes of the host's."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

import aiohttp
import pytest
from aiohttp import web

from ops.clock import DiscordClock, seconds_passed

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
JUMPS: Final = (timedelta(days=400), timedelta(days=-1))


class Host:
    """A machine whose clock somebody sets, and whose counter nobody can."""

    def __init__(self) -> None:
        self.error = timedelta(0)
        self.counted = 1_000.0
        self.clock = DiscordClock(host=lambda: NOON + self.error, counter=lambda: self.counted)

    def rest(self, seconds: float) -> None:
        self.counted += seconds


@pytest.fixture
async def discord() -> AsyncGenerator[tuple[str, dict[str, str]]]:
    """Open a web server, and give its address and the headers that it sends."""
    headers: dict[str, str] = {}

    async def answer(_: web.Request) -> web.Response:
        return web.Response(headers=headers)

    application = web.Application()
    application.router.add_get("/", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/", headers
    await runner.cleanup()


def test_the_host_is_believed_until_discord_has_spoken() -> None:
    host = Host()
    host.rest(90)

    assert host.clock.now() == NOON + timedelta(seconds=90)


@pytest.mark.parametrize("jump", JUMPS, ids=["400 days ahead", "a day back"])
def test_a_clock_that_is_set_while_the_bot_runs_changes_nothing(jump: timedelta) -> None:
    host = Host()
    host.error = jump
    host.rest(1)

    assert host.clock.now() == NOON + timedelta(seconds=1)


@pytest.mark.parametrize("jump", JUMPS, ids=["400 days ahead", "a day back"])
def test_a_clock_that_was_wrong_from_the_start_is_put_right_by_discord(jump: timedelta) -> None:
    host = Host()
    host.clock = DiscordClock(host=lambda: NOON + jump, counter=lambda: host.counted)

    host.clock.hear(NOON)
    host.rest(10)

    assert host.clock.now() == NOON + timedelta(seconds=10)


def test_an_answer_that_was_some_seconds_on_its_way_turns_no_time_back() -> None:
    host = Host()
    host.rest(60)
    before = host.clock.now()

    host.clock.hear(before - timedelta(seconds=4))

    assert host.clock.now() == before


@pytest.mark.parametrize("stated", [format_datetime(NOON, usegmt=True), "Sun, 01 Mar 2026 12:00:00 -0000"])
async def test_every_answer_of_a_session_tells_the_time(discord: tuple[str, dict[str, str]], stated: str) -> None:
    address, headers = discord
    headers["Date"] = stated
    clock = DiscordClock()

    async with aiohttp.ClientSession(trace_configs=[clock.listening()]) as session, session.get(address):
        pass

    assert NOON <= clock.now() < NOON + timedelta(minutes=5)


@pytest.mark.parametrize("stated", ["", "soon", "Sun, 99 Mar 2026 12:00:00 GMT"])
async def test_an_answer_that_tells_no_time_is_no_fault(discord: tuple[str, dict[str, str]], stated: str) -> None:
    address, headers = discord
    headers["Date"] = stated
    host = Host()

    async with aiohttp.ClientSession(trace_configs=[host.clock.listening()]) as session, session.get(address) as answer:
        assert answer.status == 200

    assert host.clock.now() == NOON


async def test_the_counter_counts_seconds() -> None:
    before = seconds_passed()
    await asyncio.sleep(0.05)

    assert 0.04 < seconds_passed() - before < 60
