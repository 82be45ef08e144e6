import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from services.errors import (
    AccountError,
    ContentRefusedError,
    RequestRejectedError,
    SubmitUnknownError,
    UpstreamBusyError,
    UpstreamError,
)
from services.models import FRAMES, Frame, RemoteState, VideoSpec
from services.openrouter import Attribution, OpenRouterClient, Timeouts
from tests.services.openrouter.conftest import KEY
from tests.services.openrouter.servers import Answer, BareSocket, Upstream, answer, examples

Make = Callable[..., OpenRouterClient]
SPEC = VideoSpec(model="google/veo-3.1-lite", duration=4, resolution="720p", aspect_ratio="16:9", audio=False, seed=7)
ACCEPTED = examples("submit_responses.json")
ERRORS = examples("error_responses.json")

MEANINGS: dict[str, type[UpstreamError]] = {
    "400_generic": RequestRejectedError,
    "400_duration": RequestRejectedError,
    "400_frame_type": RequestRejectedError,
    "400_provider_raw": ContentRefusedError,
    "400_model_not_found_availability": RequestRejectedError,
    "401_missing": AccountError,
    "401_cookie": AccountError,
    "402": AccountError,
    "402_with_metadata": AccountError,
    "403_moderation": ContentRefusedError,
    "403_guardrail": ContentRefusedError,
    "403_budget": AccountError,
    "403_management_only": AccountError,
    "404_generic": RequestRejectedError,
    "404_job": RequestRejectedError,
    "404_privacy_zdr": RequestRejectedError,
    "408": SubmitUnknownError,
    "409_content": SubmitUnknownError,
    "410_content": SubmitUnknownError,
    "413": RequestRejectedError,
    "413_image": RequestRejectedError,
    "422": RequestRejectedError,
    "429_platform": UpstreamBusyError,
    "429_provider": UpstreamBusyError,
    "429_capacity": UpstreamBusyError,
    "499": SubmitUnknownError,
    "500": SubmitUnknownError,
    "502": SubmitUnknownError,
    "503": UpstreamBusyError,
    "504": SubmitUnknownError,
    "524": SubmitUnknownError,
    "524_html": SubmitUnknownError,
    "529": SubmitUnknownError,
}


def failure(example: dict[str, Any]) -> Answer:
    return answer(example["status"], example.get("body"), headers=example.get("headers"), text=example.get("text"))


@pytest.mark.parametrize("name", ["202_current", "202_minimal_absolute_legacy_id", "200_tolerated"])
async def test_an_accepted_submit_gives_the_id(upstream: Upstream, client: OpenRouterClient, name: str) -> None:
    upstream.will(answer(ACCEPTED[name]["_status"], ACCEPTED[name]["body"]))

    video = await client.submit(prompt="a lighthouse", spec=SPEC)

    assert video.remote_id == ACCEPTED[name]["body"]["id"]
    assert video.state is RemoteState.RUNNING
    assert (video.cost_microusd, video.error) == (None, None)


async def test_the_body_holds_every_chosen_value_and_nothing_else(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(202, ACCEPTED["202_current"]["body"]))

    await client.submit(prompt="a lighthouse\nin a storm 🌊", spec=SPEC, callback_url="https://bot.example/hook")
    await client.submit(prompt="p", spec=VideoSpec(model="m/m", duration=5))

    assert json.loads(upstream.seen[0].body) == {
        "model": "google/veo-3.1-lite",
        "prompt": "a lighthouse\nin a storm 🌊",
        "duration": 4,
        "resolution": "720p",
        "aspect_ratio": "16:9",
        "generate_audio": False,
        "seed": 7,
        "callback_url": "https://bot.example/hook",
    }
    assert json.loads(upstream.seen[1].body) == {"model": "m/m", "prompt": "p", "duration": 5}


async def test_pictures_go_out_in_the_body_itself_however_large(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(202, ACCEPTED["202_current"]["body"]))
    contents = [bytes([number]) * (300 << 10) for number in (1, 2)]
    frames = [
        Frame(kind=kind, media_type="image/jpeg", content=content)
        for kind, content in zip(FRAMES, contents, strict=True)
    ]

    await client.submit(prompt="p", spec=VideoSpec(model="m/m", duration=5, frames=2), frames=frames)

    assert upstream.seen[0].headers["Content-Type"] == "application/json"
    assert json.loads(upstream.seen[0].body)["frame_images"] == [
        {
            "type": "image_url",
            "image_url": {"url": f"data:image/jpeg;base64,{b64encode(content).decode()}"},
            "frame_type": kind,
        }
        for kind, content in zip(("first_frame", "last_frame"), contents, strict=True)
    ]


