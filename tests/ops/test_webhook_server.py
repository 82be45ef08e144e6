"""The server that anybody may knock at, over real HTTP: what it refuses, where it stops reading, what it never says."""

import asyncio
import io
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.logs import set_up_logging
from ops.webhook_server import MOST_BYTES, MOST_CONNECTIONS, WebhookServer
from sandbox.openrouter.webhooks import SIGNATURE, signature
from services.errors import ConfigurationError, StorageError
from services.jobs import Hearing

SECRET: Final = "whsec_example_do_not_use"
ID: Final = "gen-vid-1791447875-kcvDiEOcJLDv7t6LWyap"
BODY: Final = f'{{"type":"video.generation.completed","data":{{"id":"{ID}","status":"completed"}}}}'.encode()
TOKEN: Final = "c4n4ry" + "a" * 37
PATH: Final = f"/callbacks/{TOKEN}"
NOW: Final = datetime(2026, 10, 8, 12, tzinfo=UTC)
PATIENCE: Final = 30


@dataclass(slots=True, kw_only=True)
class Ear:
    """Takes messages as the product does, and writes them down."""

    hearing: Hearing = Hearing.LOOKING
    is_broken: bool = False
    heard: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def hear(self, token: str, remote_id: str) -> Hearing:
        self.heard.append((token, remote_id))
        if self.is_broken:
            raise StorageError("disk full")
        return self.hearing


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Knocks at the server."""

    ear: Ear
    port: int
    session: aiohttp.ClientSession

    async def call(
        self,
        body: bytes = BODY,
        *,
        method: str = "POST",
        path: str = PATH,
        secret: str = SECRET,
        late: float = 0,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """Send a message that is right but for the changes; return the status of the answer, which says nothing."""
        signed = {SIGNATURE: signature(body, secret=secret, at=int(NOW.timestamp() - late))}
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.session.request(method, url, data=body, headers={**signed, **(headers or {})}) as response:
            assert await response.read() == b""
            assert response.headers["Connection"] == "close"
            return response.status

    async def wire(self, text: bytes) -> bytes:
        """Send bytes as they are, and return whatever comes back until the connection ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(text)
            async with asyncio.timeout(PATIENCE):
                return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def listening(ear: Ear | None = None, *, longest: timedelta = timedelta(minutes=1)) -> AsyncGenerator[Caller]:
    ear = ear or Ear()
    async with (
        WebhookServer(secret=SECRET, hear=ear.hear, clock=lambda: NOW, longest_connection=longest) as server,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
    ):
        await server.start(host="127.0.0.1", port=0)
        yield Caller(ear=ear, port=server.port, session=session)


@pytest.fixture
async def caller() -> AsyncGenerator[Caller]:
    async with listening() as opened:
        yield opened


async def test_a_signed_message_is_handed_on_with_its_token_and_the_id_it_names(caller: Caller) -> None:
    assert await caller.call() == 204

    assert caller.ear.heard == [(TOKEN, ID)]


async def test_a_path_before_the_address_is_the_proxys_affair(caller: Caller) -> None:
    assert await caller.call(path=f"/bots/video{PATH}") == 204


async def test_a_message_that_comes_twice_is_taken_twice(caller: Caller) -> None:
    assert [await caller.call() for _ in range(2)] == [204, 204]


@pytest.mark.parametrize("hearing", [Hearing.FOUND, Hearing.NOTHING_TO_DO, Hearing.ANOTHER_VIDEO])
async def test_what_is_signed_and_needs_nothing_is_not_to_be_sent_again(hearing: Hearing) -> None:
    async with listening(Ear(hearing=hearing)) as caller:
        assert await caller.call() == 204


async def test_only_whoever_can_sign_learns_that_an_address_does_not_exist() -> None:
    async with listening(Ear(hearing=Hearing.NO_SUCH_ADDRESS)) as caller:
        assert await caller.call(secret="somebody else's") == 401
        assert caller.ear.heard == []
        assert await caller.call() == 404


async def test_a_message_is_to_be_sent_again_when_the_database_fails() -> None:
    async with listening(Ear(is_broken=True)) as caller:
        assert await caller.call() == 503


@pytest.mark.parametrize(
    "path", ["/", "/callbacks", "/callbacks/x", f"{PATH}x", f"{PATH}/", "/healthz", "/%00", "/.env"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_any_other_path_is_not_found(caller: Caller, path: str, method: str) -> None:
    assert await caller.call(path=path, method=method) == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_any_other_method_is_refused(caller: Caller, method: str) -> None:
    assert await caller.call(method=method) == 405
    assert caller.ear.heard == []


async def test_a_message_that_nobody_signed_is_refused_before_its_body_is_read(caller: Caller) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: bot\r\nContent-Length: 5000\r\n"

    assert (await caller.wire(f"{head}\r\n".encode())).startswith(b"HTTP/1.1 401 ")
    two = f"{SIGNATURE}: t=1,v1=0\r\n" * 2
    assert (await caller.wire(f"{head}{two}\r\n".encode())).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    ("secret", "late"), [("another secret", 0), (SECRET, 301), (SECRET, -301), (SECRET, 86_400), ("", 0)]
)
async def test_a_wrong_secret_and_a_wrong_time_are_refused(caller: Caller, secret: str, late: float) -> None:
    assert await caller.call(secret=secret, late=late) == 401
    assert caller.ear.heard == []


async def test_a_body_that_was_changed_on_its_way_is_refused(caller: Caller) -> None:
    seal = {SIGNATURE: signature(BODY, secret=SECRET, at=int(NOW.timestamp()))}

    assert await caller.call(BODY.replace(b":", b": "), headers=seal) == 401
    assert await caller.call(BODY, headers=seal) == 204


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"no JSON", b"\xff", b'{"type":"video.generation.completed"}'])
async def test_a_signed_body_that_names_no_video_is_refused(caller: Caller, body: bytes) -> None:
    assert await caller.call(body) == 400
    assert caller.ear.heard == []


