"""The limits that servers and the owner set, and what members have left under them.

A function that takes a transaction works inside it: the check and the insert of a job are one. Every change writes its
audit row in its own transaction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.database import Database, Row, Statement, Transaction, Values, stored
from services.errors import LimitSource
from services.limits import audit
from services.limits.audit import CHANGES
from services.limits.counting import BUDGETS, NUMBERS, VIDEOS, counted_in, since, used_by
from services.limits.notices import levels_noted, note_level
from services.limits.rules import DAY, MONTH, Allowance, BotLimits, LimitEntry, allowance
from services.models import Requester

FIELDS: Final = ("videos_per_day", "running_at_once", "microusd", "longest_clip", "dearest_clip")
EVERYWHERE: Final = 0

_ENTRIES: Final = "SELECT * FROM limits WHERE guild_id = :guild_id ORDER BY subject DESC, subject_id"
_ENTRY: Final = "SELECT * FROM limits WHERE guild_id = :guild_id AND subject = :subject AND subject_id = :subject_id"
_SET: Final = """
INSERT INTO limits (guild_id, subject, subject_id, videos_per_day, running_at_once, microusd, longest_clip,
                    dearest_clip, changed_by, changed_at)
VALUES (:guild_id, :subject, :subject_id, :videos_per_day, :running_at_once, :microusd, :longest_clip,
        :dearest_clip, :changed_by, :changed_at)
ON CONFLICT (guild_id, subject, subject_id) DO UPDATE SET
    videos_per_day = COALESCE(excluded.videos_per_day, limits.videos_per_day),
    running_at_once = COALESCE(excluded.running_at_once, limits.running_at_once),
    microusd = COALESCE(excluded.microusd, limits.microusd),
    longest_clip = COALESCE(excluded.longest_clip, limits.longest_clip),
    dearest_clip = COALESCE(excluded.dearest_clip, limits.dearest_clip),
    changed_by = excluded.changed_by, changed_at = excluded.changed_at
