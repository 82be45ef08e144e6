"""Videos that members report: told once to who may do something about them, as a notice, and kept no longer than that.

What stays for a while is who reported which message, so that it is told once; what they wrote goes with the telling.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.database import Database, Transaction, stored
from services.limits.choices import choices_of
from services.limits.notices import EVERYWHERE, NoticeKind, note
from services.models import Job, Requester

MOST_REPORTS: Final = 5
WITHIN: Final = timedelta(hours=1)
"""So many a member may make within that time."""
REMEMBERED: Final = timedelta(days=30)
"""For so long a second report of the same message by the same member is none."""
LONGEST_REMARK: Final = 500
"""Characters of what somebody may say about it."""

_KNOWN: Final = "SELECT id FROM notices WHERE topic = :topic"
_LATELY: Final = """
SELECT COUNT(*) AS reports FROM notices WHERE kind = 'report' AND user_id = :user_id AND created_at > :since
"""
_FORGET: Final = "DELETE FROM notices WHERE kind = 'report' AND told_at IS NOT NULL AND created_at <= :before"


class ReportOutcome(StrEnum):
    """What came of a wish to report a video."""

    TO_MANAGERS = "to_managers"
    TO_OWNER = "to_owner"
    ALREADY = "already"
    TOO_MANY = "too_many"
    UNKNOWN = "unknown"  # not the message of a video that is at hand


class ReportBook:
    """Writes down what is reported. Whether a video is at hand for somebody is decided by the caller."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def preview(self, job: Job, reporter: Requester, *, now: datetime) -> ReportOutcome | None:
        """Return why a member cannot report a result, or None where they can."""
        async with self._database.transaction() as tx:
            return await _why_not(tx, job, reporter, now=now)

    async def report(self, job: Job, reporter: Requester, *, remark: str, now: datetime) -> ReportOutcome:
        """Write down that somebody reports the result of a job, for its server's managers, else for the owner."""
        # Nobody else can look into somebody's direct messages: what is told of them is for who may take it down.
        guild_id = EVERYWHERE if job.is_posted_directly else job.guild_id
        async with self._database.transaction() as tx:
            await tx.hold(f"reports of {reporter.user_id}")
            why_not = await _why_not(tx, job, reporter, now=now)
            if why_not is not None:
                return why_not
            await note(
                tx,
                NoticeKind.REPORT,
                topic=_topic(job, reporter),
                guild_id=guild_id,
                job_id=job.id,
                user_id=reporter.user_id,
                channel_id=job.result_channel_id,
                message_id=job.result_message_id,
                remark=remark[:LONGEST_REMARK],
                now=now,
            )
            has_log = guild_id != EVERYWHERE and (await choices_of(tx, guild_id)).log_channel_id is not None
        return ReportOutcome.TO_MANAGERS if has_log else ReportOutcome.TO_OWNER


async def forget_old_reports(tx: Transaction, *, now: datetime) -> None:
    """Forget who reported what, once it is long ago."""
    await tx.execute(_FORGET, {"before": stored(now - REMEMBERED)})


async def _why_not(tx: Transaction, job: Job, reporter: Requester, *, now: datetime) -> ReportOutcome | None:
    if await tx.fetch_one(_KNOWN, {"topic": _topic(job, reporter)}) is not None:
        return ReportOutcome.ALREADY
    values = {"user_id": reporter.user_id, "since": stored(now - WITHIN)}
    is_too_many = (await tx.fetch_all(_LATELY, values))[0]["reports"] >= MOST_REPORTS
    return ReportOutcome.TOO_MANY if is_too_many else None


def _topic(job: Job, reporter: Requester) -> str:
    return f"report {job.result_message_id} {reporter.user_id}"
