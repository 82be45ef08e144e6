"""A9: whoever forges, changes, keeps or repeats a webhook gets nothing for it; the row of the threat model by name."""

import asyncio
import json
from collections.abc import Callable, Mapping
from time import time
from typing import Any, Final

import aiohttp
import pytest

from sandbox.openrouter import JobPlan, Reset, WebhookPlan
from sandbox.openrouter.webhooks import SIGNATURE, signature
from tests.e2e.house import PATIENCE, House
from tests.e2e.listening import PUBLIC, SECRET, reachable
from tests.services.test_webhooks import BODY as EXAMPLE
from tests.services.test_webhooks import SIGNATURE as SIGNED_LONG_AGO
from tests.threats.anybody import on_disk

LONG: Final = 10_000


class Mallory:
    """Knows an address, as whoever reads a proxy's log does, and sends there what she likes."""

    def __init__(self, house: House, settings: Mapping[str, Any]) -> None:
        self._house = house
        self._at = f"http://127.0.0.1:{settings['webhook_port']}"

    @property
    def address(self) -> str:
        return str(self._house.orders[-1]["callback_url"])

    def event(self, remote_id: str | None = None) -> bytes:
        """Say that the last order is done."""
        remote_id = remote_id or [*self._house.openrouter.jobs][-1]
        return json.dumps({"type": "video.generation.completed", "data": {"id": remote_id, "cost": 0}}).encode()

    async def send(self, body: bytes, seal: str | None = None, *, path: str | None = None, method: str = "POST") -> int:
        """Send a body; the answer never says anything but its status."""
        url = self._at + (path or self.address.removeprefix(PUBLIC))
        headers = {} if seal is None else {SIGNATURE: seal}
        async with aiohttp.ClientSession() as session, session.request(method, url, data=body, headers=headers) as got:
            assert await got.read() == b""
            return got.status


async def ordered(house: House, *, broken: bool = False) -> None:
    """Let a member order a video that is still being made, or of which nobody knows whether it was bought."""
    faults = [Reset(route="submit", after_work=True)] if broken else []
    house.openrouter.script(*faults, JobPlan(seconds=LONG), WebhookPlan(is_missing=True))
    asked = await house.video()
    if broken:
        await house.bad_news_about(asked)
        await house.discord.wait_until(lambda: house.jobs()[0]["told_at"], timeout=PATIENCE)
    else:
        await house.discord.wait_until(lambda: house.jobs()[0]["state"] == "generating" or None, timeout=PATIENCE)


FORGED: Final[Mapping[str, Callable[[bytes], str | None]]] = {
    "unsigned": lambda _: None,
    "another secret": lambda body: signature(body, secret="whsec_of_somebody_else", at=int(time())),
    "no secret": lambda body: signature(body, secret="", at=int(time())),
    "old": lambda body: signature(body, secret=SECRET, at=int(time()) - 400),
    "from the future": lambda body: signature(body, secret=SECRET, at=int(time()) + 400),
    "of another body": lambda body: signature(body + b" ", secret=SECRET, at=int(time())),
    "of the published example": lambda _: SIGNED_LONG_AGO,
}


@pytest.mark.parametrize("broken", [False, True], ids=["under way", "unknown"])
async def test_a9_nothing_that_is_forged_or_old_moves_anything(house: House, *, broken: bool) -> None:
    settings = reachable(house)
    async with house.running(**settings):
        await ordered(house, broken=broken)
        mallory, before = Mallory(house, settings), on_disk(house, but=("facts", "notices"))
        looks = len(house.openrouter.requests.of("status"))

        answers = {name: await mallory.send(mallory.event(), seal(mallory.event())) for name, seal in FORGED.items()}
        answers["the published example"] = await mallory.send(EXAMPLE, SIGNED_LONG_AGO)

        assert set(answers.values()) == {401}
        assert on_disk(house, but=("facts", "notices")) == before
        assert len(house.openrouter.requests.of("status")) == looks


