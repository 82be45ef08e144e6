"""Removes clips and pictures that belong to nobody any more, once an hour: what a crash or a full disk left behind."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.errors import StorageError
from services.generation.shelf import ClipShelf
from services.jobs import JobStore, PictureBook
from services.pictures import PictureKeeper

TIDY_EVERY: Final = timedelta(hours=1)

log = structlog.get_logger(__name__)


class Janitor:
    """Tidies the shelves while jobs come and go."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        shelf: ClipShelf,
        book: PictureBook,
        pictures: PictureKeeper,
        clock: Callable[[], datetime],
        every: timedelta = TIDY_EVERY,
    ) -> None:
        self._jobs = jobs
        self._shelf = shelf
        self._book = book
        self._pictures = pictures
        self._now = clock
        self._every = every

    async def run(self) -> None:
        """Tidy again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._every.total_seconds())
            try:
                removed = await self.tidy()
            except (StorageError, OSError) as error:
                log.warning("not_tidied", kind=type(error).__name__)
            else:
                if removed:
                    log.info("tidied", files=removed)

    async def tidy(self) -> int:
        """Remove what no job wants, and return how many files that were."""
        # The folder before the jobs: a file that is here already, and whose job is at rest after that, is nobody's.
        found = self._shelf.files()
        removed = await asyncio.to_thread(self._shelf.discard, found, keep=await self._jobs.unfinished())
        return removed + await self._pictures.tidy(lambda: self._book.wanted(now=self._now()))
