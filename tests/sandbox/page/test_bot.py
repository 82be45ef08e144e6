"""The bot behind the page: a process that is started, killed and started again, and watched from outside."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from sandbox.page import Page, open_page
from sandbox.page.job_rows import JobRows
from sandbox.page.supervisor import BotState
from sandbox.page.timelines import Timelines
from tests.services.jobs.samples import House
from tests.stored import Stored

ROOT: Final = Path(__file__).parents[3]
PATIENCE: Final = 60.0
ADDRESS: Final = b"The sandbox is at "


@pytest.fixture
async def running() -> AsyncGenerator[Page]:
    async with open_page() as opened:
        await opened.scene.chat.connected(timeout=PATIENCE)
        yield opened


async def test_a_bot_is_killed_and_comes_back_to_the_same_data(running: Page) -> None:
    bot, chat = running.scene.bot, running.scene.chat
    await bot.kill()
    assert not bot.is_running
    await chat.wait_until(lambda: not chat.gateway.connected, timeout=PATIENCE)
    await asyncio.gather(bot.start(), bot.start())
    await chat.connected(timeout=PATIENCE)

    assert [life.state for life in bot.lives] == [BotState.RUNNING, BotState.KILLED, BotState.RUNNING]
    assert (running.data / "bot.sqlite3").exists()


async def test_a_bot_that_ends_by_itself_is_said_to_have_crashed_and_can_be_started_again() -> None:
    async with open_page(starts_bot=False) as page:
        bot = page.scene.bot
        # A folder where the database should be is something that no bot can start on.
        (page.data / "bot.sqlite3").mkdir(parents=True)
        await bot.start()
        await page.scene.chat.wait_until(lambda: bot.life.state is BotState.CRASHED, timeout=PATIENCE)
        assert bot.last_lines() != []
        await bot.start()
        assert bot.life.starts == 2


async def test_kill_and_stop_are_harmless_where_nothing_runs() -> None:
    async with open_page(starts_bot=False) as page:
        await page.scene.bot.kill()
        await page.scene.bot.stop()
        assert page.scene.bot.life.state is BotState.NOT_STARTED
        assert page.scene.bot.last_lines() == []


async def test_the_rows_of_a_database_that_is_not_there_yet_cannot_be_read(tmp_path: Path) -> None:
    assert await JobRows(tmp_path / "none.sqlite3").latest() is None
    (tmp_path / "empty.sqlite3").touch()
    assert await JobRows(tmp_path / "empty.sqlite3").latest() is None


@pytest.mark.sqlite("the sandbox has a file of its own")
async def test_watching_the_table_writes_nothing_and_waits_for_nobody(house: House, stored: Stored) -> None:
    await house.queued()
    path = stored.where
    assert isinstance(path, Path)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE jobs SET prompt = 'not yet'")
        rows = await JobRows(path).latest()
        writer.rollback()

    assert rows is not None
    assert [row.prompt for row in rows] != ["not yet"]
    assert [row.state for row in rows] == ["queued"]


@pytest.mark.sqlite("the sandbox has a file of its own")
async def test_a_timeline_tells_of_every_change_once(house: House, stored: Stored) -> None:
    assert isinstance(stored.where, Path)
    changes: list[int] = []
    timelines = Timelines(JobRows(stored.where), changed=lambda: changes.append(1))
    await timelines.look()
    assert changes == []
    await house.queued()
    await timelines.look()
    await timelines.look()

    assert len(changes) == 1
    (timeline,) = timelines.latest()
    assert [(step.state, step.is_stored) for step in timeline.steps] == [("queued", True)]
    assert timeline.steps[0].at == timeline.row.created_at


async def test_the_command_prints_one_address_before_the_bot_is_there_and_leaves_nothing_behind(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "bot.py"), "sandbox", "--no-browser"),
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            line = await process.stdout.readline()
            children = _children_of(process.pid)
            process.send_signal(signal.SIGTERM)
            rest = await process.stdout.read()
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert line.startswith(ADDRESS + b"http://127.0.0.1:")
    assert code == 0, rest
    assert b"Traceback" not in rest
    assert b"http" not in rest
    assert _left_in(tmp_path) == []
    assert [child for child in children if _is_alive(child)] == []


async def test_a_port_that_is_taken_is_said_in_one_line(page: Page, tmp_path: Path) -> None:
    port = page.address.split(":")[2].split("/")[0]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "bot.py"), "sandbox", "--no-browser", "--port", port),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()

    assert process.returncode == 1
    assert said.decode().splitlines() == [
        f"The sandbox cannot listen on port {port}: Address already in use. Name another with --port."
    ]


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def _is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())
