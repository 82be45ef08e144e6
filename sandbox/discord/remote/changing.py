"""Changing the world of a stand-in in another process."""

from collections.abc import Sequence

from sandbox.discord.entities import Channel, Guild, Member, Role, User
from sandbox.discord.permissions import EVERYONE, Permission
from sandbox.discord.remote.wire import RemoteVerbs

NOTHING = Permission(0)


class RemoteWorld(RemoteVerbs):
    """Who exists and what they may do."""

    async def add_user(self, username: str) -> User:
        """A new account."""
        return await self.channel.call("add_user", User, username=username)

    async def add_guild(self, name: str, *, owner_id: int) -> Guild:
        """A new guild with the bot in it."""
        return await self.channel.call("add_guild", Guild, name=name, owner_id=owner_id)

    async def add_channel(self, guild_id: int, name: str) -> Channel:
        """A new text channel."""
        return await self.channel.call("add_channel", Channel, guild_id=guild_id, name=name)

    async def add_role(self, guild_id: int, name: str, *, permissions: Permission = NOTHING) -> Role:
        """A new role."""
        return await self.channel.call("add_role", Role, guild_id=guild_id, name=name, permissions=int(permissions))

    async def add_member(self, guild_id: int, user_id: int, *, role_ids: Sequence[int] = ()) -> Member:
        """Let a user join a guild."""
        return await self.channel.call("add_member", Member, guild_id=guild_id, user_id=user_id, role_ids=role_ids)

    async def remove_member(self, guild_id: int, user_id: int) -> None:
        """Take a user, or the bot, out of a guild."""
        await self.channel.call("remove_member", type(None), guild_id=guild_id, user_id=user_id)

    async def remove_channel(self, channel_id: int) -> None:
        """Delete a channel."""
        await self.channel.call("remove_channel", type(None), channel_id=channel_id)

    async def direct_channel(self, user_id: int) -> Channel:
        """The direct messages between the bot and a user."""
        return await self.channel.call("direct_channel", Channel, user_id=user_id)

    async def set_overwrite(
        self, channel_id: int, target_id: int, *, allow: Permission = NOTHING, deny: Permission = NOTHING
    ) -> Channel:
        """Change what a role or a member may do in a channel."""
        return await self.channel.call(
            "set_overwrite", Channel, channel_id=channel_id, target_id=target_id, allow=int(allow), deny=int(deny)
        )

    async def set_age_restricted(self, channel_id: int, *, is_age_restricted: bool = True) -> Channel:
        """Let only those into a channel who say that they are old enough."""
        return await self.channel.call(
            "set_age_restricted", Channel, channel_id=channel_id, is_age_restricted=is_age_restricted
        )

    async def set_everyone(self, guild_id: int, *, permissions: Permission = EVERYONE) -> Role:
        """Change what everybody may do in a guild."""
        return await self.channel.call("set_everyone", Role, guild_id=guild_id, permissions=int(permissions))

    async def set_upload_limit(self, guild_id: int, upload_limit: int) -> Guild:
        """Change how many bytes a file may have in a guild."""
        return await self.channel.call("set_upload_limit", Guild, guild_id=guild_id, upload_limit=upload_limit)

    async def set_direct_messages(self, user_id: int, *, accept: bool) -> User:
        """Let a user open or close their direct messages."""
        return await self.channel.call("set_direct_messages", User, user_id=user_id, accept=accept)

    async def set_locale(self, user_id: int, locale: str) -> User:
        """Change the language of a user's client."""
        return await self.channel.call("set_locale", User, user_id=user_id, locale=locale)

    async def set_preferred_locale(self, guild_id: int, locale: str) -> Guild:
        """Change the language that a guild has chosen."""
        return await self.channel.call("set_preferred_locale", Guild, guild_id=guild_id, locale=locale)
