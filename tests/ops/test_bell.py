"""Waking workers: the own one at once, the others soon, and never at anybody's expense."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ops.background import beside
from ops.bell import Bell
from services.errors import StorageError


class Line:
    """Carries rings, slowly, and breaks at the first where it is told to."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.rings = 0
        self.begun = asyncio.Semaphore(0)
        self.may_go_on = asyncio.Event()
        self.ended = asyncio.Semaphore(0)
        self._breaks = breaks

    async def ring(self) -> None:
        self.rings += 1
        self.begun.release()
        await self.may_go_on.wait()
        if self._breaks:
            self._breaks = False
            raise StorageError("the line is cut")
        self.ended.release()


@asynccontextmanager
async def carried(bell: Bell) -> AsyncGenerator[None]:
    async with beside(bell.run(), name="bell"):
        yield


async def test_the_own_worker_wakes_before_anybody_waits() -> None:
    woken: list[None] = []
    bell = Bell(own=lambda: woken.append(None), others=None)

    bell.wake()

    assert len(woken) == 1


async def test_many_wakes_while_a_ring_is_under_way_are_one_more_ring() -> None:
    line = Line()
    bell = Bell(own=None, others=line)
    async with carried(bell):
        bell.wake()
        await line.begun.acquire()
        for _ in range(100):
            bell.wake()
        line.may_go_on.set()
        await line.ended.acquire()
        await line.ended.acquire()
        await asyncio.sleep(0)

    assert line.rings == 2


async def test_a_ring_that_fails_is_forgotten_and_the_next_one_goes_out() -> None:
    line = Line(breaks=True)
    bell = Bell(own=None, others=line)
    line.may_go_on.set()
    async with carried(bell):
        bell.wake()
        await line.begun.acquire()
        bell.wake()
        await line.ended.acquire()

    assert line.rings == 2
