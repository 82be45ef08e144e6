"""A member's own videos in one server, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.database import Database
from services.jobs.rows import job_of
from services.models import Job, Requester

PER_PAGE: Final = 8
"""As many as a message holds with a link each."""

_COUNT: Final = "SELECT COUNT(*) AS jobs FROM jobs WHERE user_id = :user_id AND guild_id = :guild_id"
_PAGE: Final = """
SELECT * FROM jobs WHERE user_id = :user_id AND guild_id = :guild_id ORDER BY id DESC LIMIT :most OFFSET :skip
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """One page, newest first; pages are counted from 1."""

    jobs: Sequence[Job]
    page: int
    pages: int
    """1 where there is nothing at all."""
    total: int


class HistoryBook:
    """Turns the pages."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def page(self, requester: Requester, page: int) -> HistoryPage:
        """Return a page of the requester's own videos in their server, or the nearest that there is."""
        own = {"user_id": requester.user_id, "guild_id": requester.guild_id}
        async with self._database.reading() as tx:
            (row,) = await tx.fetch_all(_COUNT, own)
            total = int(row["jobs"])
            pages = max(1, -(-total // PER_PAGE))
            shown = min(max(page, 1), pages)
            rows = await tx.fetch_all(_PAGE, {**own, "most": PER_PAGE, "skip": (shown - 1) * PER_PAGE})
        return HistoryPage(jobs=[job_of(row) for row in rows], page=shown, pages=pages, total=total)
