"""The official client judges the stand-in: what it cannot parse, the stand-in got wrong."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest
from openrouter import OpenRouter
from openrouter.components import VideoGenerationResponse
from openrouter.errors import (
    BadRequestResponseError,
    ConflictResponseError,
    NotFoundResponseError,
    OpenRouterError,
    PaymentRequiredResponseError,
    TooManyRequestsResponseError,
    UnauthorizedResponseError,
)
from openrouter.utils import BackoffStrategy, RetryConfig

from sandbox.openrouter import Answer, OpenRouterStandIn
from tests.sandbox.openrouter.caller import CLIP

# It repeats the paid POST for up to an hour if it is left alone.
NEVER_AGAIN = RetryConfig("none", BackoffStrategy(0, 0, 1, 0), retry_connection_errors=False)


def official(stand_in: OpenRouterStandIn, http: httpx.AsyncClient, *, key: str | None = None) -> OpenRouter:
    return OpenRouter(
        api_key=key or stand_in.key,
        server_url=stand_in.base_url,
        async_client=http,
        retry_config=NEVER_AGAIN,
        timeout_ms=10_000,
    )


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as http:
        yield http


async def submit(api: OpenRouter, *, model: str = "google/veo-3.1-lite", duration: int = 4) -> VideoGenerationResponse:
    return await api.video_generation.generate_async(
        model=model,
        prompt="a lighthouse in a storm",
        duration=duration,
        resolution="720p",
        aspect_ratio="16:9",
        generate_audio=False,
    )


async def test_it_submits_polls_and_downloads(stand_in: OpenRouterStandIn, http: httpx.AsyncClient) -> None:
    api = official(stand_in, http)
    accepted = await submit(api)
    seen: list[VideoGenerationResponse] = [accepted]
    while seen[-1].status not in {"completed", "failed"}:
        stand_in.clock.advance(4)
        seen.append(await api.video_generation.get_generation_async(job_id=accepted.id))
    usage = seen[-1].usage
    content = await api.video_generation.get_video_content_async(job_id=accepted.id)

    assert await content.aread() == CLIP
    assert [job.status for job in seen] == ["pending", "in_progress", "in_progress", "completed"]
    assert usage is not None
    assert (usage.cost, seen[-1].generation_id) == (0.12, accepted.id)
    assert [record.dropped for record in stand_in.requests.of("submit")] == [()]
    assert [charge.usd for charge in stand_in.ledger] == [Decimal("0.12")]


async def test_it_reads_the_list_of_models(stand_in: OpenRouterStandIn, http: httpx.AsyncClient) -> None:
    listed = await official(stand_in, http).video_generation.list_videos_models_async()

    models = {model.id: model for model in listed.data}
    assert len(models) == 12
    assert models["google/veo-3.1-lite"].supported_durations == [8, 4, 6]
    assert models["runway/aleph-2"].supported_durations is None
    assert models["x-ai/grok-imagine-video-1.5-lite"].generate_audio is None
    upscaler = models["black-forest-labs/flux-video-upscale"]
    assert upscaler.upscale_factor is not None
    assert upscaler.upscale_factor.max == 3


@pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")  # of fields that the real answer still has
async def test_it_reads_the_key(stand_in: OpenRouterStandIn, http: httpx.AsyncClient) -> None:
    api = official(stand_in, http)
    unlimited = await api.api_keys.get_current_key_metadata_async()
    stand_in.account.set_limit(Decimal(100), remaining=Decimal("74.5"))
    limited = await api.api_keys.get_current_key_metadata_async()

    assert unlimited.data.limit_remaining is None
    assert (limited.data.limit, limited.data.limit_remaining, limited.data.usage) == (100, 74.5, 25.5)


async def test_its_own_types_of_error_come_out(stand_in: OpenRouterStandIn, http: httpx.AsyncClient) -> None:
    api = official(stand_in, http)

    with pytest.raises(BadRequestResponseError, match="Duration 5s is not supported"):
        await submit(api, duration=5)
    with pytest.raises(BadRequestResponseError, match="not a valid model ID"):
        await submit(api, model="acme/fake-1.0")
    with pytest.raises(NotFoundResponseError, match="Video job nowhere not found"):
        await api.video_generation.get_generation_async(job_id="nowhere")
    accepted = await submit(api)
    with pytest.raises(ConflictResponseError):
        await api.video_generation.get_video_content_async(job_id=accepted.id)
    stand_in.account.set_limit(Decimal(0))
    with pytest.raises(PaymentRequiredResponseError, match="Insufficient credits"):
        await submit(api)
    with pytest.raises(UnauthorizedResponseError, match="No cookie auth credentials found"):
        await submit(official(stand_in, http, key="sk-wrong"))


@pytest.mark.parametrize(
    ("status", "kind"), [(429, TooManyRequestsResponseError), (529, OpenRouterError), (503, OpenRouterError)]
)
async def test_a_scripted_error_in_the_documented_shape_is_parsed(
    stand_in: OpenRouterStandIn, http: httpx.AsyncClient, status: int, kind: type[OpenRouterError]
) -> None:
    stand_in.script(
        Answer(route="submit", status=status, json={"error": {"code": status, "message": "try later"}}),
    )

    with pytest.raises(kind, match="try later") as caught:
        await submit(official(stand_in, http))
    assert caught.value.status_code == status


async def test_the_synchronous_client_works_as_well(stand_in: OpenRouterStandIn) -> None:
    def run() -> str:
        with httpx.Client() as http:
            api = OpenRouter(
                api_key=stand_in.key,
                server_url=stand_in.base_url,
                client=http,
                retry_config=NEVER_AGAIN,
                timeout_ms=10_000,
            )
            return api.video_generation.generate(model="google/veo-3.1-lite", prompt="a storm", duration=4).id

    assert await asyncio.to_thread(run) in stand_in.jobs
