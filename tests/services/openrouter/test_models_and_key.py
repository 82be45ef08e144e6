import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from services.errors import AccountError, TryLaterError
from services.models import KeyBalance
from services.openrouter import OpenRouterClient
from tests.services.openrouter.servers import Upstream, answer, examples

Make = Callable[..., OpenRouterClient]
CAPTURE: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "catalogue" / "models.json").read_text(encoding="utf-8")
)
KEYS = examples("key_responses.json")


async def test_every_entry_of_the_captured_list_is_read(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(200, CAPTURE))

    models = {model.id: model for model in await client.models()}

    assert upstream.seen[0].path == "/api/v1/videos/models"
    assert set(models) == {entry["id"] for entry in CAPTURE["data"]}
    lite = models["google/veo-3.1-lite"]
    assert lite.durations == (4, 6, 8)
    assert lite.resolutions == ("720p", "1080p")
    assert lite.sizes == ("1280x720", "720x1280", "1920x1080", "1080x1920")
    assert lite.frame_images == ("first_frame", "last_frame")
    assert (lite.audio, lite.seed, lite.is_upscaler, lite.is_text_to_video) == (True, True, False, True)
    assert lite.pricing_skus is not None
    assert lite.pricing_skus["duration_seconds_with_audio"] == "0.08"
    assert models["x-ai/grok-imagine-video"].audio is None
    upscaler = models["black-forest-labs/flux-video-upscale"]
    assert (upscaler.is_upscaler, upscaler.durations, upscaler.is_text_to_video) == (True, (), False)


BAD_ENTRIES: list[object] = [
    None,
    "a/b",
    [],
    {},
    {"id": 3},
    {"id": ""},
    {"id": "Upper/Case"},
    {"id": "-leading"},
    {"id": "a/b\n"},
    {"id": "@everyone"},
    {"id": "x" * 82},
    {"id": "a/b", "supported_durations": "5"},
    {"id": "a/b", "supported_durations": ["five"]},
    {"id": "a/b", "supported_resolutions": [7]},
    {"id": "a/b", "pricing_skus": {"duration_seconds": ["0.1"]}},
]


async def test_entries_that_cannot_be_read_are_left_out_and_counted(
    upstream: Upstream, client: OpenRouterClient
) -> None:
    upstream.will(answer(200, {"data": [*BAD_ENTRIES, {"id": "good/one"}, {"id": "good/one", "name": "again"}]}))

    with structlog.testing.capture_logs() as logs:
        models = await client.models()

    assert [model.id for model in models] == ["good/one"]
    assert {"skipped": len(BAD_ENTRIES) + 1, "read": 1}.items() <= next(
        entry for entry in logs if entry["event"] == "openrouter_models_skipped"
    ).items()


async def test_an_entry_is_cleaned_of_what_should_not_reach_a_menu(
    upstream: Upstream, client: OpenRouterClient
) -> None:
    entry = {
        "id": "a/b",
        "name": "  Nice\n\u202e@everyone " + "x" * 200,
        "created": "soon",
        "supported_durations": [8, 4, 8, 0, -1, 10**9],
        "supported_resolutions": ["720p", "<b>", "4K", "720p", ""],
        "supported_aspect_ratios": ["16:9", "16:9\n"],
        "supported_sizes": [],
        "pricing_skus": {"a": "0.1", "b": None, "c": 7, "d": 0.0000007},
        "a_new_field": {"x": 1},
    }
    upstream.will(answer(200, {"data": [entry, {"id": "c/d", "name": "\u200b"}]}))

    cleaned, nameless = await client.models()

    assert cleaned.name.startswith("Nice @everyone x")
    assert len(cleaned.name) == 100
    assert (cleaned.created, cleaned.durations) == (0, (4, 8))
    assert (cleaned.resolutions, cleaned.aspect_ratios, cleaned.sizes) == (("720p", "4K"), ("16:9",), ())
    assert cleaned.pricing_skus == {"a": "0.1", "b": "", "c": "7", "d": "7E-7"}
    assert (nameless.name, nameless.pricing_skus) == ("c/d", None)


@pytest.mark.parametrize("body", [None, [], {}, {"data": None}, {"data": "x"}])
async def test_a_list_that_is_none_is_try_later(upstream: Upstream, client: OpenRouterClient, body: object) -> None:
    upstream.will(answer(200, body))

    with pytest.raises(TryLaterError):
        await client.models()

    assert len(upstream.seen) == 3


async def test_a_limited_key_is_read(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(200, KEYS["get_key_limited"]))

    assert await client.key() == KeyBalance(
        limit_microusd=100_000_000,
        remaining_microusd=74_500_000,
        limit_reset="monthly",
        used_today_microusd=1_200_000,
        used_this_month_microusd=25_500_000,
        budget_remaining_microusd=74_500_000,
        budget_resets_at=datetime(2026, 11, 1, tzinfo=UTC),
        expires_at=None,
    )
    assert upstream.seen[0].path == "/api/v1/key"


async def test_an_unlimited_key_has_no_limit_rather_than_none_left(
    upstream: Upstream, client: OpenRouterClient
) -> None:
    upstream.will(answer(200, KEYS["get_key_unlimited"]))

    balance = await client.key()

    assert (balance.limit_microusd, balance.remaining_microusd, balance.limit_reset) == (None, None, None)
    assert balance.used_today_microusd == 1_200_000


async def test_the_older_shape_of_a_key_is_read(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(200, KEYS["get_key_old_shape"]))

    balance = await client.key()

    assert balance.remaining_microusd == 74_500_000
    assert balance.budget_remaining_microusd is None


@pytest.mark.parametrize(
    ("expires_at", "moment"),
    [
        ("2027-01-02T03:04:05Z", datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2027-01-02T04:04:05+01:00", datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2027-01-02T03:04:05", datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (1798859045, datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)),
        (10**30, None),
        ("some day", None),
        ([], None),
        (None, None),
    ],
)
async def test_the_end_of_a_key_is_read_in_any_form(
    upstream: Upstream, client: OpenRouterClient, expires_at: object, moment: datetime | None
) -> None:
    upstream.will(answer(200, {"data": {"expires_at": expires_at, "limit": "lots", "limit_remaining": -0.5}}))

    balance = await client.key()

    assert balance.expires_at == moment
    assert (balance.limit_microusd, balance.remaining_microusd) == (None, -500_000)


async def test_an_absurd_balance_is_not_believed(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(200, {"data": {"limit": 1e300}}))

    assert (await client.key()).limit_microusd is None


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_key_that_is_refused_is_the_owners_matter(
    upstream: Upstream, client: OpenRouterClient, status: int
) -> None:
    upstream.will(answer(status, {"error": {"code": status, "message": "No cookie auth credentials found"}}))

    with pytest.raises(AccountError):
        await client.key()
    with pytest.raises(AccountError):
        await client.models()

    assert len(upstream.seen) == 2


@pytest.mark.parametrize("body", [None, {}, {"data": 3}])
async def test_an_answer_about_the_key_that_says_nothing_is_try_later(
    upstream: Upstream, client: OpenRouterClient, body: object
) -> None:
    upstream.will(answer(200, body))

    with pytest.raises(TryLaterError):
        await client.key()


async def test_the_account_can_fail_in_passing(upstream: Upstream, client: OpenRouterClient) -> None:
    upstream.will(answer(500, {}), answer(200, KEYS["get_key_old_shape"]))

    assert (await client.key()).limit_microusd == 100_000_000
