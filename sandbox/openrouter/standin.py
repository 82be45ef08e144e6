"""The stand-in itself: it puts the rooms together and serves them on a loopback port."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from sandbox.faults import Fault, FaultScript
from sandbox.openrouter import control
from sandbox.openrouter.account import Account, Charge
from sandbox.openrouter.api import LARGEST_BODY, VideoApi
from sandbox.openrouter.calls import Gate
from sandbox.openrouter.clips import ClipMaker, DrawnClips
from sandbox.openrouter.clock import Clock
from sandbox.openrouter.faults import check_places
from sandbox.openrouter.jobs import PREFIX, Jobs
from sandbox.openrouter.listing import Listing, read_entries
from sandbox.openrouter.studio import Studio
from sandbox.openrouter.webhooks import Webhooks
from sandbox.request_log import RequestLog

DEFAULT_KEY: Final = "sk-or-v1-stand-in"
_PATIENCE: Final = 0.1
"""Seconds that calls in progress have to end when the stand-in is closed."""


class OpenRouterStandIn:
    """OpenRouter's asynchronous video API on loopback: strict, scriptable, with a ledger and a log.

    Args:
        key: the one API key that is accepted.
        models: entries in the shape of `/videos/models`; None: the built-in catalogue.
        seconds_per_video: how long a job takes, on the stand-in's clock.
        clips: who makes the clips, and stays the caller's to close; None: they are drawn.

    Raises:
        ValueError: an entry of `models` is not in that shape (pydantic's ValidationError).
    """

    def __init__(
        self,
        *,
        key: str = DEFAULT_KEY,
        models: Sequence[Mapping[str, object]] | None = None,
        seconds_per_video: float = 3.0,
        clips: ClipMaker | None = None,
    ) -> None:
        self.key = key
        self.clock = Clock()
        self.account = Account(key=key)
        self.requests = RequestLog()
        self.jobs = Jobs(clock=self.clock, account=self.account)
        self._listing = Listing(read_entries() if models is None else models)
        self._seconds_per_video = seconds_per_video
        self._clips = clips
        self._script = FaultScript()
        self.webhooks = Webhooks(script=self._script, clock=self.clock)
        self._open = AsyncExitStack()
        self._origin = ""

    @property
    def base_url(self) -> str:
        """What a client takes for `https://openrouter.ai/api/v1`; known once started."""
        return self._origin + PREFIX

    @property
    def control_url(self) -> str:
        """Where the remote control is; known once started."""
        return self._origin + control.PREFIX

    @property
    def ledger(self) -> tuple[Charge, ...]:
        """Every charge until now, oldest first; never more than one for a job."""
        self.jobs.settle()
        return self.account.ledger

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults in force."""
        return self._script.faults

    def script(self, *faults: Fault) -> None:
        """Put faults in force, after those already there. Their calls are counted from now.

        Raises:
            ValueError: one of them could never happen.
        """
        check_places(faults)
        self._script.add(faults)

    def clear_faults(self) -> None:
        """Put none in force."""
        self._script.clear()

    def reset(self) -> None:
        """Forget requests, jobs, charges, limits and faults; time runs at its usual speed."""
        self.requests.clear()
        self.jobs.clear()
        self.account.reset()
        self.webhooks.clear()
        self.clear_faults()
        self.clock.run_at(1.0)

    async def start(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Begin to serve, in the running event loop; port 0 takes any that is free.

        Raises:
            ValueError: the host is not a loopback address: nothing here is fit to be reached from elsewhere.
            OSError: the port is taken.
        """
        if not ip_address(host).is_loopback:
            msg = f"{host} is not a loopback address"
            raise ValueError(msg)
        async with AsyncExitStack() as stack:
            clips = self._clips
            if clips is None:
                clips = drawn = DrawnClips()
                stack.push_async_callback(drawn.close)
            studio = Studio(clips)
            stack.push_async_callback(studio.close)
            self.webhooks.open()
            stack.push_async_callback(self.webhooks.close)
            runner = web.AppRunner(self._application(studio), access_log=None, shutdown_timeout=_PATIENCE)
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            await web.TCPSite(runner, host, port).start()
            bound = runner.addresses[0]
            self._origin = f"http://{f'[{bound[0]}]' if ':' in host else bound[0]}:{bound[1]}"
            self._open = stack.pop_all()

    async def close(self) -> None:
        """Stop serving, and leave no task, process or file behind."""
        await self._open.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _application(self, studio: Studio) -> web.Application:
        application = web.Application(client_max_size=LARGEST_BODY)
        control.Control(self).add_routes(application.router)
        api = VideoApi(
            listing=self._listing,
            account=self.account,
            clock=self.clock,
            jobs=self.jobs,
            studio=studio,
            webhooks=self.webhooks,
            seconds=self._seconds_per_video,
            origin=lambda: self._origin,
        )
        gate = Gate(account=self.account, script=self._script, log=self.requests, jobs=self.jobs)
        api.add_routes(application.router, gate)
        return application
