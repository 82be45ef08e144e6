"""Makes workers look for work: the one of this process at once, those of the others by a ring that nobody waits for."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from services.errors import BotError

log = structlog.get_logger(__name__)


class Ringing(Protocol):
    """What carries a ring to other processes. `services.database.Database` is one."""

    async def ring(self) -> None:
        """Wake everybody who listens."""
        ...


class Bell:
    """`own` wakes the worker of this process, where it has one; `others` carries the ring, where there are others."""

    def __init__(self, *, own: Callable[[], None] | None, others: Ringing | None) -> None:
        self._own = own
        self._others = others
        self._is_pulled = asyncio.Event()

    def wake(self) -> None:
        """Say that there is work. It takes no time and raises nothing, however often it is done."""
        if self._own is not None:
            self._own()
        self._is_pulled.set()

    async def run(self) -> None:
        """Carry the rings, many at once as one, until cancelled. One that fails is forgotten: workers look anyway."""
        while self._others is not None:
            await self._is_pulled.wait()
            self._is_pulled.clear()
            try:
                await self._others.ring()
            except BotError as error:
                log.info("not_rung", kind=type(error).__name__)
