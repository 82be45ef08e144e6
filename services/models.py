"""Values and the state machine of a video job; standard library only.

Everything here is immutable. Times are aware and in UTC, money is integer micro-dollars (1 USD = 1,000,000),
lengths are seconds and sizes are bytes. Ids are plain integers (Discord snowflakes) or our own row numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class JobState(StrEnum):
    """Where a job stands. The words are stored, so they never change."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    GENERATING = "generating"
    DOWNLOADING = "downloading"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can follow."""
        return not MOVES[self]


MOVES: Final[Mapping[JobState, frozenset[JobState]]] = {
    JobState.QUEUED: frozenset({JobState.SUBMITTING, JobState.CANCELLED, JobState.FAILED}),
    # Back to QUEUED only when the video API said that it was too busy to accept: then nothing was bought.
    JobState.SUBMITTING: frozenset({JobState.GENERATING, JobState.QUEUED, JobState.FAILED}),
    JobState.GENERATING: frozenset({JobState.DOWNLOADING, JobState.FAILED}),
    JobState.DOWNLOADING: frozenset({JobState.DELIVERING, JobState.FAILED}),
    JobState.DELIVERING: frozenset({JobState.DELIVERED, JobState.FAILED}),
    JobState.DELIVERED: frozenset(),
    JobState.CANCELLED: frozenset(),
    # What could not be posted may be delivered after all, but only when its member asks: nothing follows by itself.
    JobState.FAILED: frozenset(),
}
LIVING: Final = frozenset(state for state in JobState if not state.is_terminal)
UPSTREAM: Final = frozenset({JobState.SUBMITTING, JobState.GENERATING})


class FailureReason(StrEnum):
    """Why a job failed. The words are stored, so they never change."""

    REFUSED = "refused"  # moderation, by the video API or by the model
    REJECTED = "rejected"  # the video API found the request itself wrong
    ACCOUNT = "account"  # the owner's key or credit
    UPSTREAM_FAILED = "upstream_failed"
    EXPIRED = "expired"
    SUBMIT_UNKNOWN = "submit_unknown"  # sent, and nobody can say whether it was bought
    UNPLAYABLE = "unplayable"
    TOO_LARGE = "too_large"
    UNDELIVERABLE = "undeliverable"
    DEADLINE = "deadline"

    @property
    def counts_for_member(self) -> bool:
        """Whether the video still counts against the member's limits.

        It does where the member got what was asked for and only the last step failed, so that a member who closes
        a channel cannot have videos made for free.
        """
        return self in {FailureReason.TOO_LARGE, FailureReason.UNDELIVERABLE}

    @property
    def keeps_money_held(self) -> bool:
        """Whether the reserved money stays held against the owner's caps because it may have been spent."""
        return self in {
            FailureReason.SUBMIT_UNKNOWN,
            FailureReason.DEADLINE,
            FailureReason.UNPLAYABLE,
            FailureReason.TOO_LARGE,
            FailureReason.UNDELIVERABLE,
        }


FOUND_FROM: Final = frozenset(
    {
        # Sent before, and the answer was that the video API is too busy: it had accepted all the same.
        (JobState.QUEUED, None),
        # The answer is on its way, or was lost with the process that waited for it.
        (JobState.SUBMITTING, None),
        # Given up, because nobody knew: the one end that is not the end, since what was bought is to be delivered.
        (JobState.FAILED, FailureReason.SUBMIT_UNKNOWN),
    }
)
"""From where a job goes to GENERATING when the video API itself names its remote id, in a message that it has signed.

Beside `MOVES`, because these are nobody's steps: only such a message takes them, and the worker never does."""


class Route(StrEnum):
    """Where a result goes. The words are stored, so they never change."""

    CHANNEL = "channel"  # where it was asked for
    DIRECT = "direct"  # to the member's direct messages, because that channel is gone or closed to the bot
    ELSEWHERE = "elsewhere"  # to the channel where its member asked to have it sent again


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest:
    """What a member asked for; None where they did not say."""

    prompt: str
    model: str | None = None
    duration: int | None = None
    resolution: str | None = None
    aspect_ratio: str | None = None
    audio: bool | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoSpec:
    """What will be sent to the video API besides the prompt, with nothing left to hidden defaults.

    A field is None only where the model does not let anyone choose it; such a field is not sent.
    """

    model: str
    duration: int
    resolution: str | None = None
    aspect_ratio: str | None = None
    audio: bool | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoModel:
    """What one model of the catalogue can do, as it lists itself. An empty tuple means that nothing is listed."""

    id: str
    name: str
    created: int = 0
    """When the model was published, unix seconds."""
    durations: tuple[int, ...] = ()
    """Seconds, ascending."""
    resolutions: tuple[str, ...] = ()
    aspect_ratios: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    """`WIDTHxHEIGHT` in pixels."""
    frame_images: tuple[str, ...] = ()
    audio: bool | None = None
    """True: may be chosen. False: silent. None: unknown, so it is not sent."""
    seed: bool | None = None
    is_upscaler: bool = False
    pricing_skus: Mapping[str, str] | None = None

    @property
    def is_text_to_video(self) -> bool:
        """Whether a prompt alone makes a video: other models take their length from an input."""
        return bool(self.durations) and not self.is_upscaler


