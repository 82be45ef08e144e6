"""Uploaded files on disk: written as they stream in, hashed on the way, and gone when the stand-in closes."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.discord.snowflakes import Snowflake, SnowflakeMint


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file as it was uploaded. `index` is the n of its `files[n]` part."""

    id: Snowflake
    index: int
    filename: str
    size: int
    sha256: str
    content_type: str
    path: Path


class Spool:
    """A temporary directory of uploads. The caller opens and closes it."""

    def __init__(self, *, ids: SnowflakeMint) -> None:
        self._ids = ids
        self._directory: tempfile.TemporaryDirectory[str] | None = None

    def open(self) -> None:
        """Make the directory."""
        self._directory = tempfile.TemporaryDirectory(prefix="discord-sandbox-")

    def close(self) -> None:
        """Remove every file."""
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None

    def _path(self, file_id: int) -> Path:
        if self._directory is None:
            raise RuntimeError("the spool is closed")
        return Path(self._directory.name, str(file_id))

    async def store(self, chunks: AsyncIterator[bytes], *, index: int, filename: str, content_type: str) -> StoredFile:
        """Write a stream of bytes to disk."""
        file_id = self._ids.mint()
        path = self._path(file_id)
        digest, size = hashlib.sha256(), 0
        with await asyncio.to_thread(path.open, "wb") as file:
            async for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                await asyncio.to_thread(file.write, chunk)
        return StoredFile(
            id=file_id,
            index=index,
            filename=filename,
            size=size,
            sha256=digest.hexdigest(),
            content_type=content_type,
            path=path,
        )

    def store_bytes(self, content: bytes, *, filename: str, content_type: str) -> StoredFile:
        """Write what a user attached, all at once."""
        file_id = self._ids.mint()
        path = self._path(file_id)
        path.write_bytes(content)
        return StoredFile(
            id=file_id,
            index=0,
            filename=filename,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            content_type=content_type,
            path=path,
        )