async def test_the_request_carries_the_documented_headers(upstream: Upstream) -> None:
    upstream.will(answer(202, ACCEPTED["202_current"]["body"]))
    who = Attribution(name="A Bot", url="https://bot.example")

    async with OpenRouterClient(key=KEY, base_url=upstream.url + "/", attribution=who) as client:
        await client.submit(prompt="p", spec=SPEC)

    seen = upstream.seen[0]
    assert (seen.method, seen.path) == ("POST", "/api/v1/videos")
    assert seen.headers["Authorization"] == f"Bearer {KEY}"
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.headers["HTTP-Referer"] == "https://bot.example"
    assert seen.headers["X-OpenRouter-Title"] == "A Bot"
    assert seen.headers["X-OpenRouter-Categories"] == "video-gen"


def test_an_attribution_that_could_forge_a_header_is_left_out() -> None:
    assert Attribution(name="A\r\nAuthorization: x").headers() == {}


@pytest.mark.parametrize("name", sorted(ERRORS))
async def test_every_published_failure_has_its_meaning(upstream: Upstream, client: OpenRouterClient, name: str) -> None:
    upstream.will(failure(ERRORS[name]))

    with pytest.raises(UpstreamError) as caught:
        await client.submit(prompt="p", spec=SPEC)

    assert type(caught.value) is MEANINGS[name]
    assert caught.value.status == ERRORS[name]["status"]
    message = ERRORS[name].get("body", {}).get("error", {}).get("message", "error code: 524")
    assert message in caught.value.detail
    assert len(upstream.seen) == 1


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (503, {"error": {"message": "No", "availability": {"retryable": True}}}, UpstreamBusyError),
        (503, {"error": {"message": "overloaded", "availability": {"retryable": False}}}, SubmitUnknownError),
        (503, {"error": {"message": "Provider is overloaded"}}, UpstreamBusyError),
        (503, {"error": {"message": "Service temporarily unavailable"}}, SubmitUnknownError),
        (503, {"error": {"message": "x", "metadata": {"error_type": "provider_unavailable"}}}, SubmitUnknownError),
        (403, {"error": {"message": "Key limit exceeded"}}, AccountError),
        (403, {"error": {"message": "No", "error_type": "content_policy_violation"}}, ContentRefusedError),
        (403, {"error": {"message": "No", "metadata": {"error_type": "refusal"}}}, ContentRefusedError),
        (403, {"error": {"message": "Not here", "availability": {"code": "region_restricted"}}}, RequestRejectedError),
        (400, {"error": {"message": "safety_tolerance must be at most 5"}}, RequestRejectedError),
        (400, {"error": {"message": "contentModeration is not a known parameter"}}, RequestRejectedError),
        (400, {"error": {"message": "Blocked by the content filter"}}, ContentRefusedError),
        (400, {"error": {"message": "This prompt violates our usage policies"}}, ContentRefusedError),
        (404, {"error": {"message": "No endpoints match your guardrail restrictions"}}, RequestRejectedError),
        (422, {"error": "plain words instead of an object"}, RequestRejectedError),
        (400, {"error": 7}, RequestRejectedError),
        (400, {"error": {"message": 7, "metadata": [], "availability": "x", "code": []}}, RequestRejectedError),
        (400, ["not an object"], RequestRejectedError),
        (405, {}, SubmitUnknownError),
        (418, {}, SubmitUnknownError),
        (501, {}, SubmitUnknownError),
        (599, {}, SubmitUnknownError),
    ],
)
async def test_unpublished_failures_are_read_with_care(
    upstream: Upstream, client: OpenRouterClient, status: int, body: object, meaning: type[UpstreamError]
) -> None:
    upstream.will(answer(status, body))

    with pytest.raises(UpstreamError) as caught:
        await client.submit(prompt="p", spec=SPEC)

    assert type(caught.value) is meaning
    assert len(upstream.seen) == 1


async def test_a_page_from_the_edge_does_not_condemn_the_account(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(403, text="<html>Attention Required! | Cloudflare</html>"))

    with pytest.raises(RequestRejectedError):
        await client.submit(prompt="<script>", spec=SPEC)


