"""Scripted faults: each kind does what it says, to the call it was written for, and to no other."""

import asyncio

import aiohttp
import pytest

from sandbox.discord import DiscordStandIn, Fault, FaultKind
from tests.sandbox.discord.caller import Caller

SEND = "POST /channels/{channel_id}/messages"
ME = "GET /users/@me"


async def send(caller: Caller) -> int:
    return (await caller.send(caller.stand_in.world.channel("general").id, content="x")).status


def posted(stand_in: DiscordStandIn) -> int:
    return len(stand_in.messages(stand_in.world.channel("general").id))


async def test_the_nth_call_of_its_route_is_hit_and_no_other(stand_in: DiscordStandIn, caller: Caller) -> None:
    await send(caller)
    stand_in.script(Fault(route=SEND, kind=FaultKind.ANSWER, nth=2, times=2, status=502))

    assert (await caller.call("GET", "/users/@me")).status == 200
    assert [await send(caller) for _ in range(4)] == [200, 502, 502, 200]
    assert posted(stand_in) == 3
    assert [record.fault for record in stand_in.requests_to(SEND)] == [None, None, "answer", "answer", None]


async def test_an_answer_after_doing_hides_that_it_was_done(stand_in: DiscordStandIn, caller: Caller) -> None:
    stand_in.script(Fault(route=SEND, kind=FaultKind.ANSWER_AFTER_DOING, status=500))

    assert (await send(caller), posted(stand_in)) == (500, 1)


@pytest.mark.parametrize(("kind", "done"), [(FaultKind.RESET, 0), (FaultKind.RESET_AFTER_DOING, 1)])
async def test_a_reset_cuts_the_connection_before_or_after(
    stand_in: DiscordStandIn, caller: Caller, kind: FaultKind, done: int
) -> None:
    stand_in.script(Fault(route=SEND, kind=kind))

    with pytest.raises(aiohttp.ClientOSError):
        await send(caller)

    assert posted(stand_in) == done
    assert stand_in.requests[-1].status is None


async def test_a_body_may_be_discords_own_or_a_proxys(stand_in: DiscordStandIn, caller: Caller) -> None:
    refusal = {"message": "Missing Permissions", "code": 50013}
    stand_in.script(
        Fault(route=ME, kind=FaultKind.ANSWER, status=403, json=refusal, headers={"X-Odd": "yes"}),
        Fault(route=ME, kind=FaultKind.ANSWER, nth=2, status=413, text="<html>too large</html>"),
    )

    first, second = await caller.call("GET", "/users/@me"), await caller.call("GET", "/users/@me")

    assert (first.status, first.json, first.headers["X-Odd"]) == (403, refusal, "yes")
    assert (second.status, second.json) == (413, b"<html>too large</html>")
    assert second.headers["Content-Type"].startswith("text/html")


async def test_a_rate_limit_looks_like_discords(stand_in: DiscordStandIn, caller: Caller) -> None:
    stand_in.script(Fault(route=ME, kind=FaultKind.RATE_LIMIT, seconds=0.25, is_global=True, scope="global"))

    reply = await caller.call("GET", "/users/@me")

    assert (reply.status, reply.json["retry_after"], reply.json["global"]) == (429, 0.25, True)
    assert {"Via", "Retry-After", "X-RateLimit-Global"} <= reply.headers.keys()
    assert reply.headers["X-RateLimit-Scope"] == "global"


async def test_a_fault_can_be_for_one_channel_alone(stand_in: DiscordStandIn, caller: Caller) -> None:
    general, videos = (stand_in.world.channel(name).id for name in ("general", "videos"))
    stand_in.script(Fault(route=SEND, kind=FaultKind.ANSWER, status=502, path=f"/channels/{videos}/"))

    statuses = [
        (await caller.send(channel_id, content="x")).status for channel_id in (general, videos, general, videos)
    ]

    assert statuses == [200, 502, 200, 200]


async def test_a_rate_limit_may_not_say_when(stand_in: DiscordStandIn, caller: Caller) -> None:
    stand_in.script(Fault(route=ME, kind=FaultKind.RATE_LIMIT, says_when=False))

    reply = await caller.call("GET", "/users/@me")

    assert (reply.status, "Retry-After" in reply.headers, "Via" in reply.headers) == (429, False, True)
    assert "retry_after" not in reply.json


async def test_an_answer_may_come_from_the_network_before_discord(stand_in: DiscordStandIn, caller: Caller) -> None:
    stand_in.script(Fault(route=ME, kind=FaultKind.ANSWER, status=429, text="<html>1015</html>", is_by_discord=False))

    reply = await caller.call("GET", "/users/@me")

    assert (reply.status, "Via" in reply.headers) == (429, False)


@pytest.mark.parametrize(("kind", "done"), [(FaultKind.DELAY, 0), (FaultKind.DELAY_ANSWER, 1), (FaultKind.HANG, 0)])
async def test_a_delay_waits_before_or_after(
    stand_in: DiscordStandIn, caller: Caller, kind: FaultKind, done: int
) -> None:
    stand_in.script(Fault(route=SEND, kind=kind, seconds=3600))
    sending = asyncio.create_task(send(caller))
    await stand_in.wait_until(lambda: stand_in.requests_to(SEND))
    # Other calls are answered meanwhile, and give this one the time that it would need without the fault.
    for _ in range(3):
        assert (await caller.call("GET", "/users/@me")).status == 200

    assert (posted(stand_in), sending.done()) == (done, False)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


async def test_a_short_delay_ends_well(stand_in: DiscordStandIn, caller: Caller) -> None:
    stand_in.script(Fault(route=SEND, kind=FaultKind.DELAY, seconds=0.01))

    assert (await send(caller), posted(stand_in)) == (200, 1)


async def test_a_script_can_be_cleared(stand_in: DiscordStandIn, caller: Caller) -> None:
    stand_in.script(Fault(route=ME, kind=FaultKind.ANSWER))
    stand_in.faults.clear()

    assert (await caller.call("GET", "/users/@me")).status == 200


async def test_the_log_keeps_what_was_sent_but_not_the_token(stand_in: DiscordStandIn, caller: Caller) -> None:
    general = stand_in.world.channel("general").id
    await caller.call("POST", f"/channels/{general}/messages", {"content": "x"}, files={"a.mp4": b"abc"})
    await caller.call("GET", "/users/@me?a=1", authorization="Bot wrong")
    await caller.call("GET", "/gateway", authorization=None)

    sent, wrong, none = stand_in.requests

    assert (sent.method, sent.route, sent.body) == ("POST", SEND, {"content": "x"})
    assert [(file.name, file.size) for file in sent.files] == [("a.mp4", 3)]
    assert (wrong.path, wrong.status, wrong.authorization) == ("/api/v10/users/@me?a=1", 401, "wrong")
    assert (none.status, none.authorization) == (200, "none")
    assert all(stand_in.token not in str(record) for record in stand_in.requests)
