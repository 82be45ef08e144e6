"""Verbs that look at what is there, or wait for it."""

from typing import Any, Final

from sandbox.discord.control.values import GatewayView, WorldView
from sandbox.discord.interactions import InteractionView
from sandbox.discord.log import RequestRecord
from sandbox.discord.message_filter import MessageFilter
from sandbox.discord.posts import Message
from sandbox.discord.snowflakes import Snowflake
from sandbox.discord.stand_in import DiscordStandIn

ANYTHING: Final = MessageFilter()


class LookingVerbs:
    """Look at one stand-in."""

    def __init__(self, stand_in: DiscordStandIn) -> None:
        self._stand_in = stand_in

    async def interaction(self, *, interaction_id: Snowflake, answered_within: float | None = None) -> InteractionView:
        """An interaction as it stands; with `answered_within` wait that many seconds for its answer."""
        interaction = self._stand_in.interactions.all[interaction_id]
        if answered_within is not None:
            await interaction.answered(timeout=answered_within)
        return interaction.view()

    async def messages(self, *, channel_id: Snowflake, viewer_id: Snowflake | None = None) -> list[Message]:
        """What a viewer sees in a channel, oldest first."""
        return self._stand_in.messages(channel_id, viewer_id=viewer_id)

    async def next_message(
        self,
        *,
        channel_id: Snowflake,
        where: MessageFilter = ANYTHING,
        viewer_id: Snowflake | None = None,
        after: Snowflake = 0,
        timeout: float = 10.0,  # noqa: ASYNC109  # the caller's deadline is the contract
    ) -> Message:
        """The first message that fits, already there or yet to come."""
        return await self._stand_in.next_message(
            channel_id, where=where, viewer_id=viewer_id, after=after, timeout=timeout
        )

    async def requests(self, *, route: str | None = None) -> list[RequestRecord]:
        """The log, or its requests to one route."""
        return self._stand_in.requests if route is None else self._stand_in.requests_to(route)

    async def commands(self, *, guild_id: Snowflake | None = None) -> list[dict[str, Any]]:
        """What the bot registered globally, or for one guild."""
        return self._stand_in.commands.listed(guild_id)

    async def wait_for_command(self, *, name: str, timeout: float = 30.0) -> dict[str, Any]:  # noqa: ASYNC109  # the caller's deadline is the contract
        """Wait until the bot has registered a global command of that name."""

        def look() -> dict[str, Any] | None:
            return next((known for known in self._stand_in.commands.listed(None) if known["name"] == name), None)

        return await self._stand_in.wait_until(look, timeout=timeout)

    async def connected(self, *, sessions: int = 1, timeout: float = 30.0) -> GatewayView:  # noqa: ASYNC109  # the same
        """Wait until that many gateway sessions are connected."""
        await self._stand_in.connected(sessions=sessions, timeout=timeout)
        return await self.gateway()

    async def gateway(self) -> GatewayView:
        """How the bot is connected."""
        hub = self._stand_in.gateway
        return GatewayView(connected=len(hub.connected), identified=hub.identified, resumed=hub.resumed)

    async def world(self) -> WorldView:
        """Everything that exists, messages excepted."""
        world = self._stand_in.world
        return WorldView(
            application=world.application,
            users=tuple(world.users.values()),
            guilds=tuple(world.guilds.values()),
            roles=tuple(world.roles.values()),
            channels=tuple(world.channels.values()),
            members=tuple(world.members.values()),
        )

    async def changed(self, *, since: int = 0, timeout: float = 25.0) -> int:  # noqa: ASYNC109  # the same
        """Wait until there were more than `since` changes; how many there were, also when time ran out first."""
        changes = self._stand_in.changes
        try:
            await changes.wait_until(lambda: changes.count > since, timeout=timeout)
        except TimeoutError:
            return changes.count
        return changes.count
