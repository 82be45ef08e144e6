"""A terminal with somebody at it: a real pseudo-terminal, on which a command of the bot is the foreground process."""

import asyncio
import os
import pty
import sys
import termios
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from tests.crash.process import KEPT, PATIENCE, ROOT

LAUNCH: Final = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""In a session of its own the terminal is made the controlling one: then Ctrl-C is a signal, as it is for people."""
LOOK_AGAIN: Final = 0.01
"""Seconds, until a program has turned the echo off."""


class Terminal:
    """One run of a command. `screen` is everything that ever appeared."""

    def __init__(self, process: asyncio.subprocess.Process, *, keyboard: int, line: int) -> None:
        self._process = process
        self._keyboard = keyboard
        self._line = line
        self._changed = asyncio.Event()
        self._read_to = 0
        self.screen = ""

    def read(self) -> None:
        """Take over what was written to the terminal."""
        self.screen += os.read(self._keyboard, 65_536).decode(errors="replace").replace("\r\n", "\n")
        self._changed.set()

    async def sees(self, words: str) -> None:
        """Wait until these words appear after those that were waited for before."""
        try:
            async with asyncio.timeout(PATIENCE):
                while (found := self.screen.find(words, self._read_to)) < 0:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"no {words!r} in:\n{self.screen[self._read_to :]}") from None
        self._read_to = found + len(words)

    def types(self, text: str) -> None:
        """Type a line."""
        os.write(self._keyboard, f"{text}\r".encode())

    async def types_unseen(self, secret: str) -> None:
        """Type a line as soon as the terminal shows nothing that is typed."""
        async with asyncio.timeout(PATIENCE):
            while termios.tcgetattr(self._line)[3] & termios.ECHO:  # noqa: ASYNC110  # nothing tells of it
                await asyncio.sleep(LOOK_AGAIN)
        self.types(secret)

    def presses_ctrl_c(self) -> None:
        """Press Ctrl-C."""
        os.write(self._keyboard, b"\x03")

    async def exit_code(self) -> int:
        """Wait until the command has ended."""
        async with asyncio.timeout(PATIENCE):
            return await self._process.wait()


@asynccontextmanager
async def terminal(*arguments: str, folder: Path, environment: Mapping[str, str]) -> AsyncGenerator[Terminal]:
    """Run a command of the bot in `folder`, on a terminal of its own; it is killed when the block ends."""
    keyboard, line = pty.openpty()
    loop = asyncio.get_running_loop()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", LAUNCH, str(ROOT / "bot.py"), *arguments),
        cwd=folder,
        env={name: os.environ[name] for name in KEPT if name in os.environ} | dict(environment),
        stdin=line,
        stdout=line,
        stderr=line,
        start_new_session=True,
    )
    opened = Terminal(process, keyboard=keyboard, line=line)
    loop.add_reader(keyboard, opened.read)
    try:
        yield opened
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        loop.remove_reader(keyboard)
        os.close(keyboard)
        os.close(line)
