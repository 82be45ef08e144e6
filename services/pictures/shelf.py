"""The folder of pictures that wait for their submit: durable before their job is, and gone after it.

A picture is named by the interaction that asked for the video, because it lies here before there is a job: a restart
never needs Discord's address of it, which expires.
"""

import asyncio
import os
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from services.models import FRAMES, Frame, FrameKind
from services.pictures.faults import PictureError, PictureFault
from services.pictures.keeping import Wanted, require_all

OWNER_ONLY: Final = 0o600
NAMES: Final = {FrameKind.FIRST: "first", FrameKind.LAST: "last"}
MEDIA_TYPE: Final = "image/jpeg"


class PictureShelf:
    """Keeps drawn pictures in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._in_hand: set[int] = set()

    @contextmanager
    def holding(self, interaction_id: int) -> Generator[None]:
        """Let nobody sweep the pictures of an interaction whose job or offer is about to be stored."""
        self._in_hand.add(interaction_id)
        try:
            yield
        finally:
            self._in_hand.discard(interaction_id)

    async def keep(self, interaction_id: int, kind: FrameKind, content: bytes) -> None:
        """Write a picture, readable by its owner only; when this returns, it survives a power cut.

        Raises:
            OSError: the disk.
        """
        await asyncio.to_thread(_write, self._path(interaction_id, kind), content)

    async def frames(self, interaction_id: int, count: int) -> Sequence[Frame]:
        """Return the first `count` frames of a request, ready to be sent.

        Raises:
            PictureError: `LOST`: one of them is not here.
        """
        return require_all(await self.found(interaction_id), count) if count else ()

    async def found(self, interaction_id: int) -> Sequence[Frame]:
        """Return the pictures of a request that are here, the first frame first. Raises `OSError`: the disk."""
        return await asyncio.to_thread(self._read, interaction_id)

    async def rename(self, old: int, new: int, *, count: int) -> None:
        """Give the pictures of one interaction to another: a yes to a price is an interaction of its own.

        Raises:
            PictureError: `LOST`: one of them is not here.
        """
        await asyncio.to_thread(self._rename, old, new, count)

    async def remove(self, interaction_id: int) -> None:
        """Let the pictures of an interaction go."""
        await asyncio.to_thread(self._remove, interaction_id)

    async def tidy(self, wanted: Wanted) -> int:
        """Remove what belongs to no interaction that is wanted, and return how many files that were."""
        found = self.files()
        return await asyncio.to_thread(self.discard, found, keep=await wanted())

    def _remove(self, interaction_id: int) -> None:
        for kind in FRAMES:
            self._path(interaction_id, kind).unlink(missing_ok=True)

    def sweep(self, *, keep: Collection[int]) -> None:
        """Make the folder, readable by its owner only, and remove what belongs to no interaction in `keep` (ids)."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.discard(self.files(), keep=keep)

    def files(self) -> Sequence[Path]:
        """Return every picture that is not in anybody's hand, and what is left of half-written ones."""
        return [file for file in self._folder.glob("*-*") if _owner(file) not in self._in_hand]

    def discard(self, files: Sequence[Path], *, keep: Collection[int]) -> int:
        """Remove those of `files` that belong to no interaction in `keep` (ids), and return how many they were."""
        unwanted = [file for file in files if file.suffix == ".part" or _owner(file) not in keep]
        for file in unwanted:
            file.unlink(missing_ok=True)
        return len(unwanted)

    def _path(self, interaction_id: int, kind: FrameKind) -> Path:
        return self._folder / f"{interaction_id:d}-{NAMES[kind]}.jpg"

    def _read(self, interaction_id: int) -> Sequence[Frame]:
        frames: list[Frame] = []
        for kind in FRAMES:
            with suppress(FileNotFoundError):
                content = self._path(interaction_id, kind).read_bytes()
                frames.append(Frame(kind=kind, media_type=MEDIA_TYPE, content=content))
        return frames

    def _rename(self, old: int, new: int, count: int) -> None:
        try:
            for kind in FRAMES[:count]:
                self._path(old, kind).replace(self._path(new, kind))
        except FileNotFoundError:
            raise PictureError(PictureFault.LOST) from None
        _sync(self._folder)


def _owner(file: Path) -> int:
    """Return the interaction that a file is named by; 0 for a name that is not ours."""
    number = file.name.partition("-")[0]
    return int(number) if number.isascii() and number.isdecimal() else 0


def _write(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
