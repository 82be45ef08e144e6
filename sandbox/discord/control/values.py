"""What the verbs of the remote control take and give besides the world's own values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sandbox.discord.entities import Application, Channel, Guild, Member, Role, User
from sandbox.discord.uploads import Upload

OptionValue: TypeAlias = bool | int | float | str | Upload
"""An option of a command; ids may be strings."""
FieldValue: TypeAlias = str | Sequence[str] | Sequence[Upload]
"""A field of a modal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldView:
    """Everything that exists, messages excepted."""

    application: Application
    users: tuple[User, ...]
    guilds: tuple[Guild, ...]
    roles: tuple[Role, ...]
    channels: tuple[Channel, ...]
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayView:
    """How the bot's processes are connected."""

    connected: int
    """Sessions with a connection now."""
    identified: int
    """Sessions ever opened."""
    resumed: int
    """Times that a session was resumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The clocks of the stand-in, in seconds, and the gateway's heartbeat, in milliseconds."""

    nonce_window: float
    answer_within: float
    token_life: float
    heartbeat_interval: int
