"""What is stored about a person, and how it is forgotten.

Two things are told apart. What a member wrote is forgotten when its time is over, or when they say so. What their jobs
weigh is the ledger that limits are derived from: it keeps their id until no limit looks that far back, because
forgetting it any sooner would give them their videos and their dollars again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.database import Database, Row, moment, stored
from services.jobs.rows import job_of
from services.limits.conduct import forget_old_conduct
from services.limits.reports import forget_old_reports
from services.models import Job

AT_ONCE: Final = 500
"""Rows that one transaction changes at most, so that no command waits long."""

_SUMS: Final = """
SELECT COUNT(*) AS videos, COUNT(*) FILTER (WHERE prompt <> '') AS described,
       COUNT(*) FILTER (WHERE ended_at IS NULL) AS living,
       COUNT(DISTINCT guild_id) AS servers, MIN(created_at) AS first_at
FROM jobs WHERE user_id = :user_id
"""
_OTHERS: Final = """
SELECT
    (SELECT COUNT(*) FROM offers WHERE user_id = :user_id) AS offers,
    (SELECT COUNT(*) FROM chosen_pictures WHERE user_id = :user_id) AS pictures,
    (SELECT COALESCE(SUM(videos), 0) FROM bonuses WHERE user_id = :user_id) AS bonuses,
    (SELECT COUNT(*) FROM limits WHERE subject = 'member' AND subject_id = :user_id) AS limits,
    (SELECT COUNT(*) FROM blocks WHERE user_id = :user_id) AS blocks,
    (SELECT COUNT(*) FROM member_pauses WHERE user_id = :user_id) AS pauses,
    (SELECT COUNT(*) FROM notices WHERE kind = 'report' AND user_id = :user_id) AS reports
