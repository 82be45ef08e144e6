"""Why a command was not carried out, and what the member can do instead. Nothing was reserved in any of these."""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Final

from cogs.replies.money import dollars, dollars_left
from cogs.replies.wording import ago, any_of, counted, defuse
from services.errors import (
    BlockedError,
    ChannelNotAllowedError,
    DiskFullError,
    InvalidChoiceError,
    LimitReachedError,
    LimitRule,
    LimitSource,
    ModelNotAllowedError,
    NoModelError,
    NotAllowedError,
    PausedError,
    PriceUnknownError,
    RequestError,
)
from services.videos import CancelOutcome

SOMETHING_WENT_WRONG = "Something went wrong here. Nothing was bought. Please try again in a minute."
RESTARTING = "The bot is being restarted. Please try again in a minute."
ONLY_IN_SERVERS = "This works in servers where the bot is installed."
ONLY_MANAGERS = "Only members who may manage this server can do that. Ask one of them."
ONLY_OWNER = "Only the owner of this bot can do that."
TOO_FAST = "That was more than I can follow. Wait a few seconds, then try again."
EMPTY_PROMPT = "Describe the video in a few words."
ANSWER_TOO_LONG = 12
"""Values that a sentence lists before it says that there are more."""

PAUSED_BY_ITSELF: Final = (
    "The bot takes no new videos just now: something is wrong between it and the video service. It goes on by itself "
    "as soon as that is over. Please try again in a few minutes."
)
PAUSED_EVERYWHERE: Final = "The bot's owner has paused it in every server. Please try again later."
PAUSED_HERE: Final = "A manager has paused the bot in this server. Please try again later."
DISK_FULL: Final = (
    "The bot has too little room on its disk to take new videos; those under way are finished first. Its owner has to "
    "make room. Please try again later."
)
BLOCKED_EVERYWHERE: Final = (
    "The bot's owner has blocked you: you cannot make videos with this bot. Only its owner can change that."
)
BLOCKED_HERE: Final = "You are blocked from making videos in this server. One of its managers can change that."

CHEAPER: Final = "Choose fewer seconds, a lower resolution or a cheaper model: `/models` lists them."
COSTS: Final = "this video may cost up to {wanted}"
LIMITS: Final[Mapping[LimitRule, str]] = {
    LimitRule.RUNNING_AT_ONCE: (
        "You have {used_videos} under way, and {whose} is {limit} at once. Wait for one to finish."
    ),
    LimitRule.EVERYWHERE_PER_DAY: "You have used your {limit_videos} a day over all servers.{when}",
    LimitRule.VIDEOS_PER_DAY: "You have used your {limit_videos} of today ({whose}).{when}",
    LimitRule.ATTEMPTS_PER_DAY: (
        "You have asked {used} times in 24 hours, and {limit} is the most: requests that failed or were cancelled "
        "count here too. Please try again later."
    ),
    LimitRule.LONGEST_CLIP: (
        "A video may be {limit} s long at most ({whose}), and this one would be {wanted} s. Choose fewer seconds."
    ),
    LimitRule.DEAREST_CLIP: f"One video may cost {{limit}} at most ({{whose}}), and {COSTS}. {CHEAPER}",
    LimitRule.MONEY: f"You have {{left}} left of {{limit}} in 30 days ({{whose}}), and {COSTS}. {CHEAPER}",
    LimitRule.MONEY_EVERYWHERE: (
        f"Over all servers you have {{left}} left of {{limit}} in 30 days ({{whose}}), and {COSTS}. {CHEAPER}"
    ),
    LimitRule.SERVER_BUDGET: (
        f"This server has used its budget: {{left}} is left of {{limit}} in 30 days, and {COSTS}. The bot's owner can "
        "raise it."
    ),
    LimitRule.TOTAL_BUDGET: (
        f"The bot's budget is used: {{left}} is left of {{limit}} in 30 days, and {COSTS}. Its owner can raise it."
    ),
}
IN_DOLLARS: Final = frozenset(
    {
        LimitRule.DEAREST_CLIP,
        LimitRule.MONEY,
        LimitRule.MONEY_EVERYWHERE,
        LimitRule.SERVER_BUDGET,
        LimitRule.TOTAL_BUDGET,
    }
)
SHUT_OUT: Final = "You cannot make videos here: {whose} is 0 a day. A manager of this server can change that."


@singledispatch
def refusal(error: RequestError) -> str:
    """Return the sentence for a request that cannot be; each kind of error has its own below."""
    del error
    return SOMETHING_WENT_WRONG


@refusal.register
def not_allowed(error: NotAllowedError) -> str:
    """Return who may do that."""
    del error
    return ONLY_MANAGERS


