"""The file and the lock beside it: who may read it, who runs on it, and what its errors mean for an owner."""

import errno
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from services.errors import AlreadyRunningError, NoSpaceError, NotWritableError, StorageError

OWNER_ONLY: Final = 0o600
_NOT_OURS: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_SQLITE_NOT_OURS: Final = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")
_SQLITE_FULL: Final = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")
"""How the names of SQLite's codes begin: the second one is of the memory that it maps beside the database."""


def is_in_use(path: Path) -> bool:
    """Whether a bot runs on the file. Asked by taking its lock for an instant; raises what `Database.open` does."""
    if path.with_suffix(".lock").exists():
        try:
            lock_beside(path).release()
        except AlreadyRunningError:
            return True
    return False


def lock_beside(path: Path) -> FileLock:
    """Take the lock file beside the database, so that a second bot on the same data leaves at once.

    Raises:
        AlreadyRunningError: another process has it.
        StorageError: the folder or the file may not be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(path.with_suffix(".lock"), timeout=0, mode=OWNER_ONLY)
        lock.acquire()
    except Timeout:
        raise AlreadyRunningError(path.name) from None
    except OSError as error:
        raise refused(error, path) from error
    return lock


def refused(error: OSError, path: Path) -> StorageError:
    """Return what an error of the file system means for whoever runs the bot."""
    reason = f"cannot write to {path.parent}: {error.strerror or type(error).__name__}"
    if error.errno in _NOT_OURS:
        return NotWritableError(reason)
    return NoSpaceError(reason) if error.errno in _FULL else StorageError(reason)


def refused_by_sqlite(error: sqlite3.Error) -> StorageError:
    """Return what an error of SQLite's means for whoever runs the bot."""
    # What the driver itself raises, such as a value that is missing, has no code of SQLite's.
    code: str = getattr(error, "sqlite_errorname", "no code")
    reason = f"{type(error).__name__}: {code}"
    if code.startswith(_SQLITE_NOT_OURS):
        return NotWritableError(reason)
    return NoSpaceError(reason) if code.startswith(_SQLITE_FULL) else StorageError(reason)


def create_private(path: Path) -> None:
    """Create the file before SQLite does; its journal files take over the mode of the database."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
    path.chmod(OWNER_ONLY)
