"""Who this process is among those that share a database, and where its clips lie.

A process owns a slot of its data folder: the first whose lock file is free. The name under which it leases jobs belongs
to the slot, so whoever starts after a crash has the name of the dead and can give its leases up at once. Several
processes may so share a data folder and never touch each other's clips. Where no data folder outlives its process, the
leases of a dead one run out.
"""

import os
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog
from filelock import FileLock, Timeout

from services.database.files import OWNER_ONLY, refused

CLIPS_FOLDER: Final = "clips"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One process of the bot."""

    name: str
    """The owner of its leases."""
    clips: Path
    """The folder of its clips, which is nobody else's."""


def alone(folder: Path) -> Instance:
    """Return the one process on a database that takes no other: whatever was leased before it is free."""
    return Instance(name=f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}", clips=folder / CLIPS_FOLDER)


@contextmanager
def one_of_several(folder: Path) -> Generator[Instance]:
    """Take the first free slot of the data folder, and hold it in the block.

    Raises:
        StorageError: the folder may not be written, or its disk is full.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        slot, lock = _first_free(folder)
    except OSError as error:
        raise refused(error, folder / "instance.lock") from error
    with lock:
        try:
            instance = Instance(name=_name(folder / f"{slot}.id"), clips=folder / CLIPS_FOLDER / slot)
        except OSError as error:
            raise refused(error, folder / "instance.lock") from error
        log.info("instance", slot=slot, name=instance.name)
        yield instance


def forsaken(folder: Path) -> Iterator[Path]:
    """Yield the clip folders of slots that nobody is in now, and keep everybody out of each meanwhile."""
    for left in sorted((folder / CLIPS_FOLDER).glob("instance-*")):
        lock = FileLock(folder / f"{left.name}.lock", timeout=0, mode=OWNER_ONLY)
        with suppress(Timeout), lock:
            yield left


def _first_free(folder: Path) -> tuple[str, FileLock]:
    """Return the name of a slot and its lock, taken."""
    for number in count():
        slot = f"instance-{number}"
        lock = FileLock(folder / f"{slot}.lock", timeout=0, mode=OWNER_ONLY)
        try:
            lock.acquire()
        except Timeout:
            continue
        return slot, lock
    raise AssertionError  # counting has no end


def _name(file: Path) -> str:
    """Return the name of a slot, made up when it was taken for the first time. The lock keeps others from the file."""
    known = file.read_text(encoding="ascii").strip() if file.exists() else ""
    if known:
        return known
    name = f"instance-{uuid4().hex[:12]}"
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "w", encoding="ascii") as written:
        written.write(name + "\n")
    part.replace(file)
    return name
