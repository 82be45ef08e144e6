"""What an owner looks at from a shell: which jobs there are, one job whole, and what everything cost. Only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.database import Transaction, Values, moment, stored
from services.jobs.rows import job_of
from services.jobs.statements import BY_ID
from services.jobs.usage import DAY_MS
from services.models import Job, JobState

_LIVING: Final = "SELECT * FROM jobs WHERE ended_at IS NULL ORDER BY id DESC LIMIT :most"
_IN_STATE: Final = "SELECT * FROM jobs WHERE state = :state ORDER BY id DESC LIMIT :most"
_LEASE: Final = "SELECT owner, lease_until, held_microusd, counts FROM jobs WHERE id = :id"
_NOTICES: Final = "SELECT kind, created_at, told_at FROM notices WHERE job_id = :id ORDER BY id"
_SUMS: Final = """
    COUNT(*) AS videos,
    COUNT(*) FILTER (WHERE state = 'delivered') AS delivered,
    COUNT(*) FILTER (WHERE state = 'failed') AS failed,
    COALESCE(SUM(held_microusd), 0) AS microusd,
    COALESCE(SUM(CASE WHEN cost_microusd IS NULL THEN held_microusd ELSE 0 END), 0) AS unconfirmed
FROM jobs WHERE created_at >= :since AND state <> 'cancelled'
"""
_BY_DAY: Final = (
    f"SELECT CAST(created_at / {DAY_MS} AS TEXT) AS part, {_SUMS} GROUP BY part ORDER BY part"  # of our own constants
)
_BY_MODEL: Final = f"SELECT model AS part, {_SUMS} GROUP BY part ORDER BY microusd DESC, part"  # the same
_BY_SERVER: Final = _BY_MODEL.replace("model AS part", "CAST(guild_id AS TEXT) AS part")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFile:
    """All that is stored of one job."""

    job: Job
    held_microusd: int
    """What it weighs on the budgets."""
    counts: bool
    """Whether it weighs on its member's videos."""
    owner: str | None
    """The process that last took it, and until when it is its own."""
    lease_until: datetime | None
    notices: Sequence[tuple[str, datetime, datetime | None]]
    """What the owner or the managers had to hear of it: what, since when, and when they were told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The sums of one day of UTC, one model or one server; those that were cancelled are left out."""

    part: str
    videos: int
    delivered: int
    failed: int
    microusd: int
    """What they cost, and for those that were not billed what is held for them."""
    unconfirmed_microusd: int
    """How much of it is only held."""


async def jobs_in(tx: Transaction, state: JobState | None, *, most: int) -> Sequence[Job]:
    """Return the newest jobs of a state, or of all that have not ended."""
    values: Values = {"state": state.value if state else None, "most": most}
    return [job_of(row) for row in await tx.fetch_all(_IN_STATE if state else _LIVING, values)]


async def job_file(tx: Transaction, job_id: int) -> JobFile | None:
    """Return all that is stored of a job, or None where there is none of that number."""
    row = await tx.fetch_one(BY_ID, {"id": job_id})
    if row is None:
        return None
    lease = (await tx.fetch_all(_LEASE, {"id": job_id}))[0]
    notices = await tx.fetch_all(_NOTICES, {"id": job_id})
    return JobFile(
        job=job_of(row),
        held_microusd=lease["held_microusd"],
        counts=bool(lease["counts"]),
        owner=lease["owner"],
        lease_until=moment(lease["lease_until"]) if lease["lease_until"] else None,
        notices=[
            (each["kind"], moment(each["created_at"]), None if each["told_at"] is None else moment(each["told_at"]))
            for each in notices
        ],
    )


async def costs(tx: Transaction, *, since: datetime) -> Mapping[str, Sequence[Cost]]:
    """Return the sums since then: by `day` (as `2026-11-22`), by `model` and by `server` (its id)."""
    values = {"since": stored(since)}
    days = [_cost(row, str(moment(int(row["part"]) * DAY_MS).date())) for row in await tx.fetch_all(_BY_DAY, values)]
    models = [_cost(row, row["part"]) for row in await tx.fetch_all(_BY_MODEL, values)]
    servers = [_cost(row, row["part"]) for row in await tx.fetch_all(_BY_SERVER, values)]
    return {"day": days, "model": models, "server": servers}


def _cost(row: Mapping[str, int], part: str) -> Cost:
    return Cost(
        part=part,
        videos=row["videos"],
        delivered=row["delivered"],
        failed=row["failed"],
        microusd=row["microusd"],
        unconfirmed_microusd=row["unconfirmed"],
    )
