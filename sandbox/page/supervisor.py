"""Keeps the bot's process: starts it, kills it in mid-sentence, starts it again on what it left behind."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from sandbox.demo.bot_process import FRONT_DOOR, LAST_LINES, stop


class BotState(StrEnum):
    """How the bot's process is, as whoever started it knows."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    KILLED = "killed"
    """By `Supervisor.kill`: it could not say goodbye."""
    STOPPED = "stopped"
    """By `Supervisor.stop`."""
    CRASHED = "crashed"
    """By itself."""


ENDS_AS: Final = frozenset({BotState.KILLED, BotState.STOPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How the process is now. `starts` counts its lives, `since` is when this state began."""

    state: BotState
    starts: int
    since: datetime


class Supervisor:
    """One bot at a time, always on the same data.

    Args:
        environment: the settings that the bot is given, read anew at each start.
        folder: where it runs and where its log is kept; what lies there survives it.
        changed: called after every change of its state.
    """

    def __init__(
        self, *, environment: Callable[[], Mapping[str, str]], folder: Path, changed: Callable[[], None]
    ) -> None:
        self.life = Life(state=BotState.NOT_STARTED, starts=0, since=datetime.now(UTC))
        self.lives: list[Life] = []
        """Every turn that it took, oldest first."""
        self._environment = environment
        self._folder = folder
        self._changed = changed
        self._process: Process | None = None
        self._watching: asyncio.Task[None] | None = None
        # Two clicks at once must not start two bots.
        self._turn = asyncio.Lock()

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the bot, unless it runs."""
        async with self._turn:
            if self.is_running:
                return
            await self._end_watching()
            with self._log.open("ab") as sink:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, str(FRONT_DOOR), "run"),
                    env=self._environment(),
                    cwd=self._folder,
                    stdin=DEVNULL,
                    stdout=sink,
                    stderr=sink,
                )
            self._turns_into(BotState.RUNNING, starts=self.life.starts + 1)
            self._watching = asyncio.create_task(self._watch(self._process), name="watching the bot")

    async def kill(self) -> None:
        """End the bot as a power cut would (SIGKILL), and return once it is gone. Harmless where it does not run."""
        async with self._turn:
            if self._process is None or not self.is_running:
                return
            self._turns_into(BotState.KILLED)
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """Tell the bot to end, and return once it has. Harmless where it does not run."""
        async with self._turn:
            if self._process is not None and self.is_running:
                self._turns_into(BotState.STOPPED)
                await stop(self._process)
            await self._end_watching()

    def last_lines(self, most: int = LAST_LINES) -> list[str]:
        """Return the end of the bot's log, over all its lives."""
        try:
            return self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-most:]
        except FileNotFoundError:
            return []

    @property
    def _log(self) -> Path:
        return self._folder / "bot.log"

    async def _watch(self, process: Process) -> None:
        await process.wait()
        if self.life.state not in ENDS_AS:
            self._turns_into(BotState.CRASHED)

    async def _end_watching(self) -> None:
        if self._watching is not None:
            await self._watching
            self._watching = None

    def _turns_into(self, state: BotState, *, starts: int | None = None) -> None:
        count = self.life.starts if starts is None else starts
        self.life = Life(state=state, starts=count, since=datetime.now(UTC))
        self.lives.append(self.life)
        self._changed()
