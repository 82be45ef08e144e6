"""The rows of the threat model about secrets that only a real process can show, each a test named after it."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from sandbox.openrouter import Answer, JobPlan
from tests import canaries
from tests.crash.aftermath import begun
from tests.crash.process import BotProcess, Start
from tests.crash.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")
PROC: Final = Path("/proc")


async def scenario(scene: Scene, start: Start, **settings: object) -> BotProcess:
    """Live through a day: videos that are made, refused, lost, cancelled, and looked at; the bot still runs."""
    scene.openrouter.script(
        JobPlan(nth=2, status="failed"),
        Answer(route="submit", nth=3, status=400, json={"error": {"code": 400, "message": scene.openrouter.key}}),
        Answer(route="submit", nth=4, status=500, text=f"Bearer {scene.openrouter.key}", after_work=True),
        Answer(route="status", nth=5, status=502, text=f"<html>{scene.openrouter.key}</html>"),
    )
    bot = await begun(scene, start, **settings)
    for number in range(5):
        await scene.ask(f"canary-prompt number {number}", by="alice" if number % 2 else "bob")
        assert await scene.at_rest(bot)
    world = scene.discord.world
    for name in ("status", "models"):
        seen = await scene.discord.run_command(
            user_id=world.user("alice").id, channel_id=world.channel("videos").id, name=name
        )
        await seen.answered(timeout=30)
    return bot


@pytest.mark.parametrize("style", ["json", "console"])
async def test_s3_no_secret_is_in_what_the_bot_prints_stores_or_says_at_debug_level(
    scene: Scene, fork: Start, style: str
) -> None:
    bot = await scenario(scene, fork, LOG_LEVEL="DEBUG", LOG_FORMAT=style)
    stored = canaries.files_in(scene.data) | scene.stored.contents()
    assert await bot.stop() == 0

    printed = {"the log": bot.output.encode()}
    private = canaries.private_of(scene.discord, scene.openrouter, prompts=scene.prompts)
    secrets = canaries.secrets_of(scene.discord, scene.openrouter)
    assert "openrouter_call" in bot.output
    assert stored.keys() >= {"bot.sqlite3", "bot.sqlite3-wal"} or stored.keys() >= {"jobs", "facts"}
    assert canaries.found(private, printed) == []
    assert canaries.found(secrets, stored | canaries.messages_of(scene.discord)) == []


async def test_s4_a_malformed_key_is_refused_without_being_shown(scene: Scene, start: Start) -> None:
    wrong = "canary key with spaces"
    bot = await start(scene.environment(OPENROUTER_API_KEY=wrong), folder=scene.folder, log=scene.log)

    assert await bot.exit_code() == 78
    assert bot.output.startswith("These settings need a look")
    assert "canary" not in bot.output.replace(str(scene.folder), "")


@pytest.mark.skipif(not PROC.is_dir(), reason="this system shows no command lines of processes")
async def test_s6_no_secret_is_in_the_command_line_and_none_need_be_in_the_environment(
    scene: Scene, start: Start
) -> None:
    environment = _with_secrets_in_files(scene)
    bot = await start(environment, folder=scene.folder, log=scene.log)
    assert await scene.connected(bot), bot.output
    processes = {
        f"{file} of {process.name}": (process / file).read_bytes()
        for process in _with_children(bot.pid)
        for file in ("cmdline", "environ")
    }

    secrets = canaries.secrets_of(scene.discord, scene.openrouter)
    assert len(processes) >= 2
    assert canaries.found(secrets, processes) == []
    assert await bot.stop() == 0


async def test_s8_every_file_is_its_owners_alone_whatever_the_mask_was(scene: Scene, start: Start) -> None:
    before = os.umask(0o000)
    try:
        bot = await scenario(scene, start)
    finally:
        os.umask(before)
    modes = _modes(scene.data)
    assert await bot.stop() == 0

    database = {"bot.sqlite3", "bot.sqlite3-wal", "bot.sqlite3-shm", "bot.lock"}
    assert modes.keys() >= {"clips", *(() if scene.stored.settings else database)}
    folders = {name for name in modes if (scene.data / name).is_dir()} | {"."}
    assert {name: mode for name, mode in modes.items() if mode != (0o700 if name in folders else 0o600)} == {}
    assert {name for name, mode in _modes(scene.data).items() if mode & 0o077} == set()


def _with_secrets_in_files(scene: Scene) -> Mapping[str, str]:
    environment = scene.environment()
    for name in ("DISCORD_TOKEN", "OPENROUTER_API_KEY"):
        file = scene.folder / name.lower()
        file.write_text(environment.pop(name) + "\n", encoding="utf-8")
        environment[f"{name}_FILE"] = str(file)
    return environment


def _with_children(pid: int) -> list[Path]:
    children = (PROC / str(pid) / "task" / str(pid) / "children").read_text(encoding="ascii").split()
    return [PROC / str(pid), *(PROC / child for child in children)]


def _modes(folder: Path) -> dict[str, int]:
    found = {str(file.relative_to(folder)): stat.S_IMODE(file.stat().st_mode) for file in folder.rglob("*")}
    return found | {".": stat.S_IMODE(folder.stat().st_mode)}
