"""The things of the stand-in's world: users, guilds, roles, members, channels. Values; a change makes a new one."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from sandbox.discord.snowflakes import Snowflake

MIB: Final = 1024 * 1024
DEFAULT_UPLOAD_LIMIT: Final = 20 * MIB
"""Bytes per file without boosts, since September 2026."""


class ChannelType(IntEnum):
    """Discord's numbers for the kinds of channel that the stand-in has."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    PUBLIC_THREAD = 11
    FORUM = 15

    @property
    def is_thread(self) -> bool:
        """Whether it hangs under another channel, which rules who may see it."""
        return self is ChannelType.PUBLIC_THREAD


class OverwriteKind(IntEnum):
    """Whom an overwrite is for."""

    ROLE = 0
    MEMBER = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account: a person or a bot."""

    id: Snowflake
    username: str
    global_name: str | None = None
    is_bot: bool = False
    accepts_direct_messages: bool = True
    locale: str = "en-US"
    """The language of the user's client, which comes with whatever they do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The application that the bot token belongs to."""

    id: Snowflake
    name: str
    owner_id: Snowflake
    bot_id: Snowflake
    is_public: bool = True
    privileged_intents: int = 0
    """Which privileged intents were switched on in the developer portal, as gateway intent bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwrite:
    """What one channel changes for one role or one member; `allow` and `deny` are permission bits."""

    id: Snowflake
    kind: OverwriteKind
    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A place where messages are: a guild's channel, a thread under one, or a direct message."""

    id: Snowflake
    type: ChannelType
    guild_id: Snowflake | None = None
    name: str | None = None
    topic: str | None = None
    position: int = 0
    parent_id: Snowflake | None = None
    overwrites: tuple[Overwrite, ...] = ()
    recipient_id: Snowflake | None = None
    """Whom a direct message with the bot is with."""
    is_age_restricted: bool = False
    is_archived: bool = False
    is_locked: bool = False
    thread_owner_id: Snowflake | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of a guild; the one whose id is the guild's own is @everyone."""

    id: Snowflake
    guild_id: Snowflake
    name: str
    permissions: int = 0
    position: int = 0
    is_mentionable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user in a guild."""

    guild_id: Snowflake
    user_id: Snowflake
    role_ids: frozenset[Snowflake] = frozenset()
    nick: str | None = None
    joined_at: datetime
    is_pending: bool = False
    """Whether they have still to accept the guild's rules."""
    timed_out_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guild:
    """A server."""

    id: Snowflake
    name: str
    owner_id: Snowflake
    upload_limit: int = DEFAULT_UPLOAD_LIMIT
    """Bytes per file that the guild's boosts allow; what a bot's own messages may carry here."""
    premium_tier: int = 0
    preferred_locale: str = "en-US"
    """The language that a Community guild has chosen; the others cannot."""
    system_channel_id: Snowflake | None = None
