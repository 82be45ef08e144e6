from collections.abc import Callable

import pytest
import structlog
from aiohttp import web

from services.errors import AccountError, RemoteJobMissingError, TryLaterError
from services.models import RemoteState
from services.openrouter import OpenRouterClient, Timeouts
from tests.services.openrouter.servers import BareSocket, Upstream, answer, examples

Make = Callable[..., OpenRouterClient]
POLLS = examples("poll_responses.json")
ID = "gen-vid-1791447875-kcvDiEOcJLDv7t6LWyap"

EXPECTED: dict[str, tuple[RemoteState, int | None]] = {
    "pending": (RemoteState.RUNNING, None),
    "in_progress": (RemoteState.RUNNING, None),
    "completed": (RemoteState.COMPLETED, 120_000),
    "completed_with_stored_copy": (RemoteState.COMPLETED, 212_500),
    "completed_two_outputs": (RemoteState.COMPLETED, 362_900),
    "completed_foreign_unsigned_url": (RemoteState.COMPLETED, 500_000),
    "completed_relative_unsigned_url": (RemoteState.COMPLETED, 500_000),
    "completed_cost_null": (RemoteState.COMPLETED, None),
    "completed_no_usage_no_urls": (RemoteState.COMPLETED, None),
    "failed_filtered": (RemoteState.REFUSED, None),
    "failed_high_load": (RemoteState.FAILED, None),
    "failed_deadline": (RemoteState.FAILED, None),
    "failed_real_person": (RemoteState.REFUSED, None),
    "failed_no_error_field": (RemoteState.FAILED, None),
    "failed_error_object_defensive": (RemoteState.FAILED, None),
    "cancelled": (RemoteState.CANCELLED, None),
    "expired": (RemoteState.EXPIRED, None),
    "unknown_status": (RemoteState.FAILED, None),  # the example's word is `dead`
}


@pytest.mark.parametrize("name", sorted(POLLS))
async def test_every_published_job_is_read(upstream: Upstream, client: OpenRouterClient, name: str) -> None:
    upstream.will(answer(200, POLLS[name]["body"]))

    video = await client.status(ID)

    assert (video.state, video.cost_microusd) == EXPECTED[name]
    assert video.remote_id == ID
    assert upstream.seen[0].path == f"/api/v1/videos/{ID}"


