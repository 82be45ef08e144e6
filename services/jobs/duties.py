"""Duties: what one process at a time does for all that share a database, such as telling the owner something."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from services.database import Database, Values, stored

LEASE: Final = timedelta(seconds=45)
"""So long after its holder has died somebody else takes a duty at the latest, and a third of it later."""
LOOKS_PER_LEASE: Final = 3

_TAKE: Final = """
INSERT INTO duties (name, owner, lease_until) VALUES (:name, :owner, :lease_until)
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
WHERE duties.owner = excluded.owner OR duties.lease_until <= :now
RETURNING name
"""
_GIVE_UP: Final = "UPDATE duties SET lease_until = 0 WHERE name = :name AND owner = :owner"

IsMine = Callable[[], Awaitable[bool]]


async def mine_alone() -> bool:
    """Answer for a process that shares its database with nobody: every duty is its own."""
    return True


class Duty:
    """The duty `name`, as the process `owner` sees it.

    Two processes may do it at once for a moment, when one was held up for longer than its lease. So whatever is done
    under a duty has to be harmless twice.
    """

    def __init__(
        self, name: str, *, database: Database, owner: str, clock: Callable[[], datetime], lease: timedelta = LEASE
    ) -> None:
        self._name = name
        self._database = database
        self._owner = owner
        self._now = clock
        self._lease = lease
        self._is_mine = False
        self._looked_at: datetime | None = None

    async def is_mine(self) -> bool:
        """Take the duty where it is free, renew it where it is ours, and return whether it is. Cheap if asked often.

        Raises:
            StorageError: the database failed; the duty is nobody's business until it answers.
        """
        now = self._now()
        if self._looked_at is None or not self._looked_at <= now < self._looked_at + self._lease / LOOKS_PER_LEASE:
            values: Values = {
                "name": self._name,
                "owner": self._owner,
                "lease_until": stored(now + self._lease),
                "now": stored(now),
            }
            async with self._database.transaction() as tx:
                row = await tx.fetch_one(_TAKE, values)
            self._is_mine, self._looked_at = row is not None, now
        return self._is_mine

    async def give_up(self) -> None:
        """Let somebody else take the duty at once.

        Raises:
            StorageError: the database failed; the lease runs out by itself.
        """
        self._looked_at = None
        async with self._database.transaction() as tx:
            await tx.execute(_GIVE_UP, {"name": self._name, "owner": self._owner})
