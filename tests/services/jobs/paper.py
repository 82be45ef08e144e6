"""The same money and the same limits on paper: what the machine of `test_money_machine` expects, in plain sums."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.errors import BlockedError, LimitRule, LimitSource, PausedError
from services.limits import BotLimits, PauseReason
from services.limits.rules import DAY, MONTH
from services.models import FailureReason, Job, JobState, Requester

EVERYWHERE: Final = 0
COUNTING: Final = {None, FailureReason.TOO_LARGE, FailureReason.UNDELIVERABLE}
"""Failures after which a video still counts, and none at all."""
HELD: Final = {
    FailureReason.SUBMIT_UNKNOWN,
    FailureReason.DEADLINE,
    FailureReason.UNPLAYABLE,
    FailureReason.TOO_LARGE,
    FailureReason.UNDELIVERABLE,
}
"""Failures without a bill that may have cost what was reserved."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """One job: its newest view, and what the job store does not keep in it."""

    job: Job
    uses_bonus: bool
    was_sent: bool = False
    """Whether it left the queue for good: only then may it have cost something."""
    is_free: bool = False
    """Whether the owner said that an unknown submit cost nothing."""

    @property
    def counts(self) -> bool:
        return self.job.state is not JobState.CANCELLED and self.job.reason in COUNTING

    @property
    def surprise(self) -> int:
        """How much more it cost than was reserved."""
        return max(0, (self.job.cost_microusd or 0) - self.job.reserved_microusd)

    @property
    def held(self) -> int:
        job, bill = self.job, self.job.cost_microusd
        match job.state:
            case JobState.CANCELLED:
                return 0
            case JobState.DELIVERED:
                return job.reserved_microusd if bill is None else bill
            case JobState.FAILED:
                may_have_cost = job.reason in HELD and self.was_sent and not self.is_free
                return (job.reserved_microusd if may_have_cost else 0) if bill is None else bill
            case _:
                return max(job.reserved_microusd, bill or 0)


@dataclass(slots=True, kw_only=True)
class Paper:
    """Everything that was asked for and decided, kept in lists and dictionaries."""

    bot: BotLimits
    entries: dict[int, Entry] = field(default_factory=dict[int, Entry])
    limits: dict[tuple[int, LimitSource, int], dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    grants: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    """By server and member."""
    blocks: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    pauses: dict[tuple[int, PauseReason], datetime | None] = field(
        default_factory=dict[tuple[int, PauseReason], datetime | None]
    )
    budgets: dict[int, int] = field(default_factory=dict[int, int])
    edits: int = 0
    """Changes that were accepted: each of them is a row of the audit log."""

    # --- sums ----------------------------------------------------------------------------------------------------

    def of(self, *, user: int | None = None, guild: int | None = None) -> Iterator[Entry]:
        for entry in self.entries.values():
            if user in (None, entry.job.user_id) and guild in (None, entry.job.guild_id):
                yield entry

    def today(self, at: datetime, *, user: int, guild: int | None = None) -> list[Entry]:
        return [entry for entry in self.of(user=user, guild=guild) if entry.job.created_at > at - DAY]

    def spent(self, at: datetime, *, user: int | None = None, guild: int | None = None) -> int:
        return sum(entry.held for entry in self.of(user=user, guild=guild) if entry.job.created_at > at - MONTH)

    def used(self, at: datetime, *, user: int, guild: int) -> int:
        return sum(entry.counts and not entry.uses_bonus for entry in self.today(at, user=user, guild=guild))

    def bonus_left(self, *, user: int, guild: int) -> int:
        used = sum(entry.uses_bonus and entry.counts for entry in self.of(user=user, guild=guild))
        return self.grants[guild, user] - used

    def running(self, *, user: int, guild: int) -> int:
        return sum(not entry.job.is_terminal for entry in self.of(user=user, guild=guild))

    def cap(self, guild: int) -> int:
        """Return the budget of a server, or (0) of everything."""
        own = self.bot.server_microusd if guild else self.bot.total_microusd
        assert own is not None
        return self.budgets.get(guild, own)

    # --- rules ---------------------------------------------------------------------------------------------------

    def number(self, requester: Requester, name: str) -> int | None:
        """Return what servers set: the member's own, else their best role's, else the server's, else None."""
        guild = requester.guild_id
        own = self.limits[guild, LimitSource.MEMBER, requester.user_id].get(name)
        roles = [self.limits[guild, LimitSource.ROLE, role].get(name) for role in requester.role_ids]
        best = max((value for value in roles if value is not None), default=None)
        server = self.limits[guild, LimitSource.SERVER, 0].get(name)
        return next((value for value in (own, best, server) if value is not None), None)

    def per_day(self, requester: Requester) -> int:
        own = self.number(requester, "videos_per_day")
        return self.bot.videos_per_day if own is None else own

    def shut(self, requester: Requester, now: datetime) -> type[PausedError | BlockedError] | None:
        """Return what keeps the requester out altogether."""
        for (guild, _), until in self.pauses.items():
            if guild in (EVERYWHERE, requester.guild_id) and (until is None or until > now):
                return PausedError
        blocked = {(EVERYWHERE, requester.user_id), (requester.guild_id, requester.user_id)} & self.blocks
        return BlockedError if blocked else None

    def broken(self, requester: Requester, at: datetime, *, microusd: int, seconds: int) -> set[LimitRule]:
        """Return the rules that one more such video would break."""
        user, guild = requester.user_id, requester.guild_id
        today = self.today(at, user=user, guild=guild)
        per_day, bonus = self.per_day(requester), self.bonus_left(user=user, guild=guild)
        came_with = per_day + bonus + sum(entry.uses_bonus and entry.counts for entry in today)
        caps = {
            LimitRule.VIDEOS_PER_DAY: (self.used(at, user=user, guild=guild), None if bonus else per_day, 1),
            LimitRule.EVERYWHERE_PER_DAY: (
                sum(entry.counts for entry in self.today(at, user=user)),
                self.bot.everywhere_per_day,
                1,
            ),
            LimitRule.ATTEMPTS_PER_DAY: (len(today), self.bot.attempts_per_video * came_with, 1),
            LimitRule.RUNNING_AT_ONCE: (
                self.running(user=user, guild=guild),
                self.number(requester, "running_at_once"),
                1,
            ),
            LimitRule.LONGEST_CLIP: (0, self.number(requester, "longest_clip"), seconds),
            LimitRule.DEAREST_CLIP: (0, self.number(requester, "dearest_clip"), microusd),
            LimitRule.MONEY: (self.spent(at, user=user, guild=guild), self.number(requester, "microusd"), microusd),
            LimitRule.MONEY_EVERYWHERE: (self.spent(at, user=user), self.bot.microusd_everywhere, microusd),
            LimitRule.SERVER_BUDGET: (self.spent(at, guild=guild), self.cap(guild), microusd),
            LimitRule.TOTAL_BUDGET: (self.spent(at), self.cap(EVERYWHERE), microusd),
        }
        return {rule for rule, (used, cap, wanted) in caps.items() if cap is not None and used + wanted > cap}