async def test_the_words_of_a_failure_are_kept(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(
        answer(200, POLLS["failed_deadline"]["body"]), answer(200, POLLS["failed_error_object_defensive"]["body"])
    )

    assert (await client.status(ID)).error == "Deadline exceeded. Please try again later."
    assert (await client.status(ID)).error == "blocked"


@pytest.mark.parametrize(
    "error",
    [
        "content may have been filtered",
        "SensitiveContentDetected",
        "Output video sensitive content",
        "Generation completed with no output",
        "rejected by moderation",
        "Blocked for safety reasons",
        "violates the usage policy",
        {"message": "no", "metadata": {"reasons": ["violence"]}},
        {"message": "no", "code": "content_policy_violation"},
    ],
)
async def test_a_failure_that_speaks_of_the_content_is_a_refusal(
    upstream: Upstream, client: OpenRouterClient, error: object
) -> None:
    upstream.will(answer(200, {"id": ID, "status": "failed", "error": error}))

    assert (await client.status(ID)).state is RemoteState.REFUSED


@pytest.mark.parametrize("error", ["retry policy exhausted", "Internal error", 7, [], {"metadata": 3}, ""])
async def test_any_other_failure_is_a_failure(upstream: Upstream, client: OpenRouterClient, error: object) -> None:
    upstream.will(answer(200, {"id": ID, "status": "failed", "error": error}))

    assert (await client.status(ID)).state is RemoteState.FAILED


async def test_an_unknown_word_means_running_and_is_logged_once(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(200, {"id": ID, "status": "up\u202escaling\n"}))

    with structlog.testing.capture_logs() as logs:
        states = [(await client.status(ID)).state for _ in range(3)]

    assert set(states) == {RemoteState.RUNNING}
    assert [entry["word"] for entry in logs if entry["event"] == "openrouter_unknown_status"] == ["upscaling"]


async def test_unknown_words_without_end_are_not_remembered_without_end(
    upstream: Upstream, client: OpenRouterClient
) -> None:
    upstream.will(*(answer(200, {"id": ID, "status": f"word {number}"}) for number in range(105)))

    with structlog.testing.capture_logs() as logs:
        for _ in range(105):
            await client.status(ID)

    assert len([entry for entry in logs if entry["event"] == "openrouter_unknown_status"]) == 100


@pytest.mark.parametrize(
    ("cost", "microusd"),
    [
        ("0.12", 120_000),
        ("0.0000001", 1),
        ("1.0000000000000000000000000000000000000001", 1_000_001),
        ("3", 3_000_000),
        ("0", 0),
        ('"0.5"', 500_000),
        ("-1", None),
        ("10001", None),
        ("1e999999", None),
        ("1e99999999999999999999", None),
        ("NaN", None),
        ("Infinity", None),
        ("true", None),
        ("[]", None),
        ('"a lot"', None),
    ],
)
async def test_a_cost_is_exact_rounded_up_and_never_absurd(
    upstream: Upstream, client: OpenRouterClient, cost: str, microusd: int | None
) -> None:
    text = f'{{"id": "{ID}", "status": "completed", "usage": {{"cost": {cost}}}}}'
    upstream.will(answer(200, text=text, headers={"Content-Type": "application/json"}))

    assert (await client.status(ID)).cost_microusd == microusd


async def test_usage_of_another_type_is_no_cost(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(200, {"id": ID, "status": "completed", "usage": ["?"]}))

    assert (await client.status(ID)).cost_microusd is None


@pytest.mark.parametrize(
    ("remote_id", "segment"),
    [
        ("../key", "..%2Fkey"),
        ("x?y", "x%3Fy"),
        ("%2e%2e", "%252e%252e"),
        ("a b#c&d;e@f:g", "a%20b%23c%26d%3Be%40f%3Ag"),
        ("ä/\\", "%C3%A4%2F%5C"),
        ("...", "..."),
    ],
)
async def test_a_strange_id_stays_one_segment_of_the_path(
    upstream: Upstream, client: OpenRouterClient, remote_id: str, segment: str
) -> None:
    upstream.will(answer(200, {"id": "other", "status": "pending"}))

    video = await client.status(remote_id)

    assert upstream.seen[0].path == f"/api/v1/videos/{segment}"
    assert video.remote_id == remote_id


@pytest.mark.parametrize("remote_id", ["", ".", "..", "a\r\nb", "a\x00", "\x7f", "\u2028", "\ud800", "x" * 201])
async def test_an_id_that_could_leave_the_path_is_never_asked_for(
    upstream: Upstream, client: OpenRouterClient, remote_id: str
) -> None:
    with pytest.raises(RemoteJobMissingError):
        await client.status(remote_id)

    assert upstream.seen == []


@pytest.mark.parametrize("status", [404, 410])
async def test_an_unknown_job_is_missing(upstream: Upstream, client: OpenRouterClient, status: int) -> None:
    upstream.will(answer(status, {"error": {"code": status, "message": "Video job x not found"}}))

    with pytest.raises(RemoteJobMissingError) as caught:
        await client.status(ID)

    assert caught.value.detail == "Video job x not found"
    assert len(upstream.seen) == 1


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_refused_key_is_asked_about_again_before_it_is_believed(
    upstream: Upstream, client: OpenRouterClient, status: int
) -> None:
    refused = answer(status, {"error": {"message": "No cookie auth credentials found"}})
    upstream.will(refused, refused, answer(200, {"id": ID, "status": "pending"}), refused)

    assert (await client.status(ID)).state is RemoteState.RUNNING
    with pytest.raises(AccountError) as caught:
        await client.status(ID)

    assert caught.value.status == status
    assert len(upstream.seen) == 6


@pytest.mark.parametrize("status", [400, 409])
async def test_what_a_moment_does_not_mend_is_not_repeated_and_loses_no_job(
    upstream: Upstream, client: OpenRouterClient, status: int
) -> None:
    upstream.will(answer(status, {"error": {"message": "no"}}))

    with pytest.raises(TryLaterError) as caught:
        await client.status(ID)

    assert caught.value.status == status
    assert len(upstream.seen) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 524, 529])
