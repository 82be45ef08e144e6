"""What `/limits` says: who may have what in this server, and what a change of it means."""

from collections.abc import Iterator, Sequence
from typing import Final

from cogs.replies.money import dollars
from cogs.replies.wording import counted
from services.errors import LimitSource
from services.limits import Allowance, BotLimits, LimitEntry

NOTHING_TO_SET: Final = (
    "Say at least one of `videos_per_day`, `usd_per_30_days`, `running_at_once`, `longest_clip` and `dearest_clip_usd`."
)
ONE_SUBJECT: Final = "Name a member or a role, one of them."
WHOLE_CENTS: Final = "Give dollars in whole cents, such as `2.50`."
OUT_OF_BOUNDS: Final = "That number is too small or too large. Nothing was changed. Try another."
RULE: Final = "(a member's own, else their best role's, else the server's, else the bot's)"


def limits(bot_limits: BotLimits, entries: Sequence[LimitEntry], have: Allowance) -> Sequence[str]:
    """Return, line by line, all that a server has set, and what the owner has set above it."""
    everywhere = counted(bot_limits.everywhere_per_day, "video")
    return [
        f"**Limits in this server** {RULE}",
        *(_entry(entry) for entry in entries),
        f"The bot: {_numbers_of_the_bot(bot_limits)}.",
        *_budget(have),
        f"Over all servers nobody gets more than {everywhere} in 24 hours.",
        *_money_everywhere(have),
    ]


def limit_set(entry: LimitEntry, have: Allowance) -> str:
    """Return what now applies, and which of the owner's limits still stand above it."""
    told = f"Set. {_entry(entry)} This binds from the next video on; what is running goes on."
    return "\n".join([told, *_above(entry, have)])


def limit_cleared(source: LimitSource, source_id: int, *, was_set: bool) -> str:
    """Return that the next rule applies again."""
    whom = subject(source, source_id)
    return f"Cleared: for {whom} the next rule applies." if was_set else f"There was no limit set for {whom}."


def granted(user_id: int, videos: int) -> str:
    """Return what a member has been given."""
    return (
        f"<@{user_id}> has {counted(videos, 'more video')}, once, for when the videos of their day are used. That does "
        "not run out. Limits on dollars still apply."
    )


def blocked(user_id: int, *, is_new: bool) -> str:
    """Return that a member may not make videos."""
    if not is_new:
        return f"<@{user_id}> is blocked already."
    return (
        f"<@{user_id}> can no longer make videos in this server. What is being made for them goes on. "
        "`/limits unblock` ends it."
    )


def unblocked(user_id: int, *, was_blocked: bool) -> str:
    """Return that a member may make videos again."""
    return (
        f"<@{user_id}> can make videos in this server again." if was_blocked else f"<@{user_id}> is not blocked here."
    )


def subject(source: LimitSource, source_id: int) -> str:
    """Return whom a limit is for, as Discord shows them."""
    match source:
        case LimitSource.MEMBER:
            return f"<@{source_id}>"
        case LimitSource.ROLE:
            return f"<@&{source_id}>"
        case _:
            return "everybody here"


def _entry(entry: LimitEntry) -> str:
    whom = subject(entry.source, entry.source_id)
    return f"{whom[:1].upper()}{whom[1:]}: {', '.join(_numbers(entry))}."


def _numbers(entry: LimitEntry) -> Iterator[str]:
    if entry.videos_per_day is not None:
        yield f"{entry.videos_per_day} a day"
    if entry.running_at_once is not None:
        yield f"{entry.running_at_once} at once"
    if entry.microusd is not None:
        yield f"{dollars(entry.microusd)} in 30 days"
    if entry.longest_clip is not None:
        yield f"no clip longer than {entry.longest_clip} s"
    if entry.dearest_clip is not None:
        yield f"no clip dearer than {dollars(entry.dearest_clip)}"


def _numbers_of_the_bot(bot_limits: BotLimits) -> str:
    at_once = bot_limits.running_at_once
    return f"{bot_limits.videos_per_day} a day" + ("" if at_once is None else f", {at_once} at once")


def _budget(have: Allowance) -> Iterator[str]:
    """Yield what the owner lets this server spend. What other servers spend is not for its managers."""
    spent = f"{dollars(have.server_spent)} of it used"
    if have.server_budget is not None:
        yield f"The owner's budget for this server: {dollars(have.server_budget)} in 30 days, {spent}."
    elif have.total_budget is not None:
        yield (
            f"The owner's budget for all servers together: {dollars(have.total_budget)} in 30 days; this server used "
            f"{dollars(have.server_spent)}."
        )


def _money_everywhere(have: Allowance) -> Iterator[str]:
    if have.money_everywhere is not None:
        yield f"Over all servers nobody gets more than {dollars(have.money_everywhere)} in 30 days."


def _above(entry: LimitEntry, have: Allowance) -> Iterator[str]:
    """Yield the owner's limits that are lower than what a manager has just set."""
    money = max(entry.microusd or 0, entry.dearest_clip or 0)
    if have.server_budget is not None and money > have.server_budget:
        yield _stands_above(f"budget for this server, {dollars(have.server_budget)} in 30 days,")
    if have.total_budget is not None and money > have.total_budget:
        yield _stands_above(f"budget for all servers together, {dollars(have.total_budget)} in 30 days,")
    if have.money_everywhere is not None and money > have.money_everywhere:
        yield _stands_above(f"limit for one member over all servers, {dollars(have.money_everywhere)} in 30 days,")
    if (entry.videos_per_day or 0) > have.everywhere:
        yield _stands_above(f"limit for one member over all servers, {counted(have.everywhere, 'video')} a day,")


def _stands_above(what: str) -> str:
    return f"The owner's {what} still stands above that."
