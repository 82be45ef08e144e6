"""What a server's managers and the bot's owner may do. Every wish is checked here, whatever Discord hides or shows.

A manager shares out within their server; only the owner moves the budgets, and what concerns every server.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services.database import Database
from services.errors import LimitSource, NotAllowedError, UpstreamError
from services.jobs import JobStore, ServerUsage, UsageBook, UsageBy, UsageRow
from services.limits import (
    AuditEntry,
    BotLimits,
    Budgets,
    LimitBook,
    LimitEntry,
    Pause,
    PauseReason,
    ServerBook,
    ServerChoices,
)
from services.limits.audit import latest
from services.models import Job, KeyBalance, Requester

EVERYWHERE = 0
MONTH = timedelta(days=30)
LOG_LINES = 15
MOST_UNKNOWN = 20


class Account(Protocol):
    """Who says what the key has spent. `services.openrouter` does."""

    async def key(self) -> KeyBalance:
        """Ask after the key. Raises an `UpstreamError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What the owner compares: the submits nobody can tell of, what we think was spent, and what the key says."""

    unknown: Sequence[Job]
    spent_microusd: int
    """In 30 days, what is held for jobs under way or unknown included."""
    balance: KeyBalance | None
    """None where the video API did not say."""


class Administration:
    """Carries out what managers and the owner decide, and writes each change into the audit log."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: JobStore,
        limits: LimitBook,
        servers: ServerBook,
        account: Account,
        wake: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._limits = limits
        self._servers = servers
        self._usage = UsageBook(database=database)
        self._account = account
        self._wake = wake
        self._now = clock

    @property
    def age_restricted_only(self) -> bool:
        """Whether the bot's owner wants videos in age-restricted channels only, in every server."""
        return self._servers.age_restricted_only

    # --- a server's managers -----------------------------------------------------------------------------------------

    async def limit_entries(self, actor: Requester) -> tuple[BotLimits, Sequence[LimitEntry]]:
        """Return the owner's limits and what the server has set: its default, its roles, its members."""
        _require_manager(actor)
        return self._limits.bot_limits, await self._limits.entries(actor.guild_id)

    async def set_limit(self, entry: LimitEntry, actor: Requester) -> LimitEntry:
        """Store what a manager set for a member, a role or the server. Return what now stands; it binds at once."""
        _require_manager(actor)
        return await self._limits.set(entry, actor, now=self._now())

    async def clear_limit(self, source: LimitSource, source_id: int, actor: Requester) -> bool:
        """Forget what was set for a member, a role or the server. Return whether there was anything."""
        _require_manager(actor)
        return await self._limits.clear(source, source_id, actor, now=self._now())

    async def grant(self, user_id: int, videos: int, actor: Requester) -> None:
        """Give a member videos beyond their day, once."""
        _require_manager(actor)
        await self._limits.grant(user_id, videos, actor, now=self._now())

    async def block(self, user_id: int, actor: Requester) -> bool:
        """Block a member in the server. Return whether they were not blocked before."""
        _require_manager(actor)
        return await self._servers.block(actor.guild_id, user_id, actor, now=self._now())

    async def unblock(self, user_id: int, actor: Requester) -> bool:
        """End a member's block in the server. Return whether there was one."""
        _require_manager(actor)
        return await self._servers.unblock(actor.guild_id, user_id, actor, now=self._now())

    async def log(self, actor: Requester, *, before_id: int | None = None) -> Sequence[AuditEntry]:
        """Return the latest changes in the server, newest first; `before_id` pages on."""
        _require_manager(actor)
        return await latest(self._database, actor.guild_id, most=LOG_LINES, before_id=before_id)

    async def choices(self, actor: Requester) -> ServerChoices:
        """Return what the server chose."""
        _require_manager(actor)
        return await self._servers.choices(actor.guild_id)

    async def choose(self, choices: ServerChoices, actor: Requester) -> None:
        """Store what the server chose."""
        _require_manager(actor)
        await self._servers.choose(choices, actor, now=self._now())

    async def pause(self, actor: Requester) -> bool:
        """Send nothing new for the server. Return whether it was not paused by its managers before."""
        _require_manager(actor)
        return await self._servers.pause(actor.guild_id, PauseReason.MANAGER, actor, now=self._now())

    async def resume(self, actor: Requester) -> tuple[bool, Sequence[Pause]]:
        """End the managers' pause. Return whether there was one, and what still holds the server back."""
        _require_manager(actor)
        was_paused = await self._servers.resume(actor.guild_id, PauseReason.MANAGER, actor, now=self._now())
        self._wake()
        return was_paused, await self._servers.pauses(actor.guild_id)

    async def usage(self, by: UsageBy, actor: Requester, *, days: int) -> Sequence[UsageRow]:
        """Return what the server's members used in the last so many days."""
        _require_manager(actor)
        now = self._now()
        return await self._usage.sums(actor.guild_id, by, since=now - timedelta(days=days), until=now)

    # --- the owner ---------------------------------------------------------------------------------------------------

    async def server_usage(self, actor: Requester) -> Sequence[ServerUsage]:
        """Return what each server used in 30 days."""
        _require_owner(actor)
        return await self._usage.servers(since=self._now() - MONTH)

    async def budgets(self, guild_id: int, actor: Requester) -> Budgets:
        """Return what a server, or (0) everything, has used of its budget in 30 days."""
        _require_owner(actor)
        async with self._database.transaction() as tx:
            return await self._limits.budgets(tx, guild_id, at=self._now())

    async def set_budget(self, guild_id: int, microusd: int, actor: Requester) -> int | None:
        """Set the dollars of 30 days for a server, or (0) for everything. Return what was set before."""
        _require_owner(actor)
        return await self._limits.set_budget(guild_id, microusd, actor, now=self._now())

    async def pause_everything(self, actor: Requester) -> bool:
        """Send nothing new anywhere. Return whether the owner had not paused before."""
        _require_owner(actor)
        return await self._servers.pause(EVERYWHERE, PauseReason.OWNER, actor, now=self._now())

    async def resume_everything(self, actor: Requester) -> bool:
        """End every pause that concerns all servers, the bot's own included. Return whether there was one."""
        _require_owner(actor)
        reasons = (PauseReason.OWNER, PauseReason.ACCOUNT, PauseReason.AMBIGUOUS)
        ended = [await self._servers.resume(EVERYWHERE, reason, actor, now=self._now()) for reason in reasons]
        self._wake()
        return any(ended)

    async def unblock_everywhere(self, user_id: int, actor: Requester) -> bool:
        """End the block that a takedown left. Return whether there was one."""
        _require_owner(actor)
        return await self._servers.unblock(EVERYWHERE, user_id, actor, now=self._now())

    async def bill(self, actor: Requester) -> Bill:
        """Return the submits of unknown outcome beside what we and the key think was spent."""
        _require_owner(actor)
        try:
            balance = await self._account.key()
        except UpstreamError:
            balance = None
        servers = await self._usage.servers(since=self._now() - MONTH)
        return Bill(
            unknown=await self._jobs.unknown(most=MOST_UNKNOWN),
            spent_microusd=sum(server.microusd for server in servers),
            balance=balance,
        )

    async def resolve(self, job_id: int, actor: Requester, *, was_spent: bool) -> Job | None:
        """Note what became of an unknown submit's money. None where there is nothing to resolve."""
        _require_owner(actor)
        return await self._jobs.resolve(job_id, actor, was_spent=was_spent, now=self._now())


def _require_manager(actor: Requester) -> None:
    """Let a manager of the server pass. The owner is none of them unless the server says so."""
    if not actor.is_manager or actor.guild_id == EVERYWHERE:
        raise NotAllowedError


def _require_owner(actor: Requester) -> None:
    if not actor.is_owner:
        raise NotAllowedError