class RemoteState(StrEnum):
    """What the video API says of a job it accepted."""

    RUNNING = "running"  # pending, in progress, or a word that we do not know
    COMPLETED = "completed"
    FAILED = "failed"
    REFUSED = "refused"  # failed, and the words say that the content was filtered
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteVideo:
    """A job as the video API describes it. None of its own addresses are kept: they are never followed."""

    remote_id: str
    state: RemoteState
    cost_microusd: int | None = None
    """What was billed; None while unknown, and when the API never says."""
    error: str | None = None
    """The API's own words, capped; for the operator, never for a member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyBalance:
    """What the video API says of the owner's key. None where it does not say; newer fields are often absent."""

    limit_microusd: int | None = None
    """None: the key has no limit of its own, which says nothing about the account's credit."""
    remaining_microusd: int | None = None
    """Below zero when jobs that were under way ran over the limit."""
    limit_reset: str | None = None
    """How often the limit starts anew, in the API's word: `daily`, `weekly`, `monthly`."""
    used_today_microusd: int | None = None
    used_this_month_microusd: int | None = None
    """Days and months are UTC."""
    budget_remaining_microusd: int | None = None
    """What is left of the tightest budget set over the key."""
    budget_resets_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """The person behind an interaction, as Discord vouches for them."""

    user_id: int
    guild_id: int
    role_ids: frozenset[int] = frozenset()
    is_moderator: bool = False
    """May manage messages in the channel: may cancel or delete what others made."""
    is_manager: bool = False
    """May manage the server: may set its limits."""
    is_owner: bool = False
    """Owns the bot and pays the bill, in whatever server."""
    interaction_id: int = 0
    """What they did, for the record of changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row of the table of jobs."""

    id: int
    interaction_id: int
    """The Discord interaction that asked for it: unique, and the source of the nonces of its messages."""
    guild_id: int
    channel_id: int
    user_id: int
    state: JobState
    reason: FailureReason | None
    prompt: str
    spec: VideoSpec
    upload_limit: int
    """Bytes Discord allows for one attachment, as it said in the interaction."""
    status_message_id: int | None
    result_channel_id: int | None
    result_message_id: int | None
    remote_id: str | None
    estimate_microusd: int
    """What it should cost; 0 where the price list does not say."""
    reserved_microusd: int
    """The most it may cost."""
    cost_microusd: int | None
    """What was billed; None while unknown."""
    created_at: datetime
    """Discord's clock: the time in the interaction's id."""
    submitted_at: datetime | None
    completed_at: datetime | None
    delivering_at: datetime | None
    """When the first attempt to post the result began: after it, look before posting again."""
    ended_at: datetime | None
    told_at: datetime | None
    """When the member was told how it ended; the status message is final from then on."""
    next_at: datetime | None
    """When the next step is due; None when the job is at rest."""
    attempts: int
    """Tries of the present step that failed."""
    fence: int
    """Grows with every claim; a write with an old fence changes nothing."""
    late_at: datetime | None = None
    """When it was found to take longer than usual; it goes on."""
    route: Route = Route.CHANNEL
    route_channel_id: int | None = None
    """The channel of a route other than the first; None while the direct messages are not opened."""
    refusals: int = 0
    """How often the channel where it was asked for turned out to be gone or closed."""
    again_at: datetime | None = None
    """When its member last asked to have it sent again. What it weighs is settled since before, and stays."""

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return self.state.is_terminal

    @property
    def posting_channel_id(self) -> int | None:
        """The channel where the result goes; None while the direct messages are not opened."""
        return self.channel_id if self.route is Route.CHANNEL else self.route_channel_id

    @property
    def counts_for_member(self) -> bool:
        """Whether a failed job still counts against the member's limits."""
        return self.again_at is not None or (self.reason is not None and self.reason.counts_for_member)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualTime:
    """How long this model's last jobs took, measured from submission to delivery, in seconds."""

    median: float
    low: float
    high: float
    samples: int
