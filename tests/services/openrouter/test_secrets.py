import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from services.errors import ConfigurationError, SubmitUnknownError, UpstreamError
from services.models import VideoSpec
from services.openrouter import OpenRouterClient
from services.openrouter.redaction import redacted
from services.openrouter.transport import Attribution, Timeouts, Transport
from tests.services.openrouter.conftest import KEY
from tests.services.openrouter.servers import BareSocket, Upstream, answer

Make = Callable[..., OpenRouterClient]
SPEC = VideoSpec(model="m/m", duration=5)
PROMPT = "a very private prompt"


async def test_addresses_that_the_api_names_are_never_visited(
    upstream: Upstream, elsewhere: Upstream, client: OpenRouterClient, tmp_path: Path
) -> None:
    elsewhere.will(answer(200, {}))
    named = {
        "id": "x",
        "status": "completed",
        "polling_url": f"{elsewhere.url}/poll",
        "unsigned_urls": [f"{elsewhere.url}/0"],
        "urls": [f"{elsewhere.url}/signed/0"],
        "expires_at": 4_000_000_000,
    }
    upstream.will(
        answer(202, named), answer(200, named), answer(200, text="clip", headers={"Content-Type": "video/mp4"})
    )

    video = await client.submit(prompt=PROMPT, spec=SPEC)
    await client.status(video.remote_id)
    await client.download(video.remote_id, target=tmp_path / "c.part", max_bytes=100)

    assert elsewhere.seen == []
    assert [seen.path for seen in upstream.seen] == [
        "/api/v1/videos",
        "/api/v1/videos/x",
        "/api/v1/videos/x/content?index=0",
    ]


async def test_a_cookie_is_never_sent_back(upstream: Upstream, make_client: Make) -> None:
    upstream.will(answer(200, {"id": "x", "status": "pending"}, headers={"Set-Cookie": "id=1; Path=/"}))

    # By name, because no client keeps the cookies of a numeric address.
    async with make_client(upstream.url.replace("127.0.0.1", "localhost")) as client:
        await client.status("x")
        await client.status("x")

    assert "Cookie" not in upstream.seen[1].headers


async def test_proxies_of_the_environment_are_not_used(
    upstream: Upstream, elsewhere: Upstream, client: OpenRouterClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", elsewhere.url)
    monkeypatch.setenv("http_proxy", elsewhere.url)
    upstream.will(answer(200, {"id": "x", "status": "pending"}))

    await client.status("x")

    assert (len(upstream.seen), elsewhere.seen) == (1, [])


async def test_the_apis_words_are_kept_short_and_without_the_key(upstream: Upstream, client: OpenRouterClient) -> None:
    half = "sk-or-v1-somebody-elses"
    echo = f"Bearer {KEY[:9]}\u200b{KEY[9:]} is\r\n\x1b[31m bad, {half} too; " + "y" * 1000
    upstream.will(answer(500, {"error": {"message": echo, "metadata": {"flagged_input": PROMPT}}}))

    with pytest.raises(SubmitUnknownError) as caught:
        await client.submit(prompt=PROMPT, spec=SPEC)

    detail = caught.value.detail
    assert detail.startswith("Bearer [key] is [31m bad, [key] too; yyy")
    assert len(detail) == 500
    assert PROMPT not in detail


@pytest.mark.parametrize(
    "fault",
    [
        BareSocket(says=f"HTTP/1.1 500 {KEY}\r\nContent-Length: 0\r\n\r\n".encode()),
        BareSocket(says=f"HTTP/1.1 {KEY}\r\n\r\n".encode()),
        BareSocket(says=b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        BareSocket(resets=True),
    ],
    ids=["echo", "garbage", "bad length", "resets"],
)
async def test_neither_exceptions_nor_logs_hold_the_key_or_the_prompt(
    fault: BareSocket, make_client: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="services.openrouter")
    said: list[str] = []
    async with fault, make_client(fault.url, timeouts=Timeouts(poll=0.2)) as client:
        with structlog.testing.capture_logs() as logs:
            for call in (
                client.submit(prompt=PROMPT, spec=SPEC),
                client.status("x"),
                client.download("x", target=tmp_path / "c.part", max_bytes=100),
                client.models(),
                client.key(),
            ):
                with pytest.raises(UpstreamError) as caught:
                    await call
                said += traceback.format_exception(caught.value, chain=True)
                said += [repr(caught.value), str(caught.value), caught.value.detail]
                assert caught.value.__cause__ is None
                assert caught.value.__suppress_context__ or caught.value.__context__ is None

    everything = "\n".join(said) + repr(logs) + repr(client)
    assert KEY not in everything
    assert PROMPT not in everything
    assert {"submit", "status", "download", "models", "key"} <= {entry.get("op") for entry in logs}


def test_a_detail_does_not_show_in_the_repr() -> None:
    assert "secret" not in repr(SubmitUnknownError(status=500, detail="secret"))


def test_a_key_of_any_form_is_taken_out() -> None:
    assert redacted("the key demo-key-1 is bad, demo-key-1!", key="demo-key-1") == "the key [key] is bad, [key]!"


def test_words_without_a_key_pass() -> None:
    assert redacted("all is well", key="") == "all is well"


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "tab\t", "schlüssel", "null\x00"])
def test_a_key_that_cannot_be_a_header_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        OpenRouterClient(key=key, base_url="https://openrouter.ai/api/v1")

    assert not key or key not in repr(caught.value)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "openrouter.ai",
        "http://openrouter.ai/api/v1",
        "http://127.0.0.1.example/",
        "http://192.168.1.1/",
        "ftp://openrouter.ai",
        "https://",
        "https://user@openrouter.ai",
        "https://user:word@openrouter.ai",
        "https://openrouter.ai/?a=b",
        "https://openrouter.ai/#x",
        "https://openrouter.ai:99999/",
        "https://openrouter.ai:0/",
        "https://[::1/",
        "https://open router.ai",
        "https://öpenrouter.ai",
    ],
)
def test_a_base_address_that_would_leak_the_key_is_refused(base_url: str) -> None:
    with pytest.raises(ConfigurationError):
        OpenRouterClient(key=KEY, base_url=base_url)


@pytest.mark.parametrize(
    "base_url", ["https://openrouter.ai/api/v1", "http://localhost:1/", "http://127.0.0.9", "http://[::1]:2/x"]
)
def test_https_and_loopback_are_allowed(base_url: str) -> None:
    OpenRouterClient(key=KEY, base_url=base_url)


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "@evil.example", "", ".evil.example"])
async def test_the_key_goes_only_with_a_path(path: str) -> None:
    transport = Transport(key=KEY, base_url="https://openrouter.ai", timeouts=Timeouts(), attribution=Attribution())
    await transport.open()
    try:
        with pytest.raises(ValueError, match="only a path"):
            await transport.get("test", path)
    finally:
        await transport.close()
        await transport.close()
