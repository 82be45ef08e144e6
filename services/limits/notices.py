"""What the owner or a server's managers have to hear, once: written in the transaction that found it, told later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypedDict, Unpack

from services.database import Database, Row, Statement, Transaction, Values, moment, stored

EVERYWHERE: Final = 0
LEVELS: Final = (80, 100)
"""Percent of a budget at which somebody is told."""
AGAIN_BELOW: Final = 10
"""Percentage points below a level at which it may be told once more, so that one that hovers is told once."""

_INSERT: Final = """
INSERT INTO notices (topic, guild_id, kind, amount, compared, job_id, user_id, until, channel_id, message_id, remark,
                     created_at)
VALUES (:topic, :guild_id, :kind, :amount, :compared, :job_id, :user_id, :until, :channel_id, :message_id, :remark,
        :created_at)
ON CONFLICT (topic) DO NOTHING
"""
_FORGET: Final = "DELETE FROM notices WHERE topic = :topic AND told_at IS NOT NULL"
_OVER: Final = "DELETE FROM notices WHERE topic = :topic RETURNING told_at"
_UNTOLD: Final = "SELECT * FROM notices WHERE told_at IS NULL ORDER BY id"
# What somebody wrote is kept until it is told.
_TOLD: Final = "UPDATE notices SET told_at = :now, remark = '' WHERE id = :id"


class NoticeKind(StrEnum):
    """What it is about. The words are stored, so they never change."""

    BUDGET = "budget"  # `amount` of `compared` micro-dollars are used
    DEARER = "dearer"  # a video cost `amount` instead of at most `compared` micro-dollars
    UNKNOWN = "unknown"  # a submit of unknown outcome holds `amount` micro-dollars
    FOUND = "found"  # it was bought after all and goes on; `amount` micro-dollars are held for it
    ACCOUNT = "account"  # the key or the credit: nothing is sent until it works again
    ACCOUNT_WORKS = "account_works"
    AMBIGUOUS = "ambiguous"  # `amount` submits of unknown outcome: nothing is sent for a while
    AMBIGUOUS_OVER = "ambiguous_over"
    MEMBER_PAUSED = "member_paused"  # refused `amount` times for what they described
    REPORT = "report"  # somebody reports the result of a job


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to be told: to a server's log channel, or (guild_id 0) to the owner."""

    id: int
    guild_id: int
    kind: NoticeKind
    amount: int = 0
    compared: int = 0
    job_id: int | None = None
    user_id: int | None = None
    """Who was paused, or reports."""
    until: datetime | None = None
    channel_id: int | None = None
    message_id: int | None = None
    """With the channel, the message that is reported."""
    remark: str = ""
    """What a member wrote, as it came."""
    created_at: datetime


class NoticeBook:
    """Keeps notices until they are told."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def untold(self) -> Sequence[Notice]:
        """Return what nobody has been told yet, oldest first."""
        async with self._database.transaction() as tx:
            return [_notice(row) for row in await tx.fetch_all(_UNTOLD)]

    async def told(self, notice: Notice, *, now: datetime) -> None:
        """Note that somebody was told."""
        async with self._database.transaction() as tx:
            await tx.execute(_TOLD, {"id": notice.id, "now": stored(now)})


class About(TypedDict, total=False):
    """What a notice tells of; what is left out is 0, none or empty."""

    guild_id: int
    amount: int
    compared: int
    job_id: int | None
    user_id: int | None
    until: datetime | None
    channel_id: int | None
    message_id: int | None
    remark: str


async def note(tx: Transaction, kind: NoticeKind, *, topic: str, now: datetime, **about: Unpack[About]) -> None:
    """Write a notice down, unless one on the same topic stands."""
    await tx.execute(_INSERT, _values(kind, topic=topic, now=now, **about))


async def note_level(tx: Transaction, *, guild_id: int, spent: int, budget: int | None, now: datetime) -> None:
    """Write down which levels of a budget are passed, once each time that they are passed."""
    await tx.fetch_each(*levels_noted(guild_id=guild_id, spent=spent, budget=budget, now=now))


def levels_noted(*, guild_id: int, spent: int, budget: int | None, now: datetime) -> Iterator[Statement]:
    """Yield the statements of `note_level`, for whoever has others to run on the same way."""
    if not budget:
        return
    for level in LEVELS:
        topic = f"budget {guild_id} {level}"
        if spent * 100 >= budget * level:
            yield (
                _INSERT,
                _values(NoticeKind.BUDGET, topic=topic, guild_id=guild_id, amount=spent, compared=budget, now=now),
            )
        elif spent * 100 < budget * (level - AGAIN_BELOW):
            yield _FORGET, {"topic": topic}


async def note_over(tx: Transaction, topic: str, kind: NoticeKind, *, now: datetime) -> None:
    """Write down that a matter is over, where somebody was told that it began."""
    ended = await tx.fetch_all(_OVER, {"topic": topic})
    if any(row["told_at"] is not None for row in ended):
        await note(tx, kind, topic=f"{kind.value} {stored(now)}", now=now)


async def forget(tx: Transaction, topic: str) -> None:
    """Let a matter go without a word, so that it is told anew if it comes back."""
    await tx.execute(_OVER, {"topic": topic})


def _values(kind: NoticeKind, *, topic: str, now: datetime, **about: Unpack[About]) -> Values:
    until = about.get("until")
    return {
        "topic": topic,
        "guild_id": about.get("guild_id", EVERYWHERE),
        "kind": kind.value,
        "amount": about.get("amount", 0),
        "compared": about.get("compared", 0),
        "job_id": about.get("job_id"),
        "user_id": about.get("user_id"),
        "until": stored(until) if until else None,
        "channel_id": about.get("channel_id"),
        "message_id": about.get("message_id"),
        "remark": about.get("remark", ""),
        "created_at": stored(now),
    }


def _notice(row: Row) -> Notice:
    return Notice(
        id=row["id"],
        guild_id=row["guild_id"],
        kind=NoticeKind(row["kind"]),
        amount=row["amount"],
        compared=row["compared"],
        job_id=row["job_id"],
        user_id=row["user_id"],
        until=moment(row["until"]) if row["until"] is not None else None,
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        remark=row["remark"],
        created_at=moment(row["created_at"]),
    )
