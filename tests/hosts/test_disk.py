"""A disk that is full: nothing new is taken, nothing paid for is lost, and the bot goes on when there is room again."""

import resource
import sys
from pathlib import Path
from typing import Final

import pytest

from cogs.replies.refusals import DISK_FULL
from sandbox.openrouter import JobPlan
from tests.crash.aftermath import begun, ends, recovered
from tests.crash.process import BotProcess, Start, events
from tests.crash.scene import CLIP_BYTES, Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")
HOLD: Final = 3_600.0
"""Seconds of the video API's own clock: a job that ends when the test says so."""
BLOCK: Final = 4_096


def fill(disk: Path, *, leaving: int) -> Path:
    """Fill a disk with one file until so many bytes are left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            pass
    with ballast.open("rb+") as file:
        file.truncate(max(0, ballast.stat().st_size - leaving))
    return ballast


def noted(bot: BotProcess, *names: str) -> bool:
    return any(event.get("event") in names for event in events(bot.log))


async def generating(scene: Scene, bot: BotProcess) -> None:
    """Let a member ask, and wait until the video is being made; it ends when upstream is told to."""
    scene.openrouter.script(JobPlan(seconds=HOLD))
    await scene.ask()
    assert await scene.either(bot, scene.until(lambda: [row["state"] for row in scene.rows()] == ["generating"]))


@pytest.mark.parametrize("left", [0, CLIP_BYTES // 2], ids=["nothing fits", "the database fits and the clip does not"])
async def test_a_disk_that_fills_up_while_a_video_is_made_delays_it_and_loses_nothing(
    scene: Scene, fork: Start, small_disk: Path, left: int
) -> None:
    bot = await begun(scene, fork, MIN_FREE_DISK_MB=0)
    await generating(scene, bot)
    ballast = fill(small_disk, leaving=left)
    scene.let_upstream_end()
    await scene.until(lambda: noted(bot, "step_postponed", "step_failed", "worker_turn_failed"))
    assert not bot.is_over
    assert not (scene.clip_folder / "video-1.mp4").exists()

    ballast.unlink()
    scene.openrouter.clock.advance(HOLD)
    assert await scene.at_rest(bot)
    assert await bot.stop() == 0
    assert ends(await recovered(scene, fork, MIN_FREE_DISK_MB=0)) == ["delivered"]
    assert len(scene.openrouter.jobs) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux changes the limits of another process")
async def test_a_clip_that_the_disk_does_not_take_is_fetched_again_when_it_does(scene: Scene, fork: Start) -> None:
    bot = await begun(scene, fork)
    await generating(scene, bot)
    unlimited = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (CLIP_BYTES // 2, unlimited[1]))
    scene.let_upstream_end()
    await scene.until(lambda: noted(bot, "step_postponed"))
    assert [file.name for file in scene.clip_folder.iterdir()] == []

    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, unlimited)
    assert await scene.at_rest(bot)
    assert await bot.stop() == 0
    assert ends(await recovered(scene, fork)) == ["delivered"]
    assert len(scene.openrouter.jobs) == 1


async def test_below_the_floor_a_request_is_refused_and_taken_again_when_there_is_room(
    scene: Scene, fork: Start, small_disk: Path
) -> None:
    ballast = fill(small_disk, leaving=5_000_000)
    bot = await begun(scene, fork, MIN_FREE_DISK_MB=10)
    refused = await scene.ask()
    message = await refused.interaction.message()
    assert message is not None
    assert message.text == DISK_FULL.text
    assert (scene.rows(), len(scene.openrouter.requests.of("submit"))) == ([], 0)

    ballast.unlink()
    assert await scene.either(bot, scene.until(lambda: noted(bot, "disk_has_room_again")))
    scene.asked.clear()
    await scene.ask()
    assert await scene.at_rest(bot)
    assert await bot.stop() == 0
    assert ends(await recovered(scene, fork, MIN_FREE_DISK_MB=10)) == ["delivered"]


@pytest.mark.sqlite("the disk that has to have room is the server's")
async def test_a_bot_that_starts_on_a_full_disk_says_so_and_nothing_is_damaged(
    scene: Scene, fork: Start, small_disk: Path
) -> None:
    bot = await begun(scene, fork, MIN_FREE_DISK_MB=0)
    assert await bot.stop() == 0
    ballast = fill(small_disk, leaving=0)

    bot = await fork(scene.environment(MIN_FREE_DISK_MB=0), folder=scene.folder, log=scene.log)
    assert await bot.exit_code() == 1
    assert bot.output.endswith(
        f"\nThere is no room on the disk of {scene.data}. Make some, then start the bot again.\n"
    )

    ballast.unlink()
    bot = await begun(scene, fork, MIN_FREE_DISK_MB=0)
    await scene.ask()
    assert await scene.at_rest(bot)
    assert await bot.stop() == 0
    assert ends(await recovered(scene, fork, MIN_FREE_DISK_MB=0)) == ["delivered"]
