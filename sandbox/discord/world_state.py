"""What is in the world, and what follows from it: who is called what, who is where, who may do what."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from sandbox.discord.entities import (
    DEFAULT_UPLOAD_LIMIT,
    Application,
    Channel,
    Guild,
    Member,
    Role,
    User,
)
from sandbox.discord.message_book import MessageBook
from sandbox.discord.permissions import (
    EVERYONE,
    IN_DIRECT_MESSAGES,
    NOTHING,
    Permission,
    channel_permissions,
    guild_permissions,
)
from sandbox.discord.posts import Attachment

T = TypeVar("T")


class WorldState:
    """Everything that exists, by id, and the questions that can be asked of it."""

    application: Application
    messages: MessageBook

    def __init__(self) -> None:
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.roles: dict[int, Role] = {}
        self.channels: dict[int, Channel] = {}
        self.members: dict[tuple[int, int], Member] = {}
        self.loose_attachments: dict[int, Attachment] = {}
        """Files that users attached to commands, by id: they belong to no message."""

    @property
    def bot(self) -> User:
        """The bot's own account."""
        return self.users[self.application.bot_id]

    # --- looking up by name -------------------------------------------------------------------------------------

    def user(self, username: str) -> User:
        """The user of that name; KeyError where there is none."""
        return _named(self.users.values(), lambda user: user.username, username)

    def guild(self, name: str) -> Guild:
        """The guild of that name; KeyError where there is none."""
        return _named(self.guilds.values(), lambda guild: guild.name, name)

    def channel(self, name: str, *, guild: str | None = None) -> Channel:
        """The channel or thread of that name, in the named guild or in any; KeyError where there is none."""
        guild_id = self.guild(guild).id if guild else None
        return _named(self.channels_of(guild_id), lambda channel: channel.name or "", name)

    def role(self, name: str) -> Role:
        """The role of that name; KeyError where there is none."""
        return _named(self.roles.values(), lambda role: role.name, name)

    def channels_of(self, guild_id: int | None) -> list[Channel]:
        """All channels and threads of a guild; all there are where it is None."""
        return [channel for channel in self.channels.values() if guild_id is None or channel.guild_id == guild_id]

    def roles_of(self, guild_id: int) -> list[Role]:
        """All roles of a guild, @everyone first."""
        return [role for role in self.roles.values() if role.guild_id == guild_id]

    def members_of(self, guild_id: int) -> list[Member]:
        """All members of a guild."""
        return [member for (guild, _), member in self.members.items() if guild == guild_id]

    def bot_guilds(self) -> list[Guild]:
        """The guilds that the bot was added to."""
        return [guild for guild in self.guilds.values() if (guild.id, self.bot.id) in self.members]

    # --- what somebody may do -----------------------------------------------------------------------------------

    def permissions_in(self, channel: Channel, user_id: int) -> Permission:
        """What a user may do in a channel; a thread asks its parent. Nobody may anything where they are no member."""
        if channel.guild_id is None:
            return IN_DIRECT_MESSAGES | EVERYONE if user_id in {channel.recipient_id, self.bot.id} else NOTHING
        member = self.members.get((channel.guild_id, user_id))
        if member is None:
            return NOTHING
        place = self.channels[channel.parent_id] if channel.type.is_thread and channel.parent_id else channel
        return channel_permissions(member, place, base=self.permissions_of(member))

    def permissions_of(self, member: Member) -> Permission:
        """What a member may do in the guild at large."""
        guild = self.guilds[member.guild_id]
        return guild_permissions(member, roles=self.roles_of(guild.id), is_owner=guild.owner_id == member.user_id)

    def upload_limit(self, channel: Channel) -> int:
        """Bytes per file of a message that the bot sends there by itself."""
        return DEFAULT_UPLOAD_LIMIT if channel.guild_id is None else self.guilds[channel.guild_id].upload_limit

    def attachment(self, attachment_id: int) -> Attachment | None:
        """A file of a message or of a command, or None."""
        if attachment_id in self.loose_attachments:
            return self.loose_attachments[attachment_id]
        every = (attachment for message in self.messages.everything() for attachment in message.attachments)
        return next((attachment for attachment in every if attachment.id == attachment_id), None)


def _named(things: Iterable[T], name_of: Callable[[T], str], name: str) -> T:
    for thing in things:
        if name_of(thing) == name:
            return thing
    raise KeyError(name)
