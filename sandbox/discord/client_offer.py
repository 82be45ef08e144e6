"""What Discord's client shows to a user and lets them choose. Everything else is a `ClientRefusedError`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.discord.command_book import CommandBook
from sandbox.discord.command_forms import CommandType
from sandbox.discord.entities import Channel
from sandbox.discord.errors import ClientRefusedError
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message
from sandbox.discord.world import World

GUILD_CONTEXT: Final = 0
BOT_DIRECT_CONTEXT: Final = 1


class ClientOffer:
    """Finds what a user may touch; every method raises `ClientRefusedError` where they may not."""

    def __init__(self, *, world: World, commands: CommandBook) -> None:
        self._world = world
        self._commands = commands

    def place(self, user_id: int, channel_id: int) -> Channel:
        """A channel that the user sees."""
        channel = self._world.channels.get(channel_id)
        if channel is None:
            raise ClientRefusedError(f"no channel {channel_id}")
        self.need(Permission.VIEW_CHANNEL, user_id, channel)
        return channel

    def need(self, permission: Permission, user_id: int, channel: Channel) -> None:
        """Refuse a user without a permission in a channel."""
        if permission not in self._world.permissions_in(channel, user_id):
            raise ClientRefusedError(f"user {user_id} lacks {permission.name} in channel {channel.id}")

    def visible_message(self, user_id: int, message_id: int) -> Message:
        """A message that the user sees."""
        message = self._world.messages.find(message_id)
        if message is None or not message.is_readable_by(user_id):
            raise ClientRefusedError(f"user {user_id} sees no message {message_id}")
        return message

    def command(self, name: str, kind: CommandType, user_id: int, channel: Channel) -> dict[str, Any]:
        """A command that the client lists for the user in that channel."""
        self.need(Permission.USE_APPLICATION_COMMANDS, user_id, channel)
        self._need_the_bot_at_hand(user_id, channel)
        context = BOT_DIRECT_CONTEXT if channel.guild_id is None else GUILD_CONTEXT
        for command in self._commands.visible_in(channel.guild_id):
            if command["name"] != name or command["type"] != kind:
                continue
            contexts = command["contexts"]
            if contexts is not None and context not in contexts:
                raise ClientRefusedError(f"{name!r} is not offered in this kind of channel")
            self._need_default_permissions(command, user_id, channel)
            return command
        raise ClientRefusedError(f"there is no {kind.name} command {name!r}")

    def _need_the_bot_at_hand(self, user_id: int, channel: Channel) -> None:
        """Refuse commands where the bot is not, and to whom they are not open at all."""
        members = self._world.members
        if channel.guild_id is None:
            # An app that is installed to guilds offers its commands in its direct messages to who shares one with it.
            if not any((guild.id, user_id) in members for guild in self._world.bot_guilds()):
                raise ClientRefusedError("the user shares no guild with the bot")
            return
        if (channel.guild_id, self._world.bot.id) not in members:
            raise ClientRefusedError("the bot is not in this guild")
        member = members[channel.guild_id, user_id]
        if member.is_pending or (member.timed_out_until is not None and member.timed_out_until > datetime.now(UTC)):
            raise ClientRefusedError("the user may not act in this guild now")

    def _need_default_permissions(self, command: Mapping[str, Any], user_id: int, channel: Channel) -> None:
        needed = command["default_member_permissions"]
        if needed is None or channel.guild_id is None:
            return
        held = self._world.permissions_of(self._world.members[channel.guild_id, user_id])
        # "0" hides the command from everybody but administrators.
        wanted = Permission(int(needed)) or Permission.ADMINISTRATOR
        if wanted not in held and Permission.ADMINISTRATOR not in held:
            raise ClientRefusedError(f"{command['name']!r} is hidden from user {user_id}")
