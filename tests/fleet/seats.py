"""The processes of a fleet: each has a seat, and whoever leaves it, however that came, is followed by another."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.crash.process import BotProcess, run_bot
from tests.crash.scene import Scene

TO_COME_BACK: Final = (0.5, 4.0)
"""Seconds until a seat is taken again."""
MOVES: Final = 0.3
"""So many of the killed workers come back elsewhere, without anything that their predecessor left."""
AFTERMATH: Final = 30.0
"""Seconds after an outage in which a process may still end because of it."""
TO_LEAVE: Final = 240.0
"""Seconds, more than the patience of a process that has been asked to stop."""
TO_BEGIN: Final = 15.0
"""Seconds in which a process may still be importing, and ends by a signal as any program does."""


@dataclass(slots=True, kw_only=True)
class Seat:
    """A place for one process at a time."""

    name: str
    arguments: Sequence[str]
    data: Path
    log: Path
    process: BotProcess | None = None
    sent: signal.Signals | None = None
    """What will end the process, if anything was sent."""
    began: float = 0.0
    is_frozen: bool = False
    moves: int = 0

    @property
    def is_worker(self) -> bool:
        """Whether it makes videos."""
        return self.arguments[0] == "worker"

    @property
    def is_open(self) -> bool:
        """Whether something can happen to its process."""
        return self.process is not None and not self.process.is_over and self.sent is None and not self.is_frozen

    def send(self, number: signal.Signals) -> None:
        """Send a signal to its process."""
        if self.process is not None and not self.process.is_over:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, number)


@dataclass(slots=True, kw_only=True)
class Fleet:
    """All seats. Opened by `manned`."""

    scene: Scene
    settings: Mapping[str, object]
    seats: Sequence[Seat]
    chance: random.Random
    faults: list[str] = field(default_factory=list[str])
    happened: Counter[str] = field(default_factory=Counter[str])
    folders: set[Path] = field(default_factory=set[Path])
    """Every data folder that there ever was."""
    outages: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """From when to when the database was away, by the monotonic clock."""
    is_over: bool = False

    async def keep(self, seat: Seat) -> None:
        """Have a process in a seat until the fleet is to leave."""
        while not self.is_over:
            seat.sent, seat.began = None, time.monotonic()
            self.folders.add(seat.data)
            environment = self.scene.environment(DATA_DIR=seat.data, **self.settings)
            arguments = ("bot.py", *seat.arguments)
            process = await run_bot(environment, folder=self.scene.folder, log=seat.log, arguments=arguments)
            seat.process = process
            self._judge(seat, await asyncio.shield(process.exiting))
            if not self.is_over:
                await asyncio.sleep(self.chance.uniform(*TO_COME_BACK))
                self._move(seat)

    async def leave(self) -> None:
        """Ask all to stop, and wait until they have."""
        self.is_over = True
        for seat in self.seats:
            self.thaw(seat)
            self.end(seat, signal.SIGTERM)
        leaving = [seat.process.exiting for seat in self.seats if seat.process is not None]
        _, late = await asyncio.wait(leaving, timeout=TO_LEAVE)
        if late:
            self.faults.append(f"{len(late)} processes did not stop when they were asked to")

    def end(self, seat: Seat, how: signal.Signals) -> None:
        """End a process by a signal."""
        if seat.process is not None and not seat.process.is_over and seat.sent is None:
            seat.sent = how
            seat.send(how)

    def freeze(self, seat: Seat) -> None:
        """Stop a process where it is."""
        seat.is_frozen = True
        seat.send(signal.SIGSTOP)

    def thaw(self, seat: Seat) -> None:
        """Let it go on."""
        if seat.is_frozen:
            seat.is_frozen = False
            seat.send(signal.SIGCONT)

    @property
    def was_away(self) -> bool:
        """Whether the database is away, or has just been."""
        return any(began <= time.monotonic() <= ended + AFTERMATH for began, ended in self.outages)

    def _move(self, seat: Seat) -> None:
        if seat.is_worker and self.chance.random() < MOVES:
            seat.moves += 1
            seat.data = self.scene.folder / f"{seat.name}-{seat.moves}"
            self.happened["moves"] += 1

    def _judge(self, seat: Seat, code: int) -> None:
        is_young = time.monotonic() - seat.began < TO_BEGIN
        expected = {
            signal.SIGKILL: {-signal.SIGKILL},
            signal.SIGTERM: {0, -signal.SIGTERM} if is_young else {0},
            None: set[int](),
        }[seat.sent]
        if code not in expected and not self.was_away:
            said = seat.sent.name if seat.sent else "nothing"
            self.faults.append(f"{seat.name} was sent {said} and ended with {code}, see {seat.log.name}")


@asynccontextmanager
async def manned(fleet: Fleet) -> AsyncGenerator[Fleet]:
    """Have somebody in every seat in the block; whoever still runs at its end is killed."""
    keeping = [asyncio.create_task(fleet.keep(seat), name=seat.name) for seat in fleet.seats]
    try:
        yield fleet
    finally:
        fleet.is_over = True
        for task in keeping:
            task.cancel()
        outcomes = await asyncio.gather(*keeping, return_exceptions=True)
        for seat in fleet.seats:
            if seat.process is not None:
                seat.send(signal.SIGCONT)
                await seat.process.die()
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


def seats(folder: Path, *, gateways: int, workers: int, shards: int) -> Sequence[Seat]:
    """Return so many seats: the workers share two data folders, as on two hosts."""
    each = shards // gateways
    clusters = [f"{first}-{first + each - 1}/{shards}" for first in range(0, shards, each)]
    return [
        *(
            _seat(folder, f"gateway-{number}", ("run", "--no-worker", "--shards", cluster))
            for number, cluster in enumerate(clusters)
        ),
        *(_seat(folder, f"worker-{number}", ("worker",), data=f"host-{number % 2}") for number in range(workers)),
    ]


def _seat(folder: Path, name: str, arguments: Sequence[str], *, data: str | None = None) -> Seat:
    return Seat(name=name, arguments=arguments, data=folder / (data or name), log=folder / f"{name}.log")
