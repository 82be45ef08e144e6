"""Pictures that members send: M5, an address that leads elsewhere, and M6, a file that is not what it seems."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from sandbox.discord.interactions import Interaction
from sandbox.discord.uploads import Upload
from services.pictures import Attached, PictureError, PictureFault, PictureSource
from services.pictures.source import MOST_BYTES, is_on_the_internet
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import PATIENCE, House, answer_of
from tests.picture_files import BOMBS, BROKEN, HOSTILE, OTHER, SMALL, picture

LITE: Final = "google/veo-3.1-lite"
NOTHING: Final = "Nothing was ordered, and nothing was spent."
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AllHere(AbstractResolver):
    """A name server in an attacker's hand: every name leads to this machine."""

    def __init__(self, address: str, port: int) -> None:
        self._address, self._port = address, port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del port, family
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        return [ResolveResult(hostname=host, host=self._address, port=self._port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def listening(handler: Handler) -> AsyncGenerator[tuple[str, list[str]]]:
    """Serve on loopback; give the address, and the list of the paths that were asked for."""
    asked: list[str] = []

    async def note(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return await handler(request)

    application = web.Application()
    application.router.add_get("/{path:.*}", note)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def good(request: web.Request) -> web.StreamResponse:
    del request
    return web.Response(body=picture(), content_type="image/png")


async def fault_of(source: PictureSource, url: str, *, size: int = 1_000) -> PictureFault:
    with pytest.raises(PictureError) as refused:
        await source.fetch(Attached(url=url, size=size))
    return refused.value.fault


# --- M5: the address ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/attachments/1/2/a.png",
        "https://127.0.0.1:{port}/attachments/1/2/a.png",
        "http://[::1]:{port}/a.png",
        "http://[::ffff:127.0.0.1]:{port}/a.png",
        "http://localhost:{port}/a.png",
        "http://127.1:{port}/a.png",
        "http://2130706433:{port}/a.png",
        "http://0:{port}/a.png",
        "http://cdn.discordapp.com/attachments/1/2/a.png",
        "https://cdn.discordapp.com:{port}/attachments/1/2/a.png",
        "https://cdn.discordapp.com@127.0.0.1:{port}/a.png",
        "https://user:secret@cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com.evil.example/a.png",
        "https://evil.example/cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com%2f@evil.example/a.png",
        "https://discordapp.com/a.png",
        "https://xcdn.discordapp.com/a.png",
        "//127.0.0.1:{port}/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,iVBORw0KGgo=",
        "ftp://cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com:99999/a.png",
        "https://[::1/a.png",
        "",
    ],
)
async def test_m5_an_address_that_is_not_discords_is_never_asked(url: str) -> None:
    async with listening(good) as (address, asked), PictureSource() as source:
        port = address.rpartition(":")[2]
        assert await fault_of(source, url.format(port=port)) is PictureFault.ELSEWHERE

    assert asked == []


@pytest.mark.parametrize("host", ["cdn.discordapp.com", "media.discordapp.net"])
@pytest.mark.parametrize("leads_to", ["127.0.0.1", "::ffff:127.0.0.1"])
async def test_m5_a_name_of_discords_that_leads_into_our_network_is_not_followed(host: str, leads_to: str) -> None:
    """Not even a connection is made: TLS would fail too, but the door would have been knocked on."""
    knocks = 0

    def knock(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal knocks
        knocks += 1
        writer.close()

    async with await asyncio.start_server(knock, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with PictureSource(resolver=AllHere(leads_to, port)) as source:
            assert await fault_of(source, f"https://{host}/attachments/1/2/a.png") is PictureFault.LATER

    assert knocks == 0


@pytest.mark.parametrize(
    ("address", "is_there"),
    [
        ("162.159.130.233", True),
        ("2606:4700::6810:1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),  # noqa: S104  # an address to be refused
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("cdn.discordapp.com", False),
    ],
)
def test_m5_only_addresses_of_the_internet_are_connected_to(address: str, is_there: bool) -> None:  # noqa: FBT001  # a row of the table
    assert is_on_the_internet(address) is is_there


async def test_m5_a_redirect_is_not_followed_from_a_stand_in_either() -> None:
    async with listening(good) as (inner, asked):

        async def elsewhere(request: web.Request) -> web.StreamResponse:
            del request
            raise web.HTTPFound(f"{inner}/secret.png")

        async with listening(elsewhere) as (outer, _), PictureSource(stand_in=f"{outer}/api/v10") as source:
            assert await fault_of(source, f"{outer}/cdn/a.png") is PictureFault.LATER
            assert await fault_of(source, f"{inner}/cdn/a.png") is PictureFault.ELSEWHERE

    assert asked == []


async def test_m5_a_forged_attachment_reaches_nobody_over_the_wire(house: House) -> None:
    """The whole bot, told by a forged interaction that the picture lies on this machine."""
    async with listening(good) as (address, asked), house.running():
        forged = forged_video(house, {"url": f"{address}/a.png", "proxy_url": f"{address}/a.png", "size": 99})
        await forged.answered(timeout=PATIENCE)

    assert plain(answer_of(forged)) == f"Pictures are taken from Discord only. Attach the file itself. {NOTHING}"
    assert asked == []
    assert (house.jobs(), house.bought) == ([], 0)


def forged_video(house: House, changes: dict[str, Any]) -> Interaction:
    command = next(each for each in house.discord.commands.listed(None) if each["name"] == "video")
    file = {"id": "77", "filename": "a.png", "content_type": "image/png", "ephemeral": True} | changes
    data = {
        "id": command["id"],
        "name": "video",
        "type": 1,
        "options": [
            {"name": "prompt", "type": 3, "value": "a red fox"},
            {"name": "model", "type": 3, "value": LITE},
            {"name": "image", "type": 11, "value": "77"},
        ],
        "resolved": {"attachments": {"77": file}},
    }
    forged = forging.open_act(house, data, by="alice", channel_id=house.channel("videos").id)
    forging.replay(house, forged)
    return forged


# --- M6: the file ---------------------------------------------------------------------------------------------------


async def test_m6_a_size_over_the_limit_is_refused_before_anything_is_asked() -> None:
    async with listening(good) as (address, asked), PictureSource(stand_in=address) as source:
        assert await fault_of(source, f"{address}/cdn/a.png", size=MOST_BYTES + 1) is PictureFault.TOO_LARGE

    assert asked == []


async def test_m6_a_file_that_is_larger_than_it_was_said_to_be_is_stopped_at_the_limit() -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(bytes(1 << 16))
            sent += 1 << 16

    async with listening(endless) as (address, _), PictureSource(stand_in=address) as source:
        assert await fault_of(source, f"{address}/cdn/a.png", size=10) is PictureFault.TOO_LARGE

    # What the sockets hold on both sides comes on top.
    assert sent < MOST_BYTES + (32 << 20)


@pytest.mark.parametrize(
    ("status", "headers", "fault"),
    [
        (404, {}, PictureFault.GONE),
        (403, {}, PictureFault.GONE),
        (410, {}, PictureFault.GONE),
        (500, {}, PictureFault.LATER),
        (429, {"Retry-After": "5"}, PictureFault.LATER),
        (206, {}, PictureFault.LATER),
        (200, {"Content-Encoding": "gzip"}, PictureFault.BROKEN),
    ],
)
async def test_m6_what_is_no_plain_file_is_not_read(status: int, headers: dict[str, str], fault: PictureFault) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        del request
        return web.Response(status=status, headers=headers, body=picture())

    async with listening(answer) as (address, _), PictureSource(stand_in=address) as source:
        assert await fault_of(source, f"{address}/cdn/a.png") is fault


async def test_m6_a_file_that_is_cut_off_is_asked_for_again_by_its_member() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100000"})
        await answer.prepare(request)
        await answer.write(picture())
        assert request.transport is not None
        request.transport.close()
        return answer

    async with listening(cut) as (address, _), PictureSource(stand_in=address) as source:
        assert await fault_of(source, f"{address}/cdn/a.png") is PictureFault.LATER


@pytest.mark.parametrize(
    ("name", "words"),
    [
        *((name, "is no PNG, JPEG or WebP file") for name in ("SVG", "GIF", "HEIC of a telephone")),
        *((name, "cannot be read") for name in ("PNG that was cut off", "PNG with a note that unpacks to 200 MB")),
        *((name, "has more than 50 megapixels") for name in BOMBS),
        *((name, "is too small") for name in ("one pixel", "a strip")),
    ],
)
async def test_m6_a_bomb_or_another_type_is_said_and_buys_nothing(house: House, name: str, words: str) -> None:
    assert name in {**OTHER, **BROKEN, **BOMBS, **SMALL}
    file = Upload(filename="holiday.png", content=HOSTILE[name])
    async with house.running():
        asked = await house.video("a red fox", image=file, model=LITE)

        def look() -> str | None:
            told = house.discord.messages(house.channel("videos").id, viewer_id=house.user("alice").id)
            return next((plain(message.text) for message in told if NOTHING in message.text), None)

        text = await house.discord.wait_until(look, timeout=PATIENCE)
        # The bot lives, and the next one is made.
        await house.video("a red fox", image=Upload(filename="fox.png", content=picture()), model=LITE)
        await house.clip_in(after=asked.id)

    assert words in text
    assert house.bought == 1
    assert len(house.jobs()) == 1


async def test_m6_many_bombs_at_once_do_no_harm(house: House) -> None:
    async with house.running(videos_per_day=50):
        bomb = Upload(filename="bomb.png", content=BOMBS["PNG of 400 megapixels"])
        await asyncio.gather(*(house.video("a red fox", image=bomb, model=LITE) for _ in range(4)))

        def look() -> bool | None:
            told = house.discord.messages(house.channel("videos").id, viewer_id=house.user("alice").id)
            return sum(NOTHING in message.text for message in told) == 4 or None

        await house.discord.wait_until(look, timeout=PATIENCE)

    assert (house.jobs(), house.bought) == ([], 0)