"""
_JOBS: Final = "SELECT * FROM jobs WHERE user_id = :user_id ORDER BY id"
_OFFERS: Final = "SELECT * FROM offers WHERE user_id = :user_id ORDER BY id"
# Without its address, which lets whoever has it see the picture.
_CHOSEN: Final = "SELECT guild_id, size, expires_at FROM chosen_pictures WHERE user_id = :user_id ORDER BY expires_at"
_BONUSES: Final = "SELECT guild_id, videos, granted_at FROM bonuses WHERE user_id = :user_id ORDER BY granted_at"
_LIMITS: Final = "SELECT * FROM limits WHERE subject = 'member' AND subject_id = :user_id ORDER BY guild_id"
_BLOCKS: Final = "SELECT guild_id, blocked_at FROM blocks WHERE user_id = :user_id ORDER BY guild_id"
_PAUSES: Final = "SELECT guild_id, since, until FROM member_pauses WHERE user_id = :user_id ORDER BY since"
_REFUSALS: Final = "SELECT guild_id, refused_at FROM word_refusals WHERE user_id = :user_id ORDER BY refused_at"
_REPORTS: Final = """
SELECT guild_id, channel_id, message_id, remark, created_at FROM notices
WHERE kind = 'report' AND user_id = :user_id ORDER BY id
"""

_FORGET_ENDED: Final = """
UPDATE jobs SET prompt = '' WHERE user_id = :user_id AND ended_at IS NOT NULL AND prompt <> ''
"""
_MARK: Final = """
UPDATE jobs SET forgets_prompt = 1, forgets_member = 1
WHERE user_id = :user_id AND (forgets_prompt = 0 OR forgets_member = 0)
"""
# Each is looked at anew, and what it was kept for is over: its clip goes, by the same step as with time.
_LET_GO: Final = """
UPDATE jobs SET next_at = :now, attempts = 0, lease_until = 0, fence = fence + 1
WHERE user_id = :user_id AND ended_at IS NOT NULL AND told_at IS NOT NULL AND next_at > :now
"""
_LIVING: Final = "SELECT COUNT(*) AS jobs FROM jobs WHERE user_id = :user_id AND ended_at IS NULL"
_FORGET_OFFERS: Final = "DELETE FROM offers WHERE user_id = :user_id RETURNING interaction_id"
_FORGET_CHOSEN: Final = "DELETE FROM chosen_pictures WHERE user_id = :user_id"
_FORGET_OLD: Final = """
UPDATE jobs SET prompt = ''
WHERE id IN (SELECT id FROM jobs WHERE prompt <> '' AND ended_at <= :before ORDER BY ended_at LIMIT :most)
"""
# A video that used a bonus counts against that bonus for ever, and one that is not at rest is still to be told.
_UNLINK: Final = """
UPDATE jobs SET user_id = 0, member_language = 'en-US'
WHERE id IN (
    SELECT id FROM jobs
    WHERE forgets_member = 1 AND user_id <> 0 AND created_at <= :before
      AND next_at IS NULL AND ended_at IS NOT NULL AND NOT (uses_bonus = 1 AND counts = 1)
    ORDER BY created_at LIMIT :most
)
"""
_FORGET_OLD_OFFERS: Final = "DELETE FROM offers WHERE expires_at <= :now"
_FORGET_OLD_CHOSEN: Final = "DELETE FROM chosen_pictures WHERE expires_at <= :now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """How much is stored about a person, over all servers."""

    videos: int
    described: int
    """Of them, those whose prompt is still there."""
    living: int
    servers: int
    first_at: datetime | None
    offers: int
    """Requests that wait for a yes to their price, or did."""
    pictures: int
    """Pictures that wait for what should happen in them."""
    bonuses: int
    """Videos that managers gave them beyond their day."""
    limits: int
    """Limits that managers set for them by name."""
    blocks: int
    pauses: int = 0
    """Those of the last 30 days, because they were refused too often."""
    reports: int = 0
    """Videos that they reported in the last 30 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """All of it. The rows but for the jobs are as they are stored."""

    jobs: Sequence[Job]
    offers: Sequence[Row]
    pictures: Sequence[Row]
    bonuses: Sequence[Row]
    limits: Sequence[Row]
    blocks: Sequence[Row]
    pauses: Sequence[Row] = ()
    reports: Sequence[Row] = ()
    refusals: Sequence[Row] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What came of a wish to be forgotten."""

    prompts: int
    offers: Sequence[int]
    """The interactions that asked for them, by which their pictures are named."""
    living: int
    """Jobs that keep their prompt until they end."""
    clips: int
    """Clips that were kept after the end of their jobs, and are now to be removed."""


class PersonalData:
    """Reads and forgets what is stored about people, by their Discord ids."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def about(self, user_id: int) -> Stored:
        """Return how much there is."""
        own = {"user_id": user_id}
        async with self._database.reading() as tx:
            (sums,), (others,) = await tx.fetch_all(_SUMS, own), await tx.fetch_all(_OTHERS, own)
        first_at = sums["first_at"]
        return Stored(
            videos=sums["videos"],
            described=sums["described"],
            living=sums["living"],
            servers=sums["servers"],
            first_at=None if first_at is None else moment(first_at),
            offers=others["offers"],
            pictures=others["pictures"],
            bonuses=others["bonuses"],
            limits=others["limits"],
            blocks=others["blocks"],
            pauses=others["pauses"],
            reports=others["reports"],
        )

    async def everything(self, user_id: int) -> Everything:
        """Return all of it, as it was at one moment."""
        own = {"user_id": user_id}
        async with self._database.reading() as tx:
            return Everything(
                jobs=[job_of(row) for row in await tx.fetch_all(_JOBS, own)],
                offers=await tx.fetch_all(_OFFERS, own),
                pictures=await tx.fetch_all(_CHOSEN, own),
                bonuses=await tx.fetch_all(_BONUSES, own),
                limits=await tx.fetch_all(_LIMITS, own),
                blocks=await tx.fetch_all(_BLOCKS, own),
                pauses=await tx.fetch_all(_PAUSES, own),
                reports=await tx.fetch_all(_REPORTS, own),
                refusals=await tx.fetch_all(_REFUSALS, own),
            )

    async def forget(self, user_id: int, *, now: datetime) -> Forgotten:
        """Forget what the person wrote, now or with the end of what is under way, and later whose the jobs were.

        Clips that are still kept for them are due to be removed. Harmless at any repetition. Nothing that a limit
        counts is changed.
        """
        own = {"user_id": user_id}
        async with self._database.transaction() as tx:
            prompts = await tx.execute(_FORGET_ENDED, own)
            offers = await tx.fetch_all(_FORGET_OFFERS, own)
            await tx.execute(_FORGET_CHOSEN, own)
            await tx.execute(_MARK, own)
            clips = await tx.execute(_LET_GO, {**own, "now": stored(now)})
            (row,) = await tx.fetch_all(_LIVING, own)
        interactions = [each["interaction_id"] for each in offers]
        return Forgotten(prompts=prompts, offers=interactions, living=row["jobs"], clips=clips)

    async def leave_no_trace(self) -> None:
        """Take what was forgotten off the disk as well, where the database keeps what it has yet to clean up."""
        await self._database.empty_log()

    async def forget_old(self, *, before: datetime) -> int:
        """Forget some of the prompts of jobs that had ended by then. Return how many."""
        return await self._some(_FORGET_OLD, before)

    async def unlink(self, *, before: datetime) -> int:
        """Take the member off some of the jobs from before then whose member asked for it. Return how many."""
        return await self._some(_UNLINK, before)

    async def forget_offers(self, *, now: datetime) -> None:
        """Forget the offers, and the pictures that were chosen, which are too old to be taken."""
        async with self._database.transaction() as tx:
            for statement in (_FORGET_OLD_OFFERS, _FORGET_OLD_CHOSEN):
                await tx.execute(statement, {"now": stored(now)})

    async def forget_conduct(self, *, now: datetime) -> None:
        """Forget refusals, pauses of members and reports, once nothing depends on them any more."""
        async with self._database.transaction() as tx:
            await forget_old_conduct(tx, now=now)
            await forget_old_reports(tx, now=now)

    async def _some(self, statement: str, before: datetime) -> int:
        async with self._database.transaction() as tx:
            return await tx.execute(statement, {"before": stored(before), "most": AT_ONCE})
