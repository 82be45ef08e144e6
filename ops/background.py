"""Work that goes on beside the bot and ends with it: named, kept hold of, and never dead without a word."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

log = structlog.get_logger(__name__)


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
