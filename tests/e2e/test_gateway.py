"""The connection to Discord breaks, is refused, or is not there yet: the bot comes back, and nothing is lost."""

import asyncio
import gc
import logging

import structlog.testing

from sandbox.discord.faults import FaultKind
from tests.e2e.house import PATIENCE, REGISTER, House, answer_of, watching


async def test_a_dropped_connection_is_resumed_and_a_command_of_the_gap_is_answered(house: House) -> None:
    async with house.running():
        assert house.discord.gateway.drop() == 1
        asked = await house.send("video", options={"prompt": "a fox"})
        await asked.answered(timeout=PATIENCE)
        await house.ended(asked)

    assert (house.discord.gateway.resumed, house.discord.gateway.identified) == (1, 1)
    assert house.bought == len(house.clips()) == 1


async def test_a_connection_that_discord_asks_to_renew_is_renewed(house: House) -> None:
    async with house.running():
        house.discord.gateway.ask_to_reconnect()
        await house.discord.wait_until(lambda: house.discord.gateway.resumed, timeout=PATIENCE)
        await house.ended(await house.video())

    assert house.discord.gateway.identified == 1


async def test_an_invalid_session_is_followed_by_a_new_one(house: House) -> None:
    async with house.running():
        asked = await house.video()
        house.discord.gateway.invalidate(resumable=False)
        # The worker needs no gateway: what is under way goes on meanwhile.
        await house.ended(asked)
        await house.discord.wait_until(lambda: house.discord.gateway.identified > 1, timeout=PATIENCE)
        await house.ended(await house.video())

    assert len(house.clips()) == 2
    assert len(house.discord.requests_to(REGISTER)) == 1


async def test_a_first_connection_that_fails_is_tried_again(house: House) -> None:
    house.discord.gateway.accepts_connections = False
    async with house.starting():
        with library_says("Failed to connect") as refused:
            await asyncio.wait_for(refused.wait(), PATIENCE)
        house.discord.gateway.accepts_connections = True
        await house.discord.connected(timeout=PATIENCE)
        asked = await house.video()

    assert "Starting now." in answer_of(asked)


async def test_discord_may_be_out_of_reach_when_the_bot_starts(house: House) -> None:
    addresses = {"discord_api_url": house.discord.api_url, "discord_gateway_url": house.discord.gateway_url}
    port = int(house.discord.api_url.rpartition(":")[2].partition("/")[0])
    await house.discord.close()

    with watching("discord_unreachable") as unreachable:
        async with house.starting(**addresses):
            await asyncio.wait_for(unreachable.wait(), PATIENCE)
            await house.discord.start(port=port)
            await house.discord.connected(timeout=PATIENCE)
            asked = await house.video()
            gc.collect()  # a session that was left open would warn here

    assert "Starting now." in answer_of(asked)


async def test_a_login_that_breaks_off_half_way_is_begun_again(house: House) -> None:
    house.on_discord(REGISTER, FaultKind.ANSWER, status=503)
    async with house.starting():
        await house.discord.connected(timeout=PATIENCE)
        asked = await house.video()

    assert "Starting now." in answer_of(asked)
    assert [record.status for record in house.discord.requests_to(REGISTER)] == [503, 200]


async def test_commands_that_discord_does_not_register_are_no_reason_to_stay_away(house: House) -> None:
    async with house.running():
        asked = await house.video()
        await house.discord.wait_until(house.posts, timeout=PATIENCE)
    house.rows("DELETE FROM facts")
    refusal = {"message": "Max number of daily application command creates has been reached (200)", "code": 30034}
    house.on_discord(REGISTER, FaultKind.ANSWER, status=400, json=refusal)

    with structlog.testing.capture_logs() as logged:
        async with house.running():
            await house.ended(asked)
            await house.ended(await house.video())
    async with house.running():
        pass

    (event,) = (event for event in logged if event["event"] == "commands_not_synced")
    assert (event["log_level"], event["code"]) == ("error", 30034)
    # Tried again at the next start, because nothing was remembered.
    assert [record.status for record in house.discord.requests_to(REGISTER)] == [200, 400, 200]


class library_says:  # noqa: N801  # used as a context manager
    """Give an event that is set when discord.py logs a message that begins so."""

    def __init__(self, beginning: str) -> None:
        self._beginning = beginning
        self._seen = asyncio.Event()
        self._handler = logging.Handler()
        self._handler.emit = self._emit  # type: ignore[method-assign]  # a handler of this test alone

    def _emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(self._beginning):
            self._seen.set()

    def __enter__(self) -> asyncio.Event:
        logging.getLogger("discord").addHandler(self._handler)
        return self._seen

    def __exit__(self, *_: object) -> None:
        logging.getLogger("discord").removeHandler(self._handler)
