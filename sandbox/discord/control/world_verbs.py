"""Verbs that change the world."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from sandbox.discord.entities import Channel, Guild, Member, Role, User
from sandbox.discord.localizations import LOCALES
from sandbox.discord.permissions import EVERYONE, Permission
from sandbox.discord.snowflakes import Snowflake
from sandbox.discord.stand_in import DiscordStandIn


def _spoken(locale: str) -> str:
    if locale not in LOCALES:
        raise ValueError(f"Discord's client speaks no {locale!r}")
    return locale


Locale: TypeAlias = Annotated[str, AfterValidator(_spoken)]


class WorldVerbs:
    """Change the world of one stand-in."""

    def __init__(self, stand_in: DiscordStandIn) -> None:
        self._stand_in = stand_in

    async def add_user(self, *, username: str) -> User:
        """A new account."""
        return self._stand_in.world.add_user(username)

    async def add_guild(self, *, name: str, owner_id: Snowflake) -> Guild:
        """A new guild with the bot in it."""
        return self._stand_in.world.add_guild(name, owner_id=owner_id)

    async def add_channel(self, *, guild_id: Snowflake, name: str) -> Channel:
        """A new text channel."""
        return self._stand_in.world.add_channel(guild_id, name)

    async def add_role(self, *, guild_id: Snowflake, name: str, permissions: int = 0) -> Role:
        """A new role."""
        return self._stand_in.world.add_role(guild_id, name, permissions=Permission(permissions))

    async def add_member(
        self, *, guild_id: Snowflake, user_id: Snowflake, role_ids: Sequence[Snowflake] = ()
    ) -> Member:
        """Let a user join a guild."""
        return self._stand_in.world.add_member(guild_id, user_id, role_ids=role_ids)

    async def remove_member(self, *, guild_id: Snowflake, user_id: Snowflake) -> None:
        """Take a user, or the bot, out of a guild."""
        self._stand_in.world.remove_member(guild_id, user_id)

    async def remove_channel(self, *, channel_id: Snowflake) -> None:
        """Delete a channel."""
        self._stand_in.world.remove_channel(channel_id)

    async def direct_channel(self, *, user_id: Snowflake) -> Channel:
        """The direct messages between the bot and a user."""
        return self._stand_in.world.direct_channel(user_id)

    async def set_overwrite(
        self, *, channel_id: Snowflake, target_id: Snowflake, allow: int = 0, deny: int = 0
    ) -> Channel:
        """Change what a role or a member may do in a channel; `allow` and `deny` are permission bits."""
        return self._stand_in.world.set_overwrite(channel_id, target_id, allow=Permission(allow), deny=Permission(deny))

    async def set_age_restricted(self, *, channel_id: Snowflake, is_age_restricted: bool = True) -> Channel:
        """Let only those into a channel who say that they are old enough."""
        return self._stand_in.world.set_age_restricted(channel_id, is_age_restricted=is_age_restricted)

    async def set_everyone(self, *, guild_id: Snowflake, permissions: int = int(EVERYONE)) -> Role:
        """Change what everybody may do in a guild."""
        world = self._stand_in.world
        role = replace(world.roles[guild_id], permissions=permissions)
        world.replace_role(role)
        return role

    async def set_upload_limit(self, *, guild_id: Snowflake, upload_limit: int) -> Guild:
        """Change how many bytes a file may have in a guild."""
        world = self._stand_in.world
        guild = replace(world.guilds[guild_id], upload_limit=upload_limit)
        world.replace_guild(guild)
        return guild

    async def set_direct_messages(self, *, user_id: Snowflake, accept: bool) -> User:
        """Let a user open or close their direct messages."""
        world = self._stand_in.world
        user = replace(world.users[user_id], accepts_direct_messages=accept)
        world.replace_user(user)
        return user

    async def set_locale(self, *, user_id: Snowflake, locale: Locale) -> User:
        """Change the language of a user's client."""
        world = self._stand_in.world
        user = replace(world.users[user_id], locale=locale)
        world.replace_user(user)
        return user

    async def set_preferred_locale(self, *, guild_id: Snowflake, locale: Locale) -> Guild:
        """Change the language that a guild has chosen, as only a Community can."""
        world = self._stand_in.world
        guild = replace(world.guilds[guild_id], preferred_locale=locale)
        world.replace_guild(guild)
        return guild
