"""Looking at a stand-in in another process, and waiting for what happens there."""

from typing import Any, Final

from sandbox.discord.control.values import GatewayView, WorldView
from sandbox.discord.interactions import InteractionView
from sandbox.discord.log import RequestRecord
from sandbox.discord.message_filter import MessageFilter
from sandbox.discord.posts import Message
from sandbox.discord.remote.wire import RemoteVerbs

ANYTHING: Final = MessageFilter()


class RemoteLooks(RemoteVerbs):
    """What can be seen. Those with a `timeout` raise `TimeoutError`, but for `changed`."""

    async def interaction(self, interaction_id: int) -> InteractionView:
        """An interaction as it stands."""
        return await self.channel.call("interaction", InteractionView, interaction_id=interaction_id)

    async def messages(self, channel_id: int, *, viewer_id: int | None = None) -> list[Message]:
        """What a viewer sees in a channel, oldest first."""
        return await self.channel.call("messages", list[Message], channel_id=channel_id, viewer_id=viewer_id)

    async def next_message(
        self,
        channel_id: int,
        *,
        where: MessageFilter = ANYTHING,
        viewer_id: int | None = None,
        after: int = 0,
        timeout: float = 10.0,  # noqa: ASYNC109  # the caller's deadline is the contract
    ) -> Message:
        """The first message that fits, already there or yet to come; `after` skips up to that message id."""
        return await self.channel.call(
            "next_message",
            Message,
            wait=timeout,
            channel_id=channel_id,
            where=where,
            viewer_id=viewer_id,
            after=after,
            timeout=timeout,
        )

    async def requests(self, *, route: str | None = None) -> list[RequestRecord]:
        """The log of REST requests, or those to one route."""
        return await self.channel.call("requests", list[RequestRecord], route=route)

    async def commands(self, *, guild_id: int | None = None) -> list[dict[str, Any]]:
        """What the bot registered globally, or for one guild, as Discord's JSON."""
        return await self.channel.call("commands", list[dict[str, Any]], guild_id=guild_id)

    async def wait_for_command(self, name: str, *, timeout: float = 30.0) -> dict[str, Any]:  # noqa: ASYNC109  # the same
        """Wait until the bot has registered a global command of that name."""
        return await self.channel.call("wait_for_command", dict[str, Any], wait=timeout, name=name, timeout=timeout)

    async def connected(self, *, sessions: int = 1, timeout: float = 30.0) -> GatewayView:  # noqa: ASYNC109  # the same
        """Wait until that many gateway sessions are connected."""
        return await self.channel.call("connected", GatewayView, wait=timeout, sessions=sessions, timeout=timeout)

    async def gateway(self) -> GatewayView:
        """How the bot is connected now."""
        return await self.channel.call("gateway", GatewayView)

    async def world(self) -> WorldView:
        """Everything that exists, messages excepted."""
        return await self.channel.call("world", WorldView)

    async def changed(self, *, since: int, timeout: float = 25.0) -> int:  # noqa: ASYNC109  # the same
        """Wait for more than `since` changes; how many there were, also when time ran out first."""
        return await self.channel.call("changed", int, wait=timeout, since=since, timeout=timeout)

    async def download(self, attachment_id: int) -> bytes:
        """The bytes of an attachment."""
        url = f"{self.channel.control_url}/attachments/{attachment_id}"
        async with self.channel.session.get(url) as response:
            response.raise_for_status()
            return await response.read()
