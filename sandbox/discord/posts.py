"""Messages and what they carry, as values. An edited message remembers what it said before."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, IntFlag
from pathlib import Path
from typing import Any, Final

from sandbox.discord.snowflakes import Snowflake


class MessageType(IntEnum):
    """Discord's numbers for the kinds of message that the stand-in makes."""

    DEFAULT = 0
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    CONTEXT_MENU_COMMAND = 23


class MessageFlag(IntFlag):
    """The flags of a message that matter here."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_COMPONENTS_V2 = 1 << 15


NO_FLAGS: Final = MessageFlag(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a message, as it lies on the stand-in's disk."""

    id: Snowflake
    filename: str
    size: int
    sha256: str
    content_type: str
    path: Path
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pings:
    """Who hears a message: whose client makes a sound."""

    users: frozenset[Snowflake] = frozenset()
    roles: frozenset[Snowflake] = frozenset()
    everyone: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether nobody does."""
        return not (self.users or self.roles or self.everyone)


NOBODY: Final = Pings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The message that a message replies to."""

    message_id: Snowflake
    channel_id: Snowflake
    guild_id: Snowflake | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The interaction that a message answers: `interaction_metadata` in Discord's words."""

    interaction_id: Snowflake
    interaction_type: int
    user_id: Snowflake
    name: str | None = None
    """Of the command, where it was one."""
    command_type: int = 1
    source_message_id: Snowflake | None = None
    """The message whose button or select was used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What can be edited in a message."""

    text: str = ""
    embeds: tuple[dict[str, Any], ...] = ()
    components: tuple[dict[str, Any], ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message in a channel."""

    id: Snowflake
    channel_id: Snowflake
    guild_id: Snowflake | None
    author_id: Snowflake
    content: Content
    timestamp: datetime
    type: MessageType = MessageType.DEFAULT
    flags: MessageFlag = NO_FLAGS
    mentions: Pings = NOBODY
    """Whom the text names and `allowed_mentions` lets through; an edit changes it."""
    pings: Pings = NOBODY
    """Who was pinged when it was posted; an edit pings nobody."""
    nonce: str | int | None = None
    reference: Reference | None = None
    origin: Origin | None = None
    webhook_id: Snowflake | None = None
    ephemeral_for: Snowflake | None = None
    """The only reader, or None where everybody in the channel is."""
    edited_at: datetime | None = None
    earlier: tuple[Content, ...] = ()
    """What it said before each edit, oldest first."""

    @property
    def text(self) -> str:
        """The text as it stands."""
        return self.content.text

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files as they stand."""
        return self.content.attachments

    @property
    def components(self) -> tuple[dict[str, Any], ...]:
        """The buttons and selects as they stand, as Discord's JSON."""
        return self.content.components

    @property
    def is_loading(self) -> bool:
        """Whether it says "thinking …" because the bot deferred."""
        return MessageFlag.LOADING in self.flags

    def is_readable_by(self, viewer_id: int | None) -> bool:
        """Whether an ephemeral message is this viewer's; None is the public."""
        return self.ephemeral_for is None or self.ephemeral_for == viewer_id
