"""The only writer of a job's state.

Every move is a compare-and-swap on the state and the fence that the caller saw, checked against the table of legal
moves before and by the schema's CHECKs behind it. New work and work that a crash left behind come out by one door,
`claim` (`claiming`); what is only asked is in `reading`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from services.database import Database, Row, Statement, Transaction, stored
from services.errors import StaleJobError
from services.jobs import statements
from services.jobs.callbacks import remember
from services.jobs.moves import Moves
from services.jobs.reading import Reading
from services.jobs.removals import require_source, source_gone
from services.jobs.rows import NewJob, inserted_values, job_of, written_values
from services.limits import Allowance, LimitBook, ServerBook, Wish
from services.measures import UNMEASURED, Measures
from services.models import MOVES, FailureReason, Job, JobState, Requester
from services.webhooks import Callback

MONEY: Final = "money"
"""What only one transaction at a time may decide: who spends what is left."""
ANSWER_GRACE: Final = timedelta(seconds=20)
"""How long the answer to a command may be on its way before somebody looks what became of it."""

_Answers = Sequence[Sequence[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """The outcome of `reserve`."""

    job: Job
    is_new: bool
    """False where the same interaction was delivered before: then nothing was reserved again."""
    allowance: Allowance
    """What the member has with this job counted in."""


class JobStore(Reading):
    """Reads and moves jobs. `owner` names this process in leases; `running_at_once` jobs may be upstream in all."""

    def __init__(
        self,
        *,
        database: Database,
        limits: LimitBook,
        servers: ServerBook,
        owner: str,
        running_at_once: int,
        measures: Measures = UNMEASURED,
    ) -> None:
        super().__init__(
            database=database, limits=limits, servers=servers, owner=owner, running_at_once=running_at_once
        )
        self._moves = Moves(measures)

    async def reserve(self, new: NewJob, requester: Requester, *, now: datetime) -> Reservation:
        """Check every rule and insert the job with its reservation, in one transaction.

        Raises:
            RequestError: a limit, a pause, a block or a choice of the server forbids it; nothing was stored.
        """

        async def reserved(tx: Transaction) -> Reservation:
            # What is left is checked first and taken then: one reservation after the other, in whichever process.
            await tx.hold(MONEY)
            known, limits, about_server = await self._ask(tx, new, requester)
            row = known or await self._insert(
                tx, new, requester, self._allow(new, requester, limits, about_server, now=now), now=now
            )
            allowance = self._limits.allowance_of(requester, limits, with_job=None if known else row)
            return Reservation(job=job_of(row), is_new=known is None, allowance=allowance)

        reservation = await self._database.run(reserved)
        if reservation.is_new:
            self._moves.tell(reservation.job, before=None)
        return reservation

    async def preview(self, new: NewJob, requester: Requester, *, now: datetime) -> Allowance:
        """Return what the member has, or raise as `reserve` would, without storing anything."""
        async with self._database.reading() as tx:
            _, limits, about_server = await self._ask(tx, new, requester)
        return self._allow(new, requester, limits, about_server, now=now)

    async def _ask(self, tx: Transaction, new: NewJob, requester: Requester) -> tuple[Row | None, _Answers, _Answers]:
        """Read all that decides: the job of the same interaction, and what the limits and the server say."""
        asked: Statement = (statements.BY_INTERACTION, {"interaction_id": new.interaction_id})
        limits = self._limits.questions(requester, at=new.created_at)
        about_server = (*self._servers.questions(requester), source_gone(new.spec))
        known, *answers = await tx.fetch_each(asked, *limits, *about_server)
        return known[0] if known else None, answers[: len(limits)], answers[len(limits) :]

    def _allow(
        self, new: NewJob, requester: Requester, limits: _Answers, about_server: _Answers, *, now: datetime
    ) -> Allowance:
        *about_server, gone = about_server
        self._servers.require_open(
            about_server,
            channel_ids=new.places,
            is_age_restricted=new.is_age_restricted,
            model=new.spec.model,
            prompt=new.prompt,
            now=now,
        )
        require_source(gone)
        allowance = self._limits.allowance_of(requester, limits)
        allowance.require(Wish(seconds=new.spec.duration, microusd=new.reserved_microusd))
        return allowance

    async def _insert(
        self, tx: Transaction, new: NewJob, requester: Requester, allowed: Allowance, *, now: datetime
    ) -> Row:
        values = inserted_values(new, requester, uses_bonus=allowed.needs_bonus, next_at=now + ANSWER_GRACE)
        notes = self._limits.budgets_noted(allowed, requester.guild_id, microusd=new.reserved_microusd, now=now)
        [row], *_ = await tx.fetch_each((statements.INSERT, values), *notes)
        return row

    async def acknowledge(self, job_id: int, message_id: int, *, now: datetime) -> Job | None:
        """Store the status message that the member sees; from now on the job may be worked on.

        None where it was acknowledged before, or is no longer waiting.
        """
        values = {"id": job_id, "message_id": message_id, "now": stored(now)}
        row = await self._database.run(lambda tx: tx.fetch_one(statements.ACKNOWLEDGE, values))
        return job_of(row) if row else None

    async def cancel(self, job_id: int, *, now: datetime, told: bool, seen: Job | None = None) -> Job | None:
        """Cancel a job that still waits and release its reservation. None where it waits no longer.

        `told` is whether the member already sees that it is cancelled; otherwise the worker will show it. With `seen`
        it is None as well where the job was acknowledged or claimed since that view.
        """
        async with self._database.transaction() as tx:
            row = await tx.fetch_one(statements.BY_ID_TO_CHANGE, {"id": job_id})
            if row is None or row["state"] != JobState.QUEUED:
                return None
            if seen is not None and row["fence"] != seen.fence:
                return None
            job = job_of(row)
            ended = replace(job, state=JobState.CANCELLED, ended_at=now, told_at=now if told else None)
            cancelled = await self._write(tx, job, replace(ended, next_at=None if told else now), is_released=True)
        self._moves.tell(cancelled, before=job.state)
        return cancelled

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
        self._moves.tell(held, before=job.state)
        return held

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

    async def _save(
        self, before: Job, after: Job, *, is_released: bool = False, callback: Callback | None = None
    ) -> Job:
        async def saved(tx: Transaction) -> Job:
            if callback is not None:
                await remember(tx, before.id, callback)
            return await self._write(tx, before, after, is_released=is_released)

        written = await self._database.run(saved)
        self._moves.tell(written, before=before.state)
        return written

    async def _write(self, tx: Transaction, before: Job, after: Job, *, is_released: bool) -> Job:
        """Swap the row from one view to the next and settle it, or raise where it is not as it was."""
        row = await tx.fetch_one(statements.WRITE, written_values(before, after, is_released=is_released))
        if row is None:
            raise StaleJobError(f"job {before.id} is no longer {before.state}")
        written = job_of(row)
        await self._consequences.follow(tx, before, written)
        return written
