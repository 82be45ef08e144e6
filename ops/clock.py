"""What time it is by Discord's clock, however wrong the host's is and whoever sets it meanwhile.

Every job is dated by the id of its interaction, which is Discord's time. If the age of a job were taken by the host's
clock, setting that one forward would end every video under way, paid for as they are. So the host's clock is read once;
from then on a counter that nobody can set carries the time, and every answer of Discord's REST API puts it right.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
import structlog

NEAR_ENOUGH: Final = timedelta(seconds=5)
"""An answer states whole seconds, and takes some on its way."""

log = structlog.get_logger(__name__)


class DiscordClock:
    """Tells the time, aware and in UTC. `counter` counts seconds and is never set."""

    def __init__(
        self, *, host: Callable[[], datetime] | None = None, counter: Callable[[], float] | None = None
    ) -> None:
        self._counter = counter or seconds_passed
        self._known, self._known_at = (host or _host_time)(), self._counter()

    def now(self) -> datetime:
        """Return the time."""
        return self._known + timedelta(seconds=self._counter() - self._known_at)

    def hear(self, stated: datetime) -> None:
        """Take it that it is now the time that Discord states."""
        error = stated - self.now()
        if abs(error) > NEAR_ENOUGH:
            self._known, self._known_at = stated, self._counter()
            log.warning("clock_corrected", by_seconds=round(error.total_seconds()))

    def listening(self) -> aiohttp.TraceConfig:
        """Return what makes a session of aiohttp's, which speaks to nobody but Discord, tell this clock the time."""

        async def hear(_session: object, _context: object, ended: aiohttp.TraceRequestEndParams) -> None:
            stated = _stated_in(ended.response.headers.get("Date", ""))
            if stated is not None:
                self.hear(stated)

        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(hear)
        return trace


def seconds_passed() -> float:
    """Return a count of seconds that goes on while the machine sleeps, where the system has one."""
    clock: int | None = getattr(time, "CLOCK_BOOTTIME", None)  # Linux only
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def _host_time() -> datetime:
    return datetime.now(UTC)


def _stated_in(header: str) -> datetime | None:
    try:
        stated = parsedate_to_datetime(header)
    except ValueError:
        return None
    return stated.replace(tzinfo=UTC) if stated.tzinfo is None else stated
