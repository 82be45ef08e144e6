# ruff: noqa: ASYNC240  # looking at a file for an instant is what these tests are about

import asyncio
import gzip
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from services.errors import (
    AccountError,
    ClipGoneError,
    ClipTooLargeError,
    PageInsteadOfClipError,
    RemoteJobMissingError,
    TryLaterError,
    UpstreamError,
)
from services.openrouter import OpenRouterClient, Timeouts
from services.openrouter.addresses import may_be_followed
from tests.services.openrouter.servers import Answer, BareSocket, Upstream, answer

Make = Callable[..., OpenRouterClient]
MIB = 1024 * 1024
CLIP = bytes(range(256)) * 10_000  # 2.4 MiB: more than two chunks


def clip(body: bytes = CLIP, *, kind: str = "video/mp4", headers: dict[str, str] | None = None) -> Answer:
    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=kind, headers=headers or {})

    return reply


def redirect(location: str | None, status: int = 302) -> Answer:
    return answer(status, {}, headers={"Location": location} if location is not None else {})


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "7.mp4.part"


@pytest.mark.parametrize("body", [CLIP, b"x", b"y" * MIB])
async def test_the_bytes_arrive_whole(upstream: Upstream, client: OpenRouterClient, target: Path, body: bytes) -> None:
    upstream.will(clip(body))

    size = await client.download("a/b", target=target, max_bytes=len(body), index=1)

    assert size == len(body)
    assert target.read_bytes() == body
    seen = upstream.seen[0]
    assert seen.path == "/api/v1/videos/a%2Fb/content?index=1"
    assert seen.headers["Accept-Encoding"] == "identity"
    assert seen.headers["Accept"] == "video/mp4"
    assert "Authorization" in seen.headers


@pytest.mark.parametrize("kind", ["application/octet-stream", "application/mp4", "binary/octet-stream"])
async def test_a_clip_under_an_odd_type_is_left_to_the_mp4_check(
    upstream: Upstream, client: OpenRouterClient, target: Path, kind: str
) -> None:
    upstream.will(clip(kind=kind))

    assert await client.download("x", target=target, max_bytes=10 * MIB) == len(CLIP)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (204, TryLaterError),
        (206, TryLaterError),
        (304, TryLaterError),
        (400, TryLaterError),
        (401, AccountError),
        (402, AccountError),
        (403, AccountError),
        (404, RemoteJobMissingError),
        (409, TryLaterError),
        (410, ClipGoneError),
        (429, TryLaterError),
        (500, TryLaterError),
        (502, TryLaterError),
    ],
)
async def test_every_failure_has_its_meaning_and_is_not_repeated(
    upstream: Upstream, client: OpenRouterClient, target: Path, status: int, meaning: type[UpstreamError]
) -> None:
    upstream.will(answer(status, {"error": {"code": status, "message": "no"}}))

    with pytest.raises(UpstreamError) as caught:
        await client.download("x", target=target, max_bytes=MIB)

    assert type(caught.value) is meaning
    assert caught.value.status == status
    assert len(upstream.seen) == 1
    assert not target.exists()


@pytest.mark.parametrize(
    "refusal",
    [
        answer(403, text="<html>forbidden</html>"),
        answer(403, {"error": {"message": "no", "metadata": {"reasons": ["violence"]}}}),
        answer(403, {"error": {"message": "no", "availability": {"code": "region_restricted"}}}),
    ],
    ids=["edge", "content", "region"],
)
async def test_a_403_that_says_nothing_of_the_account_is_not_taken_for_a_dead_key(
    upstream: Upstream, client: OpenRouterClient, target: Path, refusal: Answer
) -> None:
    upstream.will(refusal)

    with pytest.raises(TryLaterError):
        await client.download("x", target=target, max_bytes=MIB)
    with pytest.raises(TryLaterError):
        await client.status("x")


async def test_a_failure_says_when_to_come_back(upstream: Upstream, client: OpenRouterClient, target: Path) -> None:
    upstream.will(answer(409, {"error": {"message": "not ready"}}, headers={"Retry-After": "12"}))

    with pytest.raises(TryLaterError) as caught:
        await client.download("x", target=target, max_bytes=MIB)

    assert caught.value.retry_after is not None
    assert (caught.value.retry_after.total_seconds(), caught.value.detail) == (12, "not ready")


async def test_a_failure_with_words_without_end_still_has_its_meaning(
    upstream: Upstream, client: OpenRouterClient, target: Path
) -> None:
    upstream.will(answer(410, text="<p>" + "gone " * 100_000))

    with pytest.raises(ClipGoneError) as caught:
        await client.download("x", target=target, max_bytes=MIB)

    assert len(caught.value.detail) == 500