"""
_CLEAR: Final = "DELETE FROM limits WHERE guild_id = :guild_id AND subject = :subject AND subject_id = :subject_id"
_GRANT: Final = """
INSERT INTO bonuses (interaction_id, guild_id, user_id, videos, granted_by, granted_at)
VALUES (:interaction_id, :guild_id, :user_id, :videos, :granted_by, :granted_at)
ON CONFLICT (interaction_id) DO NOTHING
"""
_BUDGET: Final = "SELECT microusd FROM budgets WHERE guild_id = :guild_id"
_SET_BUDGET: Final = """
INSERT INTO budgets (guild_id, microusd, changed_by, changed_at)
VALUES (:guild_id, :microusd, :changed_by, :changed_at)
ON CONFLICT (guild_id) DO UPDATE SET
    microusd = excluded.microusd, changed_by = excluded.changed_by, changed_at = excluded.changed_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is used of a budget of 30 days, in micro-dollars. A limit of None is no budget."""

    limit: int | None
    spent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """What a server has used of its budget, and all of them together of the one for everything."""

    server: Budget
    total: Budget


class LimitBook:
    """Reads and changes limits. Whoever may change what is decided by the caller; here it is only written down."""

    def __init__(self, *, database: Database, bot_limits: BotLimits) -> None:
        self._database = database
        self._bot_limits = bot_limits

    @property
    def bot_limits(self) -> BotLimits:
        """The owner's own limits, from the settings."""
        return self._bot_limits

    async def allowance(self, tx: Transaction, requester: Requester, *, at: datetime) -> Allowance:
        """Return what the requester may do at that moment of Discord's clock."""
        return self.allowance_of(requester, await tx.fetch_each(*self.questions(requester, at=at)))

    def questions(self, requester: Requester, *, at: datetime) -> Sequence[Statement]:
        """Return the statements whose answers `allowance_of` takes."""
        values: Values = {
            "user_id": requester.user_id,
            "guild_id": requester.guild_id,
            "day": stored(at - DAY),
            **since(stored(at - MONTH)),
        }
        return (VIDEOS, values), (NUMBERS, values), (_ENTRIES, values)

    def allowance_of(
        self, requester: Requester, answers: Sequence[Sequence[Row]], *, with_job: Row | None = None
    ) -> Allowance:
        """Return what the requester may do, by the answers to `questions`, and by a job inserted since they came."""
        videos, [numbers], entries = answers if with_job is None else counted_in(answers, with_job)
        return allowance(
            bot=self._bot_limits,
            entries=[_entry(row) for row in entries],
            requester=requester,
            used=used_by(videos, numbers, guild_id=requester.guild_id),
            server_budget=numbers["server_budget"],
            total_budget=numbers["total_budget"],
        )

    async def note_budgets(self, tx: Transaction, guild_id: int, *, at: datetime, now: datetime) -> None:
        """Write down, for whoever pays, which levels of the budgets are passed after a reservation or a settlement."""
        found = await self.budgets(tx, guild_id, at=at)
        await note_level(tx, guild_id=EVERYWHERE, spent=found.total.spent, budget=found.total.limit, now=now)
        await note_level(tx, guild_id=guild_id, spent=found.server.spent, budget=found.server.limit, now=now)

    def budgets_noted(self, allowed: Allowance, guild_id: int, *, microusd: int, now: datetime) -> Iterator[Statement]:
        """Yield the statements that do so for a reservation of so many micro-dollars that was just allowed."""
        total, server = allowed.total_spent + microusd, allowed.server_spent + microusd
        yield from levels_noted(guild_id=EVERYWHERE, spent=total, budget=allowed.total_budget, now=now)
        yield from levels_noted(guild_id=guild_id, spent=server, budget=allowed.server_budget, now=now)

    async def budgets(self, tx: Transaction, guild_id: int, *, at: datetime) -> Budgets:
        """Return the budgets over a server in the 30 days before that moment; of server 0 there is only the total."""
        row = (await tx.fetch_all(BUDGETS, {"guild_id": guild_id, **since(stored(at - MONTH))}))[0]
        bot = self._bot_limits
        server = bot.server_microusd if row["server_budget"] is None else row["server_budget"]
        total = bot.total_microusd if row["total_budget"] is None else row["total_budget"]
        return Budgets(
            server=Budget(limit=server, spent=row["server_microusd"]),
            total=Budget(limit=total, spent=row["total_microusd"]),
        )

    async def entries(self, guild_id: int) -> Sequence[LimitEntry]:
        """Return what a server has set: its default first, then roles, then members."""
        async with self._database.transaction() as tx:
            return [_entry(row) for row in await tx.fetch_all(_ENTRIES, {"guild_id": guild_id})]

    async def set(self, entry: LimitEntry, actor: Requester, *, now: datetime) -> LimitEntry:
        """Store an entry; a None in it leaves what was set before. Return what now stands and binds."""
        key = _key(entry.source, entry.source_id, actor)
        values: Values = key | {name: getattr(entry, name) for name in FIELDS}
        async with self._database.transaction() as tx:
            await tx.hold(CHANGES)
            before = await tx.fetch_one(_ENTRY, key)
            await tx.execute(_SET, {**values, "changed_by": actor.user_id, "changed_at": stored(now)})
            after = (await tx.fetch_all(_ENTRY, key))[0]
            if _words(before) != _words(after):
                await self._record(tx, actor, "limits set", entry.source, entry.source_id, before, after, now=now)
        return _entry(after)

    async def clear(self, source: LimitSource, source_id: int, actor: Requester, *, now: datetime) -> bool:
        """Forget an entry, so that the next rule applies. Return whether there was one."""
        key = _key(source, source_id, actor)
        async with self._database.transaction() as tx:
            await tx.hold(CHANGES)
            before = await tx.fetch_one(_ENTRY, key)
            if await tx.execute(_CLEAR, key):
                await self._record(tx, actor, "limits clear", source, source_id, before, None, now=now)
        return before is not None

    async def grant(self, user_id: int, videos: int, actor: Requester, *, now: datetime) -> None:
        """Give a member videos beyond their day, once; the same interaction gives them once however often it comes."""
        values: Values = {
            "interaction_id": actor.interaction_id,
            "guild_id": actor.guild_id,
            "user_id": user_id,
            "videos": videos,
            "granted_by": actor.user_id,
            "granted_at": stored(now),
        }
        async with self._database.transaction() as tx:
            if await tx.execute(_GRANT, values):
                await audit.record(
                    tx,
                    actor,
                    guild_id=actor.guild_id,
                    action="limits grant",
                    subject=f"member {user_id}",
                    before="",
                    after=f"videos={videos}",
                    now=now,
                )

    async def set_budget(self, guild_id: int, microusd: int, actor: Requester, *, now: datetime) -> int | None:
        """Set the dollars of 30 days for a server, or (0) for everything. Return what was set before."""
        async with self._database.transaction() as tx:
            await tx.hold(CHANGES)
            before = await tx.fetch_one(_BUDGET, {"guild_id": guild_id})
            await tx.execute(
                _SET_BUDGET,
                {
                    "guild_id": guild_id,
                    "microusd": microusd,
                    "changed_by": actor.user_id,
                    "changed_at": stored(now),
                },
            )
            if before is None or before["microusd"] != microusd:
                await audit.record(
                    tx,
                    actor,
                    guild_id=guild_id,
                    action="owner budget",
                    subject=f"server {guild_id}" if guild_id else "everything",
                    before=f"microusd={before['microusd']}" if before else "",
                    after=f"microusd={microusd}",
                    now=now,
                )
        return before["microusd"] if before else None

    async def _record(
        self,
        tx: Transaction,
        actor: Requester,
        action: str,
        source: LimitSource,
        source_id: int,
        before: Row | None,
        after: Row | None,
        *,
        now: datetime,
    ) -> None:
        await audit.record(
            tx,
            actor,
            guild_id=actor.guild_id,
            action=action,
            subject=f"{source.value} {source_id}" if source_id else source.value,
            before=_words(before),
            after=_words(after),
            now=now,
        )


def _entry(row: Row) -> LimitEntry:
    numbers = {name: row[name] for name in FIELDS}
    return LimitEntry(source=LimitSource(row["subject"]), source_id=row["subject_id"], **numbers)


def _key(source: LimitSource, source_id: int, actor: Requester) -> dict[str, int | str | None]:
    return {"guild_id": actor.guild_id, "subject": source.value, "subject_id": source_id}


def _words(row: Row | None) -> str:
    """Return an entry as the record of changes keeps it: `videos_per_day=3 microusd=5000000`."""
    if row is None:
        return ""
    return " ".join(f"{name}={row[name]}" for name in FIELDS if row[name] is not None)