async def test_busy_says_when_to_come_back(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(failure(ERRORS["429_platform"]))

    with pytest.raises(UpstreamBusyError) as caught:
        await client.submit(prompt="p", spec=SPEC)

    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 60


@pytest.mark.parametrize(
    "body",
    [
        ACCEPTED["2xx_without_id"]["body"],
        {"id": None},
        {"id": ""},
        {"id": 5},
        {"id": "."},
        {"id": ".."},
        {"id": "a\nb"},
        {"id": "a\u202eb"},
        {"id": "\ud800"},
        {"id": "x" * 201},
        {"error": {"code": 500, "message": "in a success"}},
        ["id"],
        "id",
        None,
    ],
)
async def test_a_success_without_a_usable_id_is_unknown(
    upstream: Upstream, client: OpenRouterClient, body: object
) -> None:
    upstream.will(answer(202, body))

    with pytest.raises(SubmitUnknownError) as caught:
        await client.submit(prompt="p", spec=SPEC)

    assert caught.value.status == 202
    assert len(upstream.seen) == 1


@pytest.mark.parametrize("text", ["", "not json", "[" * 200_000, '{"id": 1e99999999999999999999}', '{"id": NaN}'])
async def test_a_success_that_is_not_readable_is_unknown(
    upstream: Upstream, client: OpenRouterClient, text: str
) -> None:
    upstream.will(answer(202, text=text, headers={"Content-Type": "application/json"}))

    with pytest.raises(SubmitUnknownError):
        await client.submit(prompt="p", spec=SPEC)

    assert len(upstream.seen) == 1


async def test_a_success_without_end_is_unknown(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(202, text=" " * 9_000_000, headers={"Content-Type": "application/json"}))

    with pytest.raises(SubmitUnknownError):
        await client.submit(prompt="p", spec=SPEC)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_submit_is_never_redirected(
    upstream: Upstream, elsewhere: Upstream, client: OpenRouterClient, status: int
) -> None:
    elsewhere.will(answer(202, ACCEPTED["202_current"]["body"]))
    upstream.will(answer(status, {}, headers={"Location": elsewhere.url + "/videos"}))

    with pytest.raises(SubmitUnknownError):
        await client.submit(prompt="p", spec=SPEC)

    assert (len(upstream.seen), elsewhere.seen) == (1, [])


@pytest.mark.parametrize(
    "fault",
    [
        BareSocket(),
        BareSocket(resets=True),
        BareSocket(says=b"garbage\r\n\r\n"),
        BareSocket(says=b"HTTP/1.1 202 Accepted\r\nContent-Length: many\r\n\r\n"),
        BareSocket(says=b'HTTP/1.1 202 Accepted\r\nContent-Length: 500\r\n\r\n{"id": "gen'),
        BareSocket(says=b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        BareSocket(says=b"HTTP/1.1 202 Accepted\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
        BareSocket(says=b"HTTP/1.1 202 Accepted\r\n", keeps_silent=True),
        BareSocket(keeps_silent=True),
    ],
    ids=["hangs up", "resets", "garbage", "bad length", "cut", "bad chunk", "bad gzip", "half a head", "silence"],
)
async def test_what_breaks_after_connecting_is_unknown_and_sent_once(fault: BareSocket, make_client: Make) -> None:
    async with fault, make_client(fault.url, timeouts=Timeouts(submit=0.5)) as client:
        with pytest.raises(SubmitUnknownError):
            await client.submit(prompt="p", spec=SPEC)

    assert len(fault.requests) == 1


async def test_a_refusal_counts_though_its_words_never_come(make_client: Make) -> None:
    fault = BareSocket(says=b"HTTP/1.1 400 Bad Request\r\nContent-Length: 500\r\n\r\n<html>", keeps_silent=True)

    async with fault, make_client(fault.url, timeouts=Timeouts(submit=0.5)) as client:
        with pytest.raises(RequestRejectedError):
            await client.submit(prompt="p", spec=SPEC)


async def test_nobody_listening_means_that_nothing_was_bought(make_client: Make) -> None:
    async with BareSocket() as gone:
        url = gone.url

    async with make_client(url) as client:
        with pytest.raises(UpstreamBusyError):
            await client.submit(prompt="p", spec=SPEC)


async def test_a_failed_handshake_means_that_nothing_was_bought(make_client: Make) -> None:
    async with (
        BareSocket(says=b"this is not TLS", reads_first=False) as server,
        make_client(f"https://127.0.0.1:{server.port}/api/v1") as client,
    ):
        with pytest.raises(UpstreamBusyError):
            await client.submit(prompt="p", spec=SPEC)


async def test_a_handshake_that_never_ends_means_that_nothing_was_bought(make_client: Make) -> None:
    async with BareSocket(reads_first=False, keeps_silent=True) as server:
        url = f"https://127.0.0.1:{server.port}/api/v1"
        async with make_client(url, timeouts=Timeouts(connect=0.3)) as client:
            with pytest.raises(UpstreamBusyError):
                await client.submit(prompt="p", spec=SPEC)


async def test_every_submit_has_a_connection_of_its_own(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(202, ACCEPTED["202_current"]["body"]))

    for _ in range(2):
        await client.submit(prompt="p", spec=SPEC)
    upstream.will(answer(200, {"id": "x", "status": "pending"}))
    for _ in range(2):
        await client.status("x")

    peers = [seen.peer for seen in upstream.seen]
    assert len(set(peers[:2])) == 2
    assert len(set(peers[2:])) == 1


async def test_a_failure_that_comes_at_once_is_told_apart_from_one_to_come(
    upstream: Upstream, client: OpenRouterClient
) -> None:
    upstream.will(answer(202, {"id": "x", "status": "failed", "error": "SensitiveContentDetected"}))

    video = await client.submit(prompt="p", spec=SPEC)

    assert (video.remote_id, video.state) == ("x", RemoteState.REFUSED)