@pytest.mark.parametrize(
    "error_page",
    [
        answer(200, {"error": {"code": 500, "message": "oops"}}),
        answer(200, text="<html>error</html>"),
        answer(200, text="{}", headers={"Content-Type": "application/problem+json"}),
        answer(200, text="<x/>", headers={"Content-Type": "application/xml"}),
    ],
)
async def test_an_error_with_status_200_is_not_written(
    upstream: Upstream, client: OpenRouterClient, target: Path, error_page: Answer
) -> None:
    upstream.will(error_page)

    with pytest.raises(PageInsteadOfClipError):
        await client.download("x", target=target, max_bytes=MIB)

    assert not target.exists()


async def test_a_gzip_bomb_is_not_inflated(upstream: Upstream, client: OpenRouterClient, target: Path) -> None:
    bomb = gzip.compress(bytes(20 * MIB))
    upstream.will(clip(bomb, headers={"Content-Encoding": "gzip"}))

    with pytest.raises(PageInsteadOfClipError):
        await client.download("x", target=target, max_bytes=MIB)

    assert not target.exists()


async def test_a_clip_that_says_it_is_too_large_is_not_begun(
    upstream: Upstream, client: OpenRouterClient, target: Path
) -> None:
    upstream.will(clip())

    with pytest.raises(ClipTooLargeError):
        await client.download("x", target=target, max_bytes=len(CLIP) - 1)

    assert not target.exists()


async def test_a_body_without_end_is_stopped_at_the_limit(
    upstream: Upstream, client: OpenRouterClient, target: Path
) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        reply = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await reply.prepare(request)
        while request.transport is not None and not request.transport.is_closing():
            await reply.write(bytes(MIB))
            sent += MIB
        return reply

    upstream.will(endless)

    with pytest.raises(ClipTooLargeError):
        await client.download("x", target=target, max_bytes=3 * MIB)

    assert not target.exists()
    assert sent < 50 * MIB


@pytest.mark.parametrize(
    "says",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: some\r\n\r\nhalf",
        b"garbage",
        b"",
    ],
    ids=["length", "chunked", "empty", "empty close", "bad length", "garbage", "nothing"],
)
async def test_a_body_that_is_cut_short_leaves_no_file(says: bytes, make_client: Make, target: Path) -> None:
    async with BareSocket(says=says) as server, make_client(server.url) as client:
        with pytest.raises(TryLaterError):
            await client.download("x", target=target, max_bytes=MIB)

    assert not target.exists()


async def test_a_body_without_a_length_that_is_cut_short_looks_whole(make_client: Make, target: Path) -> None:
    # Nothing in the protocol tells it apart from a whole one. The MP4 check does.
    says = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\n\r\nhalf"

    async with BareSocket(says=says) as server, make_client(server.url) as client:
        assert await client.download("x", target=target, max_bytes=MIB) == 4

    assert target.read_bytes() == b"half"


async def test_a_silent_server_is_given_up_on(make_client: Make, target: Path) -> None:
    says = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 100\r\n\r\nhalf"

    async with (
        BareSocket(says=says, keeps_silent=True) as server,
        make_client(server.url, timeouts=Timeouts(stall=0.2)) as client,
    ):
        with pytest.raises(TryLaterError):
            await client.download("x", target=target, max_bytes=MIB)

    assert not target.exists()


async def test_a_slow_drip_runs_into_the_deadline(upstream: Upstream, make_client: Make, target: Path) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await reply.prepare(request)
        while request.transport is not None and not request.transport.is_closing():
            await reply.write(b".")
            await asyncio.sleep(0.02)
        return reply

    upstream.will(drip)

    async with make_client(upstream.url, timeouts=Timeouts(download=0.3, stall=5)) as client:
        with pytest.raises(TryLaterError) as caught:
            await client.download("x", target=target, max_bytes=MIB)

    assert caught.value.detail == "TimeoutError"
    assert not target.exists()


async def test_a_cancelled_download_leaves_no_file(upstream: Upstream, client: OpenRouterClient, target: Path) -> None:
    held = asyncio.Event()

    async def half(request: web.Request) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await reply.prepare(request)
        await reply.write(bytes(3 * MIB))
        await held.wait()
        return reply

    upstream.will(half)
    task = asyncio.create_task(client.download("x", target=target, max_bytes=10 * MIB))
    while not (target.exists() and target.stat().st_size >= MIB):  # noqa: ASYNC110  # the file system has no event
        await asyncio.sleep(0.01)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not target.exists()
    held.set()


async def test_a_disk_that_takes_no_more_leaves_no_file(
    upstream: Upstream, client: OpenRouterClient, target: Path
) -> None:
    upstream.will(clip())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The nearest to a full disk that a process can do to itself: a write beyond this fails half-way.
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB + 1000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            await client.download("x", target=target, max_bytes=10 * MIB)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert not target.exists()


