"""The bot's own worker over a real file, and stand-ins for what is not measured here: clips and Discord."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.polling.task import KEY, MODEL, NOON, PROMPT, Client, Task
from bench.polling.upstream import WARM_UP
from bench.silence import SilentDelivery
from ops.webhook_server import WebhookServer
from services.database import Database
from services.generation import ClipShelf, Plan, Steps, Worker
from services.jobs import Callbacks, Detours, JobStore
from services.limits import BotLimits, LimitBook, ServerBook
from services.media import Fitter
from services.models import Frame, Job, RemoteState, RemoteVideo, VideoSpec
from services.openrouter import OpenRouterClient, Timeouts
from services.pictures import PictureShelf
from services.schedule import Schedule

SPEC: Final = VideoSpec(model=MODEL, duration=5, resolution="720p", aspect_ratio="16:9", audio=False)
UPLOAD_LIMIT: Final = 10 * 1024 * 1024
UNLIMITED: Final = BotLimits(videos_per_day=10_000, everywhere_per_day=10_000)
FIRST_LOOK: Final = timedelta(seconds=8)
REST: Final = 0.05
"""Seconds of the world between questions whether all jobs are at rest, once all members have been told."""


class LookingApi:
    """The bot's own client. It notes when it knew that a job was done."""

    def __init__(self, client: OpenRouterClient, found: dict[str, float]) -> None:
        self._client = client
        self._found = found

    async def submit(
        self, *, prompt: str, spec: VideoSpec, frames: Sequence[Frame] = (), callback_url: str | None = None
    ) -> RemoteVideo:
        """Send it."""
        return await self._client.submit(prompt=prompt, spec=spec, frames=frames, callback_url=callback_url)

    async def status(self, remote_id: str) -> RemoteVideo:
        """Look."""
        video = await self._client.status(remote_id)
        if video.state is not RemoteState.RUNNING:
            self._found[remote_id] = time.monotonic()
        return video

    async def download(self, remote_id: str, *, target: Path, max_bytes: int) -> int:
        """Bring a clip, which nobody here asks for."""
        return await self._client.download(remote_id, target=target, max_bytes=max_bytes)


class EmptyShelf(ClipShelf):
    """A shelf on which every clip lies already and fits: downloads are measured elsewhere."""

    async def fetch(self, job: Job) -> None:
        """Bring nothing."""

    async def fit(self, job: Job, *, limit: int) -> Path:
        """Change nothing."""
        del limit
        return self.path(job)

    def has(self, job: Job) -> bool:
        """Whether a clip is here: it is."""
        del job
        return True

    def has_changed(self, job: Job) -> bool:
        """Whether another clip was made of it: none was."""
        del job
        return False

    def remove(self, job: Job) -> None:
        """Remove nothing."""

    def drop_fitted(self, job: Job) -> None:
        """Remove nothing."""


def store_over(database: Database, *, running_at_once: int) -> JobStore:
    """Return the store of a bot with no limits to speak of."""
    limits, servers = LimitBook(database=database, bot_limits=UNLIMITED), ServerBook(database=database)
    return JobStore(database=database, limits=limits, servers=servers, owner="bench", running_at_once=running_at_once)


class RunClock:
    """The worker's clock: noon when the run begins, and as fast as the event loop's."""

    def __init__(self) -> None:
        self._began = asyncio.get_running_loop().time()

    def begin(self) -> None:
        """Let it be noon now."""
        self._began = asyncio.get_running_loop().time()

    def now(self) -> datetime:
        """Return the time."""
        return NOON + timedelta(seconds=asyncio.get_running_loop().time() - self._began)


@asynccontextmanager
async def working(task: Task, found: dict[str, float]) -> AsyncGenerator[Callable[[], Awaitable[None]]]:
    """Put a worker together as `bot.py` does. Yields what begins the work and returns when all jobs rest."""
    clock, running = RunClock(), list[asyncio.Task[None]]()
    # Requests take as long as they take in the world, however fast the jobs' time passes.
    timeouts = Timeouts(connect=10 * task.factor, submit=180 * task.factor, poll=30 * task.factor)
    async with AsyncExitStack() as stack:
        database = await Database.open(Path(task.database))
        stack.push_async_callback(database.close)
        client = await stack.enter_async_context(OpenRouterClient(key=KEY, base_url=task.url, timeouts=timeouts))
        store = store_over(database, running_at_once=task.jobs)
        delivery, api = SilentDelivery(task.jobs), LookingApi(client, found)
        await api.status((await api.submit(prompt=PROMPT.format(number=WARM_UP), spec=SPEC)).remote_id)
        found.clear()

        def wake() -> None:
            worker.wake()

        callbacks_at = await stack.enter_async_context(_hearing(task, database, wake=wake, clock=clock.now))
        folder = Path(task.database).parent
        steps = Steps(
            jobs=store,
            detours=Detours(database=database),
            api=api,
            delivery=delivery,
            shelf=EmptyShelf(folder=folder, api=api, fitter=Fitter(None), max_bytes=UPLOAD_LIMIT),
            pictures=PictureShelf(folder / "pictures"),
            plan=_plan(task, callbacks_at),
            clock=clock.now,
        )
        worker = Worker(jobs=store, steps=steps, clock=clock.now)

        async def work() -> None:
            clock.begin()
            running.append(asyncio.create_task(worker.run(), name="worker"))
            await delivery.all_told.wait()
            while await store.unfinished():  # noqa: ASYNC110  # the table is what counts, and it tells nobody
                await asyncio.sleep(REST * task.factor)

        try:
            yield work
        finally:
            worker.stop()
            await asyncio.gather(*running)


def _plan(task: Task, callbacks_at: str | None) -> Plan:
    return Plan(
        deadline=timedelta(hours=24),
        clip_retention=timedelta(0),
        schedule=Schedule(first=FIRST_LOOK, every=timedelta(seconds=task.every)),
        callbacks_at=callbacks_at,
    )


@asynccontextmanager
async def _hearing(
    task: Task, database: Database, *, wake: Callable[[], None], clock: Callable[[], datetime]
) -> AsyncGenerator[str | None]:
    """Listen to the video API where the task says so; yields the public address."""
    if task.client != Client.WEBHOOKS:
        yield None
        return
    limits, servers = LimitBook(database=database, bot_limits=UNLIMITED), ServerBook(database=database)
    callbacks = Callbacks(database=database, limits=limits, servers=servers, wake=wake, clock=clock)
    # What is signed is the world's time.
    async with WebhookServer(
        secret=task.webhook_secret, hear=callbacks.hear, clock=lambda: datetime.now(UTC)
    ) as server:
        await server.start(host="127.0.0.1", port=0)
        yield f"https://127.0.0.1:{server.port}"
