"""How the process is told to stop: SIGTERM from a supervisor, Ctrl-C from a person."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress
from types import FrameType
from typing import Any, Final

import structlog

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger(__name__)


def leave_on_sigterm() -> None:
    """Leave with 0 on a SIGTERM that comes before `stop_signal` is entered: nothing was begun that must be ended."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)


@asynccontextmanager
async def stop_signal() -> AsyncGenerator[asyncio.Event]:
    """Give an event that SIGTERM and Ctrl-C set; a second signal ends the process at once, as people expect."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        stop.set()
        for number in SIGNALS:
            loop.remove_signal_handler(number)

    for number in SIGNALS:
        loop.add_signal_handler(number, on_signal)
    try:
        yield stop
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


async def until_signal(work: Coroutine[Any, Any, None], *, name: str) -> None:
    """Do something to its end, or until a signal comes: then it is cancelled, and may take its time to close."""
    # Before anything is opened: whenever the signal comes, there is somebody to close what is open.
    async with stop_signal() as stop:
        working = asyncio.create_task(work, name=name)
        stopping = asyncio.create_task(stop.wait(), name="stop-signal")
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not working.done():
                log.info("stopping")
                working.cancel()
            with suppress(asyncio.CancelledError):
                await working
