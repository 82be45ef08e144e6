"""What a member sees, as it comes over the stream."""

import asyncio

from sandbox.discord import Fault, FaultKind
from tests.sandbox.page.visitor import Visitor


async def test_a_reader_first_gets_everything_and_then_only_what_changed(visitor: Visitor) -> None:
    async with visitor.watching() as stream:
        first = await stream.next("messages")
        assert first["isFirst"]
        assert [message["text"][:8] for message in first["changed"]] == ["Welcome!", "I would "]
        await visitor.do("write", {**visitor.who("bob"), "text": "hello"})
        second = await stream.next("messages")
        assert not second["isFirst"]
        assert [message["text"] for message in second["changed"]] == ["hello"]


async def test_a_message_that_is_gone_is_named(visitor: Visitor) -> None:
    _, written = await visitor.do("write", {**visitor.who("bob"), "text": "hello"})
    async with visitor.watching() as stream:
        await stream.next("messages")
        message = visitor.world.messages.find(int(written["message"]))
        assert message is not None
        visitor.world.messages.delete(message)
        assert (await stream.next("messages"))["gone"] == [written["message"]]


async def test_nobody_sees_a_place_that_is_not_theirs(visitor: Visitor) -> None:
    direct = visitor.world.direct_channel(visitor.world.user("bob").id)
    for who in (visitor.who("alice") | {"channel": str(direct.id)}, visitor.who("bob", "lobby")):
        async with visitor.get("events", params=who) as answer:
            assert answer.status == 403


async def test_nonsense_is_refused(visitor: Visitor) -> None:
    for wrong in ({"member": "1"}, {"channel": "x"}, {"locale": "tlh"}, {"member": "-1"}):
        async with visitor.get("events", params=visitor.who() | wrong) as answer:
            assert answer.status in {400, 403}


async def test_a_ping_is_news_for_who_is_pinged_alone(visitor: Visitor) -> None:
    alice = visitor.world.user("alice")
    await visitor.do("write", {**visitor.who("bob", "general"), "text": f"hey <@{alice.id}>"})
    general = visitor.who(place="general")["channel"]
    async with visitor.watching("alice") as hers, visitor.watching("carol") as others:
        assert len((await hers.next("news"))[general]["pings"]) == 1
        assert (await others.next("news"))[general]["pings"] == []


async def test_the_switches_are_seen_by_everybody_who_looks(visitor: Visitor) -> None:
    async with visitor.watching() as stream:
        assert (await stream.next("troubles"))["video"] == "none"
        await visitor.do("video", {"trouble": "no_credit"})
        assert (await stream.next("troubles"))["video"] == "no_credit"
        await visitor.do("chat", {"trouble": "errors"})
        assert (await stream.next("troubles"))["chat"] == "errors"
        await visitor.do("speed", {"speed": 20})
        assert (await stream.next("troubles"))["speed"] == 20


async def test_a_switch_turned_back_leaves_no_fault_behind(visitor: Visitor) -> None:
    troubles, chat, video_api = visitor.page.scene.troubles, visitor.page.scene.chat, visitor.page.video_api
    for trouble in ("slow", "fails", "refuses", "no_credit", "large_clip", "down", "none"):
        assert (await visitor.do("video", {"trouble": trouble}))[0] == 200
    await visitor.do("chat", {"trouble": "errors"})
    await visitor.do("chat", {"trouble": "none"})

    assert troubles.video == "none"
    assert video_api.faults == ()
    assert video_api.account.remaining is None
    route = "POST /channels/{channel_id}/messages"
    chat.script(Fault(route=route, kind=FaultKind.ANSWER, status=418))
    taken = chat.faults.take(route, "/channels/1/messages")
    assert taken is not None
    assert taken.status == 418


async def test_a_reader_who_leaves_is_forgotten(visitor: Visitor) -> None:
    async with visitor.watching() as stream:
        await stream.next("messages")
    # Writing to nobody must trouble nobody: the next reader is served as the first was.
    for number in range(3):
        await visitor.do("write", {**visitor.who("bob"), "text": f"hello {number}"})
        await asyncio.sleep(0)
    async with visitor.watching() as stream:
        assert len((await stream.next("messages"))["changed"]) == 5
