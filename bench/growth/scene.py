"""The bot's own worker and store over a long line of jobs, with a video API and a Discord that answer at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.growth.counting import CountingEngine, seconds_used
from bench.silence import SilentDelivery
from services.database import Database
from services.database.postgresql import PostgresEngine
from services.database.sqlite import SqliteEngine
from services.generation import ClipShelf, Plan, Steps, Worker
from services.jobs import Detours, JobStore
from services.limits import BotLimits, LimitBook, ServerBook
from services.media import Fitter
from services.models import Frame, Job, RemoteState, RemoteVideo, VideoSpec
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


async def cost_of(where: Path | str, *, folder: Path, jobs: int, server: int | None = None) -> Cost:
    """Let so many of the jobs in line be made and posted, and return what each of them cost."""
    counting = CountingEngine(
        await (SqliteEngine.open(where) if isinstance(where, Path) else PostgresEngine.open(where))
    )
    database = Database(counting)
    try:
        delivery = SilentDelivery(jobs)
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


def _worker(database: Database, delivery: SilentDelivery, *, folder: Path) -> Worker:
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
