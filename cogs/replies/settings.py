"""What `/settings`, `/pause` and `/resume` say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from cogs.replies.wording import ago, any_of, defuse
from services.catalogue import Shape
from services.limits import Pause, PauseReason, ServerChoices

NOTHING_CHANGED: Final = "Nothing was changed: it is so already."
NO_CHOICE: Final = "Say at least one of `model`, `duration`, `resolution`, `aspect_ratio` and `audio`."
RESET: Final[Mapping[str, str]] = {
    "everything": (
        "Forgotten: videos can be asked for in every channel and with every model, the defaults are the bot's own, and "
        "there is no log channel. Limits, blocks and a pause are as they were."
    ),
    "channels": "Videos can be asked for in every channel again.",
    "models": "Every model is allowed again.",
    "defaults": "The defaults are the bot's own again.",
    "log channel": "There is no log channel any more: what it would say goes to the bot's owner.",
}
OWNER_PAUSES_EVERYWHERE: Final = (
    "Only members who may manage this server can do that. As the bot's owner you can stop it in every server: "
    "`/owner pause`."
)
PAUSED: Final = (
    "Paused. Nobody can ask for a new video in this server, and those that wait are not sent. What is being made goes "
    "on. `/resume` ends it."
)
PAUSED_ALREADY: Final = "It is paused already. `/resume` ends it."
RESUMED: Final = "Videos can be made again in this server, and those that waited go on."
RESUMED_BUT_HELD: Final = "The pause of this server's managers is over."
NOT_PAUSED: Final = "No manager has paused it."

Name = Callable[[str], str]


def choices(chosen: ServerChoices, *, bot: Shape, default: str | None, name: Name) -> Sequence[str]:
    """Return, line by line, what a server chose; `default` is the bot's own model, `name` a model's name by its id."""
    channels = ", ".join(f"<#{channel_id}>" for channel_id in chosen.channels)
    log = f"<#{chosen.log_channel_id}>" if chosen.log_channel_id else "none; what it would say goes to the bot's owner"
    return [
        "**Settings of this server**",
        f"Channels: {f'{channels}, and their threads' if channels else 'every channel'}.",
        *_models(chosen, name=name),
        f"Default model: {_default_model(chosen, default=default, name=name)}.",
        f"Default shape: {' · '.join(_shape(chosen, bot))}.",
        f"Log channel: {log}.",
    ]


def full(most: int) -> str:
    """Return that a list takes no more."""
    return f"That list is full: {most} is the most. Take something off it first."


def channel_added(channel_id: int, *, is_first: bool, is_thread: bool) -> str:
    """Return where videos can be asked for now."""
    place = f"<#{channel_id}>" if is_thread else f"<#{channel_id}> and its threads"
    if is_first:
        return f"Videos can now be asked for in {place}, and nowhere else in this server."
    return f"Videos can now be asked for in {place} too."


def channel_removed(channel_id: int, *, was_last: bool) -> str:
    """Return where videos can be asked for now."""
    if was_last:
        return f"<#{channel_id}> was the last on the list, so that videos can now be asked for in every channel."
    return f"Videos can no longer be asked for in <#{channel_id}>."


def model_added(model: str, *, is_first: bool, dropped: str | None) -> str:
    """Return which models are allowed now; `dropped` is the default model that the list leaves out."""
    told = f"`{model}` is now the only model allowed here." if is_first else f"`{model}` is now allowed here too."
    return f"{told}{_dropped(dropped)}"


def model_removed(model: str, *, was_last: bool, dropped: str | None) -> str:
    """Return which models are allowed now."""
    if was_last:
        return f"`{model}` was the last on the list, so that every model is now allowed here."
    return f"`{model}` is no longer allowed here.{_dropped(dropped)}"


def model_not_on_list(models: Sequence[str]) -> str:
    """Return what may be the default: only what is allowed."""
    return f"That model is not allowed here. Choose {any_of([f'`{model}`' for model in models])}, or allow it first."


def defaults_set(chosen: ServerChoices, *, bot: Shape, default: str | None, name: Name) -> str:
    """Return what applies from now on to those who do not say."""
    model = _default_model(chosen, default=default, name=name)
    shape = " · ".join(_shape(chosen, bot))
    return f"Who does not say gets: {model}; {shape}. A model that cannot do that makes the nearest that it can."


def log_channel_set(channel_id: int | None) -> str:
    """Return where this server's managers are told what they have to know."""
    if channel_id is None:
        return "No log channel any more: what it would say goes to the bot's owner."
    return f"What concerns this server's budget is now said in <#{channel_id}>."