async def test_a9_a_message_written_anew_with_its_old_signature_is_refused(house: House) -> None:
    settings = reachable(house)
    async with house.running(**settings):
        await ordered(house, broken=True)
        mallory = Mallory(house, settings)
        body = mallory.event()
        seal = signature(body, secret=SECRET, at=int(time()))

        assert await mallory.send(json.dumps(json.loads(body), separators=(",", ":")).encode(), seal) == 401
        assert house.jobs()[0]["state"] == "failed"


async def test_a9_a_signed_lie_is_only_a_question_to_the_video_api(house: House) -> None:
    settings = reachable(house)
    async with house.running(**settings):
        await ordered(house)
        mallory, looks = Mallory(house, settings), len(house.openrouter.requests.of("status"))

        # As if the secret were lost: it says "completed, for nothing", and the API says that it is being made.
        assert await mallory.send(mallory.event(), signature(mallory.event(), secret=SECRET, at=int(time()))) == 204
        async with asyncio.timeout(PATIENCE):
            await house.openrouter.requests.wait_for("status", count=looks + 1, answered=True)

        (job,) = house.jobs()
        assert (job["state"], job["cost_microusd"], house.clips()) == ("generating", None, [])


async def test_a9_a_message_that_is_repeated_for_five_minutes_delivers_and_charges_once(house: House) -> None:
    settings = reachable(house)
    async with house.running(**settings):
        await ordered(house, broken=True)
        mallory, body = Mallory(house, settings), b""
        body = mallory.event()
        seal = signature(body, secret=SECRET, at=int(time()))
        house.openrouter.clock.advance(LONG)

        answers = await asyncio.gather(*(mallory.send(body, seal) for _ in range(20)))
        await house.clip_in()
        await house.discord.wait_until(lambda: house.jobs()[0]["told_at"], timeout=PATIENCE)
        answers.append(await mallory.send(body, seal))

    assert set(answers) == {204}
    (job,) = house.jobs()
    (charge,) = house.openrouter.ledger
    assert (job["state"], job["counts"]) == ("delivered", 1)
    assert job["held_microusd"] == int(charge.usd * 1_000_000)
    assert (house.bought, len(house.clips())) == (1, 1)
    assert [row["kind"] for row in house.rows("SELECT kind FROM notices")] == ["found"]


async def test_a9_a_message_about_one_video_sent_to_the_address_of_another_moves_neither(house: House) -> None:
    settings = reachable(house)
    async with house.running(**settings):
        await ordered(house)
        seen = next(iter(house.openrouter.jobs))
        await ordered_again(house)
        mallory = Mallory(house, settings)
        body = mallory.event(seen)

        assert await mallory.send(body, signature(body, secret=SECRET, at=int(time()))) == 204

        first, second = house.jobs()
        assert (first["state"], second["state"], second["remote_id"]) == ("generating", "failed", None)


async def ordered_again(house: House) -> None:
    house.openrouter.clear_faults()
    house.openrouter.script(Reset(route="submit", after_work=True), WebhookPlan(is_missing=True), JobPlan(seconds=LONG))
    await house.bad_news_about(await house.video("another one"))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_a9_an_address_tells_nobody_whether_it_exists(house: House, method: str) -> None:
    settings = reachable(house)
    async with house.running(**settings):
        await ordered(house)
        mallory = Mallory(house, settings)
        guess = "/callbacks/" + "A" * 43

        for how in (method, "POST"):
            assert await mallory.send(b"", method=how) == await mallory.send(b"", method=how, path=guess)
        assert await mallory.send(b"", method=method, path="/") == 404


async def test_a9_a_stolen_database_gives_nobody_an_address(house: House) -> None:
    settings = reachable(house)
    async with house.running(**settings):
        await ordered(house)
        [row] = house.rows("SELECT * FROM callbacks")
        mallory = Mallory(house, settings)
        body = mallory.event()

        # Not even with the secret: what is stored is no address.
        seal = signature(body, secret=SECRET, at=int(time()))
        assert await mallory.send(body, seal, path=f"/callbacks/{row['digest']}") == 404
        assert await mallory.send(body, seal, path=f"/callbacks/{row['digest'][:43]}") == 404
