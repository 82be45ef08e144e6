"""A database that counts what it is asked, and the processor time of whoever answers."""

import os
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from services.database import Row, Statement, Transaction, Values
from services.database.door import Engine, Result, Work

TICKS: Final = os.sysconf("SC_CLK_TCK")
PARENT, USER, SYSTEM = 1, 11, 12
"""Where they stand in proc(5)'s `stat`, counted from the state of the process."""


class CountingTransaction:
    """A transaction that counts its statements."""

    def __init__(self, tx: Transaction, count: Callable[[], None]) -> None:
        self._tx = tx
        self._count = count

    async def hold(self, name: str) -> None:
        """See `Transaction`."""
        self._count()
        await self._tx.hold(name)

    async def execute(self, statement: str, values: Values | None = None) -> int:
        """See `Transaction`."""
        self._count()
        return await self._tx.execute(statement, values)

    async def fetch_one(self, statement: str, values: Values | None = None) -> Row | None:
        """See `Transaction`."""
        self._count()
        return await self._tx.fetch_one(statement, values)

    async def fetch_all(self, statement: str, values: Values | None = None) -> Sequence[Row]:
        """See `Transaction`."""
        self._count()
        return await self._tx.fetch_all(statement, values)

    async def fetch_each(self, *statements: Statement) -> Sequence[Sequence[Row]]:
        """See `Transaction`."""
        for _ in statements:
            self._count()
        return await self._tx.fetch_each(*statements)


class CountingEngine:
    """An engine behind which another does the work."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.statements = 0

    @property
    def is_shared(self) -> bool:
        """See `Database`."""
        return self._engine.is_shared

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """See `Database`."""
        async with self._engine.transaction() as tx:
            yield CountingTransaction(tx, self._count)

    async def run(self, work: Work[Result]) -> Result:
        """See `Database`."""
        return await self._engine.run(lambda tx: work(CountingTransaction(tx, self._count)))

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Transaction]:
        """See `Database`."""
        async with self._engine.reading() as tx:
            yield CountingTransaction(tx, self._count)

    def _count(self) -> None:
        self.statements += 1

    async def schema_version(self) -> int:
        """See `Database`."""
        return await self._engine.schema_version()

    async def empty_log(self) -> None:
        """See `Database`."""
        await self._engine.empty_log()

    async def ring(self) -> None:
        """See `Database`."""
        await self._engine.ring()

    async def listen(self, wake: Callable[[], None]) -> None:
        """See `Database`."""
        await self._engine.listen(wake)

    async def close(self) -> None:
        """See `Database`."""
        await self._engine.close()


def seconds_used(server: int | None) -> float:
    """Return the processor time of this process, and of a PostgreSQL server's sessions (by the server's process id).

    SQLite works in our own threads. What a server does besides, such as sweeping, is nobody's cost here.
    """
    return time.process_time() + (_of_children(server) if server else 0.0)


def _of_children(server: int) -> float:
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text(encoding="ascii", errors="replace").rpartition(") ")
        except OSError:  # it has just ended
            continue
        fields = rest.split()
        if int(fields[PARENT]) == server and "postgres" in name:
            total += int(fields[USER]) + int(fields[SYSTEM])
    return total / TICKS
