"""What the video API says: of a job that it accepted, of the owner's key, and of how long its models take."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
class UsualTime:
    """How long this model's last jobs took, measured from submission to delivery, in seconds."""

    median: float
    low: float
    high: float
    samples: int
