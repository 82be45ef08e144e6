"""The stand-in as a process of its own, driven through its control API."""

import asyncio
import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from sandbox.discord import ClientRefusedError, Fault, FaultKind, Upload
from sandbox.discord.interactions import CallbackType
from sandbox.discord.message_filter import MessageFilter
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import MessageFlag
from sandbox.discord.remote import RemoteDiscord, RemoteError
from tests.sandbox.discord.caller import COMMANDS, Socket

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The line that the process prints."""

    api_url: str
    gateway_url: str
    control_url: str
    token: str
    application_id: str


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox.discord",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.fixture(scope="module")
def ready() -> Generator[Ready]:
    """One process for the whole file: each test uses what it makes."""
    command = [sys.executable, "-m", "sandbox.discord", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield Ready(**json.loads(process.stdout.readline()))
        process.terminate()


@pytest.fixture
async def remote(ready: Ready) -> AsyncGenerator[RemoteDiscord]:
    async with RemoteDiscord(ready.control_url) as opened:
        yield opened
        await opened.clear_faults()


@pytest.fixture
async def bot(ready: Ready) -> AsyncGenerator[aiohttp.ClientSession]:
    """The bot's side, with its commands registered."""
    headers = {"Authorization": f"Bot {ready.token}"}
    async with aiohttp.ClientSession(base_url=ready.api_url + "/", headers=headers) as session:
        async with session.put(f"applications/{ready.application_id}/commands", json=list(COMMANDS)) as response:
            assert response.ok
        yield session


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_process_cleanly(number: signal.Signals) -> None:
    process = await start()
    assert process.stdout is not None
    await process.stdout.readline()

    process.send_signal(number)
    _, errors = await process.communicate()

    assert (process.returncode, errors) == (0, b"")


@pytest.mark.parametrize("host", ["0.0.0.0", "example.org"])  # noqa: S104  # it is refused
async def test_a_host_that_others_reach_is_refused(host: str) -> None:
    process = await start("--host", host)
    _, errors = await process.communicate()

    assert process.returncode == 2
    assert b"not a loopback address" in errors


async def test_a_command_is_run_and_its_answer_is_awaited(
    remote: RemoteDiscord, bot: aiohttp.ClientSession, ready: Ready
) -> None:
    world = await remote.world()
    alice = next(user.id for user in world.users if user.username == "alice")
    general = next(channel.id for channel in world.channels if channel.name == "general")
    assert (await remote.wait_for_command("video"))["options"][0]["name"] == "prompt"

    interaction = await remote.run_command(
        user_id=alice,
        channel_id=general,
        name="video",
        options={"prompt": "rain", "picture": Upload(filename="a.png", content=b"\x00png")},
    )
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
    data = {"flags": 64, "components": [{"type": 1, "components": [button]}]}
    callback = f"interactions/{interaction.id}/{interaction.view.token}/callback"
    async with bot.post(callback, json={"type": 5, "data": data}) as response:
        assert response.status == 204
    original = f"webhooks/{ready.application_id}/{interaction.view.token}/messages/@original"
    waiting = asyncio.create_task(
        remote.next_message(general, viewer_id=alice, where=MessageFilter(text="done", custom_id="go"))
    )
    promise = await interaction.message()
    assert promise is not None
    async with bot.patch(original, json={"content": "done", "components": data["components"]}) as response:
        assert response.ok
    message = await waiting
    clicked = await remote.click(user_id=alice, message_id=message.id, custom_id="go")

    assert interaction.view.response is CallbackType.DEFERRED_MESSAGE
    assert promise.flags == MessageFlag.EPHEMERAL | MessageFlag.LOADING
    assert (message.id, message.flags) == (promise.id, MessageFlag.EPHEMERAL)
    assert message not in await remote.messages(general)
    assert clicked.view.act.source_message_id == message.id
    picture = interaction.view.act.data["options"][1]["value"]
    assert await remote.download(int(picture)) == b"\x00png"


async def test_a_clip_is_waited_for_and_downloaded(remote: RemoteDiscord, bot: aiohttp.ClientSession) -> None:
    videos = next(channel.id for channel in (await remote.world()).channels if channel.name == "videos")
    clip = bytes(range(256)) * 1000
    form = aiohttp.FormData()
    form.add_field("files[0]", clip, filename="clip.mp4")

    waiting = asyncio.create_task(remote.next_message(videos, where=MessageFilter(filename=".mp4")))
    async with bot.post(f"channels/{videos}/messages", data=form) as response:
        assert response.ok
    (attachment,) = (await waiting).attachments

    assert attachment.sha256 == hashlib.sha256(clip).hexdigest()
    assert await remote.download(attachment.id) == clip
    assert attachment.path.stat().st_size == len(clip)


