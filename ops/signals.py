"""How the process is told to stop: SIGTERM from a supervisor, Ctrl-C from a person."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


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
