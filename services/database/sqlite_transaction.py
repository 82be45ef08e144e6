"""What may be done in a transaction of SQLite's, from the event loop or in the driver's own thread."""

import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar, cast

from services.database.sharing import Opening
from services.database.values import Row, Statement, Values

Result = TypeVar("Result")


class _Runner(Protocol):
    """Does something with the connection."""

    async def run(self, work: Callable[[sqlite3.Connection], Result], /) -> Result: ...


class _AtOnce:
    """Does it here and now: for whoever is in the driver's thread already."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def run(self, work: Callable[[sqlite3.Connection], Result], /) -> Result:
        return work(self._connection)


def _nothing() -> None:
    """Open nothing."""


class SqliteTransaction:
    """A transaction on the one connection. `opening` returns what is to be done ahead of the next statement."""

    def __init__(self, driver: _Runner, opening: Callable[[], Opening | None] = _nothing) -> None:
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
            if opening is not None:
                opening(connection)
            # Some errors, such as a full disk, end a transaction at once; what came after would be no part of any.
            if not connection.in_transaction:
                raise sqlite3.OperationalError("rolled back before")
            return work(connection)

        return await self._driver.run(opened)


def done_at_once(
    connection: sqlite3.Connection, work: Callable[[SqliteTransaction], Coroutine[Any, Any, Result]]
) -> Result:
    """Do in the driver's thread what awaits nothing but its statements, which do not wait there.

    Raises:
        RuntimeError: it awaits something else.
    """
    doing = work(SqliteTransaction(_AtOnce(connection)))
    try:
        doing.send(None)
    except StopIteration as end:
        return cast("Result", end.value)
    doing.close()
    raise RuntimeError("a transaction awaits nothing but its statements")


def _rows(connection: sqlite3.Connection, statement: str, values: Values) -> list[Row]:
    cursor = connection.execute(statement, values)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]
