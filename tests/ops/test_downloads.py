"""Clips for whoever has a link, over real HTTP: that one file, as a download, and nothing of anything else."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from ops.downloads import MOST_DOWNLOADS
from ops.webhook_server import WebhookServer
from services.errors import StorageError
from services.jobs import Hearing

NOW: Final = datetime(2026, 10, 8, 12, tzinfo=UTC)
LINK: Final = f"/originals/7/1791464400/{'s' * 43}"
OTHER: Final = f"/originals/7/1791464400/{'t' * 43}"
PATIENCE: Final = 30
LARGE: Final = 30_000_000
"""Bytes: more than the sockets of a connection hold, so that a reader who waits lets the server wait."""


async def deaf(_token: str, _remote_id: str) -> Hearing:
    return Hearing.NO_SUCH_ADDRESS


@dataclass(slots=True, kw_only=True)
class Shop:
    """A server with one clip, whose link is `LINK`."""

    clip: Path
    session: aiohttp.ClientSession
    is_broken: bool = False
    port: int = 0

    async def find(self, path: str) -> Path | None:
        if self.is_broken:
            raise StorageError("disk full")
        return self.clip if path == LINK else None

    def url(self, path: str = LINK) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@asynccontextmanager
async def opened(clip: Path, *, longest: timedelta = timedelta(minutes=1)) -> AsyncGenerator[Shop]:
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session:
        shop = Shop(clip=clip, session=session)
        async with WebhookServer(
            secret="s" * 32, hear=deaf, clock=lambda: NOW, find_original=shop.find, longest_connection=longest
        ) as server:
            await server.start(host="127.0.0.1", port=0)
            shop.port = server.port
            yield shop


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    file = tmp_path / "video-7.mp4"
    file.write_bytes(bytes(range(256)) * 400)
    (tmp_path / "video-8.mp4").write_bytes(b"another's")
    return file


@pytest.fixture
def large(clip: Path) -> Path:
    with clip.open("wb") as file:
        file.truncate(LARGE)
    return clip


@pytest.fixture
async def shop(clip: Path) -> AsyncGenerator[Shop]:
    async with opened(clip) as open_shop:
        yield open_shop


async def test_a_link_serves_the_clip_byte_for_byte_as_a_download_that_nobody_keeps(shop: Shop) -> None:
    async with shop.session.get(shop.url()) as answer:
        content = await answer.read()

    assert (answer.status, content) == (200, shop.clip.read_bytes())
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == str(len(content))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="video-7.mp4"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Connection"] == "close"


async def test_a_download_that_broke_off_can_go_on(shop: Shop) -> None:
    async with shop.session.get(shop.url(), headers={"Range": "bytes=1000-1999"}) as answer:
        piece = await answer.read()

    assert (answer.status, piece) == (206, shop.clip.read_bytes()[1000:2000])


async def test_a_look_at_the_headers_sends_no_clip(shop: Shop) -> None:
    async with shop.session.head(shop.url()) as answer:
        assert (answer.status, await answer.read()) == (200, b"")


@pytest.mark.parametrize("path", [OTHER, "/originals/", "/originals/7", f"{LINK}/", f"{LINK}/../../video-8.mp4", "/"])
async def test_whatever_is_no_link_is_answered_alike(shop: Shop, path: str) -> None:
    async with shop.session.get(shop.url(path)) as answer:
        assert (answer.status, await answer.read()) == (404, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_a_clip_can_only_be_read(shop: Shop, method: str) -> None:
    async with shop.session.request(method, shop.url()) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


async def test_a_clip_that_goes_between_the_link_and_the_answer_is_gone(shop: Shop) -> None:
    shop.clip.unlink()

    async with shop.session.get(shop.url()) as answer:
        assert answer.status == 404


async def test_a_database_that_fails_in_passing_is_no_missing_clip(shop: Shop) -> None:
    shop.is_broken = True

    async with shop.session.get(shop.url()) as answer:
        assert answer.status == 503


async def test_a_download_may_take_longer_than_a_message(large: Path) -> None:
    async with opened(large, longest=timedelta(seconds=0.5)) as shop, shop.session.get(shop.url()) as answer:
        await asyncio.sleep(1)  # what a message would not be given
        digest = hashlib.sha256()
        async for piece in answer.content.iter_chunked(1 << 16):
            digest.update(piece)

    assert digest.hexdigest() == hashlib.sha256(bytes(LARGE)).hexdigest()


async def test_only_so_many_go_out_at_once_and_whoever_has_done_makes_room(large: Path) -> None:
    async with opened(large) as shop:
        slow = [await shop.session.get(shop.url()) for _ in range(MOST_DOWNLOADS)]
        async with shop.session.get(shop.url()) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30")

        for download in slow:
            download.close()
        async with asyncio.timeout(PATIENCE):
            while True:
                async with shop.session.get(shop.url()) as answer:
                    if answer.status == 200:
                        break


async def test_a_server_without_clips_knows_no_links(clip: Path) -> None:
    del clip
    async with (
        WebhookServer(secret="s" * 32, hear=deaf, clock=lambda: NOW) as server,
        aiohttp.ClientSession() as session,
    ):
        await server.start(host="127.0.0.1", port=0)
        async with session.get(f"http://127.0.0.1:{server.port}{LINK}") as answer:
            assert answer.status == 404
