"""The end of a copy that is a PostgreSQL database."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from services.database.copying.values import (
    Column,
    CopyRefusedError,
    Line,
    Refusal,
    Table,
    quoted,
    require_current,
)
from services.database.migrations import POSTGRESQL_MIGRATIONS
from services.database.postgresql import PostgresEngine
from services.database.server import Connection
from services.database.visiting import others_at_work, visiting

KINDS: Final[Mapping[str, str]] = {"bigint": "INTEGER", "text": "TEXT", "bytea": "BLOB"}
LINGERING: Final = 1.0
"""Seconds in which a line that was just hung up may still be listed."""
LOOK_AGAIN: Final = 0.1
PATIENCE: Final = "20s"
"""For locks that somebody else has."""

_VERSION: Final = "SELECT COALESCE(MAX(number), 0) FROM schema_version"
_HAS_VERSION: Final = "SELECT to_regclass('schema_version') IS NOT NULL"
_TABLES: Final = """
SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'schema_version'
"""
_COLUMNS: Final = """
SELECT column_name, data_type, identity_generation IS NOT NULL AS is_numbered FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = $1
"""
_KEY: Final = """
SELECT attribute.attname FROM pg_index AS index
CROSS JOIN LATERAL unnest(index.indkey) WITH ORDINALITY AS part (number, place)
JOIN pg_attribute AS attribute ON attribute.attrelid = index.indrelid AND attribute.attnum = part.number
WHERE index.indisprimary AND index.indrelid = $1::regclass ORDER BY part.place
"""
_NUMBERED: Final = """
SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name) AS counter
FROM information_schema.columns
WHERE table_schema = current_schema() AND identity_generation IS NOT NULL
"""
_FACT: Final = "SELECT value FROM facts WHERE name = $1"
_REMEMBER: Final = "INSERT INTO facts (name, value) VALUES ($1, $2)"


@asynccontextmanager
async def reading_server(address: str, *, is_beside: bool) -> AsyncGenerator["ServerEnd"]:
    """Read a database as it is at one moment; see `ends.reading`."""
    async with visiting(address) as connection:
        if not await connection.fetchval(_HAS_VERSION):
            raise CopyRefusedError(Refusal.NO_SOURCE)
        require_current(await connection.fetchval(_VERSION), POSTGRESQL_MIGRATIONS)
        names = await _tables(connection)
        async with connection.transaction(isolation="repeatable_read"):
            if not is_beside:
                # Before the transaction's first look, which is its moment: from then on nobody writes.
                await _lock(connection, names, "SHARE", otherwise=Refusal.SOURCE_IN_USE)
                await _require_nobody(connection, otherwise=Refusal.SOURCE_IN_USE)
            yield ServerEnd(connection)


@asynccontextmanager
async def writing_server(address: str) -> AsyncGenerator["ServerEnd"]:
    """Write a database in one transaction; see `ends.writing`."""
    async with visiting(address) as connection:
        # Before the schema is touched, and again once nobody can come any more.
        await _require_nobody(connection, otherwise=Refusal.TARGET_IN_USE)
        await (await PostgresEngine.open(address)).close()
        names = await _tables(connection)
        async with connection.transaction():
            await _lock(connection, names, "ACCESS EXCLUSIVE", otherwise=Refusal.TARGET_IN_USE)
            await _require_nobody(connection, otherwise=Refusal.TARGET_IN_USE)
            yield ServerEnd(connection)


class ServerEnd:
    """A PostgreSQL database, inside a transaction on a connection of its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def tables(self) -> Mapping[str, Table]:
        """See `End`."""
        return {name: await self._table(name) for name in await _tables(self._connection)}

    async def page(self, table: Table, *, after: Line | None, most: int) -> Sequence[Line]:
        """See `End`."""
        key = ", ".join(_ordered(table, name) for name in table.key)
        places = ", ".join(f"${number}" for number in range(1, len(table.key) + 1))
        since = "" if after is None else f"WHERE ({key}) > ({places})"
        names = ", ".join(map(quoted, table.names))
        statement = f"SELECT {names} FROM {table.rows} {since} ORDER BY {key} LIMIT {most:d}"  # noqa: S608  # the schema's own names
        return [tuple(row) for row in await self._connection.fetch(statement, *(after or ()))]

    async def sums(self, table: Table) -> Mapping[str, int]:
        """See `End`."""
        (row,) = await self._connection.fetch(f"SELECT {table.sums} FROM {table.rows}")  # noqa: S608  # the same
        return {name: int(value) for name, value in row.items()}

    async def counters(self) -> Mapping[str, int]:
        """See `End`."""
        found: dict[str, int] = {}
        for numbered in await self._connection.fetch(_NUMBERED):
            # Its text is an identifier already, quoted where it has to be.
            statement = f"SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM {numbered['counter']}"  # noqa: S608  # see above
            found[numbered["table_name"]] = await self._connection.fetchval(statement)
        return found

    async def fact(self, name: str) -> str | None:
        """See `End`."""
        value: str | None = await self._connection.fetchval(_FACT, name)
        return value

    async def empty(self, tables: Sequence[Table]) -> None:
        """See `WritableEnd`."""
        for table in tables:
            await self._connection.execute(f"ALTER TABLE {quoted(table.name)} DISABLE TRIGGER USER")
        if tables:
            await self._connection.execute(f"TRUNCATE {', '.join(quoted(table.name) for table in tables)}")

    async def add(self, table: Table, rows: Sequence[Line]) -> None:
        """See `WritableEnd`."""
        await self._connection.copy_records_to_table(table.name, records=rows, columns=[*table.names])

    async def remember(self, name: str, value: str) -> None:
        """See `WritableEnd`."""
        await self._connection.execute(_REMEMBER, name, value)

    async def finish(self, tables: Sequence[Table], counters: Mapping[str, int]) -> None:
        """See `WritableEnd`. A counter that is set so, and not by `setval`, returns with a transaction that fails."""
        for numbered in await self._connection.fetch(_NUMBERED):
            table, column = quoted(numbered["table_name"]), quoted(numbered["column_name"])
            following = counters.get(numbered["table_name"], 0) + 1
            await self._connection.execute(f"ALTER TABLE {table} ALTER COLUMN {column} RESTART WITH {following:d}")
        for each in tables:
            await self._connection.execute(f"ALTER TABLE {quoted(each.name)} ENABLE TRIGGER USER")

    async def _table(self, name: str) -> Table:
        found = sorted(await self._connection.fetch(_COLUMNS, name), key=lambda row: str(row["column_name"]))
        columns = [
            Column(name=row["column_name"], kind=KINDS.get(row["data_type"], str(row["data_type"]))) for row in found
        ]
        key = [str(row["attname"]) for row in await self._connection.fetch(_KEY, quoted(name))]
        return Table(name=name, columns=columns, key=key)


async def _tables(connection: Connection) -> Sequence[str]:
    return [str(row["tablename"]) for row in await connection.fetch(_TABLES)]


def _ordered(table: Table, name: str) -> str:
    """Return a column of the key as it is compared: texts byte by byte, as the other engine does."""
    is_text = any(column.name == name and column.kind == "TEXT" for column in table.columns)
    return f'{quoted(name)} COLLATE "C"' if is_text else quoted(name)


async def _lock(connection: Connection, names: Sequence[str], mode: str, *, otherwise: Refusal) -> None:
    """Keep others from writing, or from everything; `otherwise` is what to say where one of them does not end."""
    try:
        await connection.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        await connection.execute(f"LOCK TABLE {', '.join(map(quoted, names))} IN {mode} MODE")
    except asyncpg.LockNotAvailableError:
        raise CopyRefusedError(otherwise) from None


async def _require_nobody(connection: Connection, *, otherwise: Refusal) -> None:
    """Look whether a bot is at the database, and wait a little for the lines of one that has just left."""
    latest = asyncio.get_running_loop().time() + LINGERING
    while await others_at_work(connection):
        if asyncio.get_running_loop().time() > latest:
            raise CopyRefusedError(otherwise)
        await asyncio.sleep(LOOK_AGAIN)