async def test_a_body_is_never_unpacked(caller: Caller) -> None:
    assert await caller.call(headers={"Content-Encoding": "gzip"}) == 415


async def test_a_body_of_64_kib_is_read_and_one_byte_more_is_not(caller: Caller) -> None:
    full = BODY + b" " * (MOST_BYTES - len(BODY))

    assert await caller.call(full) == 204
    assert await caller.call(full + b" ") == 413


async def test_a_body_that_says_it_is_too_long_is_refused_before_it_comes(caller: Caller) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: bot\r\n{SIGNATURE}: t=1,v1=0\r\nContent-Length: {MOST_BYTES + 1}\r\n\r\n"

    assert (await caller.wire(head.encode())).startswith(b"HTTP/1.1 413 ")


async def test_reading_stops_when_a_body_without_a_length_goes_on_and_on(caller: Caller) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", caller.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: bot\r\n{SIGNATURE}: t=1,v1=0\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    writer.write(head.encode() + 2 * chunk)

    async with asyncio.timeout(PATIENCE):
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
        # It lets nobody go on: the connection ends, whatever is still to come.
        with pytest.raises(ConnectionError):
            await _write_for_ever(writer, chunk)
    writer.close()


async def _write_for_ever(writer: asyncio.StreamWriter, chunk: bytes) -> None:
    while True:
        writer.write(chunk)
        await writer.drain()


@pytest.mark.parametrize("part", ["", "POST", f"POST {PATH} HTTP/1.1\r\nHost: bot\r\nX: ", "head"])
async def test_whoever_is_slow_is_cut_off(part: str) -> None:
    if part == "head":
        part = f"POST {PATH} HTTP/1.1\r\nHost: bot\r\n{SIGNATURE}: t=1,v1=0\r\nContent-Length: 100\r\n\r\n{{"
    async with listening(longest=timedelta(seconds=0.1)) as caller:
        assert await caller.wire(part.encode()) == b""
        assert caller.ear.heard == []


async def test_only_so_many_are_let_in_and_whoever_leaves_makes_room(caller: Caller) -> None:
    crowd = [await asyncio.open_connection("127.0.0.1", caller.port) for _ in range(MOST_CONNECTIONS)]

    with pytest.raises(aiohttp.ClientConnectionError):
        await caller.call()

    for _, writer in crowd:
        writer.close()
        await writer.wait_closed()
    async with asyncio.timeout(PATIENCE):
        while not caller.ear.heard:
            try:
                await caller.call()
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0)


async def test_a_port_that_is_taken_is_a_line_about_the_setting(caller: Caller) -> None:
    async with WebhookServer(secret=SECRET, hear=Ear().hear, clock=lambda: NOW) as second:
        with pytest.raises(ConfigurationError) as caught:
            await second.start(host="127.0.0.1", port=caller.port)

    [line] = caught.value.problems
    assert line.startswith(f"WEBHOOK_PORT: cannot listen at 127.0.0.1:{caller.port}")


GARBAGE: Final = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 c4n4ry",
    b"GET / HTTP/9.9\r\nc4n4ry\r\n\r\n",
    f"POST {PATH} HTTP/1.1\r\nc4n4ry header\r\n\r\n".encode(),
    f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: c4n4ry\r\n\r\n".encode(),
    f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{SIGNATURE}: {'c4n4ry' * 9_000}\r\n\r\n".encode(),
    f"POST {PATH} HTTP/1.1\r\n{SIGNATURE}: t=1,v1=0\r\nTransfer-Encoding: chunked\r\n\r\nc4n4ry\r\n".encode(),
)


async def test_nothing_that_strangers_send_is_logged_and_none_of_it_is_our_error(caller: Caller) -> None:
    printed = io.StringIO()
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    set_up_logging(level="DEBUG", style="json", secrets=(), stream=printed)
    try:
        for garbage in GARBAGE:
            await caller.wire(garbage)
        assert [await caller.call(secret="c4n4ry") for _ in range(3)] == [401, 401, 401]
        assert (await caller.call(), await caller.call(b"c4n4ry")) == (204, 400)
    finally:
        root.handlers, root.level = before

    assert "c4n4ry" not in printed.getvalue()
    assert "Traceback" not in printed.getvalue()
    assert printed.getvalue().count("webhook_signature_wrong") == 1
    assert await caller.call() == 204


@given(text=st.binary(max_size=400))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_nothing_that_is_made_up_gets_through(caller: Caller, text: bytes) -> None:
    assert await caller.call(text, headers={SIGNATURE: "t=1,v1=0"}) == 401
    assert caller.ear.heard == []
