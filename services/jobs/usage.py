"""What was made and spent: by member, by model, by day. Read from the jobs, so that it always adds up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.database import Database, moment, stored

DAY_MS: Final = 86_400_000
"""Milliseconds of a day of UTC, which has no leap seconds here."""

_SUMS: Final = """
    COUNT(*) AS videos,
    COUNT(*) FILTER (WHERE state = 'delivered') AS delivered,
    SUM(held_microusd) AS microusd,
    COUNT(*) FILTER (WHERE cost_microusd IS NULL AND held_microusd > 0) AS unconfirmed
"""


class UsageBy(StrEnum):
    """How the sums are grouped."""

    MEMBER = "member"
    MODEL = "model"
    DAY = "day"


_BY_MEMBER: Final = f"""
SELECT CAST(user_id AS TEXT) AS grouped, {_SUMS} FROM jobs
WHERE guild_id = :guild_id AND created_at >= :since AND created_at < :until AND state <> 'cancelled'
GROUP BY grouped ORDER BY microusd DESC, videos DESC
"""  # noqa: S608  # put together from our own constants
_BY_MODEL: Final = _BY_MEMBER.replace("CAST(user_id AS TEXT)", "model")
_BY_DAY: Final = _BY_MEMBER.replace("CAST(user_id AS TEXT)", f"created_at / {DAY_MS}").replace(
    "ORDER BY microusd DESC, videos DESC", "ORDER BY grouped"
)
_STATEMENTS: Final = {UsageBy.MEMBER: _BY_MEMBER, UsageBy.MODEL: _BY_MODEL, UsageBy.DAY: _BY_DAY}
_BY_SERVER: Final = """
SELECT guild_id, COUNT(*) AS videos, SUM(held_microusd) AS microusd FROM jobs
WHERE created_at >= :since AND state <> 'cancelled' GROUP BY guild_id ORDER BY microusd DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """The sums of one group: a member's id, a model's id, or a day of UTC as `2026-11-22`."""

    group: str
    videos: int
    """All that were not cancelled."""
    delivered: int
    microusd: int
    """What they cost, and for those that were not billed yet what is held for them."""
    unconfirmed: int
    """How many of them have no bill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUsage:
    """The sums of one server."""

    guild_id: int
    videos: int
    microusd: int


class UsageBook:
    """Adds up the jobs of a server over a period."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def sums(self, guild_id: int, by: UsageBy, *, since: datetime, until: datetime) -> Sequence[UsageRow]:
        """Return the sums of a server, the dearest first, or the days in order."""
        values = {"guild_id": guild_id, "since": stored(since), "until": stored(until)}
        async with self._database.transaction() as tx:
            rows = await tx.fetch_all(_STATEMENTS[by], values)
        return [
            UsageRow(
                group=str(moment(row["grouped"] * DAY_MS).date()) if by is UsageBy.DAY else row["grouped"],
                videos=row["videos"],
                delivered=row["delivered"],
                microusd=row["microusd"],
                unconfirmed=row["unconfirmed"],
            )
            for row in rows
        ]

    async def servers(self, *, since: datetime) -> Sequence[ServerUsage]:
        """Return the sums of every server that used anything, the dearest first."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch_all(_BY_SERVER, {"since": stored(since)})
        return [ServerUsage(guild_id=row["guild_id"], videos=row["videos"], microusd=row["microusd"]) for row in rows]
