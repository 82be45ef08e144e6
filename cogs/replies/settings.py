"""What `/settings`, `/pause` and `/resume` say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from cogs.languages import Message, tr
from cogs.replies.wording import ago, any_of, defuse
from services.catalogue import Shape
from services.limits import Pause, PauseReason, ServerChoices

NOTHING_CHANGED: Final = Message("Nothing was changed: it is so already.")
NO_CHOICE: Final = Message("Say at least one of `model`, `duration`, `resolution`, `aspect_ratio` and `audio`.")
RESET: Final[Mapping[str, Message]] = {
    "everything": Message(
        "Forgotten: videos can be asked for in every channel and with every model, the defaults are the bot's own, and "
        "there is no log channel. Limits, blocks and a pause are as they were."
    ),
    "channels": Message("Videos can be asked for in every channel again."),
    "models": Message("Every model is allowed again."),
    "defaults": Message("The defaults are the bot's own again."),
    "log channel": Message("There is no log channel any more: what it would say goes to the bot's owner."),
}
OWNER_PAUSES_EVERYWHERE: Final = Message(
    "Only members who may manage this server can do that. As the bot's owner you can stop it in every server: "
    "`/owner pause`."
)
PAUSED: Final = Message(
    "Paused. Nobody can ask for a new video in this server, and those that wait are not sent. What is being made goes "
    "on. `/resume` ends it."
)
PAUSED_ALREADY: Final = Message("It is paused already. `/resume` ends it.")
RESUMED: Final = Message("Videos can be made again in this server, and those that waited go on.")
RESUMED_BUT_HELD: Final = Message("The pause of this server's managers is over. Still no videos are made:")
NOT_PAUSED: Final = Message("No manager has paused it. Nothing holds videos back in this server.")
NOT_PAUSED_BUT_HELD: Final = Message("No manager has paused it. Still no videos are made:")

Name = Callable[[str], str]


def choices(
    chosen: ServerChoices, *, bot: Shape, default: str | None, name: Name, is_bots: bool = False
) -> Sequence[str]:
    """Return, line by line, what a server chose; `default` is the bot's own model, `name` a model's name by its id.

    `is_bots` says that the bot's owner wants age-restricted channels only, everywhere.
    """
    return [
        tr("**Settings of this server**"),
        _channels(chosen),
        age_restricted(is_only=chosen.age_restricted_only or is_bots, is_bots=is_bots),
        *_models(chosen, name=name),
        tr("Default model: {model}.", model=_default_model(chosen, default=default, name=name)),
        # Translators: {shape} is a list of length, size, shape and sound, such as "8 s · 720p · 16:9 · silent".
        tr("Default shape: {shape}.", shape=" · ".join(_shape(chosen, bot))),
        _log_channel(chosen),
    ]


def full(most: int) -> str:
    """Return that a list takes no more."""
    return tr("That list is full: {most} is the most. Take something off it first.", most=most)


def channel_added(channel_id: int, *, is_first: bool, is_thread: bool) -> str:
    """Return where videos can be asked for now."""
    channel = f"<#{channel_id}>"
    match is_first, is_thread:
        case True, True:
            return tr("Videos can now be asked for in {channel}, and nowhere else in this server.", channel=channel)
        case True, _:
            return tr(
                "Videos can now be asked for in {channel} and its threads, and nowhere else in this server.",
                channel=channel,
            )
        case _, True:
            return tr("Videos can now be asked for in {channel} too.", channel=channel)
        case _:
            return tr("Videos can now be asked for in {channel} and its threads too.", channel=channel)


def channel_removed(channel_id: int, *, was_last: bool) -> str:
    """Return where videos can be asked for now."""
    channel = f"<#{channel_id}>"
    if was_last:
        return tr(
            "{channel} was the last on the list, so that videos can now be asked for in every channel.",
            channel=channel,
        )
    return tr("Videos can no longer be asked for in {channel}.", channel=channel)


def age_restricted(*, is_only: bool, is_bots: bool) -> str:
    """Return whether videos can be asked for in age-restricted channels only, and who says so."""
    if is_bots:
        return tr("Age-restricted channels only: yes, in every server, because the bot's owner wants it so.")
    return tr("Age-restricted channels only: yes.") if is_only else tr("Age-restricted channels only: no.")


def age_restricted_set(*, is_only: bool, is_bots: bool) -> str:
    """Return in which channels videos can be asked for now."""
    if is_only:
        return tr(
            "Videos can now be asked for in age-restricted channels only, in their threads too, and not in direct "
            "messages. Discord's settings of a channel make it one."
        )
    if is_bots:
        return tr("This server no longer asks for it. The bot's owner still wants age-restricted channels only.")
    return tr("Videos can now be asked for in channels without an age restriction too.")


def model_added(model: str, *, is_first: bool, dropped: str | None) -> str:
    """Return which models are allowed now; `dropped` is the default model that the list leaves out."""
    if is_first:
        return _and_dropped(tr("`{model}` is now the only model allowed here.", model=model), dropped)
    return _and_dropped(tr("`{model}` is now allowed here too.", model=model), dropped)


def model_removed(model: str, *, was_last: bool, dropped: str | None) -> str:
    """Return which models are allowed now."""
    if was_last:
        return tr("`{model}` was the last on the list, so that every model is now allowed here.", model=model)
    return _and_dropped(tr("`{model}` is no longer allowed here.", model=model), dropped)


def model_not_on_list(models: Sequence[str]) -> str:
    """Return what may be the default: only what is allowed."""
    # Translators: {models} is a list such as "`a`, `b` or `c`".
    return tr(
        "That model is not allowed here. Choose {models}, or allow it first.",
        models=any_of([f"`{model}`" for model in models]),
    )


def defaults_set(chosen: ServerChoices, *, bot: Shape, default: str | None, name: Name) -> str:
    """Return what applies from now on to those who do not say."""
    # Translators: {shape} is a list of length, size, shape and sound, such as "8 s · 720p · 16:9 · silent".
    return tr(
        "Who does not say gets: {model}; {shape}. A model that cannot do that makes the nearest that it can.",
        model=_default_model(chosen, default=default, name=name),
        shape=" · ".join(_shape(chosen, bot)),
    )


def log_channel_set(channel_id: int | None) -> str:
    """Return where this server's managers are told what they have to know."""
    if channel_id is None:
        return tr("No log channel any more: what it would say goes to the bot's owner.")
    return tr("What concerns this server's budget is now said in {channel}.", channel=f"<#{channel_id}>")


