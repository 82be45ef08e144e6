"""What `/limits` says: who may have what in this server, and what a change of it means."""

from collections.abc import Iterator, Sequence
from typing import Final

from cogs.languages import Message, tr, trn
from cogs.replies.money import dollars
from services.errors import LimitSource
from services.limits import Allowance, BotLimits, LimitEntry

NOTHING_TO_SET: Final = Message(
    "Say at least one of `videos_per_day`, `usd_per_30_days`, `running_at_once`, `longest_clip` and `dearest_clip_usd`."
)
ONE_SUBJECT: Final = Message("Name a member or a role, one of them.")
WHOLE_CENTS: Final = Message("Give dollars in whole cents, such as `2.50`.")
OUT_OF_BOUNDS: Final = Message("That number is too small or too large. Nothing was changed. Try another.")


def limits(bot_limits: BotLimits, entries: Sequence[LimitEntry], have: Allowance) -> Sequence[str]:
    """Return, line by line, all that a server has set, and what the owner has set above it."""
    return [
        tr("**Limits in this server** (a member's own, else their best role's, else the server's, else the bot's)"),
        *(_entry(entry) for entry in entries),
        # Translators: {limits} is a list such as "5 a day, 2 at once".
        tr("The bot: {limits}.", limits=", ".join(_numbers_of_the_bot(bot_limits))),
        *_budget(have),
        trn(
            "Over all servers nobody gets more than {number} video in 24 hours.",
            "Over all servers nobody gets more than {number} videos in 24 hours.",
            bot_limits.everywhere_per_day,
        ),
        *_money_everywhere(have),
    ]


def limit_set(entry: LimitEntry, have: Allowance) -> str:
    """Return what now applies, and which of the owner's limits still stand above it."""
    # Translators: {limits} is a whole sentence, such as "@alice: 5 a day, 2 at once."
    told = tr("Set. {limits} This binds from the next video on; what is running goes on.", limits=_entry(entry))
    return "\n".join([told, *_above(entry, have)])


def limit_cleared(source: LimitSource, source_id: int, *, was_set: bool) -> str:
    """Return that the next rule applies again."""
    match _mention(source, source_id), was_set:
        case None, True:
            return tr("Cleared: for everybody here the next rule applies.")
        case None, False:
            return tr("There was no limit set for everybody here.")
        case whom, True:
            return tr("Cleared: for {whom} the next rule applies.", whom=whom)
        case whom, _:
            return tr("There was no limit set for {whom}.", whom=whom)


def granted(user_id: int, videos: int) -> str:
    """Return what a member has been given."""
    return trn(
        "{whom} has {number} more video, once, for when the videos of their day are used. That does not run out. "
        "Limits on dollars still apply.",
        "{whom} has {number} more videos, once, for when the videos of their day are used. That does not run out. "
        "Limits on dollars still apply.",
        videos,
        whom=f"<@{user_id}>",
    )


def blocked(user_id: int, *, is_new: bool) -> str:
    """Return that a member may not make videos."""
    whom = f"<@{user_id}>"
    if not is_new:
        return tr("{whom} is blocked already.", whom=whom)
    return tr(
        "{whom} can no longer make videos in this server. What is being made for them goes on. "
        "`/limits unblock` ends it.",
        whom=whom,
    )


def unblocked(user_id: int, *, was_blocked: bool, was_paused: bool = False) -> str:
    """Return that a member may make videos again, whether they were blocked or had been refused too often."""
    whom = f"<@{user_id}>"
    if was_blocked or was_paused:
        return tr("{whom} can make videos in this server again.", whom=whom)
    return tr("{whom} is neither blocked nor paused here.", whom=whom)


def _mention(source: LimitSource, source_id: int) -> str | None:
    """Return whom a limit is for, as Discord shows them; None is everybody in the server."""
    match source:
        case LimitSource.MEMBER:
            return f"<@{source_id}>"
        case LimitSource.ROLE:
            return f"<@&{source_id}>"
        case _:
            return None


def _entry(entry: LimitEntry) -> str:
    whom, have = _mention(entry.source, entry.source_id), ", ".join(_numbers(entry))
    # Translators: {limits} is a list such as "5 a day, 2 at once, no clip longer than 8 s"; {whom} is a mention.
    return (
        tr("Everybody here: {limits}.", limits=have)
        if whom is None
        else tr("{whom}: {limits}.", whom=whom, limits=have)
    )


def _numbers(entry: LimitEntry) -> Iterator[str]:
    if entry.videos_per_day is not None:
        yield _a_day(entry.videos_per_day)
    if entry.running_at_once is not None:
        yield _at_once(entry.running_at_once)
    if entry.microusd is not None:
        yield tr("{amount} in 30 days", amount=dollars(entry.microusd))
    if entry.longest_clip is not None:
        yield tr("no clip longer than {seconds} s", seconds=entry.longest_clip)
    if entry.dearest_clip is not None:
        yield tr("no clip dearer than {amount}", amount=dollars(entry.dearest_clip))


def _numbers_of_the_bot(bot_limits: BotLimits) -> Iterator[str]:
    yield _a_day(bot_limits.videos_per_day)
    if bot_limits.running_at_once is not None:
        yield _at_once(bot_limits.running_at_once)


def _a_day(videos: int) -> str:
    # Translators: videos in a day, in a list of limits.
    return trn("{number} a day", "{number} a day", videos)


def _at_once(videos: int) -> str:
    # Translators: videos that may be under way at the same time, in a list of limits.
    return trn("{number} at once", "{number} at once", videos)


def _budget(have: Allowance) -> Iterator[str]:
    """Yield what the owner lets this server spend. What other servers spend is not for its managers."""
    spent = dollars(have.server_spent)
    if have.server_budget is not None:
        yield tr(
            "The owner's budget for this server: {budget} in 30 days, {spent} of it used.",
            budget=dollars(have.server_budget),
            spent=spent,
        )
    elif have.total_budget is not None:
        yield tr(
            "The owner's budget for all servers together: {budget} in 30 days; this server used {spent}.",
            budget=dollars(have.total_budget),
            spent=spent,
        )


def _money_everywhere(have: Allowance) -> Iterator[str]:
    if have.money_everywhere is not None:
        yield tr("Over all servers nobody gets more than {amount} in 30 days.", amount=dollars(have.money_everywhere))


def _above(entry: LimitEntry, have: Allowance) -> Iterator[str]:
    """Yield the owner's limits that are lower than what a manager has just set."""
    money = max(entry.microusd or 0, entry.dearest_clip or 0)
    if have.server_budget is not None and money > have.server_budget:
        yield tr(
            "The owner's budget for this server, {amount} in 30 days, still stands above that.",
            amount=dollars(have.server_budget),
        )
    if have.total_budget is not None and money > have.total_budget:
        yield tr(
            "The owner's budget for all servers together, {amount} in 30 days, still stands above that.",
            amount=dollars(have.total_budget),
        )
    if have.money_everywhere is not None and money > have.money_everywhere:
        yield tr(
            "The owner's limit for one member over all servers, {amount} in 30 days, still stands above that.",
            amount=dollars(have.money_everywhere),
        )
    if (entry.videos_per_day or 0) > have.everywhere:
        yield trn(
            "The owner's limit for one member over all servers, {number} video a day, still stands above that.",
            "The owner's limit for one member over all servers, {number} videos a day, still stands above that.",
            have.everywhere,
        )
