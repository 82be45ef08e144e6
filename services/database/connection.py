"""The one connection, the one lock on it, and the one way in: a transaction."""

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

import aiosqlite
from filelock import FileLock

from services.database.files import create_private, lock_beside, refused, refused_by_sqlite
from services.database.migrations import MIGRATIONS, read_migrations, statements
from services.database.values import Row, Values
from services.errors import SchemaTooNewError

BUSY_TIMEOUT_MS: Final = 5_000
"""For a person's `sqlite3` shell on the same file; the bot itself has only one connection."""

_MARK: Final = "mark of this database"
_READ_FACT = "SELECT value FROM facts WHERE name = :name"
_WRITE_FACT = "INSERT INTO facts (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = :value"


class Transaction:
    """What may be done between the BEGIN and the COMMIT that `Database.transaction` writes."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def execute(self, statement: str, values: Values | None = None) -> int:
        """Run one statement and return the number of rows that it changed."""
        async with self._connection.execute(statement, values or {}) as cursor:
            return cursor.rowcount

    async def fetch_one(self, statement: str, values: Values | None = None) -> Row | None:
        """Run one statement and return its first row, or None."""
        rows = await self.fetch_all(statement, values)
        return rows[0] if rows else None

    async def fetch_all(self, statement: str, values: Values | None = None) -> Sequence[Row]:
        """Run one statement and return all its rows; a RETURNING clause is thereby run to its end."""
        async with self._connection.execute(statement, values or {}) as cursor:
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


class Database:
    """A SQLite file, opened by `Database.open` and closed by whoever opened it."""

    def __init__(self, connection: aiosqlite.Connection, lock: FileLock) -> None:
        self._connection = connection
        self._lock = lock
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, *, migrations: Path = MIGRATIONS) -> Self:
        """Open or create the file, readable by its owner only, and bring its schema up to date.

        Raises:
            AlreadyRunningError: another process has it open.
            SchemaTooNewError: a newer version of the bot wrote it.
            NotWritableError: the folder or the file may not be written.
            NoSpaceError: the disk is full.
            StorageError: it is not a database, or a migration failed; the file is as it was before.
        """
        lock = lock_beside(path)
        with ExitStack() as unless_opened:
            unless_opened.callback(lock.release)
            try:
                create_private(path)
                connection = await aiosqlite.connect(path, isolation_level=None)
            except OSError as error:
                raise refused(error, path) from error
            except sqlite3.Error as error:
                raise refused_by_sqlite(error) from error
            unless_opened.pop_all()
        database = cls(connection, lock)
        try:
            await database._configure()
            await database._migrate(read_migrations(migrations))
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Close the connection and give the file free. A transaction that is under way ends first."""
        async with self._turn:
            try:
                await self._connection.close()
            finally:
                self._lock.release()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """Enter the one way in: everything inside happens at once and durably, or not at all.

        Nothing but statements may be awaited inside, because everybody else waits.

        Raises:
            StorageError: SQLite refused; the cause is chained, and nothing was changed.
        """
        async with self._turn:
            is_committed = False
            try:
                # Inside the `try`: a task cancelled right here may already have begun the transaction.
                await self._connection.execute("BEGIN IMMEDIATE")
                yield Transaction(self._connection)
                await _to_the_end(self._connection.execute("COMMIT"))
                is_committed = True
            except sqlite3.Error as error:
                raise refused_by_sqlite(error) from error
            finally:
                if not is_committed:
                    await _to_the_end(self._roll_back())

    async def empty_log(self) -> None:
        """Move everything into the database file, and empty the log beside it.

        Until then what was deleted may still be read in the log, however long the process lives. Where somebody reads
        meanwhile, it is left for the next time.

        Raises:
            StorageError: SQLite refused; nothing was changed.
        """
        async with self._turn:
            try:
                await _to_the_end(self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)"))
            except sqlite3.Error as error:
                raise refused_by_sqlite(error) from error

    async def fact(self, name: str) -> str | None:
        """Return a stored fact about this installation."""
        async with self.transaction() as tx:
            row = await tx.fetch_one(_READ_FACT, {"name": name})
        return row["value"] if row else None

    async def mark(self) -> str:
        """Return twelve hexadecimal digits that tell this database from every other, made up at the first call."""
        found = await self.fact(_MARK)
        if found is None:
            found = secrets.token_hex(6)
            await self.remember(_MARK, found)
        return found

    async def remember(self, name: str, value: str) -> None:
        """Store a fact about this installation."""
        async with self.transaction() as tx:
            await tx.execute(_WRITE_FACT, {"name": name, "value": value})

    async def _roll_back(self) -> None:
        # A statement of a cancelled task may still be on its way in the driver's thread; this one queues behind it.
        with suppress(sqlite3.Error):  # nothing to roll back: BEGIN itself had failed, or SQLite already did it
            await self._connection.execute("ROLLBACK")

    async def _configure(self) -> None:
        try:
            for pragma in (
                f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
                # What is forgotten is overwritten, and not only unlinked from its page.
                "PRAGMA secure_delete = ON",
            ):
                await self._connection.execute(pragma)
        except sqlite3.Error as error:
            raise refused_by_sqlite(error) from error

    async def _migrate(self, migrations: Sequence[tuple[int, str]]) -> None:
        known = max((number for number, _ in migrations), default=0)
        found = await self.schema_version()
        if found > known:
            raise SchemaTooNewError(found, known)
        for number, script in migrations:
            if number > found:
                async with self.transaction() as tx:
                    for statement in statements(script):
                        await tx.execute(statement)
                    # A PRAGMA takes no parameters; `number` is an integer of our own.
                    await tx.execute(f"PRAGMA user_version = {number:d}")

    async def schema_version(self) -> int:
        """Return the number of the last migration that the file has seen."""
        async with self.transaction() as tx:
            row = await tx.fetch_one("PRAGMA user_version")
        return int(row["user_version"]) if row else 0


@asynccontextmanager
async def reading(path: Path) -> AsyncGenerator[Transaction]:
    """Look into the file beside whoever runs on it: nothing can be written, and nobody is kept from writing.

    Raises:
        StorageError: there is no such file, or it is not a database.
    """
    try:
        async with aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None) as opened:
            await opened.execute("BEGIN")
            yield Transaction(opened)
    except sqlite3.Error as error:
        raise refused_by_sqlite(error) from error


async def _to_the_end(work: Awaitable[object]) -> None:
    """Await to the very end, however often the task is cancelled meanwhile; then let the cancellation go on."""
    ending = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not ending.done():
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError as error:
            cancelled = error
        except sqlite3.Error:
            break
    if cancelled is not None:
        raise cancelled
    ending.result()
