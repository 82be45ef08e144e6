"""A heartbeat for supervisors: a small file that a living bot writes again and again, and `bot.py health` reads.

It needs no port and no network. That it is written proves that the event loop turns; what stands in it says whether the
database answers, whether Discord's gateway is there, and when the worker last looked for work.
"""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
import typer

from ops.last_words import settings_or_leave
from services.database import Database
from services.errors import StorageError

EVERY: Final = timedelta(seconds=10)
DEAD_AFTER: Final = timedelta(seconds=60)
"""Without a beat. A machine under load is late; one that hangs for a minute serves nobody."""
IDLE_AFTER: Final = timedelta(seconds=120)
"""Without a turn of the worker, which sleeps half a minute at most."""
GONE_AFTER: Final = timedelta(minutes=5)
"""Without a gateway: it breaks off now and then, and comes back by itself."""
PATIENCE: Final = timedelta(seconds=20)
"""For the database's answer."""
SICK: Final = 1
_ALONE: Final = "health.json"
_SEVERAL: Final = "health-{}.json"
_ALL: Final = "health*.json"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """How a process of the bot was when it wrote this."""

    at: str
    """ISO 8601, by the host's clock."""
    pid: int
    database_answers: bool
    gateway_gone_seconds: float | None
    """0 while it is there. None: the process has none, as `bot.py worker`."""
    gateway_seconds: float | None
    """How long Discord takes to answer a heartbeat."""
    worker_idle_seconds: float | None
    """Since the worker last looked for work. None: there is none here."""


@dataclass(slots=True, kw_only=True)
class Senses:
    """Where a heartbeat feels the process that it is in."""

    database: Database
    gateway_is_there: Callable[[], bool] | None
    gateway_seconds: Callable[[], float | None]
    worker_idle_seconds: Callable[[], float | None]
    patience: timedelta = PATIENCE
    _gone_since: float | None = None

    async def beat(self) -> Beat:
        """Feel once."""
        return Beat(
            at=datetime.now(UTC).isoformat(),
            pid=os.getpid(),
            database_answers=await self._database_answers(),
            gateway_gone_seconds=self._gateway_gone_seconds(),
            gateway_seconds=self.gateway_seconds(),
            worker_idle_seconds=self.worker_idle_seconds(),
        )

    def _gateway_gone_seconds(self) -> float | None:
        if self.gateway_is_there is None:
            return None
        now = asyncio.get_running_loop().time()
        if self.gateway_is_there():
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        return 0.0 if self._gone_since is None else now - self._gone_since

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(self.patience.total_seconds()):
                await self.database.schema_version()
        except (StorageError, TimeoutError):
            return False
        return True


class Heartbeat:
    """Writes a beat again and again. `name` tells processes apart that share a data folder; None where it is alone."""

    def __init__(self, folder: Path, senses: Senses, *, name: str | None = None) -> None:
        self._file = folder / (_ALONE if name is None else _SEVERAL.format(name))
        self._senses = senses

    async def run(self) -> None:
        """Beat until cancelled, then leave no file: whoever stopped on purpose is not sick."""
        try:
            while True:
                beat = await self._senses.beat()
                try:
                    await asyncio.to_thread(self._write, beat)
                except OSError as error:
                    # The disk is full or not ours: the old file ages, and that is the truth.
                    log.warning("heartbeat_not_written", kind=type(error).__name__)
                await asyncio.sleep(EVERY.total_seconds())
        finally:
            self._file.unlink(missing_ok=True)

    def _write(self, beat: Beat) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(asdict(beat)), encoding="utf-8")
        part.replace(self._file)


def command() -> None:
    """Say whether the bot on this data folder is well: exit code 0, or 1 and why not. Needs no port and no network."""
    folder = settings_or_leave().data_dir
    faults = [*faults_in(folder, now=datetime.now(UTC))]
    typer.echo("\n".join(faults) or "The bot is well.", err=bool(faults))
    raise typer.Exit(SICK if faults else 0)


def faults_in(folder: Path, *, now: datetime) -> Iterator[str]:
    """Yield one sentence for everything that is not as it should be, of every process on the folder."""
    files = sorted(folder.glob(_ALL))
    if not files:
        yield f"No bot runs on {folder}: there is no heartbeat. Start it, and look at its log."
    for file in files:
        beat = _read(file)
        if beat is None:
            yield f"{file.name} cannot be read. Look at the bot's log, and start it again."
        else:
            yield from (f"{file.name}: {fault}" for fault in _faults_of(beat, now=now))


def _faults_of(beat: Beat, *, now: datetime) -> Iterator[str]:
    age = now - datetime.fromisoformat(beat.at)
    if age > DEAD_AFTER:
        yield f"the last heartbeat is {age.total_seconds():.0f} s old. The process hangs or is gone: start it again."
        return
    if not beat.database_answers:
        yield "the database does not answer. Look at its disk or its server; the bot goes on by itself once it does."
    gone = beat.gateway_gone_seconds
    if gone is not None and gone > GONE_AFTER.total_seconds():
        yield f"Discord's gateway has not been there for {gone:.0f} s. Look at discordstatus.com, and at the bot's log."
    idle = beat.worker_idle_seconds
    if idle is not None and idle > IDLE_AFTER.total_seconds():
        yield f"the worker has not looked for work for {idle:.0f} s. Look at the log, and start the bot again."


def _read(file: Path) -> Beat | None:
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
        beat = Beat(**content)
        datetime.fromisoformat(beat.at)
    except (OSError, ValueError, TypeError):
        return None
    return beat
