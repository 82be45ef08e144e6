"""What goes over the counter: the circumstances of a request, its price, and what members are told of their videos."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.jobs import NewJob, Offer
from services.limits import Allowance
from services.models import ENGLISH, Job, UsualTime, VideoModel, VideoRequest, VideoSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRules:
    """The owner's choices about prices, in micro-dollars."""

    confirm_above: int
    """A dearer video is made only after its member's yes."""
    unpriced_reserve: int | None
    """What is held for a video whose price cannot be stated; None refuses such models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The circumstances of a request, as Discord vouches for them."""

    interaction_id: int
    channel_id: int
    parent_channel_id: int | None
    """For a thread, the channel that it hangs on."""
    upload_limit: int
    """Bytes."""
    asked_at: datetime
    in_direct_messages: bool = False
    """Whether the channel is the bot's direct messages with the member."""
    is_age_restricted: bool = False
    """Whether the channel is, or the one that a thread hangs on."""
    member_language: str = ENGLISH
    """What the member has Discord in, by Discord's name."""
    server_language: str = ENGLISH
    """What Discord says that the server speaks. What its managers chose goes before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What will be sent, what it should cost (None: nobody can state it) and the most it may, in micro-dollars."""

    spec: VideoSpec
    estimate_microusd: int | None
    reserve_microusd: int

    @property
    def expected_microusd(self) -> int:
        """What the video should cost; what is held for it where nobody can state that."""
        return self.reserve_microusd if self.estimate_microusd is None else self.estimate_microusd


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A request that was completed and priced. Nothing of it is stored yet."""

    request: VideoRequest
    new: NewJob
    quote: Quote
    needs_yes: bool
    """Whether its price takes its member's yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A request that was reserved, and what its member should read about it."""

    job: Job
    is_new: bool
    """False where Discord delivered the same interaction twice: then it has been answered already."""
    place: int
    """0 where it starts at once, else the place in the queue from 1."""
    allowance: Allowance
    usual: UsualTime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A request that waits for its member's yes, because of its price."""

    offer: Offer
    quote: Quote
    allowance: Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOffer:
    """A model as `/models` shows it: what it makes by default here, for how much, how fast, and whether it may."""

    model: VideoModel
    quote: Quote
    usual: UsualTime | None
    is_allowed: bool
    from_picture: Quote | None = None
    """The same, started from a picture, where the model can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What `/status` shows of one member in one server."""

    allowance: Allowance
    living: Sequence[Job]
    places: dict[int, int]
    """Of the living jobs that still wait."""
    ended: Sequence[Job]
    """The latest, newest first."""
    paused_until: datetime | None = None
    """When they may ask again, where they were refused too often for what they described."""


class CancelOutcome(StrEnum):
    """What came of a wish to cancel."""

    CANCELLED = "cancelled"
    ALREADY_CANCELLED = "already_cancelled"
    TOO_LATE = "too_late"  # sent to the video API, where nothing can be cancelled
    ENDED = "ended"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN_JOB = "unknown_job"


def in_whole_characters(text: str) -> str:
    """Return the text with U+FFFD for what not everything can store or send on.

    That is each half of a pair that stands alone, and NUL, which no text of PostgreSQL's can hold.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
