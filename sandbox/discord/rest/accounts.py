"""Routes about the bot itself, its application, other users, and where the gateway is."""

from collections.abc import Callable
from typing import Final

from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.payloads import JsonObject, application_payload, channel_payload, own_user_payload, user_payload
from sandbox.discord.rest.calls import Answer, Call, Route
from sandbox.discord.world import World

IDENTIFIES_PER_DAY: Final = 1000


class AccountRoutes:
    """Who am I, who is that, where do I connect."""

    def __init__(
        self,
        *,
        world: World,
        gateway_url: Callable[[], str],
        shards: Callable[[], int],
        identifies_at_once: Callable[[], int],
    ) -> None:
        self._world = world
        self._gateway_url = gateway_url
        self._shards = shards
        self._identifies_at_once = identifies_at_once

    def routes(self) -> list[Route]:
        """The routes of this room."""
        return [
            Route(method="GET", path="/users/@me", handler=self._me),
            Route(method="GET", path="/users/@me/guilds", handler=self._my_guilds),
            Route(method="POST", path="/users/@me/channels", handler=self._open_direct_channel),
            Route(method="GET", path="/users/{user_id}", handler=self._user),
            Route(method="GET", path="/oauth2/applications/@me", handler=self._application),
            Route(method="GET", path="/applications/@me", handler=self._application),
            Route(method="GET", path="/gateway", handler=self._gateway, needs_token=False),
            Route(method="GET", path="/gateway/bot", handler=self._gateway_for_bots),
        ]

    def _me(self, _call: Call) -> Answer:
        return Answer(payload=own_user_payload(self._world.bot))

    def _user(self, call: Call) -> Answer:
        user = self._world.users.get(call.id("user_id"))
        if user is None:
            raise ApiError(Refusal.UNKNOWN_USER)
        return Answer(payload=user_payload(user))

    def _my_guilds(self, _call: Call) -> Answer:
        world = self._world
        listed: list[JsonObject] = [
            {
                "id": str(guild.id),
                "name": guild.name,
                "icon": None,
                "banner": None,
                "owner": guild.owner_id == world.bot.id,
                "permissions": str(int(world.permissions_of(world.members[guild.id, world.bot.id]))),
                "features": [],
                "approximate_member_count": len(world.members_of(guild.id)),
                "approximate_presence_count": 1,
            }
            for guild in world.bot_guilds()
        ]
        return Answer(payload=listed)

    def _open_direct_channel(self, call: Call) -> Answer:
        recipient = str(call.json.get("recipient_id", ""))
        if not recipient.isdecimal() or int(recipient) not in self._world.users:
            raise ApiError(Refusal.INVALID_RECIPIENT)
        if self._world.users[int(recipient)].is_bot:
            raise ApiError(Refusal.CANNOT_MESSAGE_USER)
        channel = self._world.direct_channel(int(recipient))
        return Answer(payload=channel_payload(self._world, channel))

    def _application(self, _call: Call) -> Answer:
        return Answer(payload=application_payload(self._world))

    def _gateway(self, _call: Call) -> Answer:
        return Answer(payload={"url": self._gateway_url()})

    def _gateway_for_bots(self, _call: Call) -> Answer:
        limit = {
            "total": IDENTIFIES_PER_DAY,
            "remaining": IDENTIFIES_PER_DAY,
            "reset_after": 24 * 60 * 60 * 1000,
            "max_concurrency": self._identifies_at_once(),
        }
        payload = {"url": self._gateway_url(), "shards": self._shards(), "session_start_limit": limit}
        return Answer(payload=payload)
