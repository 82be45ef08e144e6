"""From what a member asked for to what will be sent, with nothing left to hidden defaults; pure.

Values that were asked for must be listed by the model. Values that were not are filled in from the bot's defaults, or
with the nearest that the model lists, and never with a dearer resolution where a cheaper one will do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from services.catalogue.pricing import Price, price
from services.catalogue.sizes import height, ratios_at
from services.errors import InvalidChoiceError
from services.models import FRAMES, VideoModel, VideoRequest, VideoSpec

_UNPRICED: Final = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The bot's defaults for what a member does not say.

    Sound is off unless the owner or the member turns it on: the API's own default is on, at up to twice the price.
    """

    duration: int = 5
    resolution: str = "720p"
    aspect_ratio: str = "16:9"
    audio: bool = False


def spec_for(model: VideoModel, request: VideoRequest, default: Shape) -> VideoSpec:
    """What will be sent for a request, to a model that makes video from text.

    Raises:
        InvalidChoiceError: a value that the model does not list, or a resolution and ratio that do not go together.
    """
    resolution, aspect_ratio = _frame(model, request, default)
    return VideoSpec(
        model=model.id,
        duration=_duration(model, request.duration, default=default.duration),
        resolution=resolution,
        aspect_ratio=aspect_ratio,
        audio=_audio(model, request.audio, default=default.audio),
        seed=_seed(model, request.seed),
        frames=request.frames,
        continues=request.continues,
    )


def _duration(model: VideoModel, wanted: int | None, *, default: int) -> int:
    if wanted is None:
        # Of two lengths equally near, the shorter: it is the cheaper.
        return min(model.durations, key=lambda seconds: (abs(seconds - default), seconds))
    if wanted not in model.durations:
        raise _refusal(model, "duration", wanted, model.durations)
    return wanted


def _frame(model: VideoModel, request: VideoRequest, default: Shape) -> tuple[str | None, str | None]:
    """The resolution and the ratio, of which only some pairs may exist."""
    resolutions = _resolutions(model, request.resolution, default=default.resolution)
    ratios = _ratios(model, request.aspect_ratio, default=default.aspect_ratio)
    if not resolutions or not ratios:
        return next(iter(resolutions), None), next(iter(ratios), None)
    for resolution, ratio in product(resolutions, ratios):
        if ratio in ratios_at(model, resolution):
            return resolution, ratio
    # Only a ratio that was asked for can end here: otherwise every ratio was tried, and each resolution has one.
    raise _refusal(model, "aspect_ratio", ratios[0], ratios_at(model, resolutions[0]))


def _resolutions(model: VideoModel, wanted: str | None, *, default: str) -> Sequence[str]:
    """The one that was asked for, as the model spells it; or else all, the best first."""
    if wanted is not None:
        listed = next((each for each in model.resolutions if each.lower() == wanted.strip().lower()), None)
        if listed is None:
            raise _refusal(model, "resolution", wanted, model.resolutions)
        return (listed,)
    return by_nearness(model.resolutions, default=default)


def by_nearness(resolutions: Iterable[str], *, default: str) -> Sequence[str]:
    """Resolutions in the order in which they stand in for the default.

    The default itself; then the larger of the smaller ones, which cost no more; then the smaller of the larger ones;
    then words that name no size.
    """
    edge = height(default) or 0

    def order(resolution: str) -> tuple[int, int]:
        own = height(resolution)
        if resolution.lower() == default.lower():
            return 0, 0
        if own is None:
            return 3, 0
        return (1, edge - own) if own <= edge else (2, own - edge)

    return sorted(resolutions, key=order)


def _ratios(model: VideoModel, wanted: str | None, *, default: str) -> Sequence[str]:
    if wanted is not None:
        if wanted.strip() not in model.aspect_ratios:
            raise _refusal(model, "aspect_ratio", wanted, model.aspect_ratios)
        return (wanted.strip(),)
    return sorted(model.aspect_ratios, key=lambda ratio: ratio != default)


def _audio(model: VideoModel, wanted: bool | None, *, default: bool) -> bool | None:  # noqa: FBT001  # a choice, not a flag
    """Sent only where it may be chosen: the API refuses it elsewhere. Silence from a silent model is granted."""
    if model.audio:
        return default if wanted is None else wanted
    if wanted is None or (model.audio is False and not wanted):
        return None
    raise _refusal(model, "audio", str(wanted).lower(), () if model.audio is None else ("false",))


def _seed(model: VideoModel, wanted: int | None) -> int | None:
    if wanted is not None and not model.seed:
        raise _refusal(model, "seed", wanted, ())
    return wanted


def takes(model: VideoModel, frames: int) -> bool:
    """Whether a clip of the model can start, and with two also end, with a picture."""
    return all(kind in model.frame_images for kind in FRAMES[:frames])


def lacking(model: VideoModel) -> str:
    """The option for the first picture that the model does not take."""
    return "last_image" if takes(model, 1) else "image"


def _refusal(model: VideoModel, field: str, value: object, choices: Iterable[object]) -> InvalidChoiceError:
    return InvalidChoiceError(
        field=field, value=str(value), choices=tuple(str(choice) for choice in choices), model=model.id
    )


def default_model(models: Sequence[VideoModel], default: Shape, *, frames: int = 0) -> VideoModel | None:
    """The cheapest model that can make the default shape; if none can, the cheapest of the nearest.

    With `frames` it is one that takes so many pictures.

    One whose price cannot be told comes last, and of equals the newest is taken.
    """

    def order(model: VideoModel) -> tuple[int, int, bool, bool, int, int, str]:
        spec = spec_for(model, VideoRequest(prompt="", frames=frames), default)
        edge, wanted = height(spec.resolution or "") or 0, height(default.resolution) or 0
        cost = price(model, spec, frames=frames)
        return (
            abs(spec.duration - default.duration),
            abs(edge - wanted),
            spec.aspect_ratio != default.aspect_ratio,
            default.audio and not spec.audio,
            cost.estimate_microusd if isinstance(cost, Price) else _UNPRICED,
            -model.created,
            model.id,
        )

    return min((model for model in models if takes(model, frames)), key=order, default=None)
