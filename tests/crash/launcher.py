"""Starts the real bot in a process that may be told where to die: `python -m tests.crash.launcher`.

`CRASH_AT` names the point (`http:7:before`), `CRASH_WHILE` a file without which none counts, `CRASH_MUTANT`
the faults to put in, with commas; without any this is
`bot.py run`. A process that ends without having died says how many points of that series it passed.

With `--nursery` it imports everything once and then forks a process for every line that it reads, because importing
takes longer than everything else that a cell does. A line is JSON:
`{"environment": {...}, "folder": "where to run", "log": "where its output goes"}`; the answers are `pid N` and,
once the process has ended, `exit N`, negative for a signal. Where the lines end while a process lives,
whoever wrote them is gone, however that came: the nursery kills the process and ends.
"""

import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import bot
from cogs.languages import LANGUAGES, language_of
from tests.crash import fuses
from tests.crash.mutants import MUTANTS
from tests.crash.points import Point


def live() -> None:
    """Be the bot, with what the environment asks for."""
    for name in filter(None, os.environ.get("CRASH_MUTANT", "").split(",")):
        MUTANTS[name]()
    point, only_while = os.environ.get("CRASH_AT"), os.environ.get("CRASH_WHILE")
    counter = fuses.lay(Point.read(point), only_while=Path(only_while) if only_while else None) if point else None
    try:
        bot.cli(["run"])
    finally:
        if counter is not None:
            _say(json.dumps({"event": "passed", "level": "info", "points": counter.passed}))


def nurse() -> None:
    """Fork a bot for every line, one after the other, until there are no more lines."""
    for code in LANGUAGES:
        # Read here, as the modules are: a fork has the catalogues already.
        language_of(code)
    for line in sys.stdin:
        wanted = json.loads(line)
        ended, ending = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ended)
            _grow_up(wanted["environment"], folder=wanted["folder"], log=wanted["log"])
        os.close(ending)
        with suppress(BrokenPipeError):  # nobody reads any more; then there are no more lines either
            _say(f"pid {child}")
        is_alone = _is_left_alone(ended)
        if is_alone:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if is_alone:
            os._exit(0)  # without a last try to say what nobody reads
        _say(f"exit {os.waitstatus_to_exitcode(status)}")


def _is_left_alone(ended: int) -> bool:
    """Wait until a child has ended, which closes its end of that pipe, or until there are no more lines.

    Returns whether it was the latter: no line comes while a child lives, so whatever can be read is their end.
    """
    readable, _, _ = select.select([ended, sys.stdin], [], [])
    os.close(ended)
    return sys.stdin in readable


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
