"""The two ends of a clip's way, which both sides share: a server that offers it, and a Discord that takes it."""

import asyncio
import hashlib
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.transfer.child import LARGE, SMALL
from sandbox.discord import DiscordStandIn

MEGABYTE: Final = 1_000_000
PIECE: Final = 1024 * 1024
SMALL_BYTES: Final = 64 * 1024
LARGEST_REQUEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What one clip took to come and to go, and what that added to the process that it went through."""

    download_mb_per_second: float
    """MB of 10^6 bytes, until the bytes are on the disk."""
    upload_mb_per_second: float
    download_adds_mib: float
    upload_adds_mib: float
    """The peak of each, above the memory at rest."""
    arrived_whole: bool
    """Whether what was posted is what was offered, by its SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """A small and a large clip of noise, which nothing on the way can make smaller."""

    small: Path
    large: Path
    megabytes: int
    sha256: str
    """Of the large one."""

    @classmethod
    async def make(cls, megabytes: int, *, folder: Path) -> "Clips":
        """Write them into a folder."""
        small, large = folder / "offered-small", folder / "offered-large"
        await asyncio.to_thread(_write_noise, small, SMALL_BYTES)
        digest = await asyncio.to_thread(_write_noise, large, megabytes * MEGABYTE)
        return cls(small=small, large=large, megabytes=megabytes, sha256=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Both ends, open."""

    video_url: str
    chat: DiscordStandIn
    clips: Clips

    @property
    def channel_id(self) -> int:
        """Where clips are posted."""
        return self.chat.world.channel("videos").id

    def has_arrived(self) -> bool:
        """Whether the large clip was posted, whole."""
        posted = [file.sha256 for message in self.chat.messages(self.channel_id) for file in message.attachments]
        return self.clips.sha256 in posted


@asynccontextmanager
async def ends(clips: Clips) -> AsyncGenerator[Ends]:
    """Open both ends until the block ends."""
    async with _offering({SMALL: clips.small, LARGE: clips.large}) as video_url, DiscordStandIn() as chat:
        guild = chat.world.guild("Sandbox")
        chat.world.replace_guild(replace(guild, upload_limit=2 * clips.megabytes * MEGABYTE))
        yield Ends(video_url=video_url, chat=chat, clips=clips)


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