async def test_a_file_that_is_there_already_is_left_alone(
    upstream: Upstream, client: OpenRouterClient, target: Path
) -> None:
    target.write_bytes(b"of another download")
    upstream.will(clip())

    with pytest.raises(FileExistsError):
        await client.download("x", target=target, max_bytes=10 * MIB)

    assert target.read_bytes() == b"of another download"


async def test_a_hostile_id_is_not_downloaded(upstream: Upstream, client: OpenRouterClient, target: Path) -> None:
    with pytest.raises(RemoteJobMissingError):
        await client.download("..", target=target, max_bytes=MIB)

    assert upstream.seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed_without_the_key(
    upstream: Upstream, elsewhere: Upstream, client: OpenRouterClient, target: Path, status: int
) -> None:
    upstream.will(redirect(f"{elsewhere.url}/stored/0.mp4?signature=a%2Fb", status))
    elsewhere.will(clip())

    assert await client.download("x", target=target, max_bytes=10 * MIB) == len(CLIP)

    seen = elsewhere.seen[0]
    assert seen.path == "/api/v1/stored/0.mp4?signature=a%2Fb"
    assert not {"Authorization", "Cookie", "HTTP-Referer"} & set(seen.headers)


async def test_a_redirect_back_to_the_api_is_followed_without_the_key(
    upstream: Upstream, client: OpenRouterClient, target: Path
) -> None:
    upstream.will(redirect("/elsewhere"), clip())

    await client.download("x", target=target, max_bytes=10 * MIB)

    assert upstream.seen[1].path == "/elsewhere"
    assert "Authorization" not in upstream.seen[1].headers


async def test_three_redirects_are_followed_and_a_fourth_is_not(
    upstream: Upstream, elsewhere: Upstream, client: OpenRouterClient, target: Path
) -> None:
    upstream.will(redirect(elsewhere.url))
    elsewhere.will(redirect(elsewhere.url), redirect(elsewhere.url), clip())
    await client.download("x", target=target, max_bytes=10 * MIB)
    target.unlink()

    elsewhere.seen.clear()
    elsewhere.will(redirect(elsewhere.url))
    with pytest.raises(TryLaterError):
        await client.download("x", target=target, max_bytes=10 * MIB)

    assert len(elsewhere.seen) == 3


@pytest.mark.parametrize(
    "location",
    [
        None,
        "http://192.0.2.1/clip.mp4",
        "http://localhost.example/clip.mp4",
        "ftp://127.0.0.1/clip.mp4",
        "file:///etc/passwd",
        "http://127.0.0.1:99999/",
        "http://user:word@127.0.0.1/",
        "javascript:1",
    ],
)
async def test_a_redirect_to_where_we_do_not_go_is_not_followed(
    upstream: Upstream, client: OpenRouterClient, target: Path, location: str | None
) -> None:
    upstream.will(redirect(location))

    with pytest.raises(TryLaterError):
        await client.download("x", target=target, max_bytes=MIB)

    assert len(upstream.seen) == 1


@pytest.mark.parametrize(
    ("scheme", "host", "base", "allowed"),
    [
        ("https", "storage.example", "https://openrouter.ai/api/v1", True),
        ("http", "storage.example", "https://openrouter.ai/api/v1", False),
        ("http", "127.0.0.1", "https://openrouter.ai/api/v1", False),
        ("http", "localhost", "https://localhost/api/v1", False),
        ("http", "localhost", "http://127.0.0.1:9/api/v1", True),
        ("http", "::1", "http://127.0.0.1:9/api/v1", True),
        ("http", "storage.example", "http://127.0.0.1:9/api/v1", False),
        ("https", None, "https://openrouter.ai/api/v1", False),
    ],
)
def test_https_never_falls_back_to_http(*, scheme: str, host: str | None, base: str, allowed: bool) -> None:
    assert may_be_followed(scheme, host, beside=base) is allowed


@pytest.mark.parametrize(
    ("status", "meaning"), [(403, TryLaterError), (404, TryLaterError), (500, TryLaterError), (410, ClipGoneError)]
)
async def test_a_signed_address_that_fails_is_asked_for_anew(
    upstream: Upstream,
    elsewhere: Upstream,
    client: OpenRouterClient,
    target: Path,
    status: int,
    meaning: type[UpstreamError],
) -> None:
    upstream.will(redirect(elsewhere.url))
    elsewhere.will(answer(status, text="<Error>AccessDenied</Error>"))

    with pytest.raises(UpstreamError) as caught:
        await client.download("x", target=target, max_bytes=MIB)

    assert type(caught.value) is meaning