async def test_suggestions_are_asked_for_and_answered(
    remote: RemoteDiscord, bot: aiohttp.ClientSession, ready: Ready
) -> None:
    world = await remote.world()
    async with bot.ws_connect(ready.gateway_url) as connection:
        socket = Socket(connection)
        await socket.identify(ready.token, intents=0)
        asking = asyncio.create_task(
            remote.autocomplete(
                user_id=world.guilds[0].owner_id,
                channel_id=world.channels[0].id,
                name="video",
                option="model",
                text="k",
            )
        )
        event = await socket.event("INTERACTION_CREATE")
        choices = [{"name": "Kling", "value": "kling"}]
        callback = f"interactions/{event['id']}/{event['token']}/callback"
        async with bot.post(callback, json={"type": 8, "data": {"choices": choices}}) as response:
            assert response.ok

        assert list(await asking) == choices
        assert (await remote.gateway()).connected == 1


async def test_what_is_refused_or_late_is_raised_here(remote: RemoteDiscord) -> None:
    world = await remote.world()
    owner, general = world.guilds[0].owner_id, world.channels[0].id

    with pytest.raises(ClientRefusedError, match="no CHAT_INPUT command 'nothing'"):
        await remote.run_command(user_id=owner, channel_id=general, name="nothing")
    with pytest.raises(TimeoutError):
        await remote.next_message(general, where=MessageFilter(text="never"), timeout=0.01)
    with pytest.raises(RemoteError) as unknown:
        await remote.interaction(7)
    assert unknown.value.error == "unknown_id"
    with pytest.raises(RemoteError) as wrong:
        await remote.channel.call("post", type(None), user_id="x")
    assert (wrong.value.status, wrong.value.error) == (400, "arguments")


async def test_faults_and_the_log_are_reached(remote: RemoteDiscord, bot: aiohttp.ClientSession) -> None:
    await remote.script(Fault(route="GET /users/@me", kind=FaultKind.ANSWER, status=503))
    async with bot.get("users/@me") as response:
        assert response.status == 503

    records = await remote.requests(route="GET /users/@me")

    assert [(record.status, record.fault) for record in records] == [(503, "answer")]
    assert all("_control" not in record.path for record in await remote.requests())


async def test_the_gateway_is_disturbed(remote: RemoteDiscord, bot: aiohttp.ClientSession, ready: Ready) -> None:
    await remote.accept_connections(accept=False)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await bot.ws_connect(ready.gateway_url)
    await remote.accept_connections(accept=True)
    async with bot.ws_connect(ready.gateway_url) as connection:
        socket = Socket(connection)
        await socket.identify(ready.token, intents=1 << 9)
        await remote.connected()
        await remote.pause_gateway()
        world = await remote.world()
        await remote.post(user_id=world.guilds[0].owner_id, channel_id=world.channels[0].id, content="x")
        await remote.ask_to_reconnect()
        first = (await socket.frame())["op"]
        await remote.unpause_gateway()
        second = (await socket.frame())["t"]
        await remote.invalidate_sessions(resumable=True)
        third = (await socket.frame())["op"]
        dropped = await remote.drop_gateway(resumable=False, code=4000)

        assert (first, second, third, dropped) == (7, "MESSAGE_CREATE", 9, 1)
        assert await socket.close_code() == 4000


async def test_clocks_are_set(remote: RemoteDiscord) -> None:
    before = await remote.settings()
    changed = await remote.settings(nonce_window=0, answer_within=1.5)
    await remote.settings(nonce_window=before.nonce_window, answer_within=before.answer_within)

    assert (changed.nonce_window, changed.answer_within, changed.token_life) == (0, 1.5, 900)


async def test_the_world_is_changed(remote: RemoteDiscord) -> None:
    dave = await remote.add_user("dave")
    guild = await remote.add_guild("Third", owner_id=dave.id)
    channel = await remote.add_channel(guild.id, "studio")
    role = await remote.add_role(guild.id, "Crew", permissions=Permission.MANAGE_GUILD)
    erin = await remote.add_user("erin")
    member = await remote.add_member(guild.id, erin.id, role_ids=[role.id])
    closed = await remote.set_overwrite(channel.id, guild.id, deny=Permission.SEND_MESSAGES)
    limited = await remote.set_upload_limit(guild.id, 5)
    quiet = await remote.set_direct_messages(erin.id, accept=False)
    german, french = await remote.set_locale(dave.id, "de"), await remote.set_preferred_locale(guild.id, "fr")

    assert (set(member.role_ids), closed.overwrites[0].deny) == ({role.id}, int(Permission.SEND_MESSAGES))
    assert (limited.upload_limit, quiet.accepts_direct_messages) == (5, False)
    assert (german.locale, french.preferred_locale) == ("de", "fr")
    with pytest.raises(ClientRefusedError):
        await remote.post(user_id=erin.id, channel_id=channel.id, content="x")
    await remote.remove_channel(channel.id)
    assert channel.id not in {known.id for known in (await remote.world()).channels}


async def test_a_change_is_waited_for(remote: RemoteDiscord) -> None:
    now = await remote.changed(since=0, timeout=0)
    waiting = asyncio.create_task(remote.changed(since=now))
    world = await remote.world()
    await remote.post(user_id=world.guilds[0].owner_id, channel_id=world.channels[0].id, content="x")

    assert await waiting > now


async def test_a_page_of_another_origin_cannot_give_orders(ready: Ready) -> None:
    order = f"{ready.control_url}/clear_faults"
    async with aiohttp.ClientSession() as browser, browser.post(order, data="{}") as response:
        assert response.status == 415
