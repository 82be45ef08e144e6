"""The state machine of a video job: where a job may stand, what may follow, why it fails, and where it goes."""

from collections.abc import Mapping
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
