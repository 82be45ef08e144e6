"""The account behind the key: whether the key opens anything, what is left to spend, and what was spent."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

_KEY: Final = {
    "limit_reset": None,
    "include_byok_in_limit": False,
    "byok_usage": 0,
    "byok_usage_daily": 0,
    "byok_usage_weekly": 0,
    "byok_usage_monthly": 0,
    "is_free_tier": False,
    "is_management_key": False,
    "is_provisioning_key": False,
    "creator_user_id": "user_2dHFtVWx2n56w6HkM0000000000",
    "organization_id": None,
    "workspace_id": "ws_example",
    "allowed_data_regions": ["global"],
    "free_model_daily_requests": {"limit": 1000, "used": 0, "remaining": 1000},
    "expires_at": None,
    "rate_limit": {"requests": -1, "interval": "10s", "note": "deprecated"},
}
"""The parts of the answer to `GET /key` that are the same for every key here."""
_BUDGET: Final = {
    "budget_id": None,
    "guardrail_id": None,
    "include_byok": False,
    "reset_interval": None,
    "resets_at": None,
    "scope": "key_limit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Money taken for one job."""

    job_id: str
    usd: Decimal
    at: datetime


class Account:
    """The key's rights and its ledger."""

    def __init__(self, *, key: str) -> None:
        self._key = key
        self._charges: dict[str, Charge] = {}
        self.key_is_valid = True
        self._limit: Decimal | None = None
        self._spent_before = Decimal(0)

    @property
    def ledger(self) -> tuple[Charge, ...]:
        """Every charge, oldest first."""
        return tuple(self._charges.values())

    @property
    def spent(self) -> Decimal:
        """Dollars charged to this account in all."""
        return sum((charge.usd for charge in self._charges.values()), Decimal(0))

    @property
    def limit(self) -> Decimal | None:
        """Dollars that the key may spend in all; None: no limit."""
        return self._limit

    @property
    def remaining(self) -> Decimal | None:
        """Dollars of the limit that are left, below 0 where running jobs went over it; None: no limit."""
        return None if self._limit is None else self._limit - self._spent_before - self.spent

    def opens(self, token: str) -> bool:
        """Whether the token is the key, and the key is valid."""
        return self.key_is_valid and token == self._key

    def set_limit(self, limit: Decimal | None, *, remaining: Decimal | None = None) -> None:
        """Let the key spend `limit` dollars in all, of which `remaining` (by default everything) are left now."""
        self._limit = limit
        self._spent_before = Decimal(0)
        if limit is not None:
            left = limit if remaining is None else remaining
            self._spent_before = limit - left - self.spent

    def charge(self, job_id: str, usd: Decimal) -> None:
        """Take the money for a job, once: a second charge for the same job changes nothing."""
        self._charges.setdefault(job_id, Charge(job_id=job_id, usd=usd, at=datetime.now(UTC)))

    def reset(self) -> None:
        """Forget all charges and limits; the key is valid again."""
        self._charges.clear()
        self.key_is_valid = True
        self.set_limit(None)

    def describe(self) -> dict[str, object]:
        """Return what `GET /key` says."""
        used = float(self.spent + self._spent_before)
        limit, left = (None if usd is None else float(usd) for usd in (self.limit, self.remaining))
        budget = None if limit is None else {**_BUDGET, "limit_usd": limit, "remaining_usd": left, "spend_usd": used}
        return {
            **_KEY,
            "label": f"{self._key[:12]}...{self._key[-3:]}",
            "limit": limit,
            "limit_remaining": left,
            "usage": used,
            "usage_daily": used,
            "usage_weekly": used,
            "usage_monthly": used,
            "budgets": [budget] if budget else [],
            "effective_budget": budget,
        }
