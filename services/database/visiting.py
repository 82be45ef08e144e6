"""Comes to a PostgreSQL database beside the bots that work on it: to look, or to copy. Never taken for one of them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from services.database.server import APPLICATION, FAULTS, SECONDS_TO_CONNECT, Connection, refused_by_postgresql

_SESSION: Final = {
    "application_name": f"{APPLICATION}-visitor",
    "synchronous_commit": "on",
    "timezone": "UTC",
    # A large table takes as long as it takes, and between two pages of it nothing may happen for a while.
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_SESSIONS: Final = """
SELECT COUNT(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()
"""
_HAS_JOBS: Final = "SELECT to_regclass('jobs') IS NOT NULL"
_LEASED: Final = """
SELECT COUNT(*) FROM jobs
WHERE lease_until > EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AND next_at IS NOT NULL
"""


@asynccontextmanager
async def visiting(address: str) -> AsyncGenerator[Connection]:
    """Open a connection of one's own, and close it with the block.

    Raises:
        UnreachableError: the server cannot be reached, or does not let us in.
        StorageError: it broke down in the block.
    """
    try:
        connection = await asyncpg.connect(address, timeout=SECONDS_TO_CONNECT, server_settings=_SESSION)
    except (*FAULTS, ValueError) as error:  # an address that is none is a `ValueError`
        raise refused_by_postgresql(error) from error
    try:
        yield connection
    except FAULTS as error:
        raise refused_by_postgresql(error) from error
    finally:
        # Whatever is under way is rolled back by the server, at once.
        connection.terminate()


async def sessions_of_bots(connection: Connection) -> int:
    """Return how many connections bots have to the database."""
    return int(await connection.fetchval(_SESSIONS, APPLICATION))


async def others_at_work(connection: Connection) -> bool:
    """Whether a bot is at the database: it is connected, or, behind a proxy that hides it, is at a video."""
    if await sessions_of_bots(connection):
        return True
    if not await connection.fetchval(_HAS_JOBS):
        return False
    return bool(await connection.fetchval(_LEASED))
