"""A PostgreSQL server as asyncpg reaches it: connections, how numbers are read, and what errors mean for an owner."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg

from services.errors import NoSpaceError, NotWritableError, StorageError, UnreachableError

if TYPE_CHECKING:  # at run time the driver's classes take no parameters
    from asyncpg.pool import PoolConnectionProxy

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Lent: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
"""A connection of the pool, for as long as it is in our hands."""
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

FAULTS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
"""All that a server, the line to it and the driver raise."""
APPLICATION: Final = "discord-video-bot"
"""What a bot's connections are called in the server's own list."""
CONNECTIONS: Final = 5
"""The most that one process opens for its transactions. A server takes a hundred as it comes; see docs/growing.md."""
SECONDS_TO_CONNECT: Final = 10.0
SECONDS_FOR_A_STATEMENT: Final = 60.0

_SESSION: Final = {
    "application_name": APPLICATION,
    "default_transaction_isolation": "read committed",
    # A commit that returned is on disk, whatever the server does for others.
    "synchronous_commit": "on",
    "timezone": "UTC",
    # Whoever holds others up without doing anything, such as a process that was stopped, is thrown out...
    "idle_in_transaction_session_timeout": "10s",
    # ...and until then the others wait.
    "lock_timeout": "20s",
}
_NOT_OURS: Final = (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)
_FULL: Final = (asyncpg.DiskFullError,)
_UNREACHABLE: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)


async def connect(address: str) -> Pool:
    """Open a pool of connections. Raises `UnreachableError`, or another `StorageError`."""
    try:
        return await asyncpg.create_pool(
            address,
            min_size=1,
            max_size=CONNECTIONS,
            init=_read_numbers,
            reset=_leave_as_it_is,
            timeout=SECONDS_TO_CONNECT,
            command_timeout=SECONDS_FOR_A_STATEMENT,
            server_settings=_SESSION,
        )
    except (*FAULTS, ValueError) as error:  # an address that is none is a `ValueError`
        raise refused_by_postgresql(error) from error


@asynccontextmanager
async def lent(pool: Pool) -> AsyncGenerator[Lent]:
    """Lend a connection of the pool for the block. Raises one of `FAULTS`."""
    async with pool.acquire() as connection:
        try:
            yield connection
        finally:
            _give_up_if_broken(connection)


def _give_up_if_broken(connection: Lent) -> None:
    """Tell the pool of a line that the driver itself broke off, as it does after an answer that it did not expect.

    It tells nobody (asyncpg 0.31): the pool would be short of it for ever, and never close.
    """
    with suppress(asyncpg.InterfaceError):  # the pool knows already, and has taken it out of our hands
        if connection.is_closed():
            connection.terminate()


async def connect_for_long(address: str) -> Connection:
    """Open one connection beside the pool, to listen on."""
    return await asyncpg.connect(address, timeout=SECONDS_TO_CONNECT)


def refused_by_postgresql(error: Exception) -> StorageError:
    """Return what an error of the server's, of the line's or of the driver's means for whoever runs the bot."""
    # No text of the server's: it may quote what members wrote, and the address with its password.
    reason = f"{type(error).__name__}: {getattr(error, 'sqlstate', None) or 'no code'}"
    if isinstance(error, _NOT_OURS):
        return NotWritableError(reason)
    if isinstance(error, _FULL):
        return NoSpaceError(reason)
    return UnreachableError(reason) if isinstance(error, _UNREACHABLE) else StorageError(reason)


async def _read_numbers(connection: "Connection") -> None:
    """Read exact numbers as whole ones: the schema keeps no others, and the server widens their sums."""
    await connection.set_type_codec(
        "numeric", schema="pg_catalog", encoder=str, decoder=lambda text: int(Decimal(text)), format="text"
    )


async def _leave_as_it_is(connection: "Connection") -> None:
    """Spare a question to the server after every transaction: ours leave nothing in the session."""
