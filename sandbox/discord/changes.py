"""Waiting for the stand-in to change, without polling: every change wakes whoever waits."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Tells those who wait that something happened; what happened they look up themselves."""

    def __init__(self) -> None:
        self.count = 0
        """How many changes there were."""
        self._next = asyncio.Event()

    def announce(self) -> None:
        """Wake everybody who waits."""
        self.count += 1
        happened, self._next = self._next, asyncio.Event()
        happened.set()

    async def wait_until(self, look: Callable[[], T | None], *, timeout: float) -> T:  # noqa: ASYNC109  # the caller's deadline is the contract
        """Look now and after every change, until `look` gives something true.

        Raises:
            TimeoutError: it did not within `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while not (found := look()):
                await self._next.wait()
            return found
