"""What the bot's small HTTP servers have in common: one port, opened once and closed in any case."""

from types import TracebackType
from typing import Final, Self

from aiohttp import web

from services.errors import ConfigurationError

LINGER: Final = 0.5
"""Seconds that an answer under way has when the bot stops."""


class Listener:
    """A server that begins to listen with `_listen`, and stops at the end of its block."""

    def __init__(self) -> None:
        self._runner: web.BaseRunner | None = None
        self.port = 0
        """Where it listens, once it does."""

    async def _listen(
        self, runner: web.BaseRunner, *, host: str, port: int, setting: str, hint: str, shared: bool
    ) -> None:
        """Begin to listen; port 0 takes any that is free, and a `shared` one is for several processes of ours.

        Raises:
            ConfigurationError: nothing can listen there. It names the `setting`, and adds the `hint`.
        """
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, reuse_port=shared or None).start()
        except OSError:
            await runner.cleanup()
            raise ConfigurationError([f"{setting}: cannot listen at {host}:{port}; {hint}"]) from None
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening. Harmless twice."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
