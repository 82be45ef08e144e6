"""The stand-in's webhooks, as somebody sees them who is called: signed, once for each end, and again until taken."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from time import time
from typing import Any, Final

import pytest
from aiohttp import web

from sandbox.openrouter import JobPlan, OpenRouterStandIn, WebhookPlan
from sandbox.openrouter.webhooks import IDEMPOTENCY, SIGNATURE
from tests.sandbox.openrouter.caller import Client

SECRET: Final = "whsec_example_do_not_use"
PUBLIC: Final = "https://bot.example"
ADDRESS: Final = f"{PUBLIC}/hook/1"
PATIENCE: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401  # JSON
        return json.loads(self.raw)


@dataclass(slots=True, kw_only=True)
class Receiver:
    """Takes messages, after refusing as many as it is told to."""

    stand_in: OpenRouterStandIn
    refuse: int = 0
    messages: list[Message] = field(default_factory=list[Message])

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.messages.append(Message(path=request.path, headers=headers, raw=await request.read()))
        return web.Response(status=500 if len(self.messages) <= self.refuse else 204)

    async def sent(self, count: int = 1) -> list[Message]:
        """Wait for so many tries to be over."""
        async with asyncio.timeout(PATIENCE):
            await self.stand_in.webhooks.log.wait_for("webhook", count=count, answered=True)
        return self.messages


@pytest.fixture
async def receiver(stand_in: OpenRouterStandIn) -> AsyncIterator[Receiver]:
    opened = Receiver(stand_in=stand_in)
    application = web.Application()
    application.router.add_post("/{rest:.*}", opened.take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stand_in.webhooks.secret = SECRET
    stand_in.webhooks.reach(PUBLIC, at=f"http://127.0.0.1:{runner.addresses[0][1]}")
    yield opened
    await runner.cleanup()


async def test_a_job_that_is_done_is_told_where_its_submit_said(receiver: Receiver, client: Client) -> None:
    job_id = await client.job(callback_url=ADDRESS)
    receiver.stand_in.clock.advance(10)

    [message] = await receiver.sent()

    assert message.path == "/hook/1"
    assert message.headers["content-type"] == "application/json"
    assert message.headers[IDEMPOTENCY.lower()] == f"{job_id}-completed"
    told = await client.status(job_id)
    assert message.json["type"] == "video.generation.completed"
    assert message.json["data"] == {
        "id": job_id,
        "status": "completed",
        "model": "google/veo-3.1-lite",
        "generation_id": job_id,
        "unsigned_urls": told["unsigned_urls"],
        "usage": told["usage"],
    }


async def test_the_signature_is_the_documented_one(receiver: Receiver, client: Client) -> None:
    await client.job(callback_url=ADDRESS)
    receiver.stand_in.clock.advance(10)

    [message] = await receiver.sent()

    stamp, _, digest = message.headers[SIGNATURE.lower()].partition(",")
    text = stamp.removeprefix("t=").encode() + b"," + message.raw
    assert digest == "v1=" + hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
    assert abs(int(stamp.removeprefix("t=")) - time()) < PATIENCE


async def test_without_a_secret_in_the_workspace_nothing_is_signed(receiver: Receiver, client: Client) -> None:
    receiver.stand_in.webhooks.secret = None
    await client.job(callback_url=ADDRESS)
    receiver.stand_in.clock.advance(10)

    [message] = await receiver.sent()

    assert SIGNATURE.lower() not in message.headers


async def test_a_job_that_is_still_running_and_one_without_an_address_are_not_told(
    receiver: Receiver, client: Client
) -> None:
    await client.job()
    await client.job(callback_url=f"{PUBLIC}/running")
    receiver.stand_in.script(JobPlan(seconds=1))
    await client.job(callback_url=f"{PUBLIC}/done")
    receiver.stand_in.clock.advance(5)

    assert [message.path for message in await receiver.sent()] == ["/done"]


@pytest.mark.parametrize("end", ["failed", "cancelled", "expired"])
async def test_every_end_is_told_in_its_own_word(receiver: Receiver, client: Client, end: str) -> None:
    receiver.stand_in.script(JobPlan(status=end))
    await client.job(callback_url=ADDRESS)
    receiver.stand_in.clock.advance(10)

    [message] = await receiver.sent()

    assert (message.json["type"], message.json["data"]["status"]) == (f"video.generation.{end}", end)
    assert message.json["data"]["error"]


async def test_a_message_is_sent_again_until_it_is_taken_under_one_key(receiver: Receiver, client: Client) -> None:
    receiver.refuse = 2
    await client.job(callback_url=ADDRESS)
    receiver.stand_in.clock.advance(10)

    messages = await receiver.sent(3)

    assert [record.status for record in receiver.stand_in.webhooks.log] == [500, 500, 204]
    assert len({message.raw for message in messages}) == len({m.headers[IDEMPOTENCY.lower()] for m in messages}) == 1


async def test_an_address_where_nobody_answers_is_tried_again(receiver: Receiver, client: Client) -> None:
    await client.job(callback_url="https://nobody.example/hook")
    receiver.stand_in.clock.advance(10)

    async with asyncio.timeout(PATIENCE):
        records = await receiver.stand_in.webhooks.log.wait_for("webhook", count=2)

    assert {record.path for record in records} == {"https://nobody.example/hook"}
    assert receiver.messages == []


async def test_a_message_can_come_twice(receiver: Receiver, client: Client) -> None:
    receiver.stand_in.script(WebhookPlan(copies=2))
    await client.job(callback_url=ADDRESS)
    receiver.stand_in.clock.advance(10)

    first, second = await receiver.sent(2)

    assert first.raw == second.raw


async def test_a_message_can_be_missing_and_one_can_be_so_late_that_the_next_comes_first(
    receiver: Receiver, client: Client
) -> None:
    receiver.stand_in.script(WebhookPlan(is_missing=True), WebhookPlan(nth=2, seconds=0.3))
    for name in ("missing", "late", "next"):
        await client.job(callback_url=f"{PUBLIC}/{name}")
    receiver.stand_in.clock.advance(10)

    await receiver.sent(2)

    assert [message.path for message in receiver.messages] == ["/next", "/late"]


async def test_a_message_can_be_forged_and_old(receiver: Receiver, client: Client) -> None:
    receiver.stand_in.script(WebhookPlan(secret="another", signed_at=-1000))
    await client.job(callback_url=ADDRESS)
    receiver.stand_in.clock.advance(10)

    [forged] = await receiver.sent()

    stamp, _, digest = forged.headers[SIGNATURE.lower()].partition(",")
    text = stamp.removeprefix("t=").encode() + b"," + forged.raw
    assert digest == "v1=" + hmac.new(b"another", text, hashlib.sha256).hexdigest()
    assert int(stamp.removeprefix("t=")) < time() - 900


@pytest.mark.parametrize("address", ["http://bot.example/hook", "http://127.0.0.1:1/hook", "/hook", "bot.example"])
async def test_an_address_without_tls_is_refused(receiver: Receiver, client: Client, address: str) -> None:
    assert (await client.submit(callback_url=address)).status == 400
    assert receiver.messages == []


async def test_a_plan_for_messages_comes_in_over_the_remote_control(receiver: Receiver, client: Client) -> None:
    plan = {"kind": "webhook", "copies": 2}
    assert (await client.control("POST", "/faults", json=[plan])).status == 200
    assert (await client.control("POST", "/faults", json=[plan | {"route": "submit"}])).status == 400
    assert (await client.control("POST", "/faults", json=[{"kind": "reset", "route": "webhook"}])).status == 400

    await client.job(callback_url=ADDRESS)
    receiver.stand_in.clock.advance(10)

    assert len(await receiver.sent(2)) == 2


async def test_a_reset_forgets_what_is_still_to_be_sent(receiver: Receiver, client: Client) -> None:
    await client.job(callback_url=f"{PUBLIC}/forgotten")
    receiver.stand_in.reset()
    receiver.stand_in.clock.run_at(0)
    await client.job(callback_url=ADDRESS)
    receiver.stand_in.clock.advance(10)

    assert [message.path for message in await receiver.sent()] == ["/hook/1"]
