"""The end of a copy that is a SQLite file."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import aiosqlite

from services.database.copying.values import (
    Column,
    CopyRefusedError,
    Line,
    Refusal,
    Table,
    quoted,
    require_current,
)
from services.database.files import lock_beside, refused_by_sqlite
from services.database.migrations import MIGRATIONS
from services.database.sqlite import SqliteEngine
from services.errors import AlreadyRunningError

UNSTORABLE: Final = "\0"
"""The one character that a text of SQLite's may hold and one of PostgreSQL's may not."""
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

_TABLES: Final = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
_COLUMNS: Final = "SELECT name, type, pk FROM pragma_table_info(?1)"
_COUNTERS: Final = "SELECT name, seq FROM sqlite_sequence"
_NUMBERED: Final = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
_FORGET_COUNTERS: Final = "DELETE FROM sqlite_sequence"
_COUNT_ON: Final = "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)"
_TRIGGERS: Final = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
_FACT: Final = "SELECT value FROM facts WHERE name = ?1"
_REMEMBER: Final = "INSERT INTO facts (name, value) VALUES (?1, ?2)"


@asynccontextmanager
async def reading_file(path: Path, *, is_beside: bool) -> AsyncGenerator["FileEnd"]:
    """Read a file as it is at one moment; see `ends.reading`."""
    if not await asyncio.to_thread(path.is_file):
        raise CopyRefusedError(Refusal.NO_SOURCE)
    with ExitStack() as stack:
        if not is_beside:
            try:
                stack.callback(lock_beside(path).release)
            except AlreadyRunningError:
                raise CopyRefusedError(Refusal.SOURCE_IN_USE) from None
        try:
            async with aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None) as opened:
                await opened.execute("BEGIN")
                end = FileEnd(opened)
                require_current(await end.schema(), MIGRATIONS)
                yield end
        except sqlite3.Error as error:
            raise refused_by_sqlite(error) from error


@asynccontextmanager
async def writing_file(path: Path) -> AsyncGenerator["FileEnd"]:
    """Write a file in one transaction; see `ends.writing`."""
    try:
        engine = await SqliteEngine.open(path)
    except AlreadyRunningError:
        raise CopyRefusedError(Refusal.TARGET_IN_USE) from None
    try:
        # Beside the engine, which holds the file and does nothing: what is written here has no place in its door.
        async with aiosqlite.connect(path, isolation_level=None) as opened:
            for pragma in ("synchronous = FULL", "secure_delete = ON"):
                await opened.execute(f"PRAGMA {pragma}")
            await opened.execute("BEGIN IMMEDIATE")
            yield FileEnd(opened)
            await opened.execute("COMMIT")
    except sqlite3.Error as error:
        raise refused_by_sqlite(error) from error
    finally:
        await engine.close()


class FileEnd:
    """A SQLite file, inside a transaction on a connection of its own. Closing the connection rolls back."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._triggers: Sequence[tuple[str, str]] = ()

    async def schema(self) -> int:
        """Return the number of the last migration; 0 of a file that no bot made."""
        return int((await self._rows("PRAGMA user_version"))[0][0])

    async def tables(self) -> Mapping[str, Table]:
        """See `End`."""
        return {name: await self._table(name) for (name,) in await self._rows(_TABLES)}

    async def page(self, table: Table, *, after: Line | None, most: int) -> Sequence[Line]:
        """See `End`. A character that no text of PostgreSQL's can hold is replaced, as the bot does by now."""
        key = ", ".join(map(quoted, table.key))
        places = ", ".join(f"?{number}" for number in range(1, len(table.key) + 1))
        since = "" if after is None else f"WHERE ({key}) > ({places})"
        names = ", ".join(map(quoted, table.names))
        statement = f"SELECT {names} FROM {table.rows} {since} ORDER BY {key} LIMIT {most:d}"  # noqa: S608  # the schema's own names
        return [_storable(row) for row in await self._rows(statement, after or ())]

    async def sums(self, table: Table) -> Mapping[str, int]:
        """See `End`."""
        async with self._connection.execute(f"SELECT {table.sums} FROM {table.rows}") as cursor:  # noqa: S608  # the same
            names = [column[0] for column in cursor.description]
            return dict(zip(names, await cursor.fetchone() or (), strict=True))

    async def counters(self) -> Mapping[str, int]:
        """See `End`."""
        counted: dict[str, int] = dict(await self._rows(_COUNTERS))
        return {name: counted.get(name, 0) for (name,) in await self._rows(_NUMBERED)}

    async def fact(self, name: str) -> str | None:
        """See `End`."""
        rows = await self._rows(_FACT, (name,))
        return rows[0][0] if rows else None

    async def empty(self, tables: Sequence[Table]) -> None:
        """See `WritableEnd`. The triggers are taken off, and put back as they were."""
        self._triggers = await self._rows(_TRIGGERS)
        for name, _ in self._triggers:
            await self._connection.execute(f"DROP TRIGGER {quoted(name)}")
        for table in tables:
            await self._connection.execute(f"DELETE FROM {quoted(table.name)}")  # noqa: S608  # the same

    async def add(self, table: Table, rows: Sequence[Line]) -> None:
        """See `WritableEnd`."""
        names = ", ".join(map(quoted, table.names))
        places = ", ".join("?" for _ in table.columns)
        statement = f"INSERT INTO {quoted(table.name)} ({names}) VALUES ({places})"  # noqa: S608  # the same
        await self._connection.executemany(statement, rows)

    async def remember(self, name: str, value: str) -> None:
        """See `WritableEnd`."""
        await self._connection.execute(_REMEMBER, (name, value))

    async def finish(self, tables: Sequence[Table], counters: Mapping[str, int]) -> None:
        """See `WritableEnd`."""
        del tables
        for _, sql in self._triggers:
            await self._connection.execute(sql)
        await self._connection.execute(_FORGET_COUNTERS)
        await self._connection.executemany(_COUNT_ON, [(name, last) for name, last in counters.items() if last])

    async def _table(self, name: str) -> Table:
        found = await self._rows(_COLUMNS, (name,))
        # In an order of names, because the engines do not agree on any other.
        columns = [Column(name=column, kind=kind) for column, kind, _ in sorted(found)]
        key = [column for place, column in sorted((place, column) for column, _, place in found) if place]
        return Table(name=name, columns=columns, key=key)

    async def _rows(self, statement: str, values: Line = ()) -> list[tuple[Any, ...]]:
        async with self._connection.execute(statement, values) as cursor:
            return [tuple(row) for row in await cursor.fetchall()]


def _storable(row: tuple[Any, ...]) -> Line:
    if any(isinstance(value, str) and UNSTORABLE in value for value in row):
        return tuple(value.replace(UNSTORABLE, REPLACEMENT) if isinstance(value, str) else value for value in row)
    return row
