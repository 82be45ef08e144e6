"""Copies of a SQLite file that are whole, made beside whoever runs on it, and put back only where nobody does."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import aiosqlite

from services.database.files import create_private, lock_beside, refused, refused_by_sqlite
from services.errors import StorageError

BACKUPS_FOLDER: Final = "backups"
_NAME: Final = "bot-%Y%m%dT%H%M%S.%fZ.sqlite3"
_PATTERN: Final = "bot-[0-9]*T[0-9]*Z.sqlite3"
_TABLES_OF_OURS: Final = frozenset({"jobs", "limits", "facts"})


def back_up(database: Path, target: Path) -> None:
    """Copy the database as it is at this moment, in one piece, to a file that only its owner may read.

    Whoever runs on it is neither stopped nor kept from writing: what they write meanwhile is not in the copy. The file
    appears under its name once it is whole and on disk.

    Raises:
        StorageError: there is no such database, the copy is damaged, or it cannot be written.
    """
    unfinished = target.with_name(f".{target.name}.part")
    try:
        _remove_with_log(unfinished)
        create_private(unfinished)
        with closing(sqlite3.connect(_read_only(database), uri=True)) as source, closing(_opened(unfinished)) as copy:
            # All pages in one step: a copy in several begins anew whenever somebody writes, and might never end.
            source.backup(copy)
            # A copy is one file: what it is read with later decides on its journal.
            copy.execute("PRAGMA journal_mode = DELETE")
        damage = damage_of(unfinished)
        if damage:
            raise StorageError(f"the copy is damaged: {damage[0]}")
        _put(unfinished, target)
    except OSError as error:
        raise refused(error, target) from error
    except sqlite3.Error as error:
        raise refused_by_sqlite(error) from error
    finally:
        _remove_with_log(unfinished)


async def back_up_through(connection: aiosqlite.Connection, target: Path) -> None:
    """Do the same through an open connection, before something is done to its file that cannot be undone.

    Raises:
        OSError, sqlite3.Error: it cannot be written.
    """
    unfinished = target.with_name(f".{target.name}.part")
    target.parent.mkdir(mode=0o700, exist_ok=True)
    _remove_with_log(unfinished)
    create_private(unfinished)
    async with aiosqlite.connect(unfinished) as copy:
        await connection.backup(copy)
        await copy.execute("PRAGMA journal_mode = DELETE")
    _put(unfinished, target)


def new_name(now: datetime) -> str:
    """Return how a backup of that moment is called; names sort by age."""
    return now.strftime(_NAME)


def before_migration(found: int, known: int) -> str:
    """Return how the copy is called that is made before a schema is brought from one number to another."""
    return f"before-schema-{known:04d}-from-{found:04d}.sqlite3"


def backups_in(folder: Path) -> Sequence[Path]:
    """Return the backups in a folder that have names of `new_name`, the newest first."""
    return sorted(folder.glob(_PATTERN), reverse=True)


def damage_of(path: Path) -> Sequence[str]:
    """Return what SQLite finds wrong with a file, in its own words; empty where it is a whole database of ours.

    Raises:
        StorageError: there is no such file, or it is no database.
    """
    try:
        with closing(sqlite3.connect(_read_only(path), uri=True)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
            tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        raise refused_by_sqlite(error) from error
    if found != ["ok"]:
        return found
    return [] if tables >= _TABLES_OF_OURS else ["it is a database, but not one of this bot"]


def schema_of(path: Path) -> int:
    """Return the number of the last migration that the file has seen. Raises what `damage_of` does."""
    try:
        with closing(sqlite3.connect(_read_only(path), uri=True)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as error:
        raise refused_by_sqlite(error) from error


def put_back(backup: Path, database: Path, *, keep_present_as: Path) -> None:
    """Let a backup take the place of the database, which is first copied to `keep_present_as` where there is one.

    Raises:
        AlreadyRunningError: a bot runs on the database.
        StorageError: one of the two cannot be read or written; the database is then as it was.
    """
    with lock_beside(database):
        if database.exists():
            keep_present_as.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            back_up(database, keep_present_as)
        arriving = database.with_name(f".{database.name}.arriving")
        try:
            # Copied by the same way: the backup stays where it is, and what takes its place is known to be whole.
            back_up(backup, arriving)
            # The log of the present database would be played into the one that takes its place.
            _remove_log(database)
            _put(arriving, database)
        except OSError as error:
            raise refused(error, database) from error


def _read_only(path: Path) -> str:
    return f"file:{quote(str(path))}?mode=ro"


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def _put(unfinished: Path, target: Path) -> None:
    """Give the file its name, so that after a power cut there is either nothing of that name or all of it."""
    _sync(unfinished)
    unfinished.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_with_log(path: Path) -> None:
    path.unlink(missing_ok=True)
    _remove_log(path)


def _remove_log(path: Path) -> None:
    for end in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + end).unlink(missing_ok=True)
