"""Who may have how many videos: the rules, what was used, and what a job weighs when it has ended.

What was used is derived from the table of jobs and never counted beside it, so that it cannot drift. Every function
that takes a transaction works inside it: the check and the insert of a job are one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.database import Database, Row, Transaction, moment, stored
from services.errors import LimitReachedError, LimitRule, LimitSource
from services.models import FailureReason, JobState, Requester

DAY: Final = timedelta(hours=24)

_USED = """
SELECT created_at, guild_id FROM jobs
WHERE counts = 1 AND user_id = :user_id AND created_at > :since
ORDER BY created_at
"""
_RUNNING = "SELECT COUNT(*) AS running FROM jobs WHERE ended_at IS NULL AND guild_id = :guild_id AND user_id = :user_id"
_LIMITS = """
SELECT subject, subject_id, videos_per_day, running_at_once FROM limits
WHERE guild_id = :guild_id ORDER BY subject DESC, subject_id
"""
_SET = """
INSERT INTO limits (guild_id, subject, subject_id, videos_per_day, running_at_once, changed_by, changed_at)
VALUES (:guild_id, :subject, :subject_id, :videos_per_day, :running_at_once, :changed_by, :changed_at)
ON CONFLICT (guild_id, subject, subject_id) DO UPDATE SET
    videos_per_day = COALESCE(excluded.videos_per_day, limits.videos_per_day),
    running_at_once = COALESCE(excluded.running_at_once, limits.running_at_once),
    changed_by = excluded.changed_by, changed_at = excluded.changed_at
