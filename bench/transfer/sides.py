"""The two sides: the bot's own client and delivery in a process of their own, and curl doing the same."""

import asyncio
import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bench.children import peak, run_child
from bench.transfer.child import KEY, LARGE, SMALL, Seen, Task
from bench.transfer.passage import Clips, Ends, Passage, ends

MEBIBYTE: Final = 1024 * 1024
GLANCE: Final = 0.005
"""Seconds between looks at curl's memory."""
SLOWLY: Final = ("--limit-rate", "256K")
"""For the small clip: so that curl lives long enough to be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of curl: its own time, and the most memory that it had in bytes."""

    seconds: float
    peak: int


async def by_the_bot(clips: Clips) -> Passage:
    """Send the clips through the bot's own code."""
    with tempfile.TemporaryDirectory(prefix="bench-transfer-bot-") as folder:
        async with ends(clips) as way:
            task = Task(
                video_url=way.video_url,
                discord_url=way.chat.api_url,
                discord_token=way.chat.token,
                guild_id=way.chat.world.guild("Sandbox").id,
                channel_id=way.channel_id,
                user_id=way.chat.world.user("alice").id,
                folder=folder,
            )
            seen = Seen(**await run_child("bench.transfer.child", asdict(task)))
            return Passage(
                download_mb_per_second=clips.megabytes / seen.download_seconds,
                upload_mb_per_second=clips.megabytes / seen.upload_seconds,
                download_adds_mib=(seen.downloading - seen.before) / MEBIBYTE,
                upload_adds_mib=(seen.uploading - seen.before) / MEBIBYTE,
                arrived_whole=way.has_arrived(),
            )


def find_curl() -> str | None:
    """Return where curl is, or None."""
    return shutil.which("curl")


async def by_curl(curl: str, clips: Clips) -> Passage:
    """Send the clips through curl: what the large one adds is what its runs take above those of the small one."""
    with tempfile.TemporaryDirectory(prefix="bench-transfer-curl-") as name:
        folder = Path(name)
        async with ends(clips) as way:
            small_came = await _run(curl, *SLOWLY, *_download(way, SMALL, target=folder / SMALL))
            small_went = await _run(curl, *SLOWLY, *_upload(way, clips.small))
            came = await _run(curl, *_download(way, LARGE, target=folder / LARGE))
            # Ours ends when the bytes are on the disk, so this does too.
            settled = await asyncio.to_thread(_settle, folder / LARGE)
            went = await _run(curl, *_upload(way, folder / LARGE))
            return Passage(
                download_mb_per_second=clips.megabytes / (came.seconds + settled),
                upload_mb_per_second=clips.megabytes / went.seconds,
                download_adds_mib=(came.peak - small_came.peak) / MEBIBYTE,
                upload_adds_mib=(went.peak - small_went.peak) / MEBIBYTE,
                arrived_whole=way.has_arrived(),
            )


def _download(way: Ends, name: str, *, target: Path) -> tuple[str, ...]:
    address = f"{way.video_url}/videos/{name}/content?index=0"
    return ("--header", f"Authorization: Bearer {KEY}", "--output", str(target), address)


def _upload(way: Ends, clip: Path) -> tuple[str, ...]:
    return (
        *("--header", f"Authorization: Bot {way.chat.token}", "--output", os.devnull),
        *("--form", 'payload_json={"attachments": [{"id": 0, "filename": "video.mp4"}]};type=application/json'),
        *("--form", f"files[0]=@{clip};type=video/mp4;filename=video.mp4"),
        f"{way.chat.api_url}/channels/{way.channel_id}/messages",
    )


async def _run(curl: str, *arguments: str) -> Run:
    child = await asyncio.create_subprocess_exec(
        *(curl, "--silent", "--show-error", "--fail", "--write-out", "%{time_total}", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    telling, most = asyncio.create_task(child.communicate()), 0
    while not telling.done():
        with suppress(RuntimeError):
            most = max(most, peak(child.pid))
        await asyncio.wait({telling}, timeout=GLANCE)
    told, complaint = await telling
    if child.returncode != 0:
        raise RuntimeError(complaint.decode(errors="replace"))
    return Run(seconds=float(told), peak=most)


def _settle(file: Path) -> float:
    """Bring a file to the disk, and return the seconds that this took."""
    begun = time.perf_counter()
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
    return time.perf_counter() - begun
