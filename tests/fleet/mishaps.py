"""What happens to the processes of a fleet, and to its database, by chance."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from sandbox.postgresql import Cluster
from tests.fleet.seats import Fleet, Seat

AWAY: Final = (1.0, 4.0)
"""Seconds for which the database is away."""
WORKERS_LEFT: Final = 2
"""So many workers at least are left in peace."""
FROZEN_AT_ONCE: Final = 2


@dataclass(slots=True, kw_only=True)
class Mishaps:
    """Kills, stops and freezes processes until cancelled."""

    fleet: Fleet
    chance: random.Random
    every: tuple[float, float]
    """Seconds between two, from the least to the most."""
    freezes: tuple[float, float]
    """Seconds for which a process is frozen; longer than a lease, or another could not take its jobs over."""
    ends: float
    """When nobody may be frozen any more, by the monotonic clock."""
    _thawing: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])

    async def happen(self) -> None:
        """Let one thing happen after the other."""
        deeds: dict[Callable[[Seat], Awaitable[None]], int] = {self._kill: 11, self._stop: 5, self._freeze: 4}
        try:
            while True:
                await asyncio.sleep(self.chance.uniform(*self.every))
                [deed] = self.chance.choices([*deeds], weights=[*deeds.values()])
                seat = self._victim()
                if seat is not None:
                    await deed(seat)
        finally:
            for task in self._thawing:
                task.cancel()

    def _victim(self) -> Seat | None:
        seats = [seat for seat in self.fleet.seats if seat.is_open]
        workers = [seat for seat in seats if seat.is_worker]
        if len(workers) <= WORKERS_LEFT:
            seats = [seat for seat in seats if not seat.is_worker]
        return self.chance.choice(seats) if seats else None

    async def _kill(self, seat: Seat) -> None:
        self.fleet.happened["kills"] += 1
        self.fleet.end(seat, signal.SIGKILL)

    async def _stop(self, seat: Seat) -> None:
        self.fleet.happened["stops"] += 1
        self.fleet.end(seat, signal.SIGTERM)

    async def _freeze(self, seat: Seat) -> None:
        seconds = self.chance.uniform(*self.freezes)
        if len(self._thawing) >= FROZEN_AT_ONCE or time.monotonic() + seconds > self.ends:
            return
        self.fleet.happened["freezes"] += 1
        self.fleet.freeze(seat)
        task = asyncio.create_task(self._thaw(seat, seconds))
        self._thawing.add(task)
        task.add_done_callback(self._thawing.discard)

    async def _thaw(self, seat: Seat, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.fleet.thaw(seat)


async def outages(cluster: Cluster, fleet: Fleet, *, at: tuple[float, ...], chance: random.Random) -> None:
    """Restart the database at so many seconds from now."""
    began = time.monotonic()
    for moment in at:
        await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
        away_from = time.monotonic()
        # Known before it begins: whoever ends meanwhile ends because of it.
        fleet.outages.append((away_from, float("inf")))
        await asyncio.to_thread(cluster.stop)
        await asyncio.sleep(chance.uniform(*AWAY))
        await asyncio.to_thread(cluster.start)
        fleet.outages[-1] = (away_from, time.monotonic())
        fleet.happened["outages"] += 1
