"""The only writer of a job's state.

Every move is a compare-and-swap on the state and the fence that the caller saw, checked against the table of legal
moves before and by the schema's CHECKs behind it. New work and work that a crash left behind come out by one door,
`claim`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Final

from services.database import Database, Row, Transaction, Values, moment, stored
from services.errors import StaleJobError
from services.jobs import statements
from services.jobs.callbacks import remember
from services.jobs.consequences import Consequences
from services.jobs.rows import NewJob, inserted_values, job_of, written_values
from services.limits import Allowance, LimitBook, ServerBook, Wish
from services.models import MOVES, FailureReason, Job, JobState, Requester, UsualTime
from services.webhooks import Callback

ANSWER_GRACE: Final = timedelta(seconds=20)
"""How long the answer to a command may be on its way before somebody looks what became of it."""
USUAL_SAMPLES: Final = 30
FEWEST_SAMPLES: Final = 3
"""With fewer finished jobs there is no usual time to speak of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """The outcome of `reserve`."""

    job: Job
    is_new: bool
    """False where the same interaction was delivered before: then nothing was reserved again."""
    allowance: Allowance
    """What the member has with this job counted in."""


class JobStore:
    """Reads and moves jobs. `owner` names this process in leases; `running_at_once` jobs may be upstream in all."""

    def __init__(
        self, *, database: Database, limits: LimitBook, servers: ServerBook, owner: str, running_at_once: int
    ) -> None:
        self._database = database
        self._limits = limits
        self._servers = servers
        self._consequences = Consequences(limits=limits, servers=servers)
        self._owner = owner
        self._running_at_once = running_at_once

    async def reserve(self, new: NewJob, requester: Requester, *, now: datetime) -> Reservation:
        """Check every rule and insert the job with its reservation, in one transaction.

        Raises:
            RequestError: a limit, a pause, a block or a choice of the server forbids it; nothing was stored.
        """
        async with self._database.transaction() as tx:
            known = await tx.fetch_one(statements.BY_INTERACTION, {"interaction_id": new.interaction_id})
            row = known or await self._insert(tx, new, requester, now=now)
            allowance = await self._limits.allowance(tx, requester, at=new.created_at)
        return Reservation(job=job_of(row), is_new=known is None, allowance=allowance)

    async def preview(self, new: NewJob, requester: Requester, *, now: datetime) -> Allowance:
        """Return what the member has, or raise as `reserve` would, without storing anything."""
        async with self._database.transaction() as tx:
            return await self._allow(tx, new, requester, now=now)

    async def _allow(self, tx: Transaction, new: NewJob, requester: Requester, *, now: datetime) -> Allowance:
        await self._servers.require_open(tx, requester, channel_ids=new.places, model=new.spec.model, now=now)
        allowance = await self._limits.allowance(tx, requester, at=new.created_at)
        allowance.require(Wish(seconds=new.spec.duration, microusd=new.reserved_microusd))
        return allowance

    async def _insert(self, tx: Transaction, new: NewJob, requester: Requester, *, now: datetime) -> Row:
        allowance = await self._allow(tx, new, requester, now=now)
        values = inserted_values(new, requester, uses_bonus=allowance.needs_bonus, next_at=now + ANSWER_GRACE)
        row = _present(await tx.fetch_one(statements.INSERT, values))
        await self._limits.note_budgets(tx, requester.guild_id, at=new.created_at, now=now)
        return row

    async def acknowledge(self, job_id: int, message_id: int, *, now: datetime) -> Job | None:
        """Store the status message that the member sees; from now on the job may be worked on.

        None where it was acknowledged before, or is no longer waiting.
        """
        values = {"id": job_id, "message_id": message_id, "now": stored(now)}
        async with self._database.transaction() as tx:
            row = await tx.fetch_one(statements.ACKNOWLEDGE, values)
        return job_of(row) if row else None

    async def cancel(self, job_id: int, *, now: datetime, told: bool, seen: Job | None = None) -> Job | None:
        """Cancel a job that still waits and release its reservation. None where it waits no longer.

        `told` is whether the member already sees that it is cancelled; otherwise the worker will show it. With `seen`
        it is None as well where the job was acknowledged or claimed since that view.
        """
        async with self._database.transaction() as tx:
            row = await tx.fetch_one(statements.BY_ID, {"id": job_id})
            if row is None or row["state"] != JobState.QUEUED:
                return None
            if seen is not None and row["fence"] != seen.fence:
                return None
            job = job_of(row)
            ended = replace(job, state=JobState.CANCELLED, ended_at=now, told_at=now if told else None)
            return await self._write(tx, job, replace(ended, next_at=None if told else now), is_released=True)

    async def claim(self, *, now: datetime, lease: timedelta, most: int = 100) -> Sequence[Job]:
        """Take what is due, and waiting jobs in their turn while slots are free, under a lease with a new fence."""
        async with self._database.transaction() as tx:
            for reason in await self._servers.lift_over(tx, now=now):
                await self._consequences.pause_over(tx, reason, now=now)
            values: Values = {
                "owner": self._owner,
                "now": stored(now),
                "lease_until": stored(now + lease),
                "slots": await self._free_slots(tx, now=now),
                "most": most,
            }
            return sorted((job_of(row) for row in await tx.fetch_all(statements.CLAIM, values)), key=lambda job: job.id)

    async def next_claim_at(self, *, now: datetime) -> datetime | None:
        """Return when there will be something to claim, by the clock alone; None when nothing is in sight."""
        async with self._database.transaction() as tx:
            slots = await self._free_slots(tx, now=now)
            values: Values = {"owner": self._owner, "now": stored(now), "slots": slots}
            rows = [*await tx.fetch_all(statements.NEXT_CLAIM, values), *await tx.fetch_all(statements.NEXT_LIFT)]
        return min((moment(row["at"]) for row in rows if row["at"] is not None), default=None)

    async def renew(self, *, now: datetime, lease: timedelta) -> None:
        """Prolong the leases of all jobs of this process."""
        async with self._database.transaction() as tx:
            await tx.execute(statements.RENEW, {"owner": self._owner, "lease_until": stored(now + lease)})

    async def release(self, *, everybody: bool = False) -> None:
        """Give up the leases of this process; `everybody`'s only where no other process can be alive."""
        async with self._database.transaction() as tx:
            await (
                tx.execute(statements.RELEASE_ALL)
                if everybody
                else tx.execute(statements.RELEASE, {"owner": self._owner})
            )

    async def move(
        self,
        job: Job,
        state: JobState,
        *,
        now: datetime,
        reason: FailureReason | None = None,
        remote_id: str | None = None,
        cost_microusd: int | None = None,
        result: tuple[int, int] | None = None,
        next_at: datetime | None = None,
        callback: Callback | None = None,
    ) -> Job:
        """Move the job on, settle it where that ends it, and return its new view.

        `result` is the channel and the message of the posted clip; `next_at` is now unless given; `callback` is the
        address that goes out with the submit.

        Raises:
            StaleJobError: somebody else moved or claimed it since `job` was read.
            ValueError: the move is not in the table of legal moves.
        """
        if state not in MOVES[job.state]:
            raise ValueError(f"a job does not move from {job.state} to {state}")
        is_back_in_line = state is JobState.QUEUED
        # The submit is one step with the wait in line before it: how often the API was too busy is not forgotten.
        tries = job.attempts if state in {JobState.QUEUED, JobState.SUBMITTING} else 0
        moved = replace(
            job,
            state=state,
            reason=reason,
            remote_id=remote_id or job.remote_id,
            cost_microusd=job.cost_microusd if cost_microusd is None else cost_microusd,
            submitted_at=now if state is JobState.SUBMITTING else job.submitted_at,
            completed_at=now if state is JobState.DOWNLOADING else job.completed_at,
            ended_at=now if state.is_terminal else None,
            next_at=next_at or now,
            attempts=tries + is_back_in_line,
            result_channel_id=result[0] if result else None,
            result_message_id=result[1] if result else None,
        )
        return await self._save(job, moved, is_released=is_back_in_line, callback=callback)

    async def hold_for_account(self, job: Job, *, now: datetime, next_at: datetime | None = None) -> Job:
        """Let a job wait whose step was refused for the owner's key or credit, and send nothing for a while.

        The owner hears of it once, however many jobs it happens to, and again when a submit has been accepted. A look
        that was refused says nothing of its job: it is no failed try.
        """
        is_submit, is_look = job.state is JobState.SUBMITTING, job.state is JobState.GENERATING
        state, tries = JobState.QUEUED if is_submit else job.state, 0 if is_look else job.attempts + 1
        waiting = replace(job, state=state, next_at=next_at or now, attempts=tries)
        async with self._database.transaction() as tx:
            held = await self._write(tx, job, waiting, is_released=is_submit)
            await self._consequences.account_refused(tx, now=now)
        return held

    async def unknown(self, *, most: int) -> Sequence[Job]:
        """Return the submits of unknown outcome that the owner has not looked into, oldest first."""
        async with self._database.transaction() as tx:
            return [job_of(row) for row in await tx.fetch_all(statements.UNKNOWN, {"most": most})]

    async def resolve(self, job_id: int, actor: Requester, *, was_spent: bool, now: datetime) -> Job | None:
        """Note what became of an unknown submit's money: spent, or free again. None where nothing is to resolve."""
        values = {"id": job_id, "was_spent": int(was_spent), "now": stored(now)}
        async with self._database.transaction() as tx:
            row = await tx.fetch_one(statements.RESOLVE, values)
            if row is not None:
                await self._consequences.resolved(tx, job_of(row), actor, was_spent=was_spent, now=now)
        return job_of(row) if row else None

    async def retry_at(self, job: Job, next_at: datetime, *, has_failed: bool = True) -> Job:
        """Note when the next try of the present step is due, and how many before it failed in a row."""
        return await self._save(job, replace(job, next_at=next_at, attempts=job.attempts + 1 if has_failed else 0))

    async def begin_delivery(self, job: Job, *, now: datetime) -> Job:
        """Note that the result is about to be posted for the first time."""
        return await self._save(job, replace(job, next_at=now, delivering_at=now))

    async def told(self, job: Job, *, now: datetime, next_at: datetime | None) -> Job:
        """Note that the member knows how the job ended. It rests, or waits for `next_at` to let its clip go."""
        return await self._save(job, replace(job, next_at=next_at, attempts=0, told_at=now))

    async def rest(self, job: Job) -> Job:
        """Note that nothing is left to do."""
        return await self._save(job, replace(job, next_at=None, attempts=0))

    async def get(self, job_id: int) -> Job | None:
        """Return one job, or None."""
        async with self._database.transaction() as tx:
            row = await tx.fetch_one(statements.BY_ID, {"id": job_id})
        return job_of(row) if row else None

    async def unfinished(self) -> frozenset[int]:
        """Return the ids of all jobs that are not at rest: those whose clips are still wanted."""
        async with self._database.transaction() as tx:
            return frozenset(row["id"] for row in await tx.fetch_all(statements.UNFINISHED))

    async def standing(
        self, requester: Requester, *, at: datetime, latest: int
    ) -> tuple[Allowance, Sequence[Job], Sequence[Job]]:
        """Return what the member has left, their living jobs, and the `latest` that ended, newest first."""
        values = {"guild_id": requester.guild_id, "user_id": requester.user_id, "most": latest}
        async with self._database.transaction() as tx:
            allowance = await self._limits.allowance(tx, requester, at=at)
            alive = [job_of(row) for row in await tx.fetch_all(statements.ALIVE_OF_MEMBER, values)]
            ended = [job_of(row) for row in await tx.fetch_all(statements.LATEST_OF_MEMBER, values)]
        return allowance, alive, ended

    async def places(self, *, now: datetime) -> dict[int, int]:
        """Return the place of every waiting job: 0 where it starts at once, else its place in the queue from 1."""
        async with self._database.transaction() as tx:
            slots = await self._free_slots(tx, now=now)
            rows = await tx.fetch_all(statements.PLACES)
        return {row["id"]: max(0, row["place"] - slots) for row in rows}

    async def usual_time(self, model: str) -> UsualTime | None:
        """Return how long the model's last jobs took, or None while too few are known."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch_all(statements.USUAL, {"model": model, "most": USUAL_SAMPLES})
        seconds = [row["took"] / 1000 for row in rows]
        if len(seconds) < FEWEST_SAMPLES:
            return None
        low, _, high = quantiles(seconds, n=4, method="inclusive")
        return UsualTime(median=median(seconds), low=low, high=high, samples=len(seconds))

    async def _free_slots(self, tx: Transaction, *, now: datetime) -> int:
        row = _present(await tx.fetch_one(statements.OCCUPIED, {"now": stored(now)}))
        return max(0, self._running_at_once - int(row["jobs"]))

    async def _save(
        self, before: Job, after: Job, *, is_released: bool = False, callback: Callback | None = None
    ) -> Job:
        async with self._database.transaction() as tx:
            if callback is not None:
                await remember(tx, before.id, callback)
            return await self._write(tx, before, after, is_released=is_released)

    async def _write(self, tx: Transaction, before: Job, after: Job, *, is_released: bool) -> Job:
        """Swap the row from one view to the next and settle it, or raise where it is not as it was."""
        row = await tx.fetch_one(statements.WRITE, written_values(before, after, is_released=is_released))
        if row is None:
            raise StaleJobError(f"job {before.id} is no longer {before.state}")
        written = job_of(row)
        await self._consequences.follow(tx, before, written)
        return written


def _present(row: Row | None) -> Row:
    """Narrow a row that the statement always returns."""
    if row is None:
        raise StaleJobError("the statement returned no row")
    return row
