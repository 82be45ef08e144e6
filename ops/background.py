"""Work that goes on beside the bot and ends with it: named, kept hold of, and never dead without a word."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol

import structlog

log = structlog.get_logger(__name__)


class Loop(Protocol):
    """What runs until it is told to stop, and then ends what it has in hand."""

    async def run(self) -> None:
        """Run."""
        ...

    def stop(self) -> None:
        """Begin nothing new."""
        ...


async def until_one_ends(
    loops: Mapping[str, Loop],
    *,
    connection: Coroutine[Any, Any, None],
    leaving: Callable[[], None],
    patience: timedelta,
) -> None:
    """Run the loops, by their names, beside the connection until one of all ends, or we are cancelled.

    Then `leaving` is called, the loops get `patience` to end what they have in hand, and the connection, which they
    need for that, is cut last. What any of them raised comes out.
    """
    working = [asyncio.create_task(loop.run(), name=name) for name, loop in loops.items()]
    connected = asyncio.create_task(connection, name="gateway")
    try:
        await asyncio.wait({*working, connected}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving()
        for loop in loops.values():
            loop.stop()
        if working:
            await asyncio.wait(working, timeout=patience.total_seconds())
        for task in (*working, connected):
            task.cancel()
        outcomes = await asyncio.gather(*working, connected, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None], *, name: str) -> AsyncGenerator[None]:
    """Run `work`, which may be cut off anywhere, until the block ends. Should it die before, the log says so."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_note_death)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def _note_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("background_task_died", task=task.get_name(), exc_info=task.exception())
