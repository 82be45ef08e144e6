"""PostgreSQL, for more processes than one: a small pool of connections, and the same one way in.

Transactions run beside each other (READ COMMITTED). A move of a job is a compare-and-swap, which needs nothing more;
what is checked first and written then begins with a `hold`, an advisory lock that ends with its transaction; what is
shown together is read of one moment (REPEATABLE READ). A session that does nothing inside a transaction is ended by the
server: a process that was stopped in one holds nobody up.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar

import structlog

from services.database.dialect import for_postgresql
from services.database.endings import to_the_end
from services.database.migrations import POSTGRESQL_MIGRATIONS, read_migrations
from services.database.server import FAULTS, Lent, Pool, connect, connect_for_long, lent, refused_by_postgresql
from services.database.values import Row, Statement, Values
from services.errors import SchemaTooNewError, StorageError

CHANNEL: Final = "videos"
"""Where processes ring for each other. Channels belong to one database."""
LISTEN_AGAIN: Final = 5.0
"""Seconds from a broken line to the next try; until then the clock alone wakes the workers."""
ARE_YOU_THERE: Final = 30.0
"""Seconds between looks whether the line on which rings come still stands."""

_HOLD: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_RING: Final = "SELECT pg_notify($1, '')"
_VERSIONS: Final = """
CREATE TABLE IF NOT EXISTS schema_version (number BIGINT PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL)
"""
_VERSION: Final = "SELECT COALESCE(MAX(number), 0) AS number FROM schema_version"
_APPLIED: Final = "INSERT INTO schema_version (number, applied_at) VALUES (:number, now())"

Result = TypeVar("Result")

log = structlog.get_logger(__name__)


class PostgresTransaction:
    """A transaction on a connection of its own."""

    def __init__(self, connection: Lent) -> None:
        self._connection = connection

    async def hold(self, name: str) -> None:
        """Wait until no other transaction holds `name`, in whichever process, and hold it to the end of this one."""
        await self._connection.execute(_HOLD, name)

    async def execute(self, statement: str, values: Values | None = None) -> int:
        """Run one statement and return the number of rows that it changed."""
        text, arguments = _bound(statement, values)
        status: str = await self._connection.execute(text, *arguments)
        # Such as `UPDATE 3` and `INSERT 0 1`; of what changes no rows there is no number.
        count = status.rpartition(" ")[2]
        return int(count) if count.isdecimal() else 0

    async def run(self, script: str) -> None:
        """Run a script of statements without values."""
        await self._connection.execute(script)

    async def fetch_one(self, statement: str, values: Values | None = None) -> Row | None:
        """Run one statement and return its first row, or None."""
        rows = await self.fetch_all(statement, values)
        return rows[0] if rows else None

    async def fetch_all(self, statement: str, values: Values | None = None) -> Sequence[Row]:
        """Run one statement and return all its rows."""
        text, arguments = _bound(statement, values)
        return [dict(record) for record in await self._connection.fetch(text, *arguments)]

    async def fetch_each(self, *statements: Statement) -> Sequence[Sequence[Row]]:
        """Run statements one after the other and return the rows of each."""
        return [await self.fetch_all(*statement) for statement in statements]


class PostgresEngine:
    """A database on a PostgreSQL server, opened by `open`."""

    def __init__(self, pool: Pool, address: str) -> None:
        self._pool = pool
        self._address = address

    @property
    def is_shared(self) -> bool:
        """Whether other processes may be at work on it: they may."""
        return True

    @classmethod
    async def open(cls, address: str, *, migrations: Path | None = None) -> Self:
        """Connect, and bring the schema up to date; of several processes that start together one does it.

        Raises:
            UnreachableError: the server cannot be reached, or does not let us in.
            SchemaTooNewError: a newer version of the bot wrote it.
            StorageError: a migration failed; the database is as it was before.
        """
        engine = cls(await connect(address), address)
        try:
            await engine._migrate(read_migrations(migrations or POSTGRESQL_MIGRATIONS))
        except BaseException:
            await engine.close()
            raise
        return engine

    async def close(self) -> None:
        """Close all connections, after what is under way on them."""
        await self._pool.close()

    def transaction(self) -> AbstractAsyncContextManager[PostgresTransaction]:
        """Begin one on a connection of its own; commit it at the end of the block, or roll it back.

        Raises:
            StorageError: the server refused, or the line to it broke; the cause is chained.
        """
        return self._transaction()

    async def run(self, work: Callable[[PostgresTransaction], Awaitable[Result]]) -> Result:
        """Do it in a transaction. Raises as `transaction`."""
        async with self._transaction() as tx:
            return await work(tx)

    def reading(self) -> AbstractAsyncContextManager[PostgresTransaction]:
        """Begin one that sees what was committed before its first statement, and writes nothing. Raises the same."""
        return self._transaction(of_one_moment=True)

    @asynccontextmanager
    async def _transaction(self, *, of_one_moment: bool = False) -> AsyncGenerator[PostgresTransaction]:
        isolation: Literal["repeatable_read"] | None = "repeatable_read" if of_one_moment else None
        try:
            async with lent(self._pool) as connection:
                transaction = connection.transaction(isolation=isolation, readonly=of_one_moment)
                is_committed = False
                try:
                    # To its end, and inside the `try`: who is cancelled right here has begun a transaction, too.
                    await to_the_end(transaction.start())
                    yield PostgresTransaction(connection)
                    await to_the_end(transaction.commit())
                    is_committed = True
                finally:
                    if not is_committed:
                        await to_the_end(_roll_back(transaction.rollback(), connection))
        except FAULTS as error:
            raise refused_by_postgresql(error) from error

    async def schema_version(self) -> int:
        """Return the number of the last migration that the database has seen."""
        async with self.transaction() as tx:
            return await _version(tx)

    async def empty_log(self) -> None:
        """Nothing to do: when a server gives up what was deleted is decided by those who run it."""

    async def ring(self) -> None:
        """Wake whoever listens.

        Raises:
            StorageError: the server refused, or the line to it broke.
        """
        try:
            async with lent(self._pool) as connection:
                await connection.execute(_RING, CHANNEL)
        except FAULTS as error:
            raise refused_by_postgresql(error) from error

    async def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` at every ring, and after every break of the line, in which one may have been missed."""
        while True:
            try:
                await self._listen_once(wake)
            except StorageError as error:
                log.info("not_listening", kind=type(error.__cause__ or error).__name__)
            await asyncio.sleep(LISTEN_AGAIN)

    async def _listen_once(self, wake: Callable[[], None]) -> None:
        def rung(*_: object) -> None:
            wake()

        try:
            connection = await connect_for_long(self._address)
            try:
                await connection.add_listener(CHANNEL, rung)
                wake()
                while True:
                    await asyncio.sleep(ARE_YOU_THERE)
                    await connection.execute("SELECT 1", timeout=ARE_YOU_THERE)
            finally:
                connection.terminate()
        except FAULTS as error:
            raise refused_by_postgresql(error) from error

    async def _migrate(self, migrations: Sequence[tuple[int, str]]) -> None:
        known = max((number for number, _ in migrations), default=0)
        async with self.transaction() as tx:
            # Before anything is looked at: of several processes that start together one makes the schema.
            await tx.hold("schema")
            await tx.execute(_VERSIONS)
            found = await _version(tx)
            if found > known:
                raise SchemaTooNewError(found, known)
            for number, script in migrations:
                if number > found:
                    await tx.run(script)
                    await tx.execute(_APPLIED, {"number": number})


def _bound(statement: str, values: Values | None) -> tuple[str, list[Any]]:
    """Return PostgreSQL's text of the statement, and its values in order."""
    text, names = for_postgresql(statement)
    known = values or {}
    # Its columns for yes and no are numbers, as in the other engine, and the driver takes no bool for one.
    given = (known[name] for name in names)
    return text, [int(value) if isinstance(value, bool) else value for value in given]


async def _version(tx: PostgresTransaction) -> int:
    return int((await tx.fetch_all(_VERSION))[0]["number"])


async def _roll_back(rollback: Awaitable[None], connection: Lent) -> None:
    with suppress(*FAULTS):  # the server has rolled it back already, or the line is gone and with it the transaction
        if not connection.is_closed():
            await rollback
