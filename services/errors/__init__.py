"""Our own exceptions. The type answers the caller's question; the fields carry data, never sentences for users.

BotError
├── ConfigurationError            the settings are wrong; exit code 78
├── StorageError                  the database did not do what was asked
│   ├── SchemaTooNewError         written by a newer version of the bot
│   ├── OtherSchemaError          of another version, where nothing is migrated
│   ├── AlreadyRunningError       another process holds the data directory
│   ├── NotWritableError          the data directory may not be written
│   ├── NoSpaceError              there is no room on the disk
│   ├── UnreachableError          the database server cannot be reached, or does not let us in
│   ├── DriverMissingError        the driver for such a server is not installed
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
│   ├── PriceUnknownError         the model's price list does not say what it would cost
│   ├── AgeRestrictedError        requests are taken in age-restricted channels only
│   ├── DescriptionBlockedError   a list of words forbids what is described
│   ├── MemberPausedError         the member was refused too often
│   └── SourceGoneError           the video that it would go on from was deleted
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
│       │   └── ClipUnfitError                and it could not be made small enough
│       └── ClipUnplayableError       not a whole MP4
│           └── PageInsteadOfClipError    a page of text came in its place, or a body that nobody asked for
├── EncoderError                  ffmpeg is missing, or died; the clip is as good as before
│   ├── EncoderLimitError         it took more time or space than any clip should
│   └── EncoderStoppedError       it was broken off because the bot stops
└── DeliveryError                 Discord did not take what we sent
    ├── DeliverLaterError         in passing; the same message may be sent again
    ├── ChannelClosedError        the channel is gone or closed to us
    ├── DirectClosedError         the member takes no direct messages from us
    └── UploadTooLargeError       the clip is over the limit of this place
"""

from services.errors.clips import (
    ClipError,
    ClipGoneError,
    ClipTooLargeError,
    ClipUnfitError,
    ClipUnplayableError,
    EncoderError,
    EncoderLimitError,
    EncoderStoppedError,
    PageInsteadOfClipError,
)
from services.errors.delivery import (
    ChannelClosedError,
    DeliverLaterError,
    DeliveryError,
    DirectClosedError,
    UploadTooLargeError,
)
from services.errors.requests import (
    AgeRestrictedError,
    BlockedError,
    ChannelNotAllowedError,
    DescriptionBlockedError,
    DiskFullError,
    InvalidChoiceError,
    LimitReachedError,
    LimitRule,
    LimitSource,
    MemberPausedError,
    ModelNotAllowedError,
    NoModelError,
    NotAllowedError,
    PausedError,
    PriceUnknownError,
    RequestError,
    SourceGoneError,
)
from services.errors.root import BotError, ConfigurationError
from services.errors.storage import (
    AlreadyRunningError,
    DriverMissingError,
    NoSpaceError,
    NotWritableError,
    OtherSchemaError,
    SchemaTooNewError,
    StaleJobError,
    StorageError,
    UnreachableError,
)
from services.errors.upstream import (
    AccountError,
    ContentRefusedError,
    NotAcceptedError,
    RemoteJobMissingError,
    RequestRejectedError,
    SubmitUnknownError,
    TryLaterError,
    UpstreamBusyError,
    UpstreamError,
)

__all__ = [
    "AccountError",
    "AgeRestrictedError",
    "AlreadyRunningError",
    "BlockedError",
    "BotError",
    "ChannelClosedError",
    "ChannelNotAllowedError",
    "ClipError",
    "ClipGoneError",
    "ClipTooLargeError",
    "ClipUnfitError",
    "ClipUnplayableError",
    "ConfigurationError",
    "ContentRefusedError",
    "DeliverLaterError",
    "DeliveryError",
    "DescriptionBlockedError",
    "DirectClosedError",
    "DiskFullError",
    "DriverMissingError",
    "EncoderError",
    "EncoderLimitError",
    "EncoderStoppedError",
    "InvalidChoiceError",
    "LimitReachedError",
    "LimitRule",
    "LimitSource",
    "MemberPausedError",
    "ModelNotAllowedError",
    "NoModelError",
    "NoSpaceError",
    "NotAcceptedError",
    "NotAllowedError",
    "NotWritableError",
    "OtherSchemaError",
    "PageInsteadOfClipError",
    "PausedError",
    "PriceUnknownError",
    "RemoteJobMissingError",
    "RequestError",
    "RequestRejectedError",
    "SchemaTooNewError",
    "SourceGoneError",
    "StaleJobError",
    "StorageError",
    "SubmitUnknownError",
    "TryLaterError",
    "UnreachableError",
    "UploadTooLargeError",
    "UpstreamBusyError",
    "UpstreamError",
]
