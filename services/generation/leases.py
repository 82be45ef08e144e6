"""Whether a job is certainly ours, asked right before everything that others would notice.

A process may be stopped, its machine may sleep, its database may be out of reach: when it goes on, its leases may have
run out, and another worker may have its jobs. So a lease counts for less time than it was given, and from before the
statement that gave it; by the event loop's clock, which no change of the host's time moves, and by the host's, which
goes on while the machine sleeps. Where it may be over, the database is asked. What is left is the instant between the
question and the effect. The clocks of hosts that share a database may differ by much of `MARGIN`, and no more.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from services.errors import StaleJobError
from services.jobs import JobStore

LEASE: Final = timedelta(seconds=90)
RENEW_EVERY: Final = timedelta(seconds=30)
MARGIN: Final = timedelta(seconds=20)
SURE_FOR: Final = LEASE - MARGIN


class Hold(Protocol):
    """What lets a worker act on a job."""

    async def require(self) -> None:
        """Return while the job is ours.

        Raises:
            StaleJobError: it is not any more; nothing may be done for it.
            StorageError: nobody can say; nothing may be done now.
        """
        ...


class Alone:
    """The hold of a process that nobody can take a job from."""

    async def require(self) -> None:
        """Return."""


class Leases:
    """All leases of this process, which are renewed together.

    As long as each renewal comes before the last one has run out, what was ours stays ours, and nobody has to ask. A
    renewal that comes too late begins a new `epoch`: what was held in an earlier one is asked for, each job by itself.
    """

    def __init__(self, *, jobs: JobStore, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._now = clock
        self._turn = asyncio.Lock()
        self._renewed: tuple[float, datetime] | None = None
        self.epoch = 0

    @property
    def are_current(self) -> bool:
        """Whether the last renewal certainly still holds, by either clock."""
        return self._is_younger_than(SURE_FOR)

    @property
    def are_due(self) -> bool:
        """Whether it is time to renew them."""
        return not self._is_younger_than(RENEW_EVERY)

    @property
    def due_at(self) -> float:
        """When that will be, by the event loop's clock."""
        return 0.0 if self._renewed is None else self._renewed[0] + RENEW_EVERY.total_seconds()

    def of(self, job_id: int, fence: int, *, epoch: int) -> "Lease":
        """Return the lease of a job that the database gave us, or said to be ours, after `epoch` was read."""
        return Lease(self, job_id=job_id, fence=fence, epoch=epoch)

    def begin(self) -> None:
        """Count from now, as whoever holds nothing may."""
        self.epoch += 1
        self._renewed = self._clocks()

    async def renew(self) -> None:
        """Prolong them all. Raises `StorageError`."""
        async with self._turn:
            await self._renew()

    async def confirm(self, job_id: int, fence: int) -> int:
        """Ask the database whether a job is ours, and return the epoch in which it is. Raises as `Hold.require`."""
        async with self._turn:
            # Of many that ask at once, the first renews for all.
            while not self.are_current:
                await self._renew()
            epoch = self.epoch
        if not any(job.fence == fence for job in await self._jobs.held([job_id], now=self._now())):
            raise StaleJobError(f"job {job_id} was taken over")
        return epoch

    async def _renew(self) -> None:
        begun = self._clocks()
        await self._jobs.renew(now=begun[1], lease=LEASE)
        # Judged when it is over: only then is it certain that the old leases held until it was done.
        if not self.are_current:
            self.epoch += 1
        self._renewed = begun

    def _is_younger_than(self, age: timedelta) -> bool:
        if self._renewed is None:
            return False
        (time, now), (renewed_time, renewed_now) = self._clocks(), self._renewed
        return time - renewed_time < age.total_seconds() and abs(now - renewed_now) < age

    def _clocks(self) -> tuple[float, datetime]:
        return asyncio.get_running_loop().time(), self._now()


class Lease:
    """One job's lease, for one step."""

    def __init__(self, leases: Leases, *, job_id: int, fence: int, epoch: int) -> None:
        self._leases = leases
        self._job_id = job_id
        self._fence = fence
        self._epoch = epoch

    async def require(self) -> None:
        """See `Hold`. Asks the database only where the lease may have run out."""
        while not (self._leases.are_current and self._leases.epoch == self._epoch):
            self._epoch = await self._leases.confirm(self._job_id, self._fence)