"""
_CLEAR = "DELETE FROM limits WHERE guild_id = :guild_id AND subject = :subject AND subject_id = :subject_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class BotLimits:
    """The owner's own limits, from the settings: the last resort of the rules, and the ceiling above all of them."""

    videos_per_day: int
    everywhere_per_day: int
    running_at_once: int | None = None
    """None: members may have as many under way as their day allows, and wait their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitEntry:
    """What one server set for one member, one role or (`source_id` 0) everybody. None leaves it to the next rule."""

    source: LimitSource
    source_id: int
    videos_per_day: int | None
    running_at_once: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A number and who set it."""

    value: int
    source: LimitSource
    source_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one member may do in one server at one moment, and which rule says so."""

    per_day: Limit
    used: int
    frees_at: datetime | None
    """When the next video of this server's day is free again; None while some are left, or none ever will be."""
    at_once: Limit | None
    """None where nobody set one: then more videos simply wait their turn."""
    running: int
    everywhere: int
    used_everywhere: int
    everywhere_frees_at: datetime | None

    @property
    def left(self) -> int:
        """Videos left today, the owner's ceiling over all servers included."""
        return max(0, min(self.per_day.value - self.used, self.everywhere - self.used_everywhere))

    def require_one_more(self) -> None:
        """Raise `LimitReachedError` unless one more video is allowed now. The longest wait is named first."""
        if self.used_everywhere >= self.everywhere:
            ceiling = Limit(value=self.everywhere, source=LimitSource.BOT)
            raise _reached(LimitRule.EVERYWHERE_PER_DAY, ceiling, self.used_everywhere, self.everywhere_frees_at)
        if self.used >= self.per_day.value:
            raise _reached(LimitRule.VIDEOS_PER_DAY, self.per_day, self.used, self.frees_at)
        if self.at_once is not None and self.running >= self.at_once.value:
            raise _reached(LimitRule.RUNNING_AT_ONCE, self.at_once, self.running, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What an ended job weighs: on the member's count, and on the owner's money in micro-dollars."""

    counts: bool
    held_microusd: int


def settle(
    *, state: JobState, reason: FailureReason | None, reserved_microusd: int, cost_microusd: int | None
) -> Settlement:
    """Decide what stays of a reservation. A cost that was billed always weighs in full, whatever was reserved."""
    match state:
        case JobState.DELIVERED:
            return Settlement(counts=True, held_microusd=_or_else(cost_microusd, reserved_microusd))
        case JobState.FAILED if reason is not None:
            expected = reserved_microusd if reason.keeps_money_held else 0
            return Settlement(counts=reason.counts_for_member, held_microusd=_or_else(cost_microusd, expected))
        case JobState.CANCELLED:
            return Settlement(counts=False, held_microusd=0)
        case _:
            return Settlement(counts=True, held_microusd=max(reserved_microusd, cost_microusd or 0))


class LimitBook:
    """The limits that servers set, and what members have left under them."""

    def __init__(self, *, database: Database, bot_limits: BotLimits) -> None:
        self._database = database
        self._bot_limits = bot_limits

    async def allowance(self, tx: Transaction, requester: Requester, *, at: datetime) -> Allowance:
        """Return what the requester may do at that moment of Discord's clock."""
        values = {"user_id": requester.user_id, "guild_id": requester.guild_id, "since": stored(at - DAY)}
        used = await tx.fetch_all(_USED, values)
        running = await tx.fetch_one(_RUNNING, values)
        entries = [_entry(row) for row in await tx.fetch_all(_LIMITS, values)]
        own = Limit(value=self._bot_limits.videos_per_day, source=LimitSource.BOT)
        per_day = _resolve(((entry, entry.videos_per_day) for entry in entries), requester) or own
        everywhere_times = [int(row["created_at"]) for row in used]
        times = [int(row["created_at"]) for row in used if row["guild_id"] == requester.guild_id]
        return Allowance(
            per_day=per_day,
            used=len(times),
            frees_at=_frees_at(times, per_day.value),
            at_once=_resolve(((entry, entry.running_at_once) for entry in entries), requester) or self._own_at_once(),
            running=int(running["running"]) if running else 0,
            everywhere=self._bot_limits.everywhere_per_day,
            used_everywhere=len(everywhere_times),
            everywhere_frees_at=_frees_at(everywhere_times, self._bot_limits.everywhere_per_day),
        )

    async def entries(self, guild_id: int) -> Sequence[LimitEntry]:
        """Return what a server has set: its default first, then roles, then members."""
        async with self._database.transaction() as tx:
            return [_entry(row) for row in await tx.fetch_all(_LIMITS, {"guild_id": guild_id})]

    async def set(self, entry: LimitEntry, *, guild_id: int, changed_by: int, at: datetime) -> None:
        """Store an entry; a None in it leaves what was set before. It binds the next request."""
        async with self._database.transaction() as tx:
            await tx.execute(
                _SET,
                {
                    "guild_id": guild_id,
                    "subject": entry.source.value,
                    "subject_id": entry.source_id,
                    "videos_per_day": entry.videos_per_day,
                    "running_at_once": entry.running_at_once,
                    "changed_by": changed_by,
                    "changed_at": stored(at),
                },
            )

    async def clear(self, source: LimitSource, source_id: int, *, guild_id: int) -> bool:
        """Forget an entry, so that the next rule applies. Return whether there was one."""
        values = {"guild_id": guild_id, "subject": source.value, "subject_id": source_id}
        async with self._database.transaction() as tx:
            return await tx.execute(_CLEAR, values) > 0

    @property
    def bot_limits(self) -> BotLimits:
        """The owner's own limits."""
        return self._bot_limits

    def _own_at_once(self) -> Limit | None:
        own = self._bot_limits.running_at_once
        return None if own is None else Limit(value=own, source=LimitSource.BOT)


def _resolve(entries: Iterable[tuple[LimitEntry, int | None]], requester: Requester) -> Limit | None:
    """Find the number that applies: the member's own, else their best role's, else the server's, else None."""
    found: dict[LimitSource, Limit] = {}
    for entry, value in entries:
        if value is None or not _concerns(entry, requester):
            continue
        best = found.get(entry.source)
        if best is None or value > best.value:
            found[entry.source] = Limit(value=value, source=entry.source, source_id=entry.source_id)
    return found.get(LimitSource.MEMBER) or found.get(LimitSource.ROLE) or found.get(LimitSource.SERVER)


def _concerns(entry: LimitEntry, requester: Requester) -> bool:
    match entry.source:
        case LimitSource.MEMBER:
            return entry.source_id == requester.user_id
        case LimitSource.ROLE:
            return entry.source_id in requester.role_ids
        case _:
            return True


def _entry(row: Row) -> LimitEntry:
    return LimitEntry(
        source=LimitSource(row["subject"]),
        source_id=row["subject_id"],
        videos_per_day=row["videos_per_day"],
        running_at_once=row["running_at_once"],
    )


def _frees_at(times: Sequence[int], limit: int) -> datetime | None:
    """Return when so many of the videos made at `times` (milliseconds, ascending) have left that one is free."""
    if limit == 0 or len(times) < limit:
        return None
    return moment(times[len(times) - limit]) + DAY


def _reached(rule: LimitRule, limit: Limit, used: int, frees_at: datetime | None) -> LimitReachedError:
    return LimitReachedError(
        rule=rule, source=limit.source, source_id=limit.source_id, limit=limit.value, used=used, frees_at=frees_at
    )


def _or_else(cost: int | None, expected: int) -> int:
    return expected if cost is None else cost
