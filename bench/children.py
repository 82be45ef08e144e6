"""Runs a part of a benchmark in a process of its own, and reads how much memory a process has from Linux.

A child is a module of ours that reads its task as JSON from its input and writes what it saw as the last line of its
output: nothing that the parent loaded or left behind is in its figures.
"""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
RESET_PEAK: Final = "5"
"""From here on the peak is counted anew (proc(5))."""
KIB: Final = 1024


async def run_child(module: str, task: Mapping[str, object]) -> dict[str, Any]:
    """Run `python -m module` with a task, and return what it saw.

    Raises:
        RuntimeError: the child failed; with what it complained of.
    """
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        told, complaint = await child.communicate(json.dumps(task).encode())
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise RuntimeError(complaint.decode(errors="replace"))
    # What it logs comes before the last line.
    seen: dict[str, Any] = json.loads(told.splitlines()[-1])
    return seen


def resident(pid: int | str = "self") -> int:
    """Return how many bytes of a process are in memory now.

    Raises:
        RuntimeError: the system does not tell.
    """
    return _read(pid, "VmRSS")


def peak(pid: int | str = "self") -> int:
    """Return the most bytes that a process had in memory. Raises `RuntimeError` where the system does not tell."""
    return _read(pid, "VmHWM")


def reset_peak() -> None:
    """Count this process's peak anew."""
    Path("/proc/self/clear_refs").write_text(RESET_PEAK, encoding="ascii")


def _read(pid: int | str, what: str) -> int:
    status = ""
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    found = re.search(rf"{what}:\s+(\d+) kB", status)
    if found is None:
        raise RuntimeError(f"the system does not tell {what}")
    return int(found[1]) * KIB
