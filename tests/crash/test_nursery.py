"""The nursery that cells are run in: nothing of it outlives whoever opened it, however they end."""

import asyncio
import json
import os
import sys
from pathlib import Path
from signal import Signals

import pytest

from tests.crash.process import ROOT
from tests.crash.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEEPER = """
import asyncio, json, sys
from pathlib import Path
from tests.crash.process import nursery

async def keep():
    wanted = json.loads(sys.argv[1])
    async with nursery() as start:
        bot = await start(wanted["environment"], folder=Path(wanted["folder"]), log=Path(wanted["log"]))
        print(bot.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(keep())
"""
"""Opens a nursery, starts one bot in it, says its process id, and waits."""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("signal", [Signals.SIGTERM, Signals.SIGKILL])
async def test_whatever_ends_the_sweep_ends_its_bots(scene: Scene, tmp_path: Path, signal: Signals) -> None:
    wanted = {"environment": scene.environment(), "folder": str(tmp_path), "log": str(scene.log)}
    keeper = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        KEEPER,
        json.dumps(wanted),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert keeper.stdout is not None
    try:
        pid = int(await keeper.stdout.readline())
    finally:
        keeper.send_signal(signal)
        await keeper.wait()

    await scene.until(lambda: not is_alive(pid))
