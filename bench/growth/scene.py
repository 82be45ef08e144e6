"""The bot's own worker and store over a long line of jobs, with a video API and a Discord that answer at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.growth.counting import CountingEngine, seconds_used
from services.database import Database
from services.database.postgresql import PostgresEngine
from services.database.sqlite import SqliteEngine
from services.generation import ClipShelf, Plan, PostedMessage, Steps, Worker
from services.jobs import Detours, JobStore
from services.limits import BotLimits, LimitBook, ServerBook
from services.media import Fitter
from services.models import Frame, Job, RemoteState, RemoteVideo, UsualTime, VideoSpec
from services.pictures import PictureShelf
from services.schedule import Schedule

SLOTS: Final = 8
SOON: Final = timedelta(milliseconds=100)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one job cost, from its claim until it was settled and its member told."""

    cpu_ms: float
    statements: float


class InstantVideos:
    """Takes every order, and is done with it at the first look."""

    async def submit(
        self, *, prompt: str, spec: VideoSpec, frames: Sequence[Frame] = (), callback_url: str | None = None
    ) -> RemoteVideo:
        """Take an order."""
        del spec, frames, callback_url
        return RemoteVideo(remote_id=f"gen-{hash(prompt)}", state=RemoteState.RUNNING)

    async def status(self, remote_id: str) -> RemoteVideo:
        """Say that it is done."""
        return RemoteVideo(remote_id=remote_id, state=RemoteState.COMPLETED, cost_microusd=1)

    async def download(self, remote_id: str, *, target: Path, max_bytes: int) -> int:
        """Nobody asks: see `FullShelf`."""
        raise NotImplementedError(remote_id, target, max_bytes)


class FullShelf(ClipShelf):
    """A shelf on which every clip lies already and fits."""

    async def fetch(self, job: Job) -> None:
        """Bring nothing."""

    async def fit(self, job: Job, *, limit: int) -> Path:
        """Change nothing."""
        del limit
        return self.path(job)

    def has(self, job: Job) -> bool:
        """Whether it is here: it is."""
        del job
        return True

    def has_changed(self, job: Job) -> bool:
        """Whether another clip was made of it: none was."""
        del job
        return False


class CountingDelivery:
    """Tells members nothing, at once, and stops the worker when enough of them would have heard how it ended."""

    def __init__(self, jobs: int) -> None:
        self._untold = jobs
        self.all_told = asyncio.Event()

    async def find_answer(self, job: Job) -> int | None:
        """Return the message that answered the command."""
        return job.interaction_id

    async def show_progress(self, job: Job, *, usual: UsualTime | None) -> None:
        """Show nothing."""

    async def find_result(self, job: Job) -> PostedMessage | None:
        """Find nothing."""

    async def post_result(self, job: Job, clip: Path, *, has_original: bool) -> PostedMessage:
        """Post nothing."""
        del clip, has_original
        return PostedMessage(channel_id=job.channel_id, message_id=job.interaction_id)

    async def open_direct(self, job: Job) -> int:
        """Return a channel."""
        return job.channel_id

    async def tell_end(self, job: Job, *, has_original: bool = False) -> None:
        """Count."""
        del job, has_original
        self._untold -= 1
        if self._untold == 0:
            self.all_told.set()


async def cost_of(where: Path | str, *, folder: Path, jobs: int, server: int | None = None) -> Cost:
    """Let so many of the jobs in line be made and posted, and return what each of them cost."""
    counting = CountingEngine(
        await (SqliteEngine.open(where) if isinstance(where, Path) else PostgresEngine.open(where))
    )
    database = Database(counting)
    try:
        delivery = CountingDelivery(jobs)
        worker = _worker(database, delivery, folder=folder)
        began, asked = seconds_used(server), counting.statements
        running = asyncio.create_task(worker.run())
        await delivery.all_told.wait()
        used, statements = seconds_used(server) - began, counting.statements - asked
        worker.stop()
        await running
    finally:
        await database.close()
    return Cost(cpu_ms=used / jobs * 1_000, statements=statements / jobs)


def _worker(database: Database, delivery: CountingDelivery, *, folder: Path) -> Worker:
    limits = LimitBook(database=database, bot_limits=BotLimits(videos_per_day=1, everywhere_per_day=1))
    servers = ServerBook(database=database)
    jobs = JobStore(database=database, limits=limits, servers=servers, owner="bench", running_at_once=SLOTS)
    api = InstantVideos()
    steps = Steps(
        jobs=jobs,
        detours=Detours(database=database),
        api=api,
        delivery=delivery,
        shelf=FullShelf(folder=folder / "clips", api=api, fitter=Fitter(None), max_bytes=1),
        pictures=PictureShelf(folder / "pictures"),
        plan=Plan(deadline=DAY, clip_retention=DAY, schedule=Schedule(first=SOON, every=SOON, knows_models=False)),
        clock=lambda: datetime.now(UTC),
    )
    return Worker(jobs=jobs, steps=steps, clock=lambda: datetime.now(UTC))
