"""The door to the stored truth: one way in, a transaction, whichever engine stands behind it."""

import secrets
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final, Protocol, Self, TypeAlias, TypeVar

from services.database.sqlite import SqliteEngine
from services.database.values import Row, Statement, Values
from services.errors import DriverMissingError

_MARK: Final = "mark of this database"
_READ_FACT = "SELECT value FROM facts WHERE name = :name"
_WRITE_FACT = "INSERT INTO facts (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = :value"
_WRITE_NEW_FACT = "INSERT INTO facts (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING"


class Transaction(Protocol):
    """What may be done between the BEGIN and the COMMIT that `Database.transaction` writes."""

    async def hold(self, name: str) -> None:
        """Wait until no other transaction holds `name`, and hold it to the end of this one.

        For what is checked first and written then. An engine that runs one transaction at a time has nothing to do.
        """
        ...

    async def execute(self, statement: str, values: Values | None = None) -> int:
        """Run one statement and return the number of rows that it changed."""
        ...

    async def fetch_one(self, statement: str, values: Values | None = None) -> Row | None:
        """Run one statement and return its first row, or None."""
        ...

    async def fetch_all(self, statement: str, values: Values | None = None) -> Sequence[Row]:
        """Run one statement and return all its rows; a RETURNING clause is thereby run to its end."""
        ...

    async def fetch_each(self, *statements: Statement) -> Sequence[Sequence[Row]]:
        """Run statements one after the other and return the rows of each.

        The way to an engine costs more than a statement, and one that can goes it once for all of them.
        """
        ...


Result = TypeVar("Result")
Work: TypeAlias = Callable[[Transaction], Coroutine[Any, Any, Result]]


class Engine(Protocol):
    """What keeps the rows. `Database` says what each method is for."""

    @property
    def is_shared(self) -> bool: ...  # noqa: D102  # see the class

    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...  # noqa: D102  # see the class

    async def run(self, work: Work[Result]) -> Result: ...  # noqa: D102  # see the class

    def reading(self) -> AbstractAsyncContextManager[Transaction]: ...  # noqa: D102  # see the class

    async def schema_version(self) -> int: ...  # noqa: D102  # see the class

    async def empty_log(self) -> None: ...  # noqa: D102  # see the class

    async def ring(self) -> None: ...  # noqa: D102  # see the class

    async def listen(self, wake: Callable[[], None]) -> None: ...  # noqa: D102  # see the class

    async def close(self) -> None: ...  # noqa: D102  # see the class


class Database:
    """A SQLite file or a PostgreSQL database, opened by `Database.open` and closed by whoever opened it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    async def open(cls, where: Path | str, *, migrations: Path | None = None) -> Self:
        """Open a database and bring its schema up to date: a file (`Path`), or the address of a PostgreSQL database.

        A file is created where there is none, readable by its owner only. `migrations` is a folder of numbered scripts.

        Raises:
            AlreadyRunningError: another process has the file open.
            SchemaTooNewError: a newer version of the bot wrote it.
            NotWritableError: the folder, the file or the database may not be written.
            NoSpaceError: the disk is full.
            DriverMissingError: the address needs the extra `postgres`, which is not installed.
            UnreachableError: the server cannot be reached, or does not let us in.
            StorageError: it is not a database, or a migration failed; it is as it was before.
        """
        if isinstance(where, Path):
            return cls(await SqliteEngine.open(where, migrations=migrations))
        try:
            # Deferred: its driver is an extra, which one process with a file has no use for.
            from services.database.postgresql import PostgresEngine  # noqa: PLC0415  # see above
        except ModuleNotFoundError as error:
            raise DriverMissingError(f"no module {error.name}") from None
        return cls(await PostgresEngine.open(where, migrations=migrations))

    @classmethod
    async def open_beside(cls, where: Path | str) -> Self:
        """Open a database beside the bot that may be running on it, for a change that may happen at any time.

        Raises:
            OtherSchemaError: it is not of this version's schema, and only a bot that starts brings it there.
            UnreachableError, DriverMissingError, StorageError: as `open`.
        """
        # A server takes as many as come, and those that come at once agree on who brings the schema up to date.
        return cls(await SqliteEngine.open_beside(where)) if isinstance(where, Path) else await cls.open(where)

    @property
    def is_shared(self) -> bool:
        """Whether other processes may be at work on it."""
        return self._engine.is_shared

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Enter the one way in: everything inside happens at once and durably, or not at all.

        Nothing but statements may be awaited inside, because others wait.

        Raises:
            StorageError: the engine refused; the cause is chained, and nothing was changed. Should the connection to a
                server break in the very moment of the commit, it may have been changed: read it again.
        """
        return self._engine.transaction()

    async def run(self, work: Work[Result]) -> Result:
        """Do `work` in a transaction and return what it returns: the fastest way in, for what happens most.

        SQLite does it in the driver's thread from beginning to end, which `work` must not notice: it awaits nothing but
        its statements, and changes nothing that others see. Cancelled meanwhile, it is done or was never begun.

        Raises:
            StorageError: as `transaction`. What `work` raises comes through, and nothing was changed.
        """
        return await self._engine.run(work)

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """Enter to read what belongs together: all that is read inside is of one moment. Nothing may be written.

        In a `transaction`, each statement sees what others have committed by then.

        Raises:
            StorageError: the engine refused; the cause is chained.
        """
        return self._engine.reading()

    async def fact(self, name: str) -> str | None:
        """Return a stored fact about this installation."""
        async with self.transaction() as tx:
            row = await tx.fetch_one(_READ_FACT, {"name": name})
        return row["value"] if row else None

    async def remember(self, name: str, value: str) -> None:
        """Store a fact about this installation."""
        async with self.transaction() as tx:
            await tx.execute(_WRITE_FACT, {"name": name, "value": value})

    async def mark(self) -> str:
        """Return twelve hexadecimal digits that tell this database from every other, made up at the first call."""
        found = await self.fact(_MARK)
        if found is not None:
            return found
        async with self.transaction() as tx:
            await tx.execute(_WRITE_NEW_FACT, {"name": _MARK, "value": secrets.token_hex(6)})
            # Another process may have been first.
            row = (await tx.fetch_all(_READ_FACT, {"name": _MARK}))[0]
        return str(row["value"])

    async def schema_version(self) -> int:
        """Return the number of the last migration that the database has seen."""
        return await self._engine.schema_version()

    async def empty_log(self) -> None:
        """See to it that what was deleted cannot be read in the engine's own log, as far as that is in our hands.

        Where somebody reads meanwhile, it is left for the next time.

        Raises:
            StorageError: the engine refused; nothing was changed.
        """
        await self._engine.empty_log()

    async def ring(self) -> None:
        """Wake everybody who listens, in every process. Only a courtesy: nothing may depend on its being heard.

        Raises:
            StorageError: the engine refused.
        """
        await self._engine.ring()

    async def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` at every ring, and whenever one may have been missed; runs until it is cancelled."""
        await self._engine.listen(wake)

    async def close(self) -> None:
        """Close all connections. A transaction that is under way ends first."""
        await self._engine.close()
