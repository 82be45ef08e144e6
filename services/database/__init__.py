"""The database: one way in, a transaction. The only importer of a database driver.

SQLite for one process, PostgreSQL for more. The statements are the same; what only PostgreSQL needs stands in a comment
of the form `/*postgresql FOR UPDATE*/`. Each engine has its own numbered schema.
"""

import sqlite3
from typing import Final

from services.database.backups import (
    BACKUPS_FOLDER,
    back_up,
    backups_in,
    damage_of,
    new_name,
    put_back,
    schema_of,
)
from services.database.door import Database, Transaction
from services.database.files import is_in_use
from services.database.inventory import inventory
from services.database.looking import reading
from services.database.migrations import MIGRATIONS, POSTGRESQL_MIGRATIONS, read_migrations
from services.database.values import Row, Statement, Values, moment, stored

SQLITE_VERSION: Final = sqlite3.sqlite_version_info
NEWEST_SCHEMA: Final = max(number for number, _ in read_migrations(MIGRATIONS))
"""The one of a SQLite file that this version of the bot has written."""

__all__ = [
    "BACKUPS_FOLDER",
    "MIGRATIONS",
    "NEWEST_SCHEMA",
    "POSTGRESQL_MIGRATIONS",
    "SQLITE_VERSION",
    "Database",
    "Row",
    "Statement",
    "Transaction",
    "Values",
    "back_up",
    "backups_in",
    "damage_of",
    "inventory",
    "is_in_use",
    "moment",
    "new_name",
    "put_back",
    "read_migrations",
    "reading",
    "schema_of",
    "stored",
]
