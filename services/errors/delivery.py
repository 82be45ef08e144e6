"""What Discord did not take."""

from dataclasses import dataclass
from datetime import timedelta

from services.errors.root import BotError


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
