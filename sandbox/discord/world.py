"""The world behind the stand-in: who exists, where they may go, and what happened. Tests change it by its methods."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeAlias

from sandbox.discord.entities import (
    Application,
    Channel,
    ChannelType,
    Guild,
    Member,
    Overwrite,
    OverwriteKind,
    Role,
    User,
)
from sandbox.discord.message_book import MessageBook
from sandbox.discord.permissions import EVERYONE, INVITED_BOT, NOTHING, Permission
from sandbox.discord.posts import Message
from sandbox.discord.snowflakes import SnowflakeMint
from sandbox.discord.world_state import WorldState

Entity: TypeAlias = Guild | Channel | Role | Member | Message


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldEvent:
    """Something that Discord would tell over the gateway; `name` is the gateway's own, such as CHANNEL_UPDATE."""

    name: str
    entity: Entity
    guild_id: int | None


class World(WorldState):
    """One application with its bot, and the guilds, users, channels and messages around it.

    Every method that changes something tells the subscribers, so that a connected bot hears of it.
    """

    def __init__(self, *, application_name: str = "Video Bot", owner_name: str = "owner") -> None:
        super().__init__()
        self.ids = SnowflakeMint()
        self._subscribers: list[Callable[[WorldEvent], None]] = []
        # Guilds of one millisecond would all fall on one shard: each is a millisecond younger than the one before.
        self._guild_births = (datetime.now(UTC) - timedelta(hours=1) + timedelta(milliseconds=ms) for ms in count())
        owner = self.add_user(owner_name)
        bot_id = self.ids.mint()
        # Applications made since 2018 share their id with their bot.
        self.users[bot_id] = User(id=bot_id, username=application_name.lower().replace(" ", "-"), is_bot=True)
        self.application = Application(id=bot_id, name=application_name, owner_id=owner.id, bot_id=bot_id)
        self.messages = MessageBook(ids=self.ids, publish=self._publish_message)

    def subscribe(self, listener: Callable[[WorldEvent], None]) -> None:
        """Call `listener` after every change."""
        self._subscribers.append(listener)

    # --- making -------------------------------------------------------------------------------------------------

    def add_user(self, username: str, *, is_bot: bool = False, accepts_direct_messages: bool = True) -> User:
        """A new account."""
        user = User(
            id=self.ids.mint(),
            username=username,
            global_name=None if is_bot else username.capitalize(),
            is_bot=is_bot,
            accepts_direct_messages=accepts_direct_messages,
        )
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, *, owner_id: int, everyone: Permission = EVERYONE, with_bot: bool = True) -> Guild:
        """A new guild with its @everyone, its owner and, by default, the bot with what its invite asks for."""
        guild = Guild(id=self.ids.mint(next(self._guild_births)), name=name, owner_id=owner_id)
        self.guilds[guild.id] = guild
        self.roles[guild.id] = Role(id=guild.id, guild_id=guild.id, name="@everyone", permissions=everyone)
        self.add_member(guild.id, owner_id)
        if with_bot:
            bot_role = self.add_role(guild.id, self.application.name, permissions=INVITED_BOT)
            self.add_member(guild.id, self.bot.id, role_ids={bot_role.id})
        return guild

    def add_role(
        self, guild_id: int, name: str, *, permissions: Permission = NOTHING, is_mentionable: bool = False
    ) -> Role:
        """A new role above those that the guild has."""
        role = Role(
            id=self.ids.mint(),
            guild_id=guild_id,
            name=name,
            permissions=permissions,
            position=len(self.roles_of(guild_id)),
            is_mentionable=is_mentionable,
        )
        self.roles[role.id] = role
        self._publish("GUILD_ROLE_CREATE", role, guild_id)
        return role

    def add_member(self, guild_id: int, user_id: int, *, role_ids: Iterable[int] = ()) -> Member:
        """Let a user join a guild; where it is the bot, it was invited."""
        member = Member(guild_id=guild_id, user_id=user_id, role_ids=frozenset(role_ids), joined_at=datetime.now(UTC))
        self.members[guild_id, user_id] = member
        if user_id == self.bot.id:
            self._publish("GUILD_CREATE", self.guilds[guild_id], guild_id)
        else:
            self._publish("GUILD_MEMBER_ADD", member, guild_id)
        return member

    def add_channel(
        self,
        guild_id: int,
        name: str,
        *,
        type: ChannelType = ChannelType.TEXT,  # noqa: A002  # Discord's own word for it
        overwrites: Iterable[Overwrite] = (),
    ) -> Channel:
        """A new channel at the end of the guild's list."""
        channel = Channel(
            id=self.ids.mint(),
            type=type,
            guild_id=guild_id,
            name=name,
            position=len(self.channels_of(guild_id)),
            overwrites=tuple(overwrites),
        )
        self.channels[channel.id] = channel
        self._publish("CHANNEL_CREATE", channel, guild_id)
        return channel

    def add_thread(self, parent_id: int, name: str, *, owner_id: int) -> Channel:
        """A new public thread under a channel."""
        parent = self.channels[parent_id]
        thread = Channel(
            id=self.ids.mint(),
            type=ChannelType.PUBLIC_THREAD,
            guild_id=parent.guild_id,
            name=name,
            parent_id=parent_id,
            thread_owner_id=owner_id,
        )
        self.channels[thread.id] = thread
        self._publish("THREAD_CREATE", thread, thread.guild_id)
        return thread

    def direct_channel(self, user_id: int) -> Channel:
        """The direct message between the bot and a user; made at the first asking."""
        for channel in self.channels.values():
            if channel.type is ChannelType.DM and channel.recipient_id == user_id:
                return channel
        channel = Channel(id=self.ids.mint(), type=ChannelType.DM, recipient_id=user_id)
        self.channels[channel.id] = channel
        self._publish("CHANNEL_CREATE", channel, None)
        return channel

    # --- changing and removing ----------------------------------------------------------------------------------

    def set_overwrite(
        self,
        channel_id: int,
        target_id: int,
        *,
        allow: Permission = NOTHING,
        deny: Permission = NOTHING,
    ) -> Channel:
        """Change what a role (or @everyone, by the guild's id) or a member may do in one channel."""
        channel = self.channels[channel_id]
        kind = OverwriteKind.ROLE if target_id in self.roles else OverwriteKind.MEMBER
        others = tuple(overwrite for overwrite in channel.overwrites if overwrite.id != target_id)
        overwrite = Overwrite(id=target_id, kind=kind, allow=allow, deny=deny)
        return self.replace_channel(replace(channel, overwrites=(*others, overwrite)))

    def set_age_restricted(self, channel_id: int, *, is_age_restricted: bool = True) -> Channel:
        """Let only those into a channel who say that they are old enough, as its settings can."""
        return self.replace_channel(replace(self.channels[channel_id], is_age_restricted=is_age_restricted))

    def replace_user(self, user: User) -> None:
        """Put a changed account in the place of the old one, for example one that closed its direct messages."""
        self.users[user.id] = user

    def replace_guild(self, guild: Guild) -> None:
        """Put a changed guild in the place of the old one."""
        self.guilds[guild.id] = guild
        self._publish("GUILD_UPDATE", guild, guild.id)

    def replace_role(self, role: Role) -> None:
        """Put a changed role in the place of the old one."""
        self.roles[role.id] = role
        self._publish("GUILD_ROLE_UPDATE", role, role.guild_id)

    def replace_member(self, member: Member) -> None:
        """Put a changed member in the place of the old one, for example one with other roles."""
        self.members[member.guild_id, member.user_id] = member
        self._publish("GUILD_MEMBER_UPDATE", member, member.guild_id)

    def replace_channel(self, channel: Channel) -> Channel:
        """Put a changed channel in the place of the old one."""
        self.channels[channel.id] = channel
        kind = "THREAD" if channel.type.is_thread else "CHANNEL"
        self._publish(f"{kind}_UPDATE", channel, channel.guild_id)
        return channel

    def remove_channel(self, channel_id: int) -> None:
        """Delete a channel with everything in it, its threads included."""
        for thread in [thread for thread in self.channels.values() if thread.parent_id == channel_id]:
            self.remove_channel(thread.id)
        channel = self.channels.pop(channel_id)
        self.messages.forget_channel(channel_id)
        kind = "THREAD" if channel.type.is_thread else "CHANNEL"
        self._publish(f"{kind}_DELETE", channel, channel.guild_id)

    def remove_member(self, guild_id: int, user_id: int) -> None:
        """Take a user out of a guild; where it is the bot, it was kicked."""
        member = self.members.pop((guild_id, user_id))
        if user_id == self.bot.id:
            self._publish("GUILD_DELETE", self.guilds[guild_id], guild_id)
        else:
            self._publish("GUILD_MEMBER_REMOVE", member, guild_id)

    def allow_intents(self, intents: int) -> None:
        """Switch on privileged gateway intents, given as bits, as in the developer portal."""
        self.application = replace(self.application, privileged_intents=intents)

    def _publish(self, name: str, entity: Entity, guild_id: int | None) -> None:
        event = WorldEvent(name=name, entity=entity, guild_id=guild_id)
        for tell in self._subscribers:
            tell(event)

    def _publish_message(self, name: str, message: Message) -> None:
        self._publish(name, message, message.guild_id)
