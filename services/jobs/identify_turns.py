"""Whose turn it is to open a gateway connection, over all processes on one database.

Discord takes one IDENTIFY in five seconds from each bucket of shards. A process waits for its turn before it connects,
because a connection that stays silent for long is closed, and confirms it right before the IDENTIFY goes out.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from services.database import Database, Values, stored

APART: Final = timedelta(seconds=5.2)
"""Discord's five seconds, and a little for what is on its way for longer than what follows it."""
SPREAD: Final = timedelta(seconds=0.1)
"""Over so long those who wait for the same moment spread out."""

# One clock for all: that of the server, where there is one.
_NOW: Final = """
COALESCE(/*postgresql CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT), */ CAST(:now AS BIGINT), 0)
"""
_TAKE: Final = f"""
INSERT INTO identify_turns (bucket, owner, free_at) VALUES (:bucket, :owner, {_NOW} + CAST(:apart AS BIGINT))
ON CONFLICT (bucket) DO UPDATE SET owner = excluded.owner, free_at = excluded.free_at
WHERE identify_turns.free_at <= excluded.free_at - CAST(:apart AS BIGINT)
RETURNING free_at
"""  # noqa: S608  # made of our own texts alone
_CONFIRM: Final = f"""
UPDATE identify_turns SET free_at = {_NOW} + CAST(:apart AS BIGINT)
WHERE bucket = :bucket AND owner = :owner AND free_at > {_NOW}
RETURNING free_at
"""  # noqa: S608  # the same
_WAIT: Final = f"SELECT free_at - {_NOW} AS wait FROM identify_turns WHERE bucket = :bucket"  # noqa: S608  # the same


class IdentifyTurns:
    """The turns of the process `owner`. `clock` counts only where the database has no clock of its own."""

    def __init__(
        self, *, database: Database, owner: str, clock: Callable[[], datetime], apart: timedelta = APART
    ) -> None:
        self._database = database
        self._owner = owner
        self._now = clock
        self._apart = apart

    async def take(self, shard_id: int, bucket: int, /) -> None:
        """Wait for the next free turn of a bucket, and take it for a shard. Whoever is killed while waiting took none.

        Raises:
            StorageError: the database failed.
        """
        while (wait := await self._try(shard_id, bucket=bucket)) is not None:  # noqa: ASYNC110  # others are processes
            await asyncio.sleep((wait + SPREAD * random.random()).total_seconds())  # noqa: S311  # spreads tries

    async def confirm(self, shard_id: int, bucket: int, /) -> None:
        """Let the turn of a shard begin now; where it has none, or connecting has outlasted it, wait for another.

        Raises:
            StorageError: the database failed.
        """
        async with self._database.transaction() as tx:
            row = await tx.fetch_one(_CONFIRM, self._values(shard_id, bucket=bucket))
        if row is None:
            await self.take(shard_id, bucket)

    async def _try(self, shard_id: int, *, bucket: int) -> timedelta | None:
        """Take the turn of now, and return None; or return how long it takes until the next one."""
        values = self._values(shard_id, bucket=bucket)
        async with self._database.transaction() as tx:
            if await tx.fetch_one(_TAKE, values) is not None:
                return None
            row = await tx.fetch_one(_WAIT, {"now": values["now"], "bucket": bucket})
        return timedelta(milliseconds=max(0, row["wait"]) if row else 0)

    def _values(self, shard_id: int, *, bucket: int) -> Values:
        return {
            "bucket": bucket,
            "owner": f"{self._owner} shard {shard_id}",
            "apart": round(self._apart.total_seconds() * 1000),
            "now": stored(self._now()),
        }
