"""Answers machines that watch the bot, at a port of its own: off by default, and on this machine alone unless told.

`/healthz` says that the process lives: that it answers at all is the proof. `/readyz` says whether it can do its work,
and `/metrics` how that goes, in Prometheus' format. There is no password, and nothing here that would need one: sums
and words of ours, never a member, a server, a job or a prompt.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from ops.listener import LINGER, Listener
from ops.metrics.readings import Readings

MOST_BYTES: Final = 1024
"""Of a request's body. There is none to send."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def serving(registry: CollectorRegistry, readings: Readings, *, host: str, port: int) -> AsyncGenerator[None]:
    """Answer in the block. Raises as `MetricsServer.start` does."""
    async with MetricsServer(registry, readings) as server:
        await server.start(host=host, port=port)
        yield


class MetricsServer(Listener):
    """Serves a registry, and the readings that are taken anew for each scrape."""

    def __init__(self, registry: CollectorRegistry, readings: Readings) -> None:
        super().__init__()
        registry.register(readings)
        self._registry = registry
        self._readings = readings

    async def start(self, *, host: str, port: int) -> None:
        """Begin to listen; port 0 takes any that is free.

        Raises:
            ConfigurationError: nothing can listen there.
        """
        runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=LINGER)
        hint = "each process of a machine needs a port of its own"
        await self._listen(runner, host=host, port=port, setting="METRICS_PORT", hint=hint, shared=False)
        log.info("metrics_listening", host=host, port=self.port)

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=MOST_BYTES)
        application.router.add_get("/healthz", _alive)
        application.router.add_get("/readyz", self._ready)
        application.router.add_get("/metrics", self._metrics)
        return application

    async def _ready(self, _request: web.Request) -> web.Response:
        missing = await self._readings.what_is_not_ready()
        status = HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK
        return web.Response(status=status, text=f"not ready: {', '.join(missing)}\n" if missing else "ready\n")

    async def _metrics(self, _request: web.Request) -> web.Response:
        await self._readings.refresh()
        # As a header, because it names a version besides, which aiohttp's own argument does not take.
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _alive(_request: web.Request) -> web.Response:
    return web.Response(text="alive\n")
