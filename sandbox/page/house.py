"""Puts the page together: both stand-ins, the real bot as a process of its own, and one server on 127.0.0.1."""

import asyncio
import sys
import tempfile
import webbrowser
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from sandbox.demo.bot_process import settings_between
from sandbox.discord import DiscordStandIn
from sandbox.openrouter import OpenRouterStandIn
from sandbox.openrouter.listing import read_entries
from sandbox.page.display import has_display
from sandbox.page.guard import Guard
from sandbox.page.job_rows import JobRows
from sandbox.page.odd_clips import OddClips
from sandbox.page.routes import Routes
from sandbox.page.samples import Samples
from sandbox.page.sights import Scene
from sandbox.page.supervisor import Supervisor
from sandbox.page.timelines import Timelines
from sandbox.page.troubles import Troubles

SECONDS_PER_VIDEO: Final = 12.0
"""Long enough to kill the bot in between, short enough to wait for."""
DATABASE_FILE: Final = "bot.sqlite3"
SETTINGS: Final = {"VIDEOS_PER_DAY": "25", "USER_VIDEOS_PER_DAY_EVERYWHERE": "100"}
"""What the page's bot is told besides the demo's: enough videos for an afternoon of play."""
LONG_TAKE: Final[dict[str, object]] = {
    "id": "sandbox/long-take",
    "canonical_slug": "sandbox/long-take-1",
    "name": "Sandbox: Long Take",
    "supported_durations": [4, 5, 6, 8],
    "supported_resolutions": ["480p", "720p"],
    "supported_aspect_ratios": ["16:9", "9:16", "1:1"],
    "supported_frame_images": ["first_frame", "last_frame"],
    "pricing_skus": {"cents_per_second_output": "4", "cents_per_second_video_continuation_720p": "5"},
}
"""A model that can go on from its own clip, as none of the built-in catalogue can."""
GOES_WITHIN: Final = 0.2
"""Seconds that open streams get when the page closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page while it is open."""

    address: str
    """With the token: whoever knows it may do everything here."""
    scene: Scene
    video_api: OpenRouterStandIn
    data: Path
    """The bot's data directory."""


@asynccontextmanager
async def open_page(
    *, port: int = 0, seconds_per_video: float = SECONDS_PER_VIDEO, starts_bot: bool = True
) -> AsyncGenerator[Page]:
    """Serve the page, and keep the bot, until the block ends. The bot need not be connected yet when it is entered.

    Raises:
        OSError: the port is taken.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="video-bot-sandbox-")))
        chat = await stack.enter_async_context(DiscordStandIn())
        video_api = await stack.enter_async_context(
            OpenRouterStandIn(models=[*read_entries(), LONG_TAKE], seconds_per_video=seconds_per_video)
        )
        data = folder / "data"
        bot = Supervisor(
            environment=lambda: settings_between(chat, video_api, data=data) | SETTINGS,
            folder=folder,
            changed=chat.changes.announce,
        )
        timelines = Timelines(JobRows(data / DATABASE_FILE), changed=chat.changes.announce)
        troubles = Troubles(chat, video_api, OddClips(folder), changed=chat.changes.announce)
        scene = Scene(chat=chat, bot=bot, timelines=timelines, troubles=troubles, samples=Samples())
        _furnish(scene)
        guard = await stack.enter_async_context(_listening(scene, port=port))
        await stack.enter_async_context(_beside(timelines))
        stack.push_async_callback(bot.stop)
        if starts_bot:
            await bot.start()
        yield Page(address=guard.address, scene=scene, video_api=video_api, data=data)


async def show(*, opens_browser: bool, port: int = 0) -> None:
    """Run the page for a person: print its address, open it on a desktop, and go on until cancelled.

    Raises:
        OSError: the port is taken.
    """
    async with open_page(port=port) as page:
        _say(f"The sandbox is at {page.address}")
        _say("Nothing in it is real, and nobody else can reach it. Ctrl-C ends it.")
        if opens_browser and has_display():
            await asyncio.to_thread(webbrowser.open, page.address)
        await asyncio.Event().wait()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _furnish(scene: Scene) -> None:
    """Leave a little in the room, so that nobody comes into an empty one."""
    world, user = scene.chat.world, scene.chat.user
    videos = world.channel("videos")
    for name, text, files in (
        (
            "owner",
            "Welcome! Type `/` to see what the bot can do. **Nothing here costs anything**: it is all pretence.",
            (),
        ),
        ("bob", "I would love to see this one move.", ("sunset.png",)),
    ):
        uploads = [scene.samples.upload(file) for file in files]
        user.post(user_id=world.user(name).id, channel_id=videos.id, content=text, uploads=uploads)


@asynccontextmanager
async def _listening(scene: Scene, *, port: int) -> AsyncGenerator[Guard]:
    guard = Guard()
    application = Routes(scene, guard).application(guard)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=GOES_WITHIN)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        guard.port = runner.addresses[0][1]
        yield guard
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _beside(timelines: Timelines) -> AsyncGenerator[None]:
    watching = asyncio.create_task(timelines.watch(), name="timelines")
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
