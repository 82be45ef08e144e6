"""The database: one connection, one lock, one way in. The only importer of a database driver.

SQLite in WAL mode with `synchronous=FULL`: a commit that returned survives a power cut, because a forgotten intent
would be a second purchase. Exactly one connection, so that no two transactions of this process can ever mix.
"""

import sqlite3
from typing import Final

from services.database.connection import Database, Transaction, reading
from services.database.files import is_in_use
from services.database.migrations import MIGRATIONS
from services.database.values import Row, Values, moment, stored

SQLITE_VERSION: Final = sqlite3.sqlite_version_info

__all__ = [
    "MIGRATIONS",
    "SQLITE_VERSION",
    "Database",
    "Row",
    "Transaction",
    "Values",
    "is_in_use",
    "moment",
    "reading",
    "stored",
]
