"""SQLite, for one process: one connection, and one line of those who want it.

WAL mode with `synchronous=FULL`: a commit that returned survives a power cut, because a forgotten intent would be a
second purchase. Exactly one connection, so that no two transactions of this process can ever mix.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

from filelock import FileLock

from services.database.backups import BACKUPS_FOLDER, back_up_through, before_migration
from services.database.driver import Driver
from services.database.endings import to_the_end
from services.database.files import create_private, lock_beside, refused, refused_by_sqlite
from services.database.migrations import MIGRATIONS, read_migrations, statements
from services.database.sharing import Line
from services.database.sqlite_transaction import SqliteTransaction, done_at_once
from services.errors import OtherSchemaError, SchemaTooNewError

BUSY_TIMEOUT_MS: Final = 5_000
"""For a person's `sqlite3` shell on the same file; the bot itself has only one connection."""

LOG_PAGES: Final = 8_000
"""After so many pages of 4 KiB the log is moved into the file: seldom enough that most are moved once for many."""

Result = TypeVar("Result")


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

    async def run(self, work: Callable[[SqliteTransaction], Coroutine[Any, Any, Result]]) -> Result:
        """Do what awaits nothing but its statements, on one way to the driver's thread.

        Raises:
            StorageError: SQLite refused; the cause is chained, and nothing was changed.
        """
        try:
            return await self._line.run(lambda connection: done_at_once(connection, work))
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


def _empty_log(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
