"""The rules: which number applies to a member, and whether one more video fits under all of them; pure.

A member's own number comes before the best of their roles, that before the server's, that before the bot's own. The
owner's ceilings and budgets stand above all of them. Money is micro-dollars over 30 days, videos are counted over 24
hours, both up to the moment of the request by Discord's clock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.errors import LimitReachedError, LimitRule, LimitSource
from services.models import Requester

DAY: Final = timedelta(hours=24)
MONTH: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotLimits:
    """The owner's own limits, from the settings: the last resort of the rules, and the ceilings above all of them."""

    videos_per_day: int
    everywhere_per_day: int
    running_at_once: int | None = None
    """None: members may have as many under way as their day allows, and wait their turn."""
    microusd_everywhere: int | None = None
    """What one member may spend over all servers; None: as much as the budgets allow."""
    total_microusd: int | None = None
    """The budget for everything, until the owner sets another by command. None: no budget, only for tests."""
    server_microusd: int | None = None
    """The budget of each server, until the owner sets another for it by command."""
    attempts_per_video: int = 3
    """Requests, also failed and cancelled ones, that a member has for each video of a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitEntry:
    """What one server set for one member, one role or (`source_id` 0) everybody. None leaves it to the next rule."""

    source: LimitSource
    source_id: int
    videos_per_day: int | None = None
    running_at_once: int | None = None
    microusd: int | None = None
    longest_clip: int | None = None
    """Seconds."""
    dearest_clip: int | None = None
    """Micro-dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A number and who set it."""

    value: int
    source: LimitSource
    source_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one more video would take: its length, and the most it may cost."""

    seconds: int
    microusd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a member, their server and everybody have used, as the table of jobs says."""

    videos: Sequence[datetime]
    """When each video was asked for that counts in this server's day, oldest first."""
    videos_everywhere: Sequence[datetime]
    running: int
    attempts: int
    microusd: int
    microusd_everywhere: int
    server_microusd: int
    total_microusd: int
    bonus_left: int
    bonus_today: int = 0
    """Bonus videos that were asked for within the day: they came with tries of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one member may do in one server at one moment, and which rule says so."""

    per_day: Limit
    used: int
    frees_at: datetime | None
    """When the next video of this server's day is free again; None while some are left, or none ever will be."""
    bonus_left: int
    """Videos beyond the day that a manager gave once."""
    at_once: Limit | None
    """None where nobody set one: then more videos simply wait their turn."""
    running: int
    everywhere: int
    used_everywhere: int
    everywhere_frees_at: datetime | None
    attempts: int
    attempts_used: int
    money: Limit | None
    spent: int
    money_everywhere: int | None
    spent_everywhere: int
    longest_clip: Limit | None
    dearest_clip: Limit | None
    server_budget: int | None
    server_spent: int
    total_budget: int | None
    total_spent: int

    @property
    def left(self) -> int:
        """Videos left today, bonus and the owner's ceiling over all servers included."""
        here = max(0, self.per_day.value - self.used) + self.bonus_left
        return max(0, min(here, self.everywhere - self.used_everywhere))

    @property
    def needs_bonus(self) -> bool:
        """Whether one more video would be one beyond the day."""
        return self.used >= self.per_day.value

    @property
    def money_left(self) -> int | None:
        """Micro-dollars left to the member under every limit on money; None where there is none."""
        pairs = (
            (self.money.value if self.money else None, self.spent),
            (self.money_everywhere, self.spent_everywhere),
            (self.server_budget, self.server_spent),
            (self.total_budget, self.total_spent),
        )
        return min((max(0, limit - spent) for limit, spent in pairs if limit is not None), default=None)

    def require(self, wish: Wish) -> None:
        """Raise `LimitReachedError` unless one more such video is allowed now."""
        for refusal in self._refusals(wish):
            raise refusal

    def _refusals(self, wish: Wish) -> Iterator[LimitReachedError]:
        yield from self._clip_refusals(wish)
        yield from self._count_refusals()
        yield from self._money_refusals(wish)

    def _clip_refusals(self, wish: Wish) -> Iterator[LimitReachedError]:
        if self.longest_clip is not None and wish.seconds > self.longest_clip.value:
            yield _reached(LimitRule.LONGEST_CLIP, self.longest_clip, used=0, wanted=wish.seconds)
        if self.dearest_clip is not None and wish.microusd > self.dearest_clip.value:
            yield _reached(LimitRule.DEAREST_CLIP, self.dearest_clip, used=0, wanted=wish.microusd)

    def _count_refusals(self) -> Iterator[LimitReachedError]:
        if self.used_everywhere >= self.everywhere:
            limit = Limit(value=self.everywhere, source=LimitSource.BOT)
            yield _reached(
                LimitRule.EVERYWHERE_PER_DAY, limit, used=self.used_everywhere, frees_at=self.everywhere_frees_at
            )
        if self.needs_bonus and self.bonus_left == 0:
            yield _reached(LimitRule.VIDEOS_PER_DAY, self.per_day, used=self.used, frees_at=self.frees_at)
        if self.attempts_used >= self.attempts:
            limit = Limit(value=self.attempts, source=self.per_day.source, source_id=self.per_day.source_id)
            yield _reached(LimitRule.ATTEMPTS_PER_DAY, limit, used=self.attempts_used)
        if self.at_once is not None and self.running >= self.at_once.value:
            yield _reached(LimitRule.RUNNING_AT_ONCE, self.at_once, used=self.running)

    def _money_refusals(self, wish: Wish) -> Iterator[LimitReachedError]:
        owners = LimitSource.BOT
        caps = (
            (LimitRule.MONEY, self.money, self.spent),
            (LimitRule.MONEY_EVERYWHERE, _limit(self.money_everywhere, owners), self.spent_everywhere),
            (LimitRule.SERVER_BUDGET, _limit(self.server_budget, owners), self.server_spent),
            (LimitRule.TOTAL_BUDGET, _limit(self.total_budget, owners), self.total_spent),
        )
        for rule, limit, spent in caps:
            if limit is not None and spent + wish.microusd > limit.value:
                yield _reached(rule, limit, used=spent, wanted=wish.microusd)


