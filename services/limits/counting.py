"""What was used of limits and budgets: the statements that ask for it, and what their answers say.

It is derived from the table of jobs and never counted beside it, so that it cannot drift. The money of 30 days would be
many jobs; so the database itself, and nobody else, keeps the sum of each hour, in the statement that changes the job.
The sum of a window is that of its whole hours, and of the jobs in the hour that it cuts: exact to the millisecond.
"""

from collections.abc import Sequence
from typing import Final

from services.database import Row, moment
from services.limits.rules import Used

HOUR_MS: Final = 3_600_000
_MONEY: Final = ("microusd", "microusd_everywhere", "server_microusd", "total_microusd")

VIDEOS: Final = """
SELECT created_at, guild_id, uses_bonus FROM jobs
WHERE counts = 1 AND user_id = :user_id AND created_at > :day ORDER BY created_at
"""
_BUDGETS: Final = """
    (SELECT COALESCE(SUM(microusd), 0) FROM hourly_sums
     WHERE guild_id = :guild_id AND guild_id <> 0 AND hour > :cut_hour)
    + (SELECT COALESCE(SUM(held_microusd), 0) FROM jobs
       WHERE guild_id = :guild_id AND created_at > :month AND created_at < :hour_ends) AS server_microusd,
    (SELECT COALESCE(SUM(microusd), 0) FROM hourly_sums WHERE guild_id = 0 AND hour > :cut_hour)
    + (SELECT COALESCE(SUM(held_microusd), 0) FROM jobs
       WHERE held_microusd > 0 AND created_at > :month AND created_at < :hour_ends) AS total_microusd,
    (SELECT microusd FROM budgets WHERE guild_id = :guild_id) AS server_budget,
    (SELECT microusd FROM budgets WHERE guild_id = 0) AS total_budget
"""
BUDGETS: Final = f"SELECT {_BUDGETS}"
# Every state of a living job is named, because that is how SQLite sees that the index of the living is the shortest.
NUMBERS: Final = f"""
SELECT
    (SELECT COUNT(*) FROM jobs WHERE ended_at IS NULL AND guild_id = :guild_id AND user_id = :user_id
     AND state IN ('queued', 'submitting', 'generating', 'downloading', 'delivering')) AS running,
    (SELECT COUNT(*) FROM jobs
     WHERE user_id = :user_id AND guild_id = :guild_id AND created_at > :day) AS attempts,
    (SELECT COALESCE(SUM(held_microusd), 0) FROM jobs
     WHERE guild_id = :guild_id AND user_id = :user_id AND created_at > :month) AS microusd,
    (SELECT COALESCE(SUM(held_microusd), 0) FROM jobs
     WHERE user_id = :user_id AND created_at > :month) AS microusd_everywhere,
    (SELECT COALESCE(SUM(videos), 0) FROM bonuses WHERE user_id = :user_id AND guild_id = :guild_id)
    - (SELECT COUNT(*) FROM jobs WHERE uses_bonus = 1 AND counts = 1
       AND user_id = :user_id AND guild_id = :guild_id) AS bonus_left,
    {_BUDGETS}
"""  # noqa: S608  # put together from our own constants


def since(month: int) -> dict[str, int]:
    """Return the values that a sum of money takes, for what was created after that millisecond."""
    hour = month // HOUR_MS
    return {"month": month, "cut_hour": hour, "hour_ends": (hour + 1) * HOUR_MS}


def used_by(videos: Sequence[Row], numbers: Row, *, guild_id: int) -> Used:
    """Return what a member used, by the answers to `VIDEOS` and `NUMBERS`."""
    here = [row for row in videos if row["guild_id"] == guild_id]
    return Used(
        videos=[moment(row["created_at"]) for row in here if not row["uses_bonus"]],
        videos_everywhere=[moment(row["created_at"]) for row in videos],
        running=numbers["running"],
        attempts=numbers["attempts"],
        microusd=numbers["microusd"],
        microusd_everywhere=numbers["microusd_everywhere"],
        server_microusd=numbers["server_microusd"],
        total_microusd=numbers["total_microusd"],
        # Below none where a video that had been given up was found, after its bonus had been used again.
        bonus_left=max(0, numbers["bonus_left"]),
        bonus_today=sum(row["uses_bonus"] for row in here),
    )


def counted_in(answers: Sequence[Sequence[Row]], job: Row) -> Sequence[Sequence[Row]]:
    """Return what the table would answer with the job in it: the sums over a month are not read twice for one job."""
    videos, [numbers], entries = answers
    more = dict.fromkeys(_MONEY, job["held_microusd"]) | {"running": 1, "attempts": 1, "bonus_left": -job["uses_bonus"]}
    changed = {name: numbers[name] + by for name, by in more.items()}
    return sorted([*videos, job], key=lambda video: int(video["created_at"])), [{**numbers, **changed}], entries
