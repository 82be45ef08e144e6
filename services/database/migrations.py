"""The schema: numbered scripts, each applied once, in one transaction."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from services.errors import StorageError

MIGRATIONS: Final = Path(__file__).parents[1] / "sql"
POSTGRESQL_MIGRATIONS: Final = MIGRATIONS / "postgresql"


def read_migrations(folder: Path) -> Sequence[tuple[int, str]]:
    """Return the number and the text of each, the first first."""
    files = sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    return [(int(file.name[:4]), file.read_text(encoding="utf-8")) for file in files]


def statements(script: str) -> Iterable[str]:
    """Split a script, because the driver's own `executescript` would commit behind our back.

    Raises:
        StorageError: it ends in the middle of a statement.
    """
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if any(line.strip() and not line.strip().startswith("--") for line in statement.splitlines()):
        raise StorageError("a migration ends in the middle of a statement")
