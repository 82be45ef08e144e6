"""Whether there is room on the disk, known at any moment without asking it.

A full disk takes no clip and no row of the database. So requests are turned away while there is still room to finish
those under way.
"""

import asyncio
import shutil
from pathlib import Path
from typing import Final

import structlog

LOOK_EVERY: Final = 5.0
"""Seconds."""
MEBIBYTE: Final = 1024 * 1024

log = structlog.get_logger(__name__)


class DiskWatch:
    """Watches the disk that `folder` is on; there is room while at least `floor_bytes` of it are free."""

    def __init__(self, folder: Path, *, floor_bytes: int) -> None:
        self._folder = folder
        self._floor = floor_bytes
        self._has_room = True

    def has_room(self) -> bool:
        """Whether there was room at the last look."""
        return self._has_room

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Look now. In a thread, because a disk that is in trouble may take its time."""
        try:
            free = (await asyncio.to_thread(shutil.disk_usage, self._folder)).free
        except OSError as error:
            # A disk that cannot be asked is none that a paid clip should be trusted to.
            log.warning("disk_not_readable", kind=type(error).__name__)
            free = -1
        has_room = free >= self._floor
        if has_room != self._has_room:
            note = log.info if has_room else log.warning
            note("disk_has_room_again" if has_room else "disk_full", free_mb=free // MEBIBYTE)
        self._has_room = has_room
