"""Puts together what shows the outside how the process is: a heartbeat for supervisors, metrics for monitoring."""

import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from ops.background import beside
from ops.heartbeat import Heartbeat, Senses
from ops.house.books import Books
from ops.house.ground import Ground
from ops.metrics import Readings, serving
from services.generation import Worker
from services.jobs import FigureBook


class Shard(Protocol):
    """One connection to Discord's gateway."""

    def is_closed(self) -> bool:
        """Whether it is not there."""
        ...


class Gateway(Protocol):
    """What a process knows of its connections to Discord. discord.py's sharded clients are such."""

    @property
    def shards(self) -> Mapping[int, Shard]:
        """The connections, by number."""
        ...

    @property
    def latency(self) -> float:
        """Seconds that Discord takes to answer a heartbeat; infinite or no number where none was answered yet."""
        ...

    def is_ready(self) -> bool:
        """Whether all of them were there once."""
        ...


@asynccontextmanager
async def watched(
    ground: Ground, books: Books, *, gateway: Gateway | None, worker: Worker | None
) -> AsyncGenerator[None]:
    """Show how the process is while the block runs; None for what it has not.

    Raises:
        ConfigurationError: nothing can listen at METRICS_PORT.
    """
    senses, settings = _senses(ground, gateway, worker), ground.settings
    name = ground.instance.name if ground.database.is_shared else None
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(beside(Heartbeat(settings.data_dir, senses, name=name).run(), name="heartbeat"))
        if ground.instruments is not None and settings.metrics_port is not None:
            readings = Readings(
                senses=senses,
                figures=FigureBook(database=ground.database, limits=books.limits),
                models=lambda: [model.id for model in ground.catalogue.cached()],
                clock=ground.clock.now,
                folder=settings.data_dir,
            )
            registry, host, port = ground.instruments.registry, settings.metrics_host, settings.metrics_port
            await stack.enter_async_context(serving(registry, readings, host=host, port=port))
        yield


def _senses(ground: Ground, gateway: Gateway | None, worker: Worker | None) -> Senses:
    return Senses(
        database=ground.database,
        gateway_is_there=None if gateway is None else lambda: _is_there(gateway),
        gateway_seconds=lambda: None if gateway is None else _seconds(gateway),
        worker_idle_seconds=lambda: None if worker is None else worker.idle_seconds,
    )


def _is_there(gateway: Gateway) -> bool:
    """Whether every shard is connected. The library calls a client ready for good, whatever breaks off later."""
    return gateway.is_ready() and not any(shard.is_closed() for shard in gateway.shards.values())


def _seconds(gateway: Gateway) -> float | None:
    seconds = gateway.latency
    return seconds if math.isfinite(seconds) else None
