"""SQLite, for one process: one connection, and one line of those who want it.

WAL mode with `synchronous=FULL`: a commit that returned survives a power cut, because a forgotten intent would be a
second purchase. Exactly one connection, so that no two transactions of this process can ever mix.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, Self, TypeVar
from urllib.parse import quote

from filelock import FileLock

from services.database.backups import BACKUPS_FOLDER, back_up_through, before_migration
from services.database.driver import Driver
from services.database.endings import to_the_end
from services.database.files import create_private, lock_beside, refused, refused_by_sqlite
from services.database.migrations import MIGRATIONS, read_migrations, statements
from services.database.sharing import Line
from services.database.values import Row, Statement, Values
from services.errors import OtherSchemaError, SchemaTooNewError

BUSY_TIMEOUT_MS: Final = 5_000
"""For a person's `sqlite3` shell on the same file; the bot itself has only one connection."""

LOG_PAGES: Final = 8_000
"""After so many pages of 4 KiB the log is moved into the file: seldom enough that most are moved once for many."""

Result = TypeVar("Result")


class SqliteTransaction:
    """A transaction on the one connection. `opening` returns what is to be run ahead of the next statement."""

    def __init__(self, driver: Driver, opening: Callable[[], Sequence[str]] = tuple) -> None:
        self._driver = driver
        self._opening = opening

    async def hold(self, name: str) -> None:
        """Nothing to do: this transaction is alone."""

    async def execute(self, statement: str, values: Values | None = None) -> int:
        """Run one statement and return the number of rows that it changed."""
        return await self._run(lambda connection: connection.execute(statement, values or {}).rowcount)

    async def fetch_one(self, statement: str, values: Values | None = None) -> Row | None:
        """Run one statement and return its first row, or None."""
        rows = await self.fetch_all(statement, values)
        return rows[0] if rows else None

    async def fetch_all(self, statement: str, values: Values | None = None) -> Sequence[Row]:
        """Run one statement and return all its rows; a RETURNING clause is thereby run to its end."""
        return await self._run(lambda connection: _rows(connection, statement, values or {}))

    async def fetch_each(self, *statements: Statement) -> Sequence[Sequence[Row]]:
        """Run statements one after the other, on one way to the driver's thread, and return the rows of each."""
        if not statements:
            return []
        return await self._run(lambda connection: [_rows(connection, *each) for each in statements])

    async def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        opening = self._opening()

        def opened(connection: sqlite3.Connection) -> Result:
            for statement in opening:
                connection.execute(statement)
            # Some errors, such as a full disk, end a transaction at once; what came after would be no part of any.
            if not connection.in_transaction:
                raise sqlite3.OperationalError("rolled back before")
            return work(connection)

        return await self._driver.run(opened)


