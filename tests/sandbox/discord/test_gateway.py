"""The gateway on the bare wire: who gets which event, and what a session that broke off is told again."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from sandbox.discord import DiscordStandIn
from sandbox.discord.permissions import Permission
from tests.sandbox.discord.caller import Caller, Socket

GUILDS = 1 << 0
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12


@asynccontextmanager
async def connection(caller: Caller, *, query: str = "") -> AsyncGenerator[Socket]:
    async with caller.session.ws_connect(caller.stand_in.gateway_url + query) as socket:
        yield Socket(socket, is_compressed="zlib-stream" in query)


async def post(stand_in: DiscordStandIn, content: str) -> None:
    """Let alice write into #general."""
    world = stand_in.world
    await stand_in.post(user_id=world.user("alice").id, channel_id=world.channel("general").id, content=content)


async def test_a_bot_hears_its_guilds_after_identifying(stand_in: DiscordStandIn, caller: Caller) -> None:
    async with connection(caller) as socket:
        ready = await socket.identify(stand_in.token)
        guilds = [await socket.event("GUILD_CREATE") for _ in range(2)]

    assert ready["d"]["user"]["id"] == str(stand_in.world.bot.id)
    assert [guild["name"] for guild in guilds] == ["Sandbox", "Elsewhere"]
    names = {channel["name"] for channel in guilds[0]["channels"]}
    assert names == {"general", "videos", "no-attach", "hidden"}
    assert [thread["name"] for thread in guilds[0]["threads"]] == ["ideas"]


async def test_zlib_stream_comes_in_binary_frames(stand_in: DiscordStandIn, caller: Caller) -> None:
    async with connection(caller, query="?v=10&encoding=json&compress=zlib-stream") as socket:
        assert (await socket.identify(stand_in.token))["t"] == "READY"
        assert (await socket.event("GUILD_CREATE"))["name"] == "Sandbox"


@pytest.mark.parametrize(
    ("token", "intents", "shard", "code"),
    [
        ("wrong", 1, None, 4004),
        ("right", 1 << 15, None, 4014),
        ("right", 1 << 1, None, 4014),
        ("right", 1 << 40, None, 4013),
        ("right", 1, (2, 2), 4010),
    ],
)
async def test_a_wrong_identify_is_closed_with_its_code(  # one row, one case
    stand_in: DiscordStandIn,
    caller: Caller,
    token: str,
    intents: int,
    shard: tuple[int, int] | None,
    code: int,
) -> None:
    async with connection(caller) as socket:
        with pytest.raises(AssertionError):
            await socket.identify(stand_in.token if token == "right" else token, intents=intents, shard=shard)
        assert await socket.close_code() == code


async def test_nonsense_is_closed_with_its_code(stand_in: DiscordStandIn, caller: Caller) -> None:
    for text, code in (("{", 4002), ('{"op": 99}', 4001), ('{"op": 3}', 4003)):
        async with connection(caller) as socket:
            await socket.socket.send_str(text)
            assert await socket.close_code() == code
    assert stand_in.gateway.sessions == []


async def test_a_heartbeat_is_acknowledged_and_silence_is_not_forgiven(
    stand_in: DiscordStandIn, caller: Caller
) -> None:
    async with connection(caller) as socket:
        await socket.frame()
        await socket.send(1, None)
        assert (await socket.frame())["op"] == 11
    stand_in.gateway.heartbeat_interval = 20
    async with connection(caller) as socket:
        assert await socket.close_code() == 4009


async def test_events_come_only_for_the_intents_that_were_asked(stand_in: DiscordStandIn, caller: Caller) -> None:
    async with connection(caller) as plain, connection(caller) as curious:
        await plain.identify(stand_in.token, intents=GUILDS)
        await curious.identify(stand_in.token, intents=GUILDS | GUILD_MESSAGES)
        await post(stand_in, "secret")
        stand_in.world.add_channel(stand_in.world.guild("Sandbox").id, "later")

        message = await curious.event("MESSAGE_CREATE")
        # Nothing but the guilds and the channel came to the other one.
        heard = [(await plain.frame())["t"] for _ in range(3)]

    assert message["content"] == ""
    assert heard == ["GUILD_CREATE", "GUILD_CREATE", "CHANNEL_CREATE"]


