"""The list of models, kept fresh: fetched by one task at a time, and good for a day if the API is silent."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.errors import UpstreamError
from services.models import VideoModel

_log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)

Fetch = Callable[[], Awaitable[tuple[VideoModel, ...]]]

FRESH_FOR: Final = timedelta(minutes=10)
KEPT_FOR: Final = timedelta(hours=24)
PAUSE_AFTER_FAILURE: Final = timedelta(seconds=30)
# A member's command must be answered within three seconds, so an old list, or none, is better than a late one.
PATIENCE: Final = 1.5


class Listing:
    """The models as last listed. `close()` ends a fetch that is under way."""

    def __init__(self, fetch: Fetch, *, clock: Callable[[], datetime], patience: float = PATIENCE) -> None:
        self._fetch = fetch
        self._clock = clock
        self._patience = patience
        self._models: tuple[VideoModel, ...] = ()
        self._fetched_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._refresh: asyncio.Task[None] | None = None

    def cached(self) -> tuple[VideoModel, ...]:
        """The last good list, empty if it is more than a day old; never waits."""
        return self._models if _within(self._fetched_at, self._clock(), KEPT_FOR) else ()

    async def models(self) -> tuple[VideoModel, ...]:
        """The list, fetched anew when it is due; empty when there is none to be had.

        Whoever finds it due starts the fetch and waits a moment for it. Whoever comes during a fetch gets the last
        good list at once; only without one do they wait the same moment. The fetch goes on when nobody waits for it.
        """
        is_mine = self._start_if_due()
        if self._refresh is None or (self.cached() and not is_mine):
            return self.cached()
        await asyncio.wait({self._refresh}, timeout=self._patience)
        return self.cached()

    async def close(self) -> None:
        """End a fetch that is under way. Harmless twice."""
        if self._refresh is not None:
            self._refresh.cancel()
            await asyncio.wait({self._refresh})

    def _start_if_due(self) -> bool:
        now = self._clock()
        is_due = not _within(self._fetched_at, now, FRESH_FOR) and not _within(
            self._failed_at, now, PAUSE_AFTER_FAILURE
        )
        if not is_due or self._refresh is not None:
            return False
        self._refresh = asyncio.create_task(self._fetch_once(), name="catalogue-refresh")
        self._refresh.add_done_callback(self._ended)
        return True

    async def _fetch_once(self) -> None:
        try:
            models = await self._fetch()
        except UpstreamError as error:
            self._failed(type(error).__name__)
            return
        if not models:
            # An empty shop is a mistake of theirs: keep what we know.
            self._failed("empty")
            return
        self._models, self._fetched_at, self._failed_at = models, self._clock(), None

    def _failed(self, reason: str) -> None:
        self._failed_at = self._clock()
        _log.warning("catalogue_refresh_failed", reason=reason, kept=len(self.cached()))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._refresh = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed_at = self._clock()
            _log.error("catalogue_refresh_died", exc_info=error)


def _within(moment: datetime | None, now: datetime, span: timedelta) -> bool:
    # A moment in the future means that the clock was set back; trusting it would hold an old list for as long.
    return moment is not None and timedelta(0) <= now - moment < span
