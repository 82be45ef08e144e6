"""What Discord says of the bot's own account: the values that `doctor` and `setup` judge. Ids are plain numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class NoAccount(StrEnum):
    """Why nothing is known of the account."""

    REFUSED = "refused"  # Discord does not accept the token
    UNREACHABLE = "unreachable"  # no answer, or none that says anything about the token


@dataclass(frozen=True, slots=True, kw_only=True)
class BotAccount:
    """Whose token it is, and what is set in the developer portal."""

    application_id: int
    name: str
    is_public: bool
    """Whether anybody who knows its id may invite the bot."""
    needs_code_grant: bool
    """Whether inviting it takes more than the invite address."""
    has_endpoint: bool
    """Whether commands go to a web address and not to the bot."""
    for_servers: bool
    """Whether servers may install it."""
    for_users: bool
    """Whether users may install it for themselves, to take it to where the bot cannot post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAccess:
    """One channel, and which of the permissions that a video takes the bot lacks there, by Discord's names."""

    id: int
    name: str
    missing: Sequence[str]
    is_seen: bool
    """Whether the bot may look in at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAccess:
    """One server that the bot is in."""

    id: int
    name: str
    missing: Sequence[str]
    """What the bot's roles do not grant in the server as a whole."""
    channels: Sequence[ChannelAccess]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordFacts:
    """Everything that one look found out."""

    account: BotAccount
    servers: Sequence[ServerAccess]
    more_servers: int
    """How many were not looked at, because one look has to end."""
    not_registered: Sequence[str]
    """Commands and options that this version of the bot has and Discord does not."""
    left_over: Sequence[str]
    """Those that Discord has and this version does not."""
