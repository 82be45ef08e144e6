"""Lets a clip pass through a child process between two stand-ins, and looks at what arrived."""

import asyncio
import hashlib
import json
import random
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from bench.transfer.child import LARGE, SMALL, Seen, Task
from sandbox.discord import DiscordStandIn

ROOT: Final = Path(__file__).parents[2]
PIECE: Final = 1024 * 1024
SMALL_BYTES: Final = 64 * 1024
LARGEST_REQUEST: Final = 64 * 1024
KIB_IN_MIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What a clip added to the process that it went through."""

    megabytes: float
    """Of 10^6 bytes."""
    before_mib: float
    """At rest."""
    download_adds_mib: float
    upload_adds_mib: float
    """The peak of each, above the memory at rest."""
    arrived_whole: bool
    """Whether what was posted is what was offered, by its SHA-256."""
    seconds: float

    @property
    def most_added_mib(self) -> float:
        """The larger of the two."""
        return max(self.download_adds_mib, self.upload_adds_mib)


async def pass_through(megabytes: int, *, folder: Path) -> Passage:
    """Send noise of so many megabytes through, which nothing on the way can make smaller.

    Raises:
        RuntimeError: the child failed, or its system does not tell its memory.
    """
    clips = {SMALL: folder / "offered-small", LARGE: folder / "offered-large"}
    wanted = await asyncio.to_thread(_write_noise, clips[LARGE], megabytes * 1_000_000)
    await asyncio.to_thread(_write_noise, clips[SMALL], SMALL_BYTES)
    begun = time.perf_counter()
    async with _offering(clips) as video_url, DiscordStandIn() as chat:
        channel = chat.world.channel("videos")
        guild = chat.world.guild("Sandbox")
        chat.world.replace_guild(replace(guild, upload_limit=2 * megabytes * 1_000_000))
        task = Task(
            video_url=video_url,
            discord_url=chat.api_url,
            discord_token=chat.token,
            guild_id=guild.id,
            channel_id=channel.id,
            user_id=chat.world.user("alice").id,
            folder=str(folder),
        )
        seen = await _run(task)
        posted = [attachment for message in chat.messages(channel.id) for attachment in message.attachments]
    return Passage(
        megabytes=megabytes,
        before_mib=round(seen.before / KIB_IN_MIB, 2),
        download_adds_mib=round((seen.downloading - seen.before) / KIB_IN_MIB, 2),
        upload_adds_mib=round((seen.uploading - seen.before) / KIB_IN_MIB, 2),
        arrived_whole=wanted in {attachment.sha256 for attachment in posted},
        seconds=round(time.perf_counter() - begun, 2),
    )


async def _run(task: Task) -> Seen:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.transfer.child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        told, complaint = await child.communicate(json.dumps(asdict(task)).encode())
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise RuntimeError(complaint.decode(errors="replace"))
    # What it logs comes before the last line.
    return Seen(**json.loads(told.splitlines()[-1]))


@asynccontextmanager
async def _offering(clips: Mapping[str, Path]) -> AsyncGenerator[str]:
    """Serve each clip as the content of the job of its name; the address is that of the API."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            clip = next(path for name, path in clips.items() if f"/videos/{name}/content".encode() in request)
            await _send(clip, writer)
        finally:
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=LARGEST_REQUEST)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/api/v1"


async def _send(clip: Path, writer: asyncio.StreamWriter) -> None:
    """Send a clip as fast as it is taken."""
    size = (await asyncio.to_thread(clip.stat)).st_size
    head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode())
    with await asyncio.to_thread(clip.open, "rb") as file:
        while piece := file.read(PIECE):
            writer.write(piece)
            await writer.drain()


def _write_noise(target: Path, size: int) -> str:
    """Write the same noise every time, and return its SHA-256."""
    dice, digest = random.Random(size), hashlib.sha256()  # noqa: S311  # no secret
    with target.open("wb") as file:
        for start in range(0, size, PIECE):
            piece = dice.randbytes(min(PIECE, size - start))
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()
