"""`bot.py health` beside a real process: well while it runs, sick while it hangs, and quiet once it was stopped."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from ops.heartbeat import DEAD_AFTER
from tests.crash.aftermath import begun
from tests.crash.process import ROOT, Start
from tests.crash.scene import Scene
from tests.e2e.test_metrics import a_free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATE: Final = DEAD_AFTER + timedelta(seconds=1)


def heartbeat(scene: Scene) -> Path | None:
    return next(scene.data.glob("health*.json"), None)


def beat(scene: Scene) -> Mapping[str, Any]:
    file = heartbeat(scene)
    return json.loads(file.read_text(encoding="utf-8")) if file else {}


async def health(scene: Scene) -> tuple[int | None, str]:
    """Ask as a supervisor would: another process, and nothing but the settings."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "bot.py"),
        "health",
        cwd=scene.folder,
        env=scene.environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_a_bot_is_well_while_it_works_sick_while_it_hangs_and_leaves_no_heartbeat_when_it_stops(
    scene: Scene, fork: Start
) -> None:
    port = a_free_port()
    bot = await begun(scene, fork, METRICS_PORT=port)
    await scene.until(lambda: beat(scene).get("worker_idle_seconds") is not None)
    assert await health(scene) == (0, "The bot is well.\n")
    assert beat(scene)["pid"] == bot.pid
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/readyz") as answer:
        assert (answer.status, await answer.text()) == (200, "ready\n")

    os.kill(bot.pid, signal.SIGSTOP)
    try:
        # A minute later: nobody writes meanwhile, so its last beat can be made older.
        file = heartbeat(scene)
        assert file is not None
        aged = {**beat(scene), "at": (datetime.now(UTC) - LATE).isoformat()}
        file.write_text(json.dumps(aged), encoding="utf-8")
        code, told = await health(scene)
    finally:
        os.kill(bot.pid, signal.SIGCONT)

    assert code == 1
    assert "The process hangs or is gone" in told
    assert await bot.stop() == 0
    assert heartbeat(scene) is None
    assert (await health(scene))[0] == 1
