"""One door for tests to the stored truth: where the database of a test is, and a look into it from outside.

What a bot stored is read here as another program would, past the bot's own code, in whichever engine the tests run on.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol

FILE: Final = "bot.sqlite3"
SQLITE_TABLES: Final = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
SQLITE_SCHEMA: Final = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"

Rows = Sequence[Mapping[str, Any]]


class NothingStoredError(LookupError):
    """There is no database yet, or not the table that was asked for."""


class Stored(Protocol):
    """The database of one test."""

    @property
    def where(self) -> Path | str:
        """What `Database.open` takes."""
        ...

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings that lead a bot to it whose data folder is the test's, by their names in lower case."""
        ...

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Run one statement beside the bot, commit, and return its rows.

        Raises:
            NothingStoredError: there is no such table yet.
        """
        ...

    async def fetched(self, statement: str) -> list[dict[str, Any]]:
        """Do the same while the test's loop goes on: for what may have to wait for somebody on it."""
        ...

    def faults(self) -> list[str]:
        """Return what a whole database has none of: broken pages or references, and forgotten transactions."""
        ...

    def tables(self) -> list[str]:
        """Return the names of all tables, in order."""
        ...

    def schema(self) -> list[dict[str, Any]]:
        """Return how everything is built, to be compared with itself."""
        ...

    def contents(self) -> dict[str, bytes]:
        """Return what is stored apart from the data folder, by table: where secrets are looked for."""
        ...


class Ground(Protocol):
    """Where databases of tests stand: one engine."""

    def stored(self, folder: Path, *, is_empty: bool = False) -> AbstractContextManager[Stored]:
        """Make room for one database, to be gone after the block.

        `folder` is the data folder of a bot. `is_empty` asks for one that no bot ever opened.
        """
        ...


@dataclass(frozen=True, slots=True)
class SqliteStored:
    """A file in a bot's data folder."""

    where: Path

    @property
    def settings(self) -> Mapping[str, str]:
        """None: a bot looks there by itself."""
        return {}

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """See `Stored`."""
        try:
            with closing(sqlite3.connect(f"{self.where.as_uri()}?mode=rw", uri=True)) as opened, opened:
                opened.row_factory = sqlite3.Row
                return [dict(row) for row in opened.execute(statement)]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_CANTOPEN" or "no such table" in str(error):
                raise NothingStoredError from error
            raise

    async def fetched(self, statement: str) -> list[dict[str, Any]]:
        """See `Stored`."""
        return await asyncio.to_thread(self.rows, statement)

    def faults(self) -> list[str]:
        """See `Stored`."""
        checks = [row for row in self.rows("PRAGMA integrity_check") if row != {"integrity_check": "ok"}]
        return [str(row) for row in (*checks, *self.rows("PRAGMA foreign_key_check"))]

    def tables(self) -> list[str]:
        """See `Stored`."""
        return [row["name"] for row in self.rows(SQLITE_TABLES)]

    def schema(self) -> list[dict[str, Any]]:
        """See `Stored`."""
        return self.rows(SQLITE_SCHEMA)

    def contents(self) -> dict[str, bytes]:
        """Return nothing: it lies in the data folder."""
        return {}


@dataclass(frozen=True, slots=True)
class SqliteGround:
    """Files. The first bot makes its own, or finds a copy of `template`."""

    template: Path | None = None

    @contextmanager
    def stored(self, folder: Path, *, is_empty: bool = False) -> Generator[Stored]:
        """See `Ground`."""
        if self.template is not None and not is_empty:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(self.template, folder / FILE)
        yield SqliteStored(folder / FILE)


def let_identify(stored: Stored) -> None:
    """Let the next process identify at once, as if its predecessor had done so long ago: seconds that no test wants.

    Call it while none runs. A process that is alone on its database takes no turns.
    """
    if stored.settings:
        with suppress(NothingStoredError):
            stored.rows("UPDATE identify_turns SET free_at = 0")


@contextmanager
def anywhere(ground: Ground) -> Generator[Stored]:
    """Make room for a database in a folder of its own: for a test that needs a new one for each of its examples."""
    with TemporaryDirectory() as folder, ground.stored(Path(folder)) as made:
        yield made
