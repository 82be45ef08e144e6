"""The process ends in the middle of an encode: no child outlives a stop, and the next start makes the clip fit anew."""

import os
import signal
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from tests.crash.aftermath import begun
from tests.crash.process import BotProcess, Start
from tests.crash.scene import Scene, opened
from tests.services.media.clips import ClipBank, script_in
from tests.stored import Stored

pytestmark = pytest.mark.asyncio(loop_scope="session")
ENDLESS: Final = r"""
case "$*" in
  *-encoders*) printf ' V....D libx264  x\n A....D aac  x\n';;
  *) sleep 600 & echo $$ $! > "$0.new"; mv "$0.new" "$0.pids"; wait;;
esac
"""
"""An ffmpeg that never ends an encode; what of it runs is in a file beside it."""


@pytest_asyncio.fixture(loop_scope="session")
async def scene(tmp_path: Path, bank: ClipBank, stored: Stored) -> AsyncGenerator[Scene]:
    async with opened(tmp_path, clip=bank.clip("hevc hvc1"), stored=stored) as scene:
        yield scene


async def in_an_encode(scene: Scene, start: Start) -> tuple[BotProcess, Sequence[int]]:
    """Bring the bot into the middle of an encode; return it, and the numbers of the encoder's processes."""
    bot = await begun(scene, start, FFMPEG_PATH=script_in(scene.folder, ENDLESS))
    await scene.ask()
    pids = scene.folder / "ffmpeg.pids"
    await scene.until(pids.exists)
    return bot, [int(pid) for pid in pids.read_text().split()]


def alive(pids: Sequence[int]) -> Sequence[int]:
    """Return those that run; one that has ended and that nobody has collected does not."""
    return [pid for pid in pids if _state(pid) not in {"", "Z"}]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


def files(scene: Scene) -> Sequence[str]:
    clips = scene.clip_folder
    return [file.relative_to(clips).as_posix() for file in clips.rglob("*") if file.is_file()]


async def recover(scene: Scene, start: Start) -> None:
    """Start the bot with an ffmpeg that works, and let it come to rest."""
    bot = await begun(scene, start)
    assert await scene.at_rest(bot)
    assert await bot.stop() == 0


def assert_delivered_once(scene: Scene) -> None:
    assert [row["state"] for row in scene.rows()] == ["delivered"]
    posted = [message for message in scene.discord.world.messages.everything() if message.attachments]
    assert (len(scene.openrouter.jobs), len(posted)) == (1, 1)
    assert files(scene) == ["video-1.mp4"]


async def test_a_stop_in_an_encode_ends_its_processes_and_the_next_start_makes_the_clip_fit(
    scene: Scene, fork: Start
) -> None:
    bot, pids = await in_an_encode(scene, fork)
    assert alive(pids) == pids

    assert await bot.stop() == 0

    await scene.until(lambda: not alive(pids))
    assert files(scene) == ["video-1.mp4"]
    assert [(row["state"], row["delivering_at"]) for row in scene.rows()] == [("delivering", None)]
    await recover(scene, fork)
    assert_delivered_once(scene)


async def test_a_kill_in_an_encode_leaves_nothing_that_the_next_start_does_not_sweep(scene: Scene, fork: Start) -> None:
    bot, pids = await in_an_encode(scene, fork)
    fitted = scene.clip_folder / "fitted"
    assert [folder.name.partition("-")[0] for folder in fitted.iterdir()] == ["fitting"]

    await bot.die()
    for pid in alive(pids):
        os.kill(pid, signal.SIGKILL)  # its own limits would end it, but this one never takes any CPU seconds

    await recover(scene, fork)
    assert list(fitted.iterdir()) == []
    assert_delivered_once(scene)