def log_channel_closed(channel_id: int, missing: Sequence[str]) -> str:
    """Return what the bot lacks in the channel, in the words of Discord's own settings."""
    # Translators: {permissions} is a list of permissions, with commas between them.
    return tr(
        "I cannot write in {channel}: I lack {permissions}. Nothing was changed.",
        channel=f"<#{channel_id}>",
        permissions=", ".join(f"**{name}**" for name in missing),
    )


def reset(what: str) -> str:
    """Return what is forgotten."""
    return tr(RESET[what])


def paused(*, is_new: bool) -> str:
    """Return what a pause means."""
    return tr(PAUSED if is_new else PAUSED_ALREADY)


def resumed(holding: Sequence[Pause], *, was_paused: bool) -> str:
    """Return whether videos can be made again, and what still holds the server back."""
    if not holding:
        return tr(RESUMED if was_paused else NOT_PAUSED)
    reasons = [f"- {_holds(pause)}" for pause in holding]
    return "\n".join([tr(RESUMED_BUT_HELD if was_paused else NOT_PAUSED_BUT_HELD), *reasons])


def _holds(pause: Pause) -> str:
    since = ago(pause.since)
    match pause.reason:
        case PauseReason.OWNER if pause.guild_id:
            return tr("The bot's owner paused it in this server {since}, and only they can end that.", since=since)
        case PauseReason.OWNER:
            return tr("The bot's owner paused it in every server {since}, and only they can end that.", since=since)
        case PauseReason.ACCOUNT:
            return tr(
                "The video service refuses the bot's key, or has no credit left for it. Its owner has been told, and "
                "it is tried again by itself."
            )
        case PauseReason.AMBIGUOUS:
            return _until(pause.until)
        case PauseReason.MANAGER:
            # Translators: {since} is a time such as "2 hours ago", in the reader's language.
            return tr("A manager paused it {since}.", since=since)


def _until(moment: datetime | None) -> str:
    if moment is None:
        return tr("Too many orders broke off, so that nothing is sent for a while. It goes on by itself.")
    # Translators: {when} is a time such as "in 5 minutes", in the reader's language.
    return tr(
        "Too many orders broke off, so that nothing is sent for a while. It goes on by itself {when}.",
        when=ago(moment),
    )


def _channels(chosen: ServerChoices) -> str:
    if not chosen.channels:
        return tr("Channels: every channel.")
    channels = ", ".join(f"<#{channel_id}>" for channel_id in chosen.channels)
    return tr("Channels: {channels}, and their threads.", channels=channels)


def _log_channel(chosen: ServerChoices) -> str:
    if not chosen.log_channel_id:
        return tr("Log channel: none; what it would say goes to the bot's owner.")
    return tr("Log channel: {channel}.", channel=f"<#{chosen.log_channel_id}>")


def _models(chosen: ServerChoices, *, name: Name) -> Iterator[str]:
    if not chosen.models:
        yield tr("Models: every model.")
        return
    yield tr("Models:")
    for model in chosen.models:
        yield f"- {_model(model, name)}"


def _default_model(chosen: ServerChoices, *, default: str | None, name: Name) -> str:
    if chosen.model is not None:
        return _model(chosen.model, name)
    if default is None:
        # Translators: the default model, which this server has not chosen.
        return tr("the bot's own")
    return _model(default, name) if default in chosen.models else _bots(_model(default, name))


def _model(model: str, name: Name) -> str:
    return f"{defuse(name(model), most=60)} (`{model}`)"


def _shape(chosen: ServerChoices, bot: Shape) -> Iterator[str]:
    yield _or_bots(None if chosen.duration is None else _seconds(chosen.duration), _seconds(bot.duration))
    yield _or_bots(chosen.resolution, bot.resolution)
    yield _or_bots(chosen.aspect_ratio, bot.aspect_ratio)
    yield _or_bots(None if chosen.audio is None else _sound(is_on=chosen.audio), _sound(is_on=bot.audio))


def _seconds(seconds: int) -> str:
    # Translators: a length of time in seconds.
    return tr("{seconds} s", seconds=seconds)


def _sound(*, is_on: bool) -> str:
    # Translators: said of a video.
    return tr("with sound") if is_on else tr("silent")


def _or_bots(chosen: str | None, bots: str) -> str:
    return _bots(defuse(bots, most=20)) if chosen is None else f"**{defuse(chosen, most=20)}**"


def _bots(value: str) -> str:
    # Translators: a model, length, size or shape that this server has not chosen, so that the bot's own applies.
    return tr("{value} (the bot's own)", value=value)


def _and_dropped(told: str, model: str | None) -> str:
    if model is None:
        return told
    dropped = tr(
        "`{model}` was the default model and is not allowed now: `/settings defaults` names another.", model=model
    )
    return f"{told} {dropped}"
