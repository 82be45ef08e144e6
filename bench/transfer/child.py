"""The process whose memory is measured: the bot's own client, shelf of bytes and delivery, and nothing else of it.

It reads what to do as JSON from its input, and writes what it saw as JSON to its output. A small clip goes through
first, so that what is loaded once, whatever a clip weighs, is there before anything is counted.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.children import peak, reset_peak, resident
from cogs.client import VideoBot, use_stand_in
from cogs.delivery import DiscordDelivery
from services.models import Job, JobState, VideoSpec
from services.openrouter import OpenRouterClient

KEY: Final = "sk-or-v1-" + 64 * "0"
SMALL, LARGE = "small", "large"
"""The names of the two clips at the video API."""
SERVER_LIMIT: Final = 1 << 40
AT: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to do: bring the clips into `folder`, and post them."""

    video_url: str
    discord_url: str
    discord_token: str
    guild_id: int
    channel_id: int
    user_id: int
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Bytes of memory: at rest, and the most while the large clip came and while it went; and how long each took."""

    before: int
    downloading: int
    uploading: int
    download_seconds: float
    upload_seconds: float


class NewFacts:
    """Nothing is known at first, so the commands are registered."""

    def __init__(self) -> None:
        self._facts: dict[str, str] = {}

    async def fact(self, name: str) -> str | None:
        """Return what was remembered by that name."""
        return self._facts.get(name)

    async def remember(self, name: str, value: str) -> None:
        """Keep it for as long as this process lives."""
        self._facts[name] = value


async def transfer(task: Task) -> Seen:
    """Bring a small and then a large clip here and post them, watching the large one."""
    use_stand_in(api_url=task.discord_url, gateway_url=None)
    async with OpenRouterClient(key=KEY, base_url=task.video_url) as api, VideoBot(facts=NewFacts()) as bot:
        await bot.log_in(task.discord_token)
        delivery = DiscordDelivery(bot, model_name=str)
        small, large = (Path(task.folder, f"{name}.mp4") for name in (SMALL, LARGE))
        await api.download(SMALL, target=small, max_bytes=SERVER_LIMIT)
        await delivery.post_result(_job(task, number=1), small, has_original=False)
        before = resident()
        reset_peak()
        begun = time.perf_counter()
        await api.download(LARGE, target=large, max_bytes=SERVER_LIMIT)
        downloaded, downloading = time.perf_counter(), peak()
        reset_peak()
        begun_again = time.perf_counter()
        await delivery.post_result(_job(task, number=2), large, has_original=False)
        return Seen(
            before=before,
            downloading=downloading,
            uploading=peak(),
            download_seconds=downloaded - begun,
            upload_seconds=time.perf_counter() - begun_again,
        )


def _job(task: Task, *, number: int) -> Job:
    """Return a job whose result goes to the task's channel, as a message of its own."""
    return Job(
        id=number,
        interaction_id=number,
        guild_id=task.guild_id,
        channel_id=task.channel_id,
        user_id=task.user_id,
        state=JobState.DELIVERING,
        reason=None,
        prompt="a red fox in the snow",
        spec=VideoSpec(model="maker/model", duration=8),
        upload_limit=SERVER_LIMIT,
        status_message_id=None,
        result_channel_id=None,
        result_message_id=None,
        remote_id=LARGE,
        estimate_microusd=0,
        reserved_microusd=0,
        cost_microusd=None,
        created_at=AT,
        submitted_at=AT,
        completed_at=AT,
        delivering_at=AT,
        ended_at=None,
        told_at=None,
        next_at=AT,
        attempts=0,
        fence=1,
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(transfer(Task(**json.load(sys.stdin)))))))
