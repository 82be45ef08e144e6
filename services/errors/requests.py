"""What members asked for and cannot have, with what they can do about it as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.errors.root import BotError


class RequestError(BotError):
    """The member asked for something that cannot be. Nothing was reserved."""


@dataclass(eq=False)
class InvalidChoiceError(RequestError):
    """A value that the model does not list. `choices` is empty where the model offers no choice at all."""

    field: str
    value: str
    choices: Sequence[str]
    model: str


@dataclass(eq=False)
class NoModelError(RequestError):
    """No model can be offered: `wanted` is not in the catalogue, or the catalogue could not be had at all."""

    wanted: str | None
    choices: Sequence[str]


class LimitRule(StrEnum):
    """Which limit said no."""

    VIDEOS_PER_DAY = "videos_per_day"
    RUNNING_AT_ONCE = "running_at_once"
    EVERYWHERE_PER_DAY = "everywhere_per_day"
    ATTEMPTS_PER_DAY = "attempts_per_day"
    LONGEST_CLIP = "longest_clip"  # seconds
    DEAREST_CLIP = "dearest_clip"  # this and the following: micro-dollars
    MONEY = "money"
    MONEY_EVERYWHERE = "money_everywhere"
    SERVER_BUDGET = "server_budget"
    TOTAL_BUDGET = "total_budget"


class LimitSource(StrEnum):
    """Who set the limit that applied."""

    MEMBER = "member"
    ROLE = "role"
    SERVER = "server"
    BOT = "bot"


@dataclass(eq=False)
class LimitReachedError(RequestError):
    """A limit forbids it. `frees_at` is when one more would be allowed, or None when time alone does not help."""

    rule: LimitRule
    source: LimitSource
    source_id: int
    """The role or the member that the limit was set for; 0 for the server's and the bot's own."""
    limit: int
    used: int
    frees_at: datetime | None
    wanted: int = 1
    """What one more video would have taken, in the unit of the rule."""


class NotAllowedError(RequestError):
    """Only a server's managers, or the bot's owner, may do that. Discord hides such commands; this check counts."""


@dataclass(eq=False)
class PausedError(RequestError):
    """Nothing new is taken: in this server, or `everywhere`. `by_bot`: the bot itself paused, and will go on."""

    everywhere: bool
    by_bot: bool


class DiskFullError(RequestError):
    """Nothing new is taken: what is free of the disk is kept for the videos under way."""


@dataclass(eq=False)
class BlockedError(RequestError):
    """The member may not make videos: in this server, or `everywhere`."""

    everywhere: bool


@dataclass(eq=False)
class ChannelNotAllowedError(RequestError):
    """The server takes requests only in `channels` (ids)."""

    channels: Sequence[int]


@dataclass(eq=False)
class ModelNotAllowedError(RequestError):
    """The server allows only `choices` (ids of models)."""

    model: str
    choices: Sequence[str]


@dataclass(eq=False)
class PriceUnknownError(RequestError):
    """The model's price list does not say what the video would cost, and the owner has not allowed such models."""

    model: str


@dataclass(eq=False)
class AgeRestrictedError(RequestError):
    """Requests are taken in age-restricted channels only: in this server, or `everywhere`."""

    everywhere: bool
    in_direct_messages: bool
    """Whether it was asked for there, where nobody can tell ages."""


@dataclass(eq=False)
class DescriptionBlockedError(RequestError):
    """A list of words forbids the description. Which word is not said: whoever reads it would know how to get round.

    `paused_until` is when the member may ask again, where this was one refusal too many.
    """

    paused_until: datetime | None = None


@dataclass(eq=False)
class MemberPausedError(RequestError):
    """The member was refused too often for what they described, and is paused in this server for a while."""

    until: datetime


@dataclass(eq=False)
class SourceGoneError(RequestError):
    """The video that it would go on from was deleted, or taken down."""