@refusal.register
def paused(error: PausedError) -> str:
    """Return who paused, and whether waiting helps."""
    if error.by_bot:
        return PAUSED_BY_ITSELF
    return PAUSED_EVERYWHERE if error.everywhere else PAUSED_HERE


@refusal.register
def disk_full(error: DiskFullError) -> str:
    """Return that there is no room."""
    del error
    return DISK_FULL


@refusal.register
def blocked(error: BlockedError) -> str:
    """Return where the member is blocked."""
    return BLOCKED_EVERYWHERE if error.everywhere else BLOCKED_HERE


@refusal.register
def channel_not_allowed(error: ChannelNotAllowedError) -> str:
    """Return where videos may be asked for."""
    shown = [f"<#{channel_id}>" for channel_id in error.channels[:ANSWER_TOO_LONG]]
    more = [] if len(error.channels) <= ANSWER_TOO_LONG else ["another of its channels"]
    return f"This server makes videos in {any_of([*shown, *more])} only. Ask there."


@refusal.register
def model_not_allowed(error: ModelNotAllowedError) -> str:
    """Return which models a server allows."""
    choices = [defuse(choice, most=80) for choice in error.choices]
    return f"This server does not allow {defuse(error.model, most=80)}. Choose {_some(choices)}."


@refusal.register
def price_unknown(error: PriceUnknownError) -> str:
    """Return what to do where nobody can say what a video would cost."""
    model = defuse(error.model, most=80)
    return f"Nobody can say before what this video by {model} would cost, so it is not made. Choose another model."


@refusal.register
def invalid_choice(error: InvalidChoiceError) -> str:
    """Return which values are valid instead."""
    noun = {"aspect_ratio": "aspect ratio", "duration": "length"}.get(error.field, error.field)
    value = defuse(error.value, most=60)
    model = defuse(error.model)
    if not error.choices:
        return f"{model} has no choice of {noun}: leave it out."
    if error.field == "audio":
        return f"{model} makes silent videos only: leave audio out."
    unit = " s" if error.field == "duration" else ""
    return f"{model} does not offer {noun} {value}{unit}. Choose {_some(error.choices)}{unit}."


@refusal.register
def no_model(error: NoModelError) -> str:
    """Return what to do where a model cannot be had."""
    if error.wanted is None:
        return "The list of models cannot be had just now. Please try again in a minute."
    wanted = defuse(error.wanted, most=80)
    if not error.choices:
        return f"There is no model {wanted}. Pick one from the list that appears while you type."
    return f"There is no model {wanted}. Did you mean {_some([defuse(choice) for choice in error.choices])}?"


@refusal.register
def limit_reached(error: LimitReachedError) -> str:
    """Return which limit said no, who set it, what is left of it, and when it frees."""
    amount = dollars if error.rule in IN_DOLLARS else str
    is_shut_out = error.rule is LimitRule.VIDEOS_PER_DAY and error.limit == 0
    return (SHUT_OUT if is_shut_out else LIMITS[error.rule]).format(
        limit=amount(error.limit),
        used=amount(error.used),
        left=dollars_left(error.limit - error.used),
        wanted=amount(error.wanted),
        limit_videos=counted(error.limit, "video"),
        used_videos=counted(error.used, "video"),
        whose=whose_limit(error.source, error.source_id),
        when=f" The next one is free {ago(error.frees_at)}." if error.frees_at else "",
    )


def whose_limit(source: LimitSource, source_id: int) -> str:
    """Return whose limit it is."""
    match source:
        case LimitSource.MEMBER:
            return "your own limit"
        case LimitSource.ROLE:
            return f"the limit of your role <@&{source_id}>"
        case LimitSource.SERVER:
            return "this server's limit"
        case LimitSource.BOT:
            return "the bot's limit"


def missing_permissions(names: Sequence[str]) -> str:
    """Return what the bot may not do in this channel, in the words of Discord's own settings."""
    listed = ", ".join(f"**{name}**" for name in names)
    return f"I cannot post a video in this channel: I lack {listed}. A manager of this server can grant it."


def not_cancelled(outcome: CancelOutcome) -> str:
    """Return why there was nothing to cancel."""
    match outcome:
        case CancelOutcome.TOO_LATE:
            return (
                "It was already sent to the model, where it can no longer be cancelled. "
                "You are pinged when it is ready."
            )
        case CancelOutcome.ENDED:
            return "It has already ended, so there is nothing to cancel. `/status` shows how."
        case CancelOutcome.NOT_ALLOWED:
            return "Only the member who asked for this video, or a moderator, can cancel it."
        case _:
            return "There is no such video here. `/status` shows yours."


def _some(values: Sequence[str]) -> str:
    if len(values) <= ANSWER_TOO_LONG:
        return any_of(values)
    return f"{', '.join(values[:ANSWER_TOO_LONG])} or another from the list that appears while you type"
