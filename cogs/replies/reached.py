"""Which limit said no: whose it is, what is left of it, and what the member can do instead."""

from collections.abc import Mapping
from typing import Final

from cogs.languages import Message, number, reader, tr, trn
from cogs.replies.money import dollars, dollars_left
from cogs.replies.wording import ago
from services.errors import LimitReachedError, LimitRule, LimitSource

CHEAPER: Final = Message("Choose fewer seconds, a lower resolution or a cheaper model: `/models` lists them.")
# Translators: {whose} says whose limit it is, such as "this server's limit".
SHUT_OUT: Final = Message("You cannot make videos here: {whose} is 0 a day. A manager of this server can change that.")
TOO_DEAR: Final[Mapping[LimitRule, Message]] = {
    LimitRule.DEAREST_CLIP: Message(
        "One video may cost {limit} at most ({whose}), and this video may cost up to {wanted}."
    ),
    LimitRule.MONEY: Message(
        "You have {left} left of {limit} in 30 days ({whose}), and this video may cost up to {wanted}."
    ),
    LimitRule.MONEY_EVERYWHERE: Message(
        "Over all servers you have {left} left of {limit} in 30 days ({whose}), and this video may cost up to {wanted}."
    ),
    LimitRule.SERVER_BUDGET: Message(
        "This server has used its budget: {left} is left of {limit} in 30 days, and this video may cost up to "
        "{wanted}. The bot's owner can raise it."
    ),
    LimitRule.TOTAL_BUDGET: Message(
        "The bot's budget is used: {left} is left of {limit} in 30 days, and this video may cost up to {wanted}. Its "
        "owner can raise it."
    ),
}
IN_DOLLARS: Final = frozenset(TOO_DEAR)
"""The rules that are about money; the others count videos, requests or seconds."""
A_MEMBERS_OWN: Final = frozenset({LimitRule.DEAREST_CLIP, LimitRule.MONEY, LimitRule.MONEY_EVERYWHERE})
"""The rules about money under which something cheaper may still be had."""


def limit_reached(error: LimitReachedError) -> str:
    """Return which limit said no, who set it, what is left of it, and when it frees."""
    whose = whose_limit(error.source, error.source_id)
    match error.rule:
        case LimitRule.VIDEOS_PER_DAY:
            return _none_left_today(error, whose)
        case LimitRule.EVERYWHERE_PER_DAY:
            return _none_left_anywhere(error)
        case LimitRule.ATTEMPTS_PER_DAY:
            return _asked_too_often(error)
        case LimitRule.RUNNING_AT_ONCE:
            return _too_many_at_once(error, whose)
        case LimitRule.LONGEST_CLIP:
            return _too_long(error, whose)
        case _:
            return _too_dear(error, whose)


def whose_limit(source: LimitSource, source_id: int) -> str:
    """Return whose limit it is."""
    match source:
        case LimitSource.MEMBER:
            # Translators: whose limit it is stands in brackets, or begins a clause: "your own limit is 3 at once".
            return tr("your own limit")
        case LimitSource.ROLE:
            return tr("the limit of your role {role}", role=f"<@&{source_id}>")
        case LimitSource.SERVER:
            return tr("this server's limit")
        case LimitSource.BOT:
            return tr("the bot's limit")


def _none_left_today(error: LimitReachedError, whose: str) -> str:
    if not error.limit:
        return tr(SHUT_OUT, whose=whose)
    used = trn(
        "You have used your {number} video of today ({whose}).",
        "You have used your {number} videos of today ({whose}).",
        error.limit,
        whose=whose,
    )
    return _until_free(used, error)


def _none_left_anywhere(error: LimitReachedError) -> str:
    used = trn(
        "You have used your {number} video a day over all servers.",
        "You have used your {number} videos a day over all servers.",
        error.limit,
    )
    return _until_free(used, error)


def _until_free(used: str, error: LimitReachedError) -> str:
    if error.frees_at is None:
        return used
    # Translators: the next video; {when} is a time such as "in 3 hours".
    free = tr("The next one is free {when}.", when=ago(error.frees_at))
    return f"{used} {free}"


def _asked_too_often(error: LimitReachedError) -> str:
    return trn(
        "You have asked {number} time in 24 hours, and {limit} is the most: requests that failed or were cancelled "
        "count here too. Please try again later.",
        "You have asked {number} times in 24 hours, and {limit} is the most: requests that failed or were cancelled "
        "count here too. Please try again later.",
        error.used,
        limit=number(error.limit, reader()),
    )


def _too_many_at_once(error: LimitReachedError, whose: str) -> str:
    return trn(
        "You have {number} video under way, and {whose} is {limit} at once. Wait for one to finish.",
        "You have {number} videos under way, and {whose} is {limit} at once. Wait for one to finish.",
        error.used,
        whose=whose,
        limit=number(error.limit, reader()),
    )


def _too_long(error: LimitReachedError, whose: str) -> str:
    return tr(
        "A video may be {limit} s long at most ({whose}), and this one would be {wanted} s. Choose fewer seconds.",
        limit=number(error.limit, reader()),
        whose=whose,
        wanted=number(error.wanted, reader()),
    )


def _too_dear(error: LimitReachedError, whose: str) -> str:
    said = tr(
        TOO_DEAR[error.rule],
        left=dollars_left(error.limit - error.used),
        limit=dollars(error.limit),
        whose=whose,
        wanted=dollars(error.wanted),
    )
    return f"{said} {tr(CHEAPER)}" if error.rule in A_MEMBERS_OWN else said
