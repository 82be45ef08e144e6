"""An event loop whose timers run fast, and much faster while nothing but a long wait is left.

As `tests.e2e.hasty`, but the pace can change: a minute that the bot waits after a refusal takes a second. Only timers
hasten; sockets, files and the clock on the wall stay what they are.
"""

import asyncio
import selectors
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from tests.e2e.hasty import SPEED

HURRY: Final = 60


class _Pace:
    """The loop's own clock: continuous, whatever the speed was meanwhile."""

    def __init__(self) -> None:
        self.speed = SPEED
        self._since = time.monotonic()
        self._read_then = self._since

    def read(self) -> float:
        return self._read_then + (time.monotonic() - self._since) * self.speed

    def change(self, speed: int) -> None:
        self._since, self._read_then = time.monotonic(), self.read()
        self.speed = speed


class _PacedSelector(selectors.DefaultSelector):
    """Waits as long as the loop believes, which is shorter than it says."""

    def __init__(self, pace: _Pace) -> None:
        super().__init__()
        self._pace = pace

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / self._pace.speed)


class HurryingLoop(asyncio.SelectorEventLoop):
    """Believes that time passes `SPEED` times as fast, and `HURRY` times where a test says so."""

    def __init__(self) -> None:
        self._pace = _Pace()
        super().__init__(_PacedSelector(self._pace))

    def time(self) -> float:
        """Return the loop's own time, in seconds."""
        return self._pace.read()

    @contextmanager
    def hurried(self) -> Generator[None]:
        """Run faster inside: for a wait in which nothing is under way that could be too slow for it."""
        self._pace.change(HURRY)
        try:
            yield
        finally:
            self._pace.change(SPEED)


def hurried() -> AbstractContextManager[None]:
    """Let the running loop run faster, as `HurryingLoop.hurried`."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, HurryingLoop)
    return loop.hurried()
