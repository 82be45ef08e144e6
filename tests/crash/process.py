"""Processes of the bot: started with an environment, killed, stopped, and read."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 30.0
"""Seconds for anything that a healthy process does within one or two, on a machine that others use too."""
KEPT: Final = ("PATH", "HOME", "LANG", "SYSTEMROOT")
"""What a process keeps of our environment; everything else could be a setting of the developer's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotProcess:
    """One process. Its output is in `log`, as it came."""

    pid: int
    log: Path
    exiting: "asyncio.Task[int]"
    """Ends with the exit code, negative for a signal."""

    @property
    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self.exiting.done()

    def kill(self) -> None:
        """End it as by `kill -9`."""
        self._send(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to stop, as a supervisor does."""
        self._send(signal.SIGTERM)

    async def exit_code(self, *, within: float = PATIENCE) -> int:
        """Wait until it has ended.

        Raises:
            TimeoutError: it did not within so many seconds.
        """
        async with asyncio.timeout(within):
            return await asyncio.shield(self.exiting)

    async def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        self.terminate()
        return await self.exit_code()

    async def die(self) -> None:
        """Kill it, and wait until it is gone."""
        self.kill()
        await self.exit_code()

    @property
    def output(self) -> str:
        """Everything that was printed to its log."""
        return printed(self.log)

    def _send(self, number: signal.Signals) -> None:
        # It may have ended by itself before anybody read so.
        if not self.is_over:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Start(Protocol):
    """Starts a bot; its output goes to the end of `log`."""

    async def __call__(self, environment: Mapping[str, str], *, folder: Path, log: Path) -> BotProcess:
        """Return the process, which runs in `folder`."""
        ...


def printed(log: Path) -> str:
    """Return what is in a log; nothing where no process has begun to write one."""
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def events(log: Path) -> list[Mapping[str, Any]]:
    """Return the events of a log; lines that are none, such as a warning of Python itself, become one each."""
    found: list[Mapping[str, Any]] = []
    for line in printed(log).splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            found.append({"event": line, "level": "unknown"})
    return found


async def run_bot(
    environment: Mapping[str, str], *, folder: Path, log: Path, arguments: Sequence[str] = ("bot.py", "run")
) -> BotProcess:
    """Start `bot.py run` as an owner would, in a folder without any `.env`."""
    script, *rest = arguments
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / script),
            *rest,
            cwd=folder,
            env={name: os.environ[name] for name in KEPT if name in os.environ} | dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    return BotProcess(pid=process.pid, log=log, exiting=asyncio.create_task(process.wait()))


class Nursery:
    """Forks one bot at a time from a process that has imported everything. Made by `nursery`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def __call__(self, environment: Mapping[str, str], *, folder: Path, log: Path) -> BotProcess:
        """Fork a bot that runs in `folder`. The one before must have ended."""
        wanted = {"environment": dict(environment), "folder": str(folder), "log": str(log)}
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the nursery was started without pipes")
        stdin.write(json.dumps(wanted).encode() + b"\n")
        await stdin.drain()
        pid = await self._answer("pid", stdout)
        return BotProcess(pid=pid, log=log, exiting=asyncio.create_task(self._answer("exit", stdout)))

    async def close(self) -> None:
        """End, with whatever is still running."""
        os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()

    @staticmethod
    async def _answer(word: str, stdout: asyncio.StreamReader) -> int:
        line = (await stdout.readline()).decode().split()
        if len(line) != 2 or line[0] != word:
            raise RuntimeError(f"the nursery was to say {word!r} and said {line}")
        return int(line[1])


@asynccontextmanager
async def nursery() -> AsyncGenerator[Nursery]:
    """Open a nursery."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.crash.launcher",
        "--nursery",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    opened = Nursery(process)
    try:
        yield opened
    finally:
        await opened.close()
