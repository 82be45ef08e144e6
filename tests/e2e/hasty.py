"""An event loop whose timers run fast: some waits belong to discord.py or are the bot's own, and last seconds.

Only timers hasten. Sockets, files and the clock on the wall stay what they are, so nothing of ours is replaced.
"""

import asyncio
import selectors
from typing import Final

SPEED: Final = 5


class _HastySelector(selectors.DefaultSelector):
    """Waits as long as the loop believes, which is shorter than it says."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / SPEED)


class HastyLoop(asyncio.SelectorEventLoop):
    """Believes that time passes `SPEED` times as fast."""

    def __init__(self) -> None:
        super().__init__(_HastySelector())

    def time(self) -> float:
        """Return the loop's own time, in seconds."""
        return super().time() * SPEED
