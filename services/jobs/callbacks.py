"""What a message of the video API does to a job: it is looked at now, or goes on although it had been given up.

Nothing in the message sets a state but this: where nobody knew what became of a submit, the message names its remote
id. Whatever else it says is asked of the API itself, so that late, repeated and reordered messages are all harmless.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final

import structlog

from services.database import Database, Row, Transaction, stored
from services.errors import StaleJobError
from services.jobs import statements
from services.jobs.consequences import Consequences
from services.jobs.moves import Moves
from services.jobs.rows import job_of, written_values
from services.limits import LimitBook, ServerBook
from services.measures import UNMEASURED, Measures
from services.models import FOUND_FROM, Job, JobState
from services.webhooks import Callback, digest_of

_REMEMBER: Final = """
INSERT INTO callbacks (job_id, digest) VALUES (:job_id, :digest)
ON CONFLICT (job_id) DO UPDATE SET digest = excluded.digest
"""
_BY_ADDRESS: Final = """
SELECT jobs.* FROM callbacks JOIN jobs ON jobs.id = callbacks.job_id WHERE digest = :digest
/*postgresql FOR UPDATE OF jobs*/
"""
_ANOTHER: Final = "SELECT id FROM jobs WHERE remote_id = :remote_id AND id <> :id LIMIT 1"
# The lease goes too: whoever waits with the job in hand has an old view of it, and it is claimed anew.
_LOOK_NOW: Final = """
UPDATE jobs SET next_at = :now, lease_until = 0, fence = fence + 1 WHERE id = :id AND state = 'generating'
"""
_NOT_RESOLVED: Final = "UPDATE jobs SET resolved_at = NULL WHERE id = :id AND resolved_at IS NOT NULL"

log = structlog.get_logger(__name__)


class Hearing(StrEnum):
    """What came of a message."""

    NO_SUCH_ADDRESS = "no_such_address"
    LOOKING = "looking"
    FOUND = "found"
    NOTHING_TO_DO = "nothing_to_do"
    ANOTHER_VIDEO = "another_video"
    """It names a remote id that is not the job's, or is another job's."""


async def remember(tx: Transaction, job_id: int, callback: Callback) -> None:
    """Write down where the video API may tell of a job's newest submit; an address of an earlier one is forgotten."""
    await tx.execute(_REMEMBER, {"job_id": job_id, "digest": callback.digest})


class Callbacks:
    """Takes messages whose signature has been checked. `wake` makes the worker look for work."""

    def __init__(
        self,
        *,
        database: Database,
        limits: LimitBook,
        servers: ServerBook,
        wake: Callable[[], None],
        clock: Callable[[], datetime],
        measures: Measures = UNMEASURED,
    ) -> None:
        self._database = database
        self._moves = Moves(measures)
        self._consequences = Consequences(limits=limits, servers=servers)
        self._wake = wake
        self._now = clock

    async def hear(self, token: str, remote_id: str) -> Hearing:
        """Take a message that came to the address with that token, about that remote id. Harmless at any repetition.

        Raises:
            StorageError: the database failed in passing; the message may be sent again.
        """
        now = self._now()

        async def heard(tx: Transaction) -> tuple[Row | None, Hearing, Job | None]:
            # No two messages may give the same video to two jobs.
            await tx.hold("callbacks")
            row = await tx.fetch_one(_BY_ADDRESS, {"digest": digest_of(token)})
            if row is None:
                return None, Hearing.NO_SUCH_ADDRESS, None
            return row, *await self._hear(tx, row, remote_id, now=now)

        row, hearing, found = await self._database.run(heard)
        tell = log.warning if hearing is Hearing.ANOTHER_VIDEO else log.info
        tell("webhook_heard", job_id=row["id"] if row else None, hearing=hearing.value)
        if row is not None and found is not None:
            self._moves.tell(found, before=JobState(row["state"]))
        if hearing in {Hearing.LOOKING, Hearing.FOUND}:
            self._wake()
        return hearing

    async def _hear(self, tx: Transaction, row: Row, remote_id: str, *, now: datetime) -> tuple[Hearing, Job | None]:
        """Return what came of it, and the job where it goes on."""
        job = job_of(row)
        if not await _is_its_own(tx, job, remote_id):
            return Hearing.ANOTHER_VIDEO, None
        if job.state is JobState.GENERATING:
            await tx.execute(_LOOK_NOW, {"id": job.id, "now": stored(now)})
            return Hearing.LOOKING, None
        if (job.state, job.reason) not in FOUND_FROM:
            return Hearing.NOTHING_TO_DO, None
        return Hearing.FOUND, await self._go_on(tx, job, remote_id, held_before=row["held_microusd"], now=now)

    async def _go_on(self, tx: Transaction, job: Job, remote_id: str, *, held_before: int, now: datetime) -> Job:
        """Let a job go on as if its submit had been answered: it counts again, and its money is held again."""
        found = replace(
            job,
            state=JobState.GENERATING,
            reason=None,
            remote_id=remote_id,
            ended_at=None,
            told_at=None,
            next_at=now,
            attempts=0,
        )
        row = await tx.fetch_one(statements.WRITE, written_values(job, found, is_released=True))
        if row is None:
            raise StaleJobError(f"job {job.id} is no longer {job.state}")
        going = job_of(row)
        await self._consequences.follow(tx, job, going)
        if job.is_terminal:
            await tx.execute(_NOT_RESOLVED, {"id": job.id})
            await self._consequences.found(tx, job, held_before=held_before, now=now)
        return going


async def _is_its_own(tx: Transaction, job: Job, remote_id: str) -> bool:
    """Whether the job may be the one with that remote id: what the API signs does not say to which address it goes."""
    if job.remote_id is not None:
        return job.remote_id == remote_id
    return await tx.fetch_one(_ANOTHER, {"id": job.id, "remote_id": remote_id}) is None
