"""Finds what a call is about, and refuses what the bot may not reach, in Discord's order of checks."""

from sandbox.discord.entities import Channel, ChannelType, Guild
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message, MessageFlag
from sandbox.discord.world import World


class Access:
    """Looks things up with the bot's eyes."""

    def __init__(self, *, world: World) -> None:
        self._world = world

    def guild(self, guild_id: int) -> Guild:
        """A guild that the bot is in.

        Raises:
            ApiError: 404/10004 where it does not exist, 403/50001 where the bot is not in it.
        """
        guild = self._world.guilds.get(guild_id)
        if guild is None:
            raise ApiError(Refusal.UNKNOWN_GUILD)
        if (guild_id, self._world.bot.id) not in self._world.members:
            raise ApiError(Refusal.MISSING_ACCESS)
        return guild

    def channel(self, channel_id: int) -> Channel:
        """A channel that the bot can see.

        Raises:
            ApiError: 404/10003 where it does not exist, 403/50001 where the bot cannot see it.
        """
        channel = self.place_of(channel_id)
        if channel.guild_id is not None:
            self.require(channel, Permission.VIEW_CHANNEL, otherwise=Refusal.MISSING_ACCESS)
        return channel

    def place_of(self, channel_id: int) -> Channel:
        """The channel of an interaction, which the bot need not see.

        Raises:
            ApiError: 404/10003 where it was deleted meanwhile.
        """
        channel = self._world.channels.get(channel_id)
        if channel is None:
            raise ApiError(Refusal.UNKNOWN_CHANNEL)
        return channel

    def require(
        self, channel: Channel, permission: Permission, *, otherwise: Refusal = Refusal.MISSING_PERMISSIONS
    ) -> None:
        """Refuse a bot without that permission in the channel; in a direct message it needs none.

        Raises:
            ApiError: `otherwise`.
        """
        if channel.guild_id is not None and permission not in self._world.permissions_in(channel, self._world.bot.id):
            raise ApiError(otherwise)

    def require_may_send(self, channel: Channel, *, has_files: bool, has_embeds: bool) -> None:
        """Refuse a message that the bot may not post in the channel.

        Raises:
            ApiError: 403/50013, 403/50007, 403/50278, 400/50008, 400/40058 or 400/50083.
        """
        match channel.type:
            case ChannelType.DM:
                self._require_open_door(channel)
            case ChannelType.CATEGORY:
                raise ApiError(Refusal.NOT_A_TEXT_CHANNEL)
            case ChannelType.FORUM:
                raise ApiError(Refusal.TAG_REQUIRED)
            case ChannelType.PUBLIC_THREAD:
                self.require(channel, Permission.SEND_MESSAGES_IN_THREADS)
                if channel.is_archived and channel.is_locked:
                    raise ApiError(Refusal.ARCHIVED_THREAD)
            case _:
                self.require(channel, Permission.SEND_MESSAGES)
        self.require_may_carry(channel, has_files=has_files, has_embeds=has_embeds)

    def require_may_carry(self, channel: Channel, *, has_files: bool, has_embeds: bool) -> None:
        """Refuse files and embeds that the bot may not put into the channel.

        Raises:
            ApiError: 403/50013.
        """
        if has_files:
            self.require(channel, Permission.ATTACH_FILES)
        if has_embeds:
            self.require(channel, Permission.EMBED_LINKS)

    def message(self, channel: Channel, message_id: int) -> Message:
        """A message that the bot token reaches: ephemeral ones are out of its reach.

        Raises:
            ApiError: 404/10008.
        """
        message = self._world.messages.get(channel.id, message_id)
        if message is None or MessageFlag.EPHEMERAL in message.flags:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return message

    def _require_open_door(self, channel: Channel) -> None:
        recipient = self._world.users[channel.recipient_id or 0]
        if not any((guild.id, recipient.id) in self._world.members for guild in self._world.bot_guilds()):
            raise ApiError(Refusal.NO_MUTUAL_GUILD)
        if not recipient.accepts_direct_messages:
            raise ApiError(Refusal.CANNOT_MESSAGE_USER)
