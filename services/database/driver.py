"""SQLite's driver, with one way to its thread for as many statements as belong together.

The way there and back costs more than most statements do, and aiosqlite goes it for each of statement, fetch and close.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, Self, TypeVar, cast

import aiosqlite

ROWS_AT_A_TIME: Final = 64
"""aiosqlite's own default, for its way of iterating, which is not ours."""

STATEMENTS: Final = 512
"""How many are kept prepared: more than there are."""

Result = TypeVar("Result")


class Driver(aiosqlite.Connection):
    """A connection and its thread. What is sent there is done in order, even if its sender is cancelled meanwhile."""

    @classmethod
    async def connect(cls, path: Path | str) -> Self:
        """Open a file: by its path, or by an address such as `file:...?mode=ro`. Raises `sqlite3.Error`."""
        is_address = isinstance(path, str)
        driver = cls(
            partial(sqlite3.connect, path, isolation_level=None, uri=is_address, cached_statements=STATEMENTS),
            ROWS_AT_A_TIME,
        )
        try:
            await driver
        except BaseException:
            # The thread was told to stop, and answers to the loop: which may be closed unless that is waited for.
            await asyncio.to_thread(driver._thread.join)
            raise
        return driver

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do something with the connection in its thread."""
        untyped: Any = self
        return cast("Result", await untyped._execute(work, self._conn))  # noqa: SLF001  # our own parent's, for its kind
