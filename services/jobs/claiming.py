"""How a process comes to hold jobs: it claims what is due under a lease, keeps the lease up, and gives it back.

What is due without waiting in line goes to whoever asks first. Waiting jobs are taken in their turn, while there are
free slots, by one process at a time. What a claim costs depends on what it takes, and not on how much there is.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.database import Database, Row, Transaction, Values, moment, stored
from services.jobs import statements
from services.jobs.consequences import Consequences
from services.jobs.rows import job_of
from services.jobs.turns import in_turn, next_of
from services.limits import LimitBook, ServerBook
from services.models import Job

SLOTS: Final = "slots"
"""What only one transaction at a time may decide: who gets what is free upstream."""
ON_HAND: Final = 100
"""Jobs that one claim takes at most, unless told otherwise."""

_NEVER: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a claim took, and what it saw ahead."""

    jobs: Sequence[Job]
    next_at: datetime | None
    """When there will be something to claim, by the clock alone; None when nothing is in sight."""
    leaves_line: bool
    """Whether somebody is left in line for want of a free slot: then one that becomes free is worth a claim."""


class Claiming:
    """Takes jobs and gives them back. `owner` names this process; `running_at_once` jobs may be upstream in all."""

    def __init__(
        self, *, database: Database, limits: LimitBook, servers: ServerBook, owner: str, running_at_once: int
    ) -> None:
        self._database = database
        self._servers = servers
        self._consequences = Consequences(limits=limits, servers=servers)
        self._owner = owner
        self._running_at_once = running_at_once

    async def claim(self, *, now: datetime, lease: timedelta, most: int = ON_HAND) -> Sequence[Job]:
        """Take what is due, and waiting jobs in their turn while slots are free, under a lease with a new fence.

        At most `most` of either; where there is more, the next claim takes it.
        """
        return (await self.claim_and_foresee(now=now, lease=lease, most=most)).jobs

    async def claim_and_foresee(
        self, *, now: datetime, lease: timedelta, most: int = ON_HAND, within: timedelta | None = None
    ) -> Claim:
        """Do the same, and say in the same transaction when there will be more.

        Whoever asks again soon says `within` what time it has to be to matter: beyond that nothing is looked for.
        """
        values: Values = {"owner": self._owner, "now": stored(now), "lease_until": stored(now + lease), "most": most}
        ahead = {**values, "until": _NEVER if within is None else stored(now + within)}
        return await self._database.run(lambda tx: self._claim(tx, values, ahead, now=now, most=most))

    async def _claim(self, tx: Transaction, values: Values, ahead: Values, *, now: datetime, most: int) -> Claim:
        lifted, due, next_claim, next_lift, first = await tx.fetch_each(
            self._servers.lifting(now=now),
            (statements.CLAIM_DUE, values),
            (statements.NEXT_CLAIM, ahead),
            (statements.NEXT_LIFT, {}),
            (statements.FIRST_IN_LINE, ahead),
        )
        for reason in self._servers.lifted(lifted):
            await self._consequences.pause_over(tx, reason, now=now)
        in_line = _time(first)
        # As the database rounds it: what is due now may lie a moment ahead.
        is_line_due = in_line is not None and stored(in_line) <= stored(now)
        turns: Sequence[Row] = ()
        free = 0
        if is_line_due:
            turns, free = await self._claim_turns(tx, values, now=now, most=most)
        if free:
            in_line = _time(await tx.fetch_all(statements.NEXT_TURN, ahead))
        leaves_line = is_line_due and not free
        return Claim(
            jobs=sorted(map(job_of, [*due, *turns]), key=lambda job: job.id),
            next_at=_earliest(_time(next_claim), _time(next_lift), None if leaves_line else in_line),
            leaves_line=leaves_line,
        )

    async def _claim_turns(
        self, tx: Transaction, values: Values, *, now: datetime, most: int
    ) -> tuple[Sequence[Row], int]:
        """Take the waiting in their turn while there are free slots; meanwhile nobody else does.

        Returns them, and how many slots are free then.
        """
        await tx.hold(SLOTS)
        free = await self._free_slots(tx, now=now)
        line, taken = in_turn(tx, now=now), list[Row]()
        wanted = min(most, free)
        # Some of them were called already.
        while len(taken) < wanted and (ids := await next_of(line, wanted - len(taken))):
            taken += await tx.fetch_all(statements.CLAIM_TURNS, {**values, "ids": json.dumps(ids)})
        return taken, free - len(taken)

    async def renew(self, *, now: datetime, lease: timedelta) -> None:
        """Prolong the leases of all jobs of this process that nobody has taken since."""
        async with self._database.transaction() as tx:
            await tx.execute(statements.RENEW, {"owner": self._owner, "lease_until": stored(now + lease)})

    async def held(self, ids: Collection[int], *, now: datetime) -> Sequence[Job]:
        """Return those of the jobs whose leases are this process's own, as they are now; compare their fences."""
        values: Values = {"owner": self._owner, "now": stored(now), "ids": json.dumps([*ids])}
        return [job_of(row) for row in await self._database.run(lambda tx: tx.fetch_all(statements.HELD, values))]

    async def release(self, *, everybody: bool = False, keep: Collection[int] = ()) -> None:
        """Give up the leases of this process but for those in `keep` (job ids).

        With `everybody`, those of all processes: only where no other can be alive.
        """
        async with self._database.transaction() as tx:
            if everybody:
                await tx.execute(statements.RELEASE_ALL)
            else:
                await tx.execute(statements.RELEASE, {"owner": self._owner, "keep": json.dumps([*keep])})

    async def _free_slots(self, tx: Transaction, *, now: datetime) -> int:
        rows = await tx.fetch_all(statements.OCCUPIED, {"now": stored(now)})
        return max(0, self._running_at_once - int(rows[0]["jobs"]))


def _time(rows: Sequence[Row]) -> datetime | None:
    return moment(rows[0]["at"]) if rows and rows[0]["at"] is not None else None


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)