class SqliteEngine:
    """A SQLite file, opened by `open`."""

    def __init__(self, driver: Driver, lock: FileLock | None) -> None:
        self._driver = driver
        self._lock = lock
        self._line = Line(driver)

    @property
    def is_shared(self) -> bool:
        """Whether other processes may be at work on it: none can."""
        return False

    @classmethod
    async def open(cls, path: Path, *, migrations: Path | None = None) -> Self:
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
                driver = await Driver.connect(path)
            except OSError as error:
                raise refused(error, path) from error
            except sqlite3.Error as error:
                raise refused_by_sqlite(error) from error
            unless_opened.pop_all()
        engine = cls(driver, lock)
        try:
            await engine._configure()
            await engine._migrate(read_migrations(migrations or MIGRATIONS), path)
        except BaseException:
            await engine.close()
            raise
        return engine

    @classmethod
    async def open_beside(cls, path: Path) -> Self:
        """Open a file on which a bot may be running, for a change that may happen at any time. Nothing is migrated.

        Raises:
            OtherSchemaError: it is not of this version's schema.
            StorageError: there is no such file, or it is not a database.
        """
        try:
            engine = cls(await Driver.connect(f"file:{quote(str(path))}?mode=rw"), None)
        except sqlite3.Error as error:
            raise refused_by_sqlite(error) from error
        try:
            await engine._configure()
            await engine._require_schema(max(number for number, _ in read_migrations(MIGRATIONS)))
        except BaseException:
            await engine.close()
            raise
        return engine

    async def _require_schema(self, known: int) -> None:
        found = await self.schema_version()
        if found != known:
            raise OtherSchemaError(found, known)

    async def close(self) -> None:
        """Close the connection and give the file free. Transactions that are under way or in line end first."""
        await self._line.empty()
        async with self._line.between_groups:
            try:
                await self._driver.close()
            finally:
                if self._lock is not None:
                    self._lock.release()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[SqliteTransaction]:
        """Enter the one way in: everything inside happens at once and durably, or not at all.

        Nothing but statements may be awaited inside, because everybody else waits.

        Raises:
            StorageError: SQLite refused; the cause is chained, and nothing was changed.
        """
        try:
            async with self._line.turn() as turn:
                yield SqliteTransaction(self._driver, turn.open)
        except sqlite3.Error as error:
            raise refused_by_sqlite(error) from error

    def reading(self) -> AbstractAsyncContextManager[SqliteTransaction]:
        """Do the same: nobody writes meanwhile."""
        return self.transaction()

    async def empty_log(self) -> None:
        """Move everything into the database file, and empty the log beside it.

        Until then what was deleted may still be read in the log, however long the process lives. Where somebody reads
        meanwhile, it is left for the next time.

        Raises:
            StorageError: SQLite refused; nothing was changed.
        """
        async with self._line.between_groups:
            try:
                await to_the_end(self._driver.run(_empty_log))
            except sqlite3.Error as error:
                raise refused_by_sqlite(error) from error

    async def ring(self) -> None:
        """Nothing to do: there is no other process."""

    async def listen(self, wake: Callable[[], None]) -> None:
        """Wait for what never comes: there is no other process."""
        del wake
        await asyncio.Future[None]()

    async def _configure(self) -> None:
        try:
            for pragma in (
                f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
                # What is forgotten is overwritten, and not only unlinked from its page.
                "PRAGMA secure_delete = ON",
                # Savepoints keep what they may have to put back in memory: of prompts nothing lies in temporary files.
                "PRAGMA temp_store = MEMORY",
                f"PRAGMA wal_autocheckpoint = {LOG_PAGES}",
            ):
                await self._driver.execute(pragma)
        except sqlite3.Error as error:
            raise refused_by_sqlite(error) from error

    async def _migrate(self, migrations: Sequence[tuple[int, str]], path: Path) -> None:
        known = max((number for number, _ in migrations), default=0)
        found = await self.schema_version()
        if found > known:
            raise SchemaTooNewError(found, known)
        if 0 < found < known:
            # There is no way back from a migration but this.
            await self._keep(path.parent / BACKUPS_FOLDER / before_migration(found, known))
        for number, script in migrations:
            if number > found:
                async with self.transaction() as tx:
                    for statement in statements(script):
                        await tx.execute(statement)
                    # A PRAGMA takes no parameters; `number` is an integer of our own.
                    await tx.execute(f"PRAGMA user_version = {number:d}")

    async def _keep(self, target: Path) -> None:
        try:
            await back_up_through(self._driver, target)
        except OSError as error:
            raise refused(error, target) from error
        except sqlite3.Error as error:
            raise refused_by_sqlite(error) from error

    async def schema_version(self) -> int:
        """Return the number of the last migration that the file has seen."""
        async with self.transaction() as tx:
            row = await tx.fetch_one("PRAGMA user_version")
        return int(row["user_version"]) if row else 0


@asynccontextmanager
async def reading(path: Path) -> AsyncGenerator[SqliteTransaction]:
    """Look into the file beside whoever runs on it: nothing can be written, and nobody is kept from writing.

    Raises:
        StorageError: there is no such file, or it is not a database.
    """
    try:
        driver = await Driver.connect(f"file:{quote(str(path))}?mode=ro")
        try:
            await driver.execute("BEGIN")
            yield SqliteTransaction(driver)
        finally:
            await driver.close()
    except sqlite3.Error as error:
        raise refused_by_sqlite(error) from error


def _rows(connection: sqlite3.Connection, statement: str, values: Values) -> list[Row]:
    cursor = connection.execute(statement, values)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _empty_log(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