async def test_a_passing_failure_is_read_again(upstream: Upstream, client: OpenRouterClient, status: int) -> None:
    upstream.will(answer(status, {}), answer(status, {}), answer(200, {"id": ID, "status": "pending"}))

    assert (await client.status(ID)).state is RemoteState.RUNNING
    assert len(upstream.seen) == 3


@pytest.mark.parametrize("body", [None, [], {}, {"status": None}, {"status": 3}, {"error": {"message": "in a 200"}}])
async def test_an_answer_without_a_status_is_read_again_and_then_given_up(
    upstream: Upstream, client: OpenRouterClient, body: object
) -> None:
    upstream.will(answer(200, body))

    with pytest.raises(TryLaterError):
        await client.status(ID)

    assert len(upstream.seen) == 3


@pytest.mark.parametrize("fault", [BareSocket(resets=True), BareSocket(keeps_silent=True)], ids=["resets", "silence"])
async def test_a_broken_connection_is_tried_three_times(fault: BareSocket, make_client: Make) -> None:
    async with fault, make_client(fault.url, timeouts=Timeouts(poll=0.25)) as client:
        with pytest.raises(TryLaterError) as caught:
            await client.status(ID)

    assert caught.value.status is None
    # aiohttp of itself sends a GET once more when a connection breaks; a POST never, as test_submit.py proves.
    assert len(fault.requests) in {3, 6}


async def test_nobody_listening_is_try_later(make_client: Make) -> None:
    async with BareSocket() as gone:
        url = gone.url

    async with make_client(url) as client:
        with pytest.raises(TryLaterError):
            await client.status(ID)


async def test_a_short_wait_that_the_api_names_is_kept(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(429, {}, headers={"retry-after-ms": "300"}), answer(200, {"id": ID, "status": "pending"}))

    await client.status(ID)

    first, second = upstream.seen
    assert second.at - first.at >= 0.3


async def test_a_long_wait_that_the_api_names_is_handed_on_at_once(
    upstream: Upstream, client: OpenRouterClient
) -> None:
    upstream.will(answer(503, {}, headers={"Retry-After": "40"}))

    with pytest.raises(TryLaterError) as caught:
        await client.status(ID)

    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 40
    assert len(upstream.seen) == 1


async def test_a_read_is_not_redirected(upstream: Upstream, elsewhere: Upstream, client: OpenRouterClient) -> None:
    elsewhere.will(answer(200, {"id": ID, "status": "completed"}))
    upstream.will(answer(302, {}, headers={"Location": elsewhere.url}))

    with pytest.raises(TryLaterError):
        await client.status(ID)

    assert elsewhere.seen == []


async def test_a_compressed_answer_is_understood_though_it_was_not_asked_for(
    upstream: Upstream, client: OpenRouterClient
) -> None:
    async def compressed(request: web.Request) -> web.StreamResponse:
        reply = await answer(200, {"id": ID, "status": "completed"})(request)
        reply.enable_compression(web.ContentCoding.gzip)
        return reply

    upstream.will(compressed)

    assert (await client.status(ID)).state is RemoteState.COMPLETED
    assert upstream.seen[0].headers["Accept-Encoding"] == "identity"


async def test_a_client_that_is_not_open_says_so(make_client: Make) -> None:
    client = make_client("https://openrouter.ai/api/v1")

    with pytest.raises(RuntimeError):
        await client.status(ID)
    await client.close()
