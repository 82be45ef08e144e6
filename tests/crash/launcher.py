"""Starts the real bot in a process that may be told where to die: `python -m tests.crash.launcher`.

`CRASH_AT` names the point (`http:7:before`), `CRASH_MUTANT` the faults to put in, with commas; without either this is
`bot.py run`. With `--nursery` it imports everything once and then forks a process for every line that it reads, because
importing takes longer than everything else that a cell does. A line is JSON:
`{"environment": {...}, "folder": "where to run", "log": "where its output goes"}`; the answers are `pid N` and,
once the process has ended, `exit N`, negative for a signal.
"""

import json
import os
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress

import bot
from tests.crash import fuses
from tests.crash.mutants import MUTANTS
from tests.crash.points import Point


def live() -> None:
    """Be the bot, with what the environment asks for."""
    for name in filter(None, os.environ.get("CRASH_MUTANT", "").split(",")):
        MUTANTS[name]()
    point = os.environ.get("CRASH_AT")
    if point:
        fuses.lay(Point.read(point))
    bot.cli(["run"])


def nurse() -> None:
    """Fork a bot for every line, one after the other, until there are no more lines."""
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            _grow_up(wanted["environment"], folder=wanted["folder"], log=wanted["log"])
        _say(f"pid {child}")
        _, status = os.waitpid(child, 0)
        _say(f"exit {os.waitstatus_to_exitcode(status)}")


def _grow_up(environment: Mapping[str, str], *, folder: str, log: str) -> None:
    """Turn this fork into what a new process would be, live, and end."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    code = 1
    try:
        live()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:  # noqa: BLE001  # what an uncaught exception does to a process
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    nurse() if "--nursery" in sys.argv[1:] else live()
