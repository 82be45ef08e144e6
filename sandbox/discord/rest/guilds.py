"""Routes that read guilds, their roles, members and channels."""

from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.payloads import channel_payload, guild_payload, member_payload, role_payload
from sandbox.discord.rest.access import Access
from sandbox.discord.rest.calls import Answer, Call, Route
from sandbox.discord.world import World


class GuildRoutes:
    """Reading guilds."""

    def __init__(self, *, world: World, access: Access) -> None:
        self._world = world
        self._access = access

    def routes(self) -> list[Route]:
        """The routes of this room."""
        return [
            Route(method="GET", path="/guilds/{guild_id}", handler=self._guild),
            Route(method="GET", path="/guilds/{guild_id}/roles", handler=self._roles),
            Route(method="GET", path="/guilds/{guild_id}/channels", handler=self._channels),
            Route(method="GET", path="/guilds/{guild_id}/members/{user_id}", handler=self._member),
        ]

    def _guild(self, call: Call) -> Answer:
        return Answer(payload=guild_payload(self._world, self._access.guild(call.id("guild_id"))))

    def _roles(self, call: Call) -> Answer:
        guild = self._access.guild(call.id("guild_id"))
        return Answer(payload=[role_payload(role) for role in self._world.roles_of(guild.id)])

    def _channels(self, call: Call) -> Answer:
        guild = self._access.guild(call.id("guild_id"))
        listed = [channel for channel in self._world.channels_of(guild.id) if not channel.type.is_thread]
        return Answer(payload=[channel_payload(self._world, channel) for channel in listed])

    def _member(self, call: Call) -> Answer:
        guild, user_id = self._access.guild(call.id("guild_id")), call.id("user_id")
        if user_id not in self._world.users:
            raise ApiError(Refusal.UNKNOWN_USER)
        member = self._world.members.get((guild.id, user_id))
        if member is None:
            raise ApiError(Refusal.UNKNOWN_MEMBER)
        return Answer(payload=member_payload(self._world, member))