def allowance(
    *,
    bot: BotLimits,
    entries: Sequence[LimitEntry],
    requester: Requester,
    used: Used,
    server_budget: int | None,
    total_budget: int | None,
) -> Allowance:
    """Return what the requester may do; the budgets are those the owner set by command, else the settings' apply."""

    def applies(numbers: Iterable[int | None], own: int | None) -> Limit | None:
        return resolve(zip(entries, numbers, strict=True), requester) or _limit(own, LimitSource.BOT)

    per_day = applies([entry.videos_per_day for entry in entries], bot.videos_per_day)
    per_day = per_day or Limit(value=bot.videos_per_day, source=LimitSource.BOT)
    return Allowance(
        per_day=per_day,
        used=len(used.videos),
        frees_at=_frees_at(used.videos, per_day.value),
        bonus_left=used.bonus_left,
        at_once=applies([entry.running_at_once for entry in entries], bot.running_at_once),
        running=used.running,
        everywhere=bot.everywhere_per_day,
        used_everywhere=len(used.videos_everywhere),
        everywhere_frees_at=_frees_at(used.videos_everywhere, bot.everywhere_per_day),
        attempts=bot.attempts_per_video * (per_day.value + used.bonus_today + used.bonus_left),
        attempts_used=used.attempts,
        money=applies([entry.microusd for entry in entries], None),
        spent=used.microusd,
        money_everywhere=bot.microusd_everywhere,
        spent_everywhere=used.microusd_everywhere,
        longest_clip=applies([entry.longest_clip for entry in entries], None),
        dearest_clip=applies([entry.dearest_clip for entry in entries], None),
        server_budget=bot.server_microusd if server_budget is None else server_budget,
        server_spent=used.server_microusd,
        total_budget=bot.total_microusd if total_budget is None else total_budget,
        total_spent=used.total_microusd,
    )


def resolve(numbers: Iterable[tuple[LimitEntry, int | None]], requester: Requester) -> Limit | None:
    """Find the number that applies: the member's own, else their best role's, else the server's, else None."""
    found: dict[LimitSource, Limit] = {}
    for entry, value in numbers:
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


def _frees_at(times: Sequence[datetime], limit: int) -> datetime | None:
    """Return when so many of the videos asked for at `times` have left the day that one is free."""
    if limit == 0 or len(times) < limit:
        return None
    return times[len(times) - limit] + DAY


def _limit(value: int | None, source: LimitSource) -> Limit | None:
    return None if value is None else Limit(value=value, source=source)


def _reached(
    rule: LimitRule, limit: Limit, *, used: int, wanted: int = 1, frees_at: datetime | None = None
) -> LimitReachedError:
    return LimitReachedError(
        rule=rule,
        source=limit.source,
        source_id=limit.source_id,
        limit=limit.value,
        used=used,
        frees_at=frees_at,
        wanted=wanted,
    )