async def test_messages_of_a_hidden_channel_are_not_told(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    async with connection(caller) as socket:
        await socket.identify(stand_in.token, intents=GUILD_MESSAGES)
        hidden = world.channel("hidden").id
        await stand_in.post(user_id=world.user("alice").id, channel_id=hidden, content="x")
        await post(stand_in, "y")

        assert (await socket.event("MESSAGE_CREATE"))["channel_id"] == str(world.channel("general").id)


async def test_a_resumed_session_is_told_what_it_missed_under_the_same_numbers(
    stand_in: DiscordStandIn, caller: Caller
) -> None:
    await caller.register()
    async with connection(caller) as socket:
        await socket.identify(stand_in.token)
        for _ in range(2):
            await socket.event("GUILD_CREATE")
        seen, session_id = socket.sequence, socket.session_id
        assert seen == 3
        stand_in.gateway.drop()
        await stand_in.wait_until(lambda: not stand_in.gateway.connected)
    missed = await caller.command()

    async with connection(caller) as again:
        await again.frame()
        await again.send(6, {"token": stand_in.token, "session_id": session_id, "seq": seen})
        replayed, resumed = await again.frame(), await again.frame()

    assert (replayed["t"], replayed["s"], replayed["d"]["id"]) == ("INTERACTION_CREATE", 4, str(missed.id))
    assert (resumed["t"], resumed["s"]) == ("RESUMED", 5)
    assert stand_in.gateway.resumed == 1


@pytest.mark.parametrize("case", ["forgotten", "unknown", "goodbye"])
async def test_a_session_that_is_gone_is_invalid(stand_in: DiscordStandIn, caller: Caller, case: str) -> None:
    async with connection(caller) as socket:
        await socket.identify(stand_in.token)
        session_id = socket.session_id
        if case == "forgotten":
            stand_in.gateway.drop(resumable=False, code=4000)
            assert await socket.close_code() == 4000
        if case == "goodbye":
            await socket.socket.close(code=1000)
        await socket.socket.close(code=4000)
        await stand_in.wait_until(lambda: not stand_in.gateway.connected)
    if case == "unknown":
        session_id = "unknown"

    async with connection(caller) as again:
        await again.frame()
        await again.send(6, {"token": stand_in.token, "session_id": session_id, "seq": 1})
        answer = await again.frame()

    assert (answer["op"], answer["d"]) == (9, False)


async def test_a_sequence_from_the_future_is_refused(stand_in: DiscordStandIn, caller: Caller) -> None:
    async with connection(caller) as socket:
        await socket.identify(stand_in.token)
        async with connection(caller) as again:
            await again.frame()
            await again.send(6, {"token": stand_in.token, "session_id": socket.session_id, "seq": 99})
            assert await again.close_code() == 4007


async def test_the_gateway_asks_to_reconnect_and_invalidates(stand_in: DiscordStandIn, caller: Caller) -> None:
    async with connection(caller) as socket:
        await socket.identify(stand_in.token, intents=0)
        await stand_in.connected()
        stand_in.gateway.ask_to_reconnect()
        stand_in.gateway.invalidate(resumable=True)
        stand_in.gateway.invalidate(resumable=False)
        frames = [await socket.frame() for _ in range(3)]

    assert [(frame["op"], frame["d"]) for frame in frames] == [(7, None), (9, True), (9, False)]
    assert stand_in.gateway.sessions == []


async def test_a_paused_gateway_holds_events_back(stand_in: DiscordStandIn, caller: Caller) -> None:
    async with connection(caller) as socket:
        await socket.identify(stand_in.token, intents=GUILD_MESSAGES)
        await stand_in.connected()
        stand_in.gateway.pause()
        await post(stand_in, "one")
        await socket.send(1, None)
        assert (await socket.frame())["op"] == 11
        stand_in.gateway.unpause()

        assert (await socket.frame())["t"] == "MESSAGE_CREATE"


async def test_a_silent_gateway_says_nothing_and_can_be_resumed(stand_in: DiscordStandIn, caller: Caller) -> None:
    async with connection(caller) as socket:
        await socket.identify(stand_in.token, intents=GUILD_MESSAGES)
        await stand_in.connected()
        stand_in.gateway.fall_silent()
        await socket.send(1, None)
        await post(stand_in, "one")
        assert not socket.socket.closed
        async with connection(caller) as again:
            await again.frame()
            await again.send(6, {"token": stand_in.token, "session_id": socket.session_id, "seq": socket.sequence})
            told = [(await again.frame())["t"] for _ in range(2)]
        with pytest.raises(AssertionError):
            await socket.frame()

    assert told == ["MESSAGE_CREATE", "RESUMED"]


async def test_a_resume_can_tell_again_what_was_told(stand_in: DiscordStandIn, caller: Caller) -> None:
    stand_in.gateway.told_twice = 1
    async with connection(caller) as socket:
        await socket.identify(stand_in.token, intents=GUILD_MESSAGES)
        await post(stand_in, "one")
        first = await socket.frame()
        session_id = socket.session_id
        stand_in.gateway.drop()
        await stand_in.wait_until(lambda: not stand_in.gateway.connected)
    async with connection(caller) as again:
        await again.frame()
        await again.send(6, {"token": stand_in.token, "session_id": session_id, "seq": first["s"]})

        assert await again.frame() == first


async def test_a_closed_gateway_lets_nobody_in(stand_in: DiscordStandIn, caller: Caller) -> None:
    stand_in.gateway.accepts_connections = False

    with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
        await caller.session.ws_connect(stand_in.gateway_url)


async def test_each_shard_hears_its_own_guilds_and_the_first_hears_direct_messages(
    stand_in: DiscordStandIn, caller: Caller
) -> None:
    world = stand_in.world
    owner = world.user("owner").id
    guilds = [world.add_guild(f"Guild {number}", owner_id=owner) for number in range(6)]
    guilds += [world.guild("Sandbox"), world.guild("Elsewhere")]
    await caller.register()
    async with connection(caller) as first, connection(caller) as second:
        heard = [
            {guild["id"] for guild in (await socket.identify(stand_in.token, shard=(index, 2)))["d"]["guilds"]}
            for index, socket in enumerate((first, second))
        ]
        direct = world.direct_channel(owner).id
        await stand_in.run_command(user_id=owner, channel_id=direct, name="video", options={"prompt": "x"})
        in_direct = await first.event("INTERACTION_CREATE")

    assert heard[0] == {str(guild.id) for guild in guilds if (guild.id >> 22) % 2 == 0}
    assert heard[1] == {str(guild.id) for guild in guilds if (guild.id >> 22) % 2 == 1}
    assert all(heard)
    assert (in_direct["context"], in_direct["user"]["id"]) == (1, str(owner))


async def test_two_processes_on_one_token_both_hear_an_interaction(stand_in: DiscordStandIn, caller: Caller) -> None:
    async with connection(caller) as one, connection(caller) as two:
        await one.identify(stand_in.token, intents=0)
        await two.identify(stand_in.token, intents=0)
        interaction = await caller.command()
        heard = [(await socket.event("INTERACTION_CREATE"))["id"] for socket in (one, two)]

    assert heard == [str(interaction.id)] * 2


async def test_an_interaction_says_what_its_user_and_the_bot_may_do(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    async with connection(caller) as socket:
        await socket.identify(stand_in.token, intents=0)
        await caller.command(user="manager", channel="no-attach")
        event = await socket.event("INTERACTION_CREATE")

    held, app = Permission(int(event["member"]["permissions"])), Permission(int(event["app_permissions"]))
    assert Permission.MANAGE_GUILD in held
    assert Permission.ATTACH_FILES in held
    assert Permission.SEND_MESSAGES in app
    assert Permission.ATTACH_FILES not in app
    assert event["guild_id"] == str(world.guild("Sandbox").id)
    assert event["attachment_size_limit"] == 20 * 1024 * 1024


async def test_a_bot_that_is_invited_and_kicked_hears_both(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    async with connection(caller) as socket:
        await socket.identify(stand_in.token)
        for _ in range(2):
            await socket.event("GUILD_CREATE")
        guild = world.add_guild("New", owner_id=world.user("owner").id)
        created = await socket.event("GUILD_CREATE")
        world.remove_member(guild.id, world.bot.id)
        deleted = await socket.event("GUILD_DELETE")

    assert (created["id"], deleted) == (str(guild.id), {"id": str(guild.id)})
    assert (await caller.call("GET", f"/guilds/{guild.id}")).refusal == (403, 50001)
