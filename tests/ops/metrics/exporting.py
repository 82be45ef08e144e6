"""A registry with everything on it that a process of the bot exports, over an empty database."""

import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client import generate_latest

from ops.heartbeat import Senses
from ops.metrics import Instruments, Readings
from ops.metrics.readings import PATIENCE
from services.database import Database
from services.jobs import FigureBook
from services.limits import BotLimits, LimitBook
from services.measures import Phase

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
BOT_LIMITS = BotLimits(videos_per_day=5, running_at_once=None, everywhere_per_day=20, total_microusd=20_000_000)


def readings_of(
    database: Database,
    folder: Path,
    *,
    is_there: bool = True,
    idle: float = 1.0,
    models: Sequence[str] = (),
    patience: timedelta = PATIENCE,
) -> Readings:
    """Return the readings of a process that feels so."""
    limits = LimitBook(database=database, bot_limits=BOT_LIMITS)
    senses = Senses(
        database=database,
        gateway_is_there=lambda: is_there,
        gateway_seconds=lambda: 0.04,
        worker_idle_seconds=lambda: idle,
    )
    figures = FigureBook(database=database, limits=limits)
    return Readings(
        senses=senses, figures=figures, models=lambda: models, clock=lambda: NOW, folder=folder, patience=patience
    )


@asynccontextmanager
async def empty_database() -> AsyncGenerator[tuple[Database, Path]]:
    """Open one that is gone with the block."""
    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(Path(folder) / "bot.sqlite3")
        try:
            yield database, Path(folder)
        finally:
            await database.close()


async def exported() -> str:
    """Return what a process exports that has done a little of everything."""
    instruments = Instruments()
    instruments.took(Phase.MAKING, 3.0)
    instruments.ended(state="delivered", reason=None)
    instruments.asked("status", status=200, seconds=0.1)
    instruments.refused("videos_per_day")
    instruments.looked(late=0.1)
    instruments.encoded(2.0)
    async with empty_database() as (database, folder):
        readings = readings_of(database, folder)
        await readings.refresh()
        instruments.registry.register(readings)
        return generate_latest(instruments.registry).decode()
