"""The client that holds every group of verbs."""

from types import TracebackType
from typing import Self

import aiohttp

from sandbox.discord.remote.acting import RemoteUser
from sandbox.discord.remote.changing import RemoteWorld
from sandbox.discord.remote.disturbing import RemoteFaults
from sandbox.discord.remote.looking import RemoteLooks
from sandbox.discord.remote.wire import ControlChannel


class RemoteDiscord(RemoteUser, RemoteLooks, RemoteFaults, RemoteWorld):
    """A stand-in in another process. Make it inside a running loop and open it with `async with`."""

    def __init__(self, control_url: str) -> None:
        super().__init__(ControlChannel(control_url, session=aiohttp.ClientSession()))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.channel.session.close()
