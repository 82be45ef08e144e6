"""Who makes the stand-in's clips: drawn for each prompt, or always the same file."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

from sandbox.openrouter.clips.brief import ClipBrief
from sandbox.openrouter.clips.encoder import encode
from sandbox.openrouter.clips.fonts import FontBook
from sandbox.openrouter.clips.picture import Layout, counter, glow, playhead, still

_AT_ONCE: Final = 2
"""Clips that are encoded at the same time; the others wait."""


class ClipMaker(Protocol):
    """Makes the clip for a brief."""

    async def make(self, brief: ClipBrief) -> Path:
        """Return a file with the clip; nobody changes or removes it while the stand-in runs."""
        ...


class FixedClip:
    """Serves one file for every brief: for tests that do not look at the clip."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def make(self, brief: ClipBrief) -> Path:
        """Return the file, whatever the brief."""
        del brief
        return self._path


class DrawnClips:
    """Draws and encodes a clip for each brief, once, into a folder of its own that `close` removes.

    `font` is a font file to write with; None: the best that the system has.
    """

    def __init__(self, *, font: Path | None = None) -> None:
        self._font = font
        self._fonts: FontBook | None = None
        self._folder: TemporaryDirectory[str] | None = None
        self._clips: dict[ClipBrief, asyncio.Task[Path]] = {}
        self._made = 0
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def make(self, brief: ClipBrief) -> Path:
        """Return the clip for the brief. It is made by whoever asks first; one who gives up does not stop it.

        Raises:
            EncodeError: ffmpeg failed; the next call tries again.
            OSError: the font cannot be read.
        """
        task = self._clips.get(brief)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._clips[brief] = asyncio.create_task(self._draw(brief), name=f"clip {brief.caption}")
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Stop what is being made, and remove the folder."""
        for task in self._clips.values():
            task.cancel()
        await asyncio.gather(*self._clips.values(), return_exceptions=True)
        self._clips.clear()
        if self._folder is not None:
            await asyncio.to_thread(self._folder.cleanup)
            self._folder = None

    async def _draw(self, brief: ClipBrief) -> Path:
        self._folder = self._folder or TemporaryDirectory(prefix="clips-")
        self._made += 1
        target = Path(self._folder.name, f"{self._made}.mp4")
        async with self._room:
            with TemporaryDirectory(dir=self._folder.name) as folder:
                painting = asyncio.create_task(asyncio.to_thread(self._paint, brief, Path(folder)))
                try:
                    await asyncio.shield(painting)
                finally:
                    await asyncio.wait([painting])  # a thread cannot be stopped: its folder stays until it is done
                await encode(brief, folder=Path(folder), target=target)
        return target

    def _paint(self, brief: ClipBrief, folder: Path) -> None:
        """Write the pictures that the encoder puts together. Runs in a thread."""
        fonts = self._fonts = self._fonts or FontBook(self._font)
        layout = Layout(brief.width, brief.height)
        pictures = {
            "still": still(brief, fonts),
            "glow": glow(layout),
            "counter": counter(brief, fonts),
            "playhead": playhead(layout),
        }
        for name, picture in pictures.items():
            picture.save(folder / f"{name}.png", compress_level=1)
