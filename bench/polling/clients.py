"""The two that the worker is compared with: a task for each job that asks, sleeps and asks again.

Neither writes anything down: a restart loses what they know.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import httpx
from openrouter import OpenRouter

from bench.polling.task import KEY, MODEL, PROMPT, Task
from bench.polling.upstream import WARM_UP

ENDED: Final = frozenset({"completed", "failed", "cancelled", "expired"})
CONNECTIONS: Final = 200
"""For the official package: twice what its HTTP client takes by itself, which many jobs would wait for."""
PATIENCE: Final = 60.0
"""Seconds that a request of the official package may take."""
ORDER: Final = {"duration": 5, "resolution": "720p", "aspect_ratio": "16:9", "generate_audio": False}

Found = dict[str, float]
Follow = Callable[[int], Awaitable[None]]


@asynccontextmanager
async def official(task: Task, found: Found) -> AsyncGenerator[Callable[[], Awaitable[None]]]:
    """Make what follows every job with the official package as its guide shows: submit, sleep and ask until it ends."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(follow_redirects=True, limits=limits) as http:
        api = OpenRouter(api_key=KEY, server_url=task.url, async_client=http, timeout_ms=_milliseconds(task))
        videos = api.video_generation

        async def follow(number: int) -> None:
            job = await videos.generate_async(
                model=MODEL,
                prompt=PROMPT.format(number=number),
                duration=5,
                resolution="720p",
                aspect_ratio="16:9",
                generate_audio=False,
            )
            while job.status not in ENDED:
                await asyncio.sleep(task.every if number != WARM_UP else 0)
                job = await videos.get_generation_async(job_id=job.id)
            found[job.id] = time.monotonic()

        await follow(WARM_UP)
        found.clear()
        yield lambda: _each(task, follow)


def _milliseconds(task: Task) -> int:
    """Return the patience with a request: of the world's seconds, because the upstream is no faster than it is."""
    return round(1_000 * PATIENCE * task.factor)


@asynccontextmanager
async def bare(task: Task, found: Found) -> AsyncGenerator[Callable[[], Awaitable[None]]]:
    """Make what follows every job with nothing but aiohttp."""
    headers = {"Authorization": f"Bearer {KEY}"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:

        async def follow(number: int) -> None:
            order = {"model": MODEL, "prompt": PROMPT.format(number=number), **ORDER}
            async with session.post(f"{task.url}/videos", json=order) as answer:
                job = await answer.json()
            while job["status"] not in ENDED:
                await asyncio.sleep(task.every if number != WARM_UP else 0)
                async with session.get(f"{task.url}/videos/{job['id']}") as answer:
                    job = await answer.json()
            found[job["id"]] = time.monotonic()

        await follow(WARM_UP)
        found.clear()
        yield lambda: _each(task, follow)


async def _each(task: Task, follow: Follow) -> None:
    """Follow all jobs at once, each from its arrival on."""

    async def one(number: int) -> None:
        await asyncio.sleep(task.arrival(number))
        await follow(number)

    async with asyncio.TaskGroup() as group:
        for number in range(task.jobs):
            group.create_task(one(number))
