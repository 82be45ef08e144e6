"""Databases for tests on one PostgreSQL server: each a copy of a template that was migrated once, dropped later."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg

from sandbox.postgresql import Address
from services.database import Database
from tests.postgresql.aside import Aside
from tests.stored import NothingStoredError, Stored

TEMPLATE: Final = "template_of_tests"
EMPTY: Final = "template0"
SERVERS_OWN: Final = "postgres"
FILE_BY_FILE: Final = (15, "STRATEGY file_copy")
"""Since this version a server writes a copy to its log page by page unless told so, which takes twice as long."""
TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
SCHEMA: Final = """
SELECT kind, name, built FROM (
    SELECT 'column' AS kind, table_name || '.' || column_name AS name,
           data_type || is_nullable || COALESCE(column_default, '') AS built
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'view', viewname, definition FROM pg_views WHERE schemaname = 'public'
    UNION ALL SELECT 'rule', conname, pg_get_constraintdef(pg_constraint.oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS everything ORDER BY kind, name, built
"""
FORGOTTEN: Final = """
SELECT pid, state, query FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
"""


async def make_template(address: Address) -> None:
    """Make the database that all others are copies of; once for a server."""
    connection = await asyncpg.connect(address.url(SERVERS_OWN))
    try:
        await connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {EMPTY}")
    finally:
        await connection.close()
    await (await Database.open(address.url(TEMPLATE))).close()


class Line:
    """A connection to one database that is opened when it is first needed."""

    def __init__(self, url: str, aside: Aside) -> None:
        self._url = url
        self._aside = aside
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Run one statement and return its rows, while the caller waits."""
        return self._aside.run(self._rows(statement))

    async def fetched(self, statement: str) -> list[dict[str, Any]]:
        """Run one statement and return its rows, while the caller's loop goes on."""
        return await self._aside.running(self._rows(statement))

    def close(self) -> None:
        """Hang up."""
        self._aside.run(self._close())

    async def _rows(self, statement: str) -> list[dict[str, Any]]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url)
            # A sum of whole numbers is one too.
            await self._connection.set_type_codec(
                "numeric", schema="pg_catalog", encoder=str, decoder=lambda text: int(Decimal(text)), format="text"
            )
        return [dict(record) for record in await self._connection.fetch(statement)]

    async def _close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


class PostgresStored:
    """One database of the server's."""

    def __init__(self, where: str, line: Line) -> None:
        self.where = where
        self._line = line

    @property
    def settings(self) -> Mapping[str, str]:
        """Its address."""
        return {"database_url": self.where}

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """See `Stored`."""
        try:
            return self._line.rows(statement)
        except asyncpg.UndefinedTableError as error:
            raise NothingStoredError from error

    async def fetched(self, statement: str) -> list[dict[str, Any]]:
        """See `Stored`."""
        try:
            return await self._line.fetched(statement)
        except asyncpg.UndefinedTableError as error:
            raise NothingStoredError from error

    def faults(self) -> list[str]:
        """See `Stored`. The server itself answers for its pages and references."""
        return [str(row) for row in self.rows(FORGOTTEN)]

    def tables(self) -> list[str]:
        """See `Stored`."""
        return [row["tablename"] for row in self.rows(TABLES)]

    def schema(self) -> list[dict[str, Any]]:
        """See `Stored`."""
        return self.rows(SCHEMA)

    def contents(self) -> dict[str, bytes]:
        """See `Stored`."""
        return {name: repr(self.rows(f"SELECT * FROM {name}")).encode() for name in self.tables()}  # noqa: S608  # its own names


class PostgresGround:
    """A server. Made by `standing_on`."""

    def __init__(self, address: Address, aside: Aside, server: Line) -> None:
        self.address = address
        self._aside = aside
        self._server = server
        (found,) = server.rows("SELECT current_setting('server_version_num')::int / 10000 AS version")
        self._how = FILE_BY_FILE[1] if found["version"] >= FILE_BY_FILE[0] else ""

    @contextmanager
    def stored(self, folder: Path, *, is_empty: bool = False) -> Generator[Stored]:
        """See `Ground`; nothing of it lies in the folder."""
        del folder
        name = f"test_{uuid4().hex}"
        self._server.rows(f"CREATE DATABASE {name} TEMPLATE {EMPTY if is_empty else TEMPLATE} {self._how}")
        line = Line(self.address.url(name), self._aside)
        try:
            yield PostgresStored(self.address.url(name), line)
        finally:
            line.close()
            # Processes of a test that are being killed may still have lines of theirs.
            self._server.rows(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def standing_on(address: Address) -> Generator[PostgresGround]:
    """Use a server that has its template."""
    with Aside() as aside:
        server = Line(address.url(SERVERS_OWN), aside)
        try:
            yield PostgresGround(address, aside, server)
        finally:
            server.close()
