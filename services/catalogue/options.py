"""What to offer while a member is typing; pure and quick, because it runs on every key press."""

import difflib
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, assert_never

from services.catalogue.sizes import ratios_at
from services.models import VideoModel

# Discord shows no more.
MOST_CHOICES: Final = 25
_MOST_SUGGESTIONS: Final = 5

Field: TypeAlias = Literal["duration", "resolution", "aspect_ratio"]


def values_of(model: VideoModel, field: Field, *, resolution: str | None = None) -> tuple[str, ...]:
    """The values that a model lists for a field. Ratios are narrowed to `resolution` where that is one of its own."""
    match field:
        case "duration":
            return tuple(str(seconds) for seconds in model.durations)
        case "resolution":
            return model.resolutions
        case "aspect_ratio":
            wanted = (resolution or "").strip().lower()
            own = next((each for each in model.resolutions if each.lower() == wanted), None)
            return ratios_at(model, own) if own else model.aspect_ratios
        case _:
            assert_never(field)


def search(models: Sequence[VideoModel], text: str) -> tuple[VideoModel, ...]:
    """At most `MOST_CHOICES` models that match what was typed so far, the best first; the newest first of equals."""
    typed = text.strip().lower()
    ranked = ((_rank(model, typed), -model.created, model.id, model) for model in models)
    return tuple(entry[3] for entry in sorted(entry for entry in ranked if entry[0] is not None))[:MOST_CHOICES]


def suggestions(models: Sequence[VideoModel], wanted: str) -> tuple[str, ...]:
    """The ids nearest to one that is not there: what contains it, then what is spelt alike."""
    found = [model.id for model in search(models, wanted)]
    shorts = {model.id.rpartition("/")[2]: model.id for model in models}
    alike = difflib.get_close_matches(wanted.strip().lower()[:100].rpartition("/")[2], shorts, n=_MOST_SUGGESTIONS)
    return tuple(dict.fromkeys(found + [shorts[short] for short in alike]))[:_MOST_SUGGESTIONS]


def _rank(model: VideoModel, typed: str) -> int | None:
    """How well a model matches, 0 the best; None for not at all. A maker's name matches as well as a model's."""
    short, name = model.id.rpartition("/")[2], model.name.lower()
    if typed in {model.id, short, name}:
        return 0
    if short.startswith(typed):
        return 1
    if model.id.startswith(typed) or name.startswith(typed):
        return 2
    if any(word.startswith(typed) for word in name.split()):
        return 3
    if typed in model.id or typed in name:
        return 4
    words = typed.split()
    return 5 if words and all(word in model.id or word in name for word in words) else None