def log_channel_closed(channel_id: int, missing: Sequence[str]) -> str:
    """Return what the bot lacks in the channel, in the words of Discord's own settings."""
    listed = ", ".join(f"**{name}**" for name in missing)
    return f"I cannot write in <#{channel_id}>: I lack {listed}. Nothing was changed."


def reset(what: str) -> str:
    """Return what is forgotten."""
    return RESET[what]


def paused(*, is_new: bool) -> str:
    """Return what a pause means."""
    return PAUSED if is_new else PAUSED_ALREADY


def resumed(holding: Sequence[Pause], *, was_paused: bool) -> str:
    """Return whether videos can be made again, and what still holds the server back."""
    if not holding:
        return RESUMED if was_paused else f"{NOT_PAUSED} Nothing holds videos back in this server."
    reasons = [f"- {_holds(pause)}" for pause in holding]
    return "\n".join([f"{RESUMED_BUT_HELD if was_paused else NOT_PAUSED} Still no videos are made:", *reasons])


def _holds(pause: Pause) -> str:
    match pause.reason:
        case PauseReason.OWNER:
            return f"The bot's owner paused it {_where(pause)} {ago(pause.since)}, and only they can end that."
        case PauseReason.ACCOUNT:
            return (
                "The video service refuses the bot's key, or has no credit left for it. Its owner has been told, and "
                "it is tried again by itself."
            )
        case PauseReason.AMBIGUOUS:
            return f"Too many orders broke off, so that nothing is sent for a while. It goes on {_by(pause.until)}."
        case PauseReason.MANAGER:
            return f"A manager paused it {ago(pause.since)}."


def _where(pause: Pause) -> str:
    return "in this server" if pause.guild_id else "in every server"


def _by(until: datetime | None) -> str:
    return "by itself" if until is None else f"by itself {ago(until)}"


def _models(chosen: ServerChoices, *, name: Name) -> Iterator[str]:
    if not chosen.models:
        yield "Models: every model."
        return
    yield "Models:"
    for model in chosen.models:
        yield f"- {_model(model, name)}"


def _default_model(chosen: ServerChoices, *, default: str | None, name: Name) -> str:
    if chosen.model is not None:
        return _model(chosen.model, name)
    if default is None:
        return "the bot's own"
    return _model(default, name) if default in chosen.models else f"{_model(default, name)} (the bot's own)"


def _model(model: str, name: Name) -> str:
    return f"{defuse(name(model), most=60)} (`{model}`)"


def _shape(chosen: ServerChoices, bot: Shape) -> Iterator[str]:
    sound = {True: "with sound", False: "silent"}
    yield _or_bots(None if chosen.duration is None else f"{chosen.duration} s", f"{bot.duration} s")
    yield _or_bots(chosen.resolution, bot.resolution)
    yield _or_bots(chosen.aspect_ratio, bot.aspect_ratio)
    yield _or_bots(None if chosen.audio is None else sound[chosen.audio], sound[bot.audio])


def _or_bots(chosen: str | None, bots: str) -> str:
    return f"{defuse(bots, most=20)} (the bot's own)" if chosen is None else f"**{defuse(chosen, most=20)}**"


def _dropped(model: str | None) -> str:
    if model is None:
        return ""
    return f" `{model}` was the default model and is not allowed now: `/settings defaults` names another."
