"""Lines to a PostgreSQL server that break: whoever is on one hears of it, and the pool is never short of it."""

import asyncio
import time
from pathlib import Path
from typing import Final

import pytest

from services.database import Database
from services.errors import StorageError
from tests.postgresql.ground import PostgresGround
from tests.stored import Stored

PATIENCE: Final = 20.0
TO_ARRIVE: Final = 0.1
"""Seconds in which the server's last word and the end of the line are both here, and nobody has read them."""
TURNS_OF_THE_LOOP: Final = 6
"""After so many at the latest both have been read; in between the driver is broken off by what it did not expect."""
OURS: Final = """
SELECT pg_terminate_backend(pid) AS is_gone FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'discord-video-bot' AND state = 'idle in transaction'
"""


async def _break_off(database: Database, stored: Stored, *, turns: int) -> None:
    """Have the server end our session inside a transaction, and go on with it after so many turns of the loop."""
    async with database.transaction() as tx:
        await tx.fetch_all("SELECT 1 AS one")
        stored.rows(OURS)
        time.sleep(TO_ARRIVE)  # noqa: ASYNC251  # nothing may be read meanwhile
        for _ in range(turns):
            await asyncio.sleep(0)
        await tx.fetch_all("SELECT 2 AS two")


async def test_a_line_that_breaks_at_any_moment_of_a_transaction_is_replaced_by_another(
    postgresql: PostgresGround, tmp_path: Path
) -> None:
    with postgresql.stored(tmp_path) as stored:
        database = await Database.open(stored.where)
        for turns in range(TURNS_OF_THE_LOOP):
            with pytest.raises(StorageError):
                await _break_off(database, stored, turns=turns)
        async with asyncio.timeout(PATIENCE), database.transaction() as tx:
            rows = await tx.fetch_all("SELECT 3 AS three")
        async with asyncio.timeout(PATIENCE):
            await database.close()

    assert [dict(row) for row in rows] == [{"three": 3}]
