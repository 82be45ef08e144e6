"""Why a command was not carried out, and what the member can do instead. Nothing was reserved in any of these."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import singledispatch
from typing import Final

from cogs.languages import Message, tr
from cogs.replies import pictures
from cogs.replies.reached import limit_reached
from cogs.replies.wording import ago, any_of, defuse
from services.errors import (
    AgeRestrictedError,
    BlockedError,
    ChannelNotAllowedError,
    DescriptionBlockedError,
    DiskFullError,
    InvalidChoiceError,
    LimitReachedError,
    MemberPausedError,
    ModelNotAllowedError,
    NoModelError,
    NotAllowedError,
    PausedError,
    PriceUnknownError,
    RequestError,
    SourceGoneError,
)
from services.pictures import PictureError
from services.videos import CancelOutcome

SOMETHING_WENT_WRONG: Final = Message("Something went wrong here. Nothing was bought. Please try again in a minute.")
RESTARTING: Final = Message("The bot is being restarted. Please try again in a minute.")
ONLY_IN_SERVERS: Final = Message("This works in servers where the bot is installed.")
ONLY_MANAGERS: Final = Message("Only members who may manage this server can do that. Ask one of them.")
ONLY_OWNER: Final = Message("Only the owner of this bot can do that.")
TOO_FAST: Final = Message("That was more than I can follow. Wait a few seconds, then try again.")
EMPTY_PROMPT: Final = Message("Describe the video in a few words.")
ANSWER_TOO_LONG: Final = 12
"""Values that a sentence lists before it says that there are more."""

PAUSED_BY_ITSELF: Final = Message(
    "The bot takes no new videos just now: something is wrong between it and the video service. It goes on by itself "
    "as soon as that is over. Please try again in a few minutes."
)
PAUSED_EVERYWHERE: Final = Message("The bot's owner has paused it in every server. Please try again later.")
PAUSED_HERE: Final = Message("A manager has paused the bot in this server. Please try again later.")
DISK_FULL: Final = Message(
    "The bot has too little room on its disk to take new videos; those under way are finished first. Its owner has to "
    "make room. Please try again later."
)
BLOCKED_EVERYWHERE: Final = Message(
    "The bot's owner has blocked you: you cannot make videos with this bot. Only its owner can change that."
)
BLOCKED_HERE: Final = Message("You are blocked from making videos in this server. One of its managers can change that.")
AGE_RESTRICTED_HERE: Final = Message(
    "This server makes videos in age-restricted channels only. Ask in one of those. A manager can make this channel "
    "one in its settings."
)
AGE_RESTRICTED_EVERYWHERE: Final = Message(
    "This bot makes videos in age-restricted channels only. Ask in one of those. A manager can make this channel one "
    "in its settings."
)
NO_AGES_HERE: Final = Message(
    "Videos are made in age-restricted channels only, which direct messages are not. Use `/video` in such a channel of "
    "a server."
)
DESCRIPTION_BLOCKED: Final = Message(
    "This description has something in it that is not allowed in this server. Nothing was spent. Describe something "
    "else."
)
# Translators: {when} is a time such as "in 50 minutes".
PAUSED_FOR_IT: Final = Message(
    "Too many of your descriptions were refused, so you cannot ask for videos in this server just now. You can again "
    "{when}. A manager can end that sooner."
)
SOURCE_GONE: Final = Message("The video that this one would go on from was deleted. Start a new one with `/video`.")

NO_CHOICE: Final[Mapping[str, Message]] = {
    "duration": Message("{model} has no choice of length: leave it out."),
    "resolution": Message("{model} has no choice of resolution: leave it out."),
    "aspect_ratio": Message("{model} has no choice of aspect ratio: leave it out."),
    "audio": Message("{model} has no choice of audio: leave it out."),
    "seed": Message("{model} has no choice of seed: leave it out."),
}
"""Of each option of `/video`, that a model does not have it."""
NOT_OFFERED: Final[Mapping[str, Message]] = {
    "duration": Message("{model} does not offer length {value} s. Choose {choices} s."),
    "resolution": Message("{model} does not offer resolution {value}. Choose {choices}."),
    "aspect_ratio": Message("{model} does not offer aspect ratio {value}. Choose {choices}."),
    "audio": Message("{model} makes silent videos only: leave audio out."),
    "seed": Message("{model} does not offer seed {value}. Choose {choices}."),
}
"""Of each option, that a model has it, but with other values."""


@singledispatch
def refusal(error: RequestError) -> str:
    """Return the sentence for a request that cannot be; each kind of error has its own below."""
    del error
    return tr(SOMETHING_WENT_WRONG)


@refusal.register
def not_allowed(error: NotAllowedError) -> str:
    """Return who may do that."""
    del error
    return tr(ONLY_MANAGERS)


@refusal.register
def paused(error: PausedError) -> str:
    """Return who paused, and whether waiting helps."""
    if error.by_bot:
        return tr(PAUSED_BY_ITSELF)
    return tr(PAUSED_EVERYWHERE if error.everywhere else PAUSED_HERE)


@refusal.register
def disk_full(error: DiskFullError) -> str:
    """Return that there is no room."""
    del error
    return tr(DISK_FULL)


@refusal.register
def blocked(error: BlockedError) -> str:
    """Return where the member is blocked."""
    return tr(BLOCKED_EVERYWHERE if error.everywhere else BLOCKED_HERE)


@refusal.register
def channel_not_allowed(error: ChannelNotAllowedError) -> str:
    """Return where videos may be asked for."""
    shown = [f"<#{channel_id}>" for channel_id in error.channels[:ANSWER_TOO_LONG]]
    # Translators: the end of a list of channels, as in "in #a, #b or another of its channels".
    more = [] if len(error.channels) <= ANSWER_TOO_LONG else [tr("another of its channels")]
    return tr("This server makes videos in {channels} only. Ask there.", channels=any_of([*shown, *more]))


@refusal.register
def model_not_allowed(error: ModelNotAllowedError) -> str:
    """Return which models a server allows."""
    choices = [defuse(choice, most=80) for choice in error.choices]
    model = defuse(error.model, most=80)
    return tr("This server does not allow {model}. Choose {choices}.", model=model, choices=_some(choices))


@refusal.register
def price_unknown(error: PriceUnknownError) -> str:
    """Return what to do where nobody can say what a video would cost."""
    model = defuse(error.model, most=80)
    return tr(
        "Nobody can say before what this video by {model} would cost, so it is not made. Choose another model.",
        model=model,
    )


@refusal.register
def invalid_choice(error: InvalidChoiceError) -> str:
    """Return which values are valid instead."""
    if error.field in pictures.CANNOT:
        return pictures.not_taken(error)
    model = defuse(error.model)
    if not error.choices:
        return tr(NO_CHOICE[error.field], model=model)
    value, choices = defuse(error.value, most=60), _some(error.choices)
    return tr(NOT_OFFERED[error.field], model=model, value=value, choices=choices)


@refusal.register
def picture_refused(error: PictureError) -> str:
    """Return what is wrong with a picture."""
    return pictures.refused(error)


@refusal.register
def no_model(error: NoModelError) -> str:
    """Return what to do where a model cannot be had."""
    if error.wanted is None:
        return tr("The list of models cannot be had just now. Please try again in a minute.")
    wanted = defuse(error.wanted, most=80)
    if not error.choices:
        return tr("There is no model {wanted}. Pick one from the list that appears while you type.", wanted=wanted)
    choices = _some([defuse(choice) for choice in error.choices])
    return tr("There is no model {wanted}. Did you mean {choices}?", wanted=wanted, choices=choices)


@refusal.register
def limit_refused(error: LimitReachedError) -> str:
    """Return which limit said no, who set it, what is left of it, and when it frees."""
    return limit_reached(error)


@refusal.register
def age_restricted(error: AgeRestrictedError) -> str:
    """Return where videos can be asked for."""
    if error.in_direct_messages:
        return tr(NO_AGES_HERE)
    return tr(AGE_RESTRICTED_EVERYWHERE if error.everywhere else AGE_RESTRICTED_HERE)


@refusal.register
def description_blocked(error: DescriptionBlockedError) -> str:
    """Return that something else can be described, and not which word it was; or that this was once too often."""
    refused = tr(DESCRIPTION_BLOCKED)
    return f"{refused}\n{paused_for_it(error.paused_until)}" if error.paused_until else refused


@refusal.register
def member_paused(error: MemberPausedError) -> str:
    """Return why and until when the member cannot ask."""
    return paused_for_it(error.until)


@refusal.register
def source_gone(error: SourceGoneError) -> str:
    """Return that there is nothing left to go on from."""
    del error
    return tr(SOURCE_GONE)


def paused_for_it(until: datetime) -> str:
    """Return why and until when a member cannot ask who was refused too often."""
    return tr(PAUSED_FOR_IT, when=ago(until))


def missing_permissions(names: Sequence[str]) -> str:
    """Return what the bot may not do in this channel, in the words of Discord's own settings."""
    listed = ", ".join(f"**{name}**" for name in names)
    # Translators: {permissions} are names of permissions as Discord's settings have them.
    return tr(
        "I cannot post a video in this channel: I lack {permissions}. A manager of this server can grant it.",
        permissions=listed,
    )


def not_cancelled(outcome: CancelOutcome) -> str:
    """Return why there was nothing to cancel."""
    match outcome:
        case CancelOutcome.TOO_LATE:
            return tr(
                "It was already sent to the model, where it can no longer be cancelled. You are pinged when it is "
                "ready."
            )
        case CancelOutcome.ENDED:
            return tr("It has already ended, so there is nothing to cancel. `/status` shows how.")
        case CancelOutcome.NOT_ALLOWED:
            return tr("Only the member who asked for this video, or a moderator, can cancel it.")
        case _:
            return tr("There is no such video here. `/status` shows yours.")


def _some(values: Sequence[str]) -> str:
    if len(values) <= ANSWER_TOO_LONG:
        return any_of(values)
    # Translators: the end of a list of models or values, after "Choose a, b or".
    return any_of([*values[:ANSWER_TOO_LONG], tr("another from the list that appears while you type")])
