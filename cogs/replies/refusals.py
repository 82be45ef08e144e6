"""Why a command was not carried out, and what the member can do instead. Nothing was reserved in any of these."""

from collections.abc import Sequence

from cogs.replies.wording import ago, any_of, counted, defuse
from services.errors import (
    InvalidChoiceError,
    LimitReachedError,
    LimitRule,
    LimitSource,
    NoModelError,
    NotAllowedError,
    RequestError,
)
from services.videos import CancelOutcome

SOMETHING_WENT_WRONG = "Something went wrong here. Nothing was bought. Please try again in a minute."
RESTARTING = "The bot is being restarted. Please try again in a minute."
ONLY_IN_SERVERS = "This works in servers where the bot is installed."
ONLY_MANAGERS = "Only members who may manage this server can do that."
EMPTY_PROMPT = "Describe the video in a few words."
ANSWER_TOO_LONG = 12
"""Values that a sentence lists before it says that there are more."""


def refusal(error: RequestError) -> str:
    """Return the sentence for a request that cannot be."""
    match error:
        case LimitReachedError():
            return limit_reached(error)
        case InvalidChoiceError():
            return invalid_choice(error)
        case NoModelError():
            return no_model(error)
        case NotAllowedError():
            return ONLY_MANAGERS
        case _:
            return SOMETHING_WENT_WRONG


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


def no_model(error: NoModelError) -> str:
    """Return what to do where a model cannot be had."""
    if error.wanted is None:
        return "The list of models cannot be had just now. Please try again in a minute."
    wanted = defuse(error.wanted, most=80)
    if not error.choices:
        return f"There is no model {wanted}. Pick one from the list that appears while you type."
    return f"There is no model {wanted}. Did you mean {_some([defuse(choice) for choice in error.choices])}?"


def limit_reached(error: LimitReachedError) -> str:
    """Return which limit said no, who set it, and when it frees."""
    when = f" The next one is free {ago(error.frees_at)}." if error.frees_at else ""
    whose = whose_limit(error.source, error.source_id)
    match error.rule:
        case LimitRule.RUNNING_AT_ONCE:
            running = counted(error.used, "video")
            return f"You have {running} under way, and {whose} is {error.limit} at once. Wait for one to finish."
        case LimitRule.EVERYWHERE_PER_DAY:
            return f"You have used your {counted(error.limit, 'video')} a day over all servers.{when}"
        case LimitRule.VIDEOS_PER_DAY if error.limit == 0:
            return f"You cannot make videos here: {whose} is 0 a day. A manager of this server can change that."
        case LimitRule.VIDEOS_PER_DAY:
            return f"You have used your {counted(error.limit, 'video')} of today ({whose}).{when}"


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
            return "It was already sent to the model, where it can no longer be cancelled."
        case CancelOutcome.ENDED:
            return "It has already ended."
        case CancelOutcome.NOT_ALLOWED:
            return "Only the member who asked for this video, or a moderator, can cancel it."
        case _:
            return "I do not know this video any more."


def _some(values: Sequence[str]) -> str:
    if len(values) <= ANSWER_TOO_LONG:
        return any_of(values)
    return f"{', '.join(values[:ANSWER_TOO_LONG])} or another from the list that appears while you type"
