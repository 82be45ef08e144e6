"""What the jobs of a restored backup may still do: time has gone on without them, and nothing is bought twice.

A job that waited when the backup was made may have been sent since, and nobody can know: it is cancelled, quietly,
because its message may long say something better. One that was already upstream is looked at as ever, and before its
clip is posted the channel is searched for a message that was posted since.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.database import Database, stored

_CANCEL: Final = """
UPDATE jobs SET state = 'cancelled', counts = 0, held_microusd = 0, ended_at = :now, told_at = :now, next_at = NULL,
    lease_until = 0, fence = fence + 1
WHERE state = 'queued'
"""
_LOOK_FIRST: Final = """
UPDATE jobs SET delivering_at = COALESCE(delivering_at, :now), next_at = :now, lease_until = 0, fence = fence + 1
WHERE ended_at IS NULL AND remote_id IS NOT NULL
"""
_FORGET_OFFERS: Final = "DELETE FROM offers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """How many jobs waited and were cancelled, and how many go on."""

    cancelled: int
    going_on: int


async def settle_restored(database: Database, *, now: datetime) -> Restored:
    """Prepare a database that was just restored for the next start of the bot. Raises `StorageError`."""
    async with database.transaction() as tx:
        cancelled = await tx.execute(_CANCEL, {"now": stored(now)})
        going_on = await tx.execute(_LOOK_FIRST, {"now": stored(now)})
        # A yes to a price may have been given since.
        await tx.execute(_FORGET_OFFERS)
    return Restored(cancelled=cancelled, going_on=going_on)
