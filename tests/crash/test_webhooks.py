"""A real process dies in the middle of an order, and the video API's message gives the order's id back."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sandbox.openrouter import Silence
from tests.crash.process import BotProcess, run_bot
from tests.crash.scene import Scene, opened, write_clip
from tests.e2e.listening import PUBLIC, SECRET, SELDOM, free_port
from tests.stored import Stored

LONG: Final = 10_000
"""Seconds of the video API's clock, which the test moves by hand."""


@asynccontextmanager
async def process(scene: Scene, environment: Mapping[str, str]) -> AsyncGenerator[BotProcess]:
    """Run the bot as a process of its own, which does not outlive the block whatever happens in it."""
    bot = await run_bot(environment, folder=scene.folder, log=scene.log)
    try:
        assert await scene.connected(bot)
        yield bot
    finally:
        await bot.die()


async def test_an_order_that_a_crash_cut_off_is_found_by_the_next_process_and_delivered_once(
    tmp_path: Path, stored: Stored
) -> None:
    port = free_port()
    changes = {"PUBLIC_URL": PUBLIC, "WEBHOOK_SECRET": SECRET, "WEBHOOK_PORT": port}
    changes |= {name.upper(): value for name, value in SELDOM.items()}
    clip = write_clip(tmp_path / "clip.mp4")
    async with opened(tmp_path, clip=clip, seconds_per_video=LONG, stored=stored) as scene:
        scene.openrouter.webhooks.secret = SECRET
        scene.openrouter.webhooks.reach(PUBLIC, at=f"http://127.0.0.1:{port}")
        scene.openrouter.script(Silence(route="submit", after_work=True))
        environment = scene.environment(**changes)
        async with process(scene, environment) as bot:
            await scene.ask()
            await scene.until(lambda: bool(scene.openrouter.jobs))
            await bot.die()
        await scene.disconnected()
        [row] = scene.rows()
        assert row["state"] == "submitting"

        async with process(scene, environment) as bot:
            await scene.until(lambda: scene.rows()[0]["reason"] == "submit_unknown")
            scene.openrouter.clock.advance(LONG)
            await scene.until(lambda: scene.rows()[0]["state"] == "delivered" and scene.rows()[0]["next_at"] is None)
            assert await bot.stop() == 0

        [row] = scene.rows()
        [charge] = scene.openrouter.ledger
        assert (row["counts"], row["held_microusd"]) == (1, int(charge.usd * 1_000_000))
        messages = scene.discord.messages(scene.discord.world.channel("videos").id)
        assert len([message for message in messages if message.attachments]) == 1
        assert len(scene.openrouter.requests.of("submit")) == 1
        assert scene.leaked() == []
        assert "/callbacks/" not in bot.output
        assert SECRET not in bot.output
