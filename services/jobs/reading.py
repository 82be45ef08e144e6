"""What is asked of the table of jobs without changing it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from services.database import Database, Transaction
from services.jobs import statements
from services.jobs.claiming import Claiming
from services.jobs.pace import last_finishes
from services.jobs.rows import job_of
from services.jobs.turns import in_turn
from services.limits import Allowance, LimitBook, ServerBook
from services.models import Job, Requester, UsualTime
from services.schedule import Finish, usual_time_of

NEAR: Final = 100
"""So far from the front a place is counted job by job."""


class Reading(Claiming):
    """Reads jobs. See `Claiming` for what it takes."""

    def __init__(
        self, *, database: Database, limits: LimitBook, servers: ServerBook, owner: str, running_at_once: int
    ) -> None:
        super().__init__(
            database=database, limits=limits, servers=servers, owner=owner, running_at_once=running_at_once
        )
        self._limits = limits

    async def get(self, job_id: int) -> Job | None:
        """Return one job, or None."""
        row = await self._database.run(lambda tx: tx.fetch_one(statements.BY_ID, {"id": job_id}))
        return job_of(row) if row else None

    async def unfinished(self) -> frozenset[int]:
        """Return the ids of all jobs that are not at rest: those whose clips are still wanted."""
        async with self._database.transaction() as tx:
            return frozenset(row["id"] for row in await tx.fetch_all(statements.UNFINISHED))

    async def unknown(self, *, most: int) -> Sequence[Job]:
        """Return the submits of unknown outcome that the owner has not looked into, oldest first."""
        async with self._database.transaction() as tx:
            return [job_of(row) for row in await tx.fetch_all(statements.UNKNOWN, {"most": most})]

    async def standing(
        self, requester: Requester, *, at: datetime, latest: int
    ) -> tuple[Allowance, Sequence[Job], Sequence[Job]]:
        """Return what the member has left, their living jobs, and the `latest` that ended, newest first."""
        values = {"guild_id": requester.guild_id, "user_id": requester.user_id, "most": latest}
        async with self._database.reading() as tx:
            allowance = await self._limits.allowance(tx, requester, at=at)
            alive = [job_of(row) for row in await tx.fetch_all(statements.ALIVE_OF_MEMBER, values)]
            ended = [job_of(row) for row in await tx.fetch_all(statements.LATEST_OF_MEMBER, values)]
        return allowance, alive, ended

    async def places(self, *, now: datetime, of: Collection[int] | None = None) -> dict[int, int]:
        """Return the place of waiting jobs: 0 where it starts at once, else its place in the queue from 1.

        `of` are the ids of those that are asked for: all without it, which takes as long as the queue is. Of those
        asked for, a place behind the first hundred is worked out, and may be off where many never had a turn before.
        """
        async with self._database.reading() as tx:
            slots = await self._free_slots(tx, now=now)
            if of is None:
                found = {row["id"]: row["place"] for row in await tx.fetch_all(statements.PLACES)}
            else:
                found = await _places_of(tx, of)
        return {job_id: max(0, place - slots) for job_id, place in found.items()}

    async def usual_time(self, model: str) -> UsualTime | None:
        """Return how long the model's last jobs took, or None while too few are known."""
        return usual_time_of(await self.finishes(model))

    async def finishes(self, model: str) -> Sequence[Finish]:
        """Return how the model's last jobs went, of all lengths and resolutions, the newest first."""
        return await self._database.run(lambda tx: last_finishes(tx, model))


async def _places_of(tx: Transaction, ids: Collection[int]) -> dict[int, int]:
    """Return the places from 1 of those of the jobs that wait: counted from the front, or worked out farther back."""
    wanted, found, line = set(ids), dict[int, int](), in_turn(tx)
    for place in range(1, NEAR + 1):
        if not wanted or (waiting := await line.following()) is None:
            return found
        if waiting.job_id in wanted:
            wanted.remove(waiting.job_id)
            found[waiting.job_id] = place
    for job_id in wanted:
        row = await tx.fetch_one(statements.FAR_PLACE, {"id": job_id})
        if row is not None:
            found[job_id] = max(NEAR + 1, int(row["place"]))
    return found
