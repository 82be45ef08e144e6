"""From what a server chose to what it chooses next, with the sentence that says so; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from cogs.languages import tr
from cogs.replies import language as spoken
from cogs.replies import settings as words
from cogs.settings.options import Part
from services.catalogue import Catalogue, Shape
from services.limits import ServerChoices
from services.models import VideoRequest

MOST_LISTED: Final = 25
"""Channels or models on one list."""
DEFAULTS: Final = ("model", "duration", "resolution", "aspect_ratio", "audio")
PARTS: Final[Mapping[Part, tuple[str, ...]]] = {
    "everything": ("channels", "age_restricted_only", "models", *DEFAULTS, "log_channel_id", "language"),
    "channels": ("channels", "age_restricted_only"),
    "models": ("models",),
    "defaults": DEFAULTS,
    "log channel": ("log_channel_id",),
    "language": ("language",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a server chooses from now on, which may be what it chose before, and what its manager reads."""

    choices: ServerChoices
    told: str


def add_channel(before: ServerChoices, channel_id: int, *, is_thread: bool) -> Changed:
    """Put a channel on the list of those where videos can be asked for."""
    if channel_id in before.channels:
        return Changed(choices=before, told=tr(words.NOTHING_CHANGED))
    if len(before.channels) >= MOST_LISTED:
        return Changed(choices=before, told=words.full(MOST_LISTED))
    after = replace(before, channels=(*before.channels, channel_id))
    return Changed(
        choices=after, told=words.channel_added(channel_id, is_first=not before.channels, is_thread=is_thread)
    )


def remove_channel(before: ServerChoices, channel_id: int) -> Changed:
    """Take a channel off the list."""
    if channel_id not in before.channels:
        return Changed(choices=before, told=tr(words.NOTHING_CHANGED))
    after = replace(before, channels=tuple(each for each in before.channels if each != channel_id))
    return Changed(choices=after, told=words.channel_removed(channel_id, was_last=not after.channels))


def set_age_restricted(before: ServerChoices, *, is_only: bool, is_bots: bool) -> Changed:
    """Set whether videos can be asked for in age-restricted channels only; `is_bots`: everywhere, by its owner."""
    after = replace(before, age_restricted_only=is_only)
    told = words.age_restricted_set(is_only=is_only, is_bots=is_bots)
    return Changed(choices=after, told=tr(words.NOTHING_CHANGED) if after == before else told)


def add_model(before: ServerChoices, model: str, *, catalogue: Catalogue) -> Changed:
    """Put a model on the list of those allowed.

    Raises:
        NoModelError: it is not on offer.
    """
    offered = catalogue.choose(VideoRequest(prompt="", model=model)).model
    if offered in before.models:
        return Changed(choices=before, told=tr(words.NOTHING_CHANGED))
    if len(before.models) >= MOST_LISTED:
        return Changed(choices=before, told=words.full(MOST_LISTED))
    after = _with_allowed_default(replace(before, models=(*before.models, offered)))
    told = words.model_added(offered, is_first=not before.models, dropped=_dropped(before, after))
    return Changed(choices=after, told=told)


def remove_model(before: ServerChoices, model: str) -> Changed:
    """Take a model off the list, also one that is no longer on offer."""
    wanted = model.strip().lower()
    if wanted not in before.models:
        return Changed(choices=before, told=tr(words.NOTHING_CHANGED))
    after = _with_allowed_default(replace(before, models=tuple(each for each in before.models if each != wanted)))
    told = words.model_removed(wanted, was_last=not after.models, dropped=_dropped(before, after))
    return Changed(choices=after, told=told)


def set_defaults(before: ServerChoices, wanted: VideoRequest, *, catalogue: Catalogue) -> Changed:
    """Set what members get who do not say; None leaves it as it was.

    Raises:
        NoModelError: the model is not on offer, or there is no list of models.
        InvalidChoiceError: the model that would then be the default does not list a value.
    """
    model = before.model
    if wanted.model is not None:
        model = catalogue.choose(VideoRequest(prompt="", model=wanted.model)).model
    if model is not None and before.models and model not in before.models:
        return Changed(choices=before, told=words.model_not_on_list(before.models))
    after = replace(before, model=model)
    default = default_model(after, catalogue=catalogue)
    spec = catalogue.choose(replace(wanted, model=default), shape=_shape(after, catalogue.shape))
    # As the model spells them.
    named = {name: getattr(spec, name) for name in ("duration", "resolution", "aspect_ratio")}
    values = {name: value for name, value in named.items() if getattr(wanted, name) is not None}
    if wanted.audio is not None:
        values["audio"] = wanted.audio
    after = _with(after, values)
    told = words.defaults_set(after, bot=catalogue.shape, default=default, name=catalogue.name_of)
    return Changed(choices=after, told=tr(words.NOTHING_CHANGED) if after == before else told)


def set_log(before: ServerChoices, channel_id: int | None) -> Changed:
    """Set the channel where the server's managers are told what they have to know."""
    after = replace(before, log_channel_id=channel_id)
    told = tr(words.NOTHING_CHANGED) if after == before else words.log_channel_set(channel_id)
    return Changed(choices=after, told=told)


def set_language(before: ServerChoices, language: str | None, *, discords: str) -> Changed:
    """Set what is spoken where the whole channel reads it; None leaves it to `discords`, the locale Discord names."""
    after = replace(before, language=language)
    told = tr(words.NOTHING_CHANGED) if after == before else spoken.chosen(language, discords=discords)
    return Changed(choices=after, told=told)


def reset(before: ServerChoices, part: Part) -> Changed:
    """Forget a part of what the server chose, or all of it."""
    nothing = ServerChoices()
    after = _with(before, {name: getattr(nothing, name) for name in PARTS[part]})
    return Changed(choices=after, told=tr(words.NOTHING_CHANGED) if after == before else _forgotten(before, part))


def default_model(chosen: ServerChoices, *, catalogue: Catalogue) -> str | None:
    """Return the model of those who name none, as `services.videos` finds it; None while there is no list."""
    own = catalogue.default()
    if chosen.model is not None and catalogue.offers(chosen.model):
        return chosen.model
    if own is None or not chosen.models or own.id in chosen.models:
        return own.id if own else None
    return next((model for model in chosen.models if catalogue.offers(model)), own.id)


def _forgotten(before: ServerChoices, part: Part) -> str:
    if part == "language":
        return tr(spoken.FORGOTTEN)
    if part == "everything" and before.language is not None:
        return f"{words.reset(part)} {tr(spoken.FORGOTTEN)}"
    return words.reset(part)


def _with_allowed_default(choices: ServerChoices) -> ServerChoices:
    """Return the choices without a default that their list forbids: nobody could ask for a video and name no model."""
    is_lost = bool(choices.models) and choices.model is not None and choices.model not in choices.models
    return replace(choices, model=None) if is_lost else choices


def _dropped(before: ServerChoices, after: ServerChoices) -> str | None:
    return before.model if after.model is None else None


def _shape(chosen: ServerChoices, own: Shape) -> Shape:
    return Shape(
        duration=chosen.duration or own.duration,
        resolution=chosen.resolution or own.resolution,
        aspect_ratio=chosen.aspect_ratio or own.aspect_ratio,
        audio=own.audio if chosen.audio is None else chosen.audio,
    )


def _with(choices: ServerChoices, values: Mapping[str, Any]) -> ServerChoices:
    """Return the choices with some fields in the place of the old ones."""
    return replace(choices, **values)
