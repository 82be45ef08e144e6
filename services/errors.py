"""Our own exceptions. The type answers the caller's question; the fields carry data, never sentences for users.

BotError
├── ConfigurationError            the settings are wrong; exit code 78
├── StorageError                  the database did not do what was asked
│   ├── SchemaTooNewError         written by a newer version of the bot
│   ├── AlreadyRunningError       another process holds the data directory
│   ├── NotWritableError          the data directory may not be written
│   ├── NoSpaceError              there is no room on the disk
│   └── StaleJobError             the job has moved on; what we hold is an old view of it
├── RequestError                  the member asked for something that cannot be; nothing was reserved
│   ├── InvalidChoiceError        a value that the model does not list
│   ├── NoModelError              no model can be offered now
│   ├── LimitReachedError         a limit forbids it
│   ├── NotAllowedError           only the managers of a server, or the owner, may do that
│   ├── PausedError               nothing new is taken here, or anywhere
│   ├── DiskFullError             nothing new is taken until there is room on the disk
│   ├── BlockedError              the member may not make videos here, or anywhere
│   ├── ChannelNotAllowedError    the server takes requests in other channels
│   ├── ModelNotAllowedError      the server allows other models
│   └── PriceUnknownError         the model's price list does not say what it would cost
├── UpstreamError                 the video API
│   ├── NotAcceptedError          the submit bought nothing, for certain
│   │   ├── UpstreamBusyError         it may be sent again, later
│   │   ├── ContentRefusedError       moderation said no
│   │   └── RequestRejectedError      the request itself is wrong
│   ├── AccountError              the owner's key or credit: nothing was bought, nothing is lost, all would fail alike
│   ├── SubmitUnknownError        the submit may have bought a video; it is never sent again
│   ├── TryLaterError             a read failed in passing; reading again is harmless
│   ├── RemoteJobMissingError     the API does not know the job (yet)
│   └── ClipError                 the result is no use as it came
│       ├── ClipGoneError             no longer stored upstream
│       ├── ClipTooLargeError         more bytes than allowed
│       └── ClipUnplayableError       not a whole MP4
│           └── PageInsteadOfClipError    a page of text came in its place, or a body that nobody asked for
└── DeliveryError                 Discord did not take what we sent
    ├── DeliverLaterError         in passing; the same message may be sent again
    ├── ChannelClosedError        the channel is gone or closed to us
    ├── DirectClosedError         the member takes no direct messages from us
    └── UploadTooLargeError       the clip is over the limit of this place
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class BotError(Exception):
    """The root of every exception that this project raises on purpose."""


# `eq=False` below: an exception is itself and stays hashable, as the standard library expects of it.
@dataclass(eq=False)
class ConfigurationError(BotError):
    """The settings are wrong. `problems` holds one `NAME: what to do` line each, without any value."""

    problems: Sequence[str]


class StorageError(BotError):
    """The database did not do what was asked; the transaction was rolled back."""


@dataclass(eq=False)
class SchemaTooNewError(StorageError):
    """The database was written by a newer version of the bot."""

    found: int
    known: int


class AlreadyRunningError(StorageError):
    """Another process holds the data directory."""


class NotWritableError(StorageError):
    """The data directory may not be written: it is not ours, or its file system is read-only."""


class NoSpaceError(StorageError):
    """There is no room on the disk."""


class StaleJobError(StorageError):
    """The job has moved on, or belongs to another worker now. Nothing was changed; forget the old view."""


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
class UpstreamError(BotError):
    """The video API. `status` is the HTTP status or None; `detail` is its own words, capped, for the operator."""

    status: int | None = None
    # Kept out of the repr, because that is what a log shows of an exception, and the words may echo a prompt.
    detail: str = field(default="", repr=False)


class NotAcceptedError(UpstreamError):
    """The submit bought nothing, for certain."""


@dataclass(eq=False)
class UpstreamBusyError(NotAcceptedError):
    """Too busy, or never reached: the same submit may be sent again after `retry_after`."""

    retry_after: timedelta | None = None


class ContentRefusedError(NotAcceptedError):
    """Moderation said no."""


class RequestRejectedError(NotAcceptedError):
    """The request itself is wrong: unknown model, unsupported value, too large."""


class AccountError(UpstreamError):
    """The owner's key, credit or budget: until the owner acts, every call would fail alike.

    A submit that is answered so bought nothing; a job that is read is still there when the key is put right.
    """


class SubmitUnknownError(UpstreamError):
    """The submit may have bought a video. It is never sent again."""


@dataclass(eq=False)
class TryLaterError(UpstreamError):
    """A read failed in passing. Reading again is harmless, after `retry_after` where the API named one."""

    retry_after: timedelta | None = None


class RemoteJobMissingError(UpstreamError):
    """The API does not know the job: true for a moment after the submit, and for a wrong or forgotten id."""


class ClipError(UpstreamError):
    """The result is no use as it came."""


class ClipGoneError(ClipError):
    """The result is no longer stored upstream."""


class ClipTooLargeError(ClipError):
    """The result has more bytes than allowed; the download was stopped."""


class ClipUnplayableError(ClipError):
    """The result is not a whole MP4."""


class PageInsteadOfClipError(ClipUnplayableError):
    """A page of text came with status 200, or a compressed body: something between us and the clip may be failing."""


class DeliveryError(BotError):
    """Discord did not take what we sent."""


@dataclass(eq=False)
class DeliverLaterError(DeliveryError):
    """In passing. The same message may be sent again, because its nonce makes it one message."""

    retry_after: timedelta | None = None


class ChannelClosedError(DeliveryError):
    """The channel is gone, or closed to the bot: trying again there is useless and counts against the bot."""


class DirectClosedError(DeliveryError):
    """The member takes no direct messages from the bot: there is no further way to reach them."""


@dataclass(eq=False)
class UploadTooLargeError(DeliveryError):
    """The clip is over the limit of this place, which is `limit` bytes where it is known."""

    limit: int | None = None
