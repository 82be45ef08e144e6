"""A client with quick retries, and two servers: the API, and somebody else who must never see the key."""

from collections.abc import AsyncGenerator, Callable

import pytest

from services.openrouter import OpenRouterClient, RetryPolicy, Timeouts
from tests.services.openrouter.servers import Upstream

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
QUICK = RetryPolicy(attempts=3, first_wait=0.01, longest_wait=0.5, jitter=0, give_up_after=5)


@pytest.fixture
async def upstream() -> AsyncGenerator[Upstream, None]:
    async with Upstream() as server:
        yield server


@pytest.fixture
async def elsewhere() -> AsyncGenerator[Upstream, None]:
    async with Upstream() as server:
        yield server


@pytest.fixture
def make_client() -> Callable[..., OpenRouterClient]:
    def make(base_url: str, *, timeouts: Timeouts | None = None) -> OpenRouterClient:
        return OpenRouterClient(key=KEY, base_url=base_url, timeouts=timeouts, retries=QUICK)

    return make


@pytest.fixture
async def client(
    upstream: Upstream, make_client: Callable[..., OpenRouterClient]
) -> AsyncGenerator[OpenRouterClient, None]:
    async with make_client(upstream.url) as opened:
        yield opened
