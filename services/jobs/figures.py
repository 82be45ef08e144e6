"""What the table of jobs says at this moment, in sums: for monitoring, which has to know it also after a restart.

Every statement is answered from an index, or reads what is alive, so that it costs as little after years as at first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.database import Database, Row, moment
from services.limits import LimitBook
from services.models import JobState

_ALIVE: Final = """
SELECT state, model, COUNT(*) AS jobs, SUM(held_microusd) AS microusd,
    COUNT(*) FILTER (WHERE status_message_id IS NOT NULL) AS answered, MIN(created_at) AS oldest
FROM jobs WHERE ended_at IS NULL GROUP BY state, model
"""
_UNKNOWN: Final = """
SELECT COUNT(*) AS jobs, COALESCE(SUM(held_microusd), 0) AS microusd FROM jobs
WHERE reason = 'submit_unknown' AND resolved_at IS NULL
"""
_HELD: Final = "SELECT COALESCE(SUM(held_microusd), 0) AS microusd FROM jobs WHERE held_microusd > 0"
EVERYWHERE: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The sums. Money is in micro-dollars."""

    alive: Mapping[tuple[JobState, str], int]
    """Jobs that have not ended, by state and model."""
    queued: int
    """Of them, those that wait for their turn."""
    oldest_queued: datetime | None
    """When the first of those was asked for."""
    unknown: int
    """Submits of unknown outcome about which the owner has not decided."""
    spent: int
    """What all ended jobs ever cost. One that was not billed counts with what is held for it, an unknown one not."""
    reserved: int
    """What is held for those that have not ended, and for the unknown ones."""
    used: int
    """What weighs on the budget for everything: of the last 30 days, with what is held."""
    budget: int | None
    """None: there is none."""


class FigureBook:
    """Adds up."""

    def __init__(self, *, database: Database, limits: LimitBook) -> None:
        self._database = database
        self._limits = limits

    async def read(self, *, now: datetime) -> Figures:
        """Return the sums as they are. Raises `StorageError`."""
        async with self._database.transaction() as tx:
            alive = await tx.fetch_all(_ALIVE)
            unknown = (await tx.fetch_all(_UNKNOWN))[0]
            held = (await tx.fetch_all(_HELD))[0]["microusd"]
            total = (await self._limits.budgets(tx, EVERYWHERE, at=now)).total
        queued = [row for row in alive if row["state"] == JobState.QUEUED]
        reserved = _sum(alive, "microusd") + int(unknown["microusd"])
        return Figures(
            alive={(JobState(row["state"]), row["model"]): int(row["jobs"]) for row in alive},
            queued=_sum(queued, "answered"),
            oldest_queued=min((moment(row["oldest"]) for row in queued), default=None),
            unknown=int(unknown["jobs"]),
            spent=int(held) - reserved,
            reserved=reserved,
            used=total.spent,
            budget=total.limit,
        )


def _sum(rows: Sequence[Row], name: str) -> int:
    return sum(int(row[name]) for row in rows)
