"""Where the clips of jobs come from: drawn, or given by the job's plan; padded where the plan says so."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.openrouter.clips import ClipBrief, ClipMaker
from sandbox.openrouter.clips.padding import pad
from sandbox.openrouter.faults import JobPlan
from sandbox.openrouter.order import Order


class Studio:
    """Makes one clip per job, from the moment the job is accepted. `close` ends it and removes its files."""

    def __init__(self, maker: ClipMaker) -> None:
        self._maker = maker
        self._folder = TemporaryDirectory(prefix="outputs-")
        self._tasks: set[asyncio.Task[Path]] = set()
        self._made = 0

    def start(self, order: Order, plan: JobPlan) -> asyncio.Task[Path] | None:
        """Begin to make the job's clip; None for a job that will never show one."""
        if plan.status != "completed" or plan.never_ends:
            return None
        task = asyncio.create_task(self._make(order, plan), name=f"clip of {order.model.id}")
        self._tasks.add(task)
        return task

    async def close(self) -> None:
        """Stop what is being made, and remove the files."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await asyncio.to_thread(self._folder.cleanup)

    async def _make(self, order: Order, plan: JobPlan) -> Path:
        if plan.clip_body is not None:
            clip = self._new_file()
            await asyncio.to_thread(clip.write_bytes, plan.clip_body)
        else:
            clip = Path(plan.clip_file) if plan.clip_file else await self._maker.make(_brief(order))
        if plan.pad_to is None:
            return clip
        padded = self._new_file()
        await asyncio.to_thread(pad, clip, padded, size=plan.pad_to)
        return padded

    def _new_file(self) -> Path:
        """Return a path that no other job has; called in the event loop, before anything is awaited on it."""
        self._made += 1
        return Path(self._folder.name, f"{self._made}.mp4")


def _brief(order: Order) -> ClipBrief:
    """Return what the clip of an order is to look like."""
    width, height = order.pixels
    shape = [order.resolution, order.aspect_ratio, f"{width} × {height}", f"{order.seconds} s"]  # noqa: RUF001  # a size
    caption = " · ".join(part for part in [*shape, "with sound" if order.audio else "silent"] if part)
    return ClipBrief(
        prompt=order.prompt,
        title=order.model.name,
        caption=caption,
        width=width,
        height=height,
        seconds=order.seconds,
        sound=order.audio,
    )
