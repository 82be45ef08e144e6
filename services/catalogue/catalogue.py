"""The catalogue: which models there are, what a request becomes, what it will cost, and what to offer meanwhile."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from services.catalogue import choice, options
from services.catalogue.listing import Fetch, Listing
from services.catalogue.options import Field
from services.catalogue.pricing import NotEstimable, Price, can_continue, price
from services.errors import InvalidChoiceError, NoModelError
from services.models import VideoModel, VideoRequest, VideoSpec

_log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)


class Catalogue:
    """The models that make video from text. `await models()` at the start and before a request; the rest never waits.

    `default_model` is the owner's choice of model for those who name none. Without one, or when it has left the list,
    it is the cheapest that can make `default_shape`.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        default_model: str | None = None,
        default_shape: choice.Shape | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._listing = Listing(fetch, clock=clock)
        self._wanted_default = default_model
        self._shape = default_shape or choice.Shape()
        # Kept because it prices every model, and a menu asks for it on every key press.
        self._default: tuple[tuple[VideoModel, ...], VideoModel | None] = ((), None)

    async def models(self) -> tuple[VideoModel, ...]:
        """The models on offer, listed anew if ten minutes have passed; empty when the list cannot be had."""
        return _offered(await self._listing.models())

    def cached(self) -> tuple[VideoModel, ...]:
        """The models on offer as last listed, without any waiting; empty if that was more than a day ago."""
        return _offered(self._listing.cached())

    async def close(self) -> None:
        """End a fetch that is under way. Harmless twice."""
        await self._listing.close()

    def default(self, *, frames: int = 0) -> VideoModel | None:
        """The model for a request that names none and has `frames` pictures; None when there is no list."""
        listed = self._listing.cached()
        if listed is not self._default[0]:
            self._default = (listed, self._default_of(_offered(listed)))
        default = self._default[1]
        if default is None or choice.takes(default, frames):
            return default
        return choice.default_model(_offered(listed), self._shape, frames=frames) or default

    def choose(self, request: VideoRequest, *, shape: choice.Shape | None = None) -> VideoSpec:
        """What will be sent for a request, from the list as last fetched; `shape` stands in for the default shape.

        Raises:
            NoModelError: the model is not on offer, or there is no list.
            InvalidChoiceError: a value, or a pair of values, that the model does not list.
        """
        models = self.cached()
        model = self.default(frames=request.frames) if request.model is None else _find(models, request.model)
        if model is None:
            near = options.suggestions(models, request.model) if request.model else ()
            raise NoModelError(wanted=request.model, choices=near)
        if not choice.takes(model, request.frames):
            able = tuple(each.id for each in models if choice.takes(each, request.frames))
            raise InvalidChoiceError(field=choice.lacking(model), value="", choices=able, model=model.id)
        return choice.spec_for(model, request, shape or self._shape)

    @property
    def shape(self) -> choice.Shape:
        """The bot's default shape."""
        return self._shape

    def offers(self, model_id: str, *, frames: int = 0) -> bool:
        """Whether the model is on offer now, and takes so many pictures."""
        model = _find(self.cached(), model_id)
        return model is not None and choice.takes(model, frames)

    def price_of(self, spec: VideoSpec) -> Price | NotEstimable:
        """What a spec made by `choose` will cost."""
        model = _find(self.cached(), spec.model)
        continuation = spec.continues is not None
        if model is None:
            return NotEstimable("the model has left the list")
        return price(model, spec, frames=spec.frames, continuation=continuation)

    def continues(self, model_id: str) -> bool:
        """Whether the model is on offer now, and can go on from a clip that it made."""
        model = _find(self.cached(), model_id)
        return model is not None and can_continue(model)

    def name_of(self, model_id: str) -> str:
        """A model's name for people, or its id when it has left the list."""
        model = _find(self.cached(), model_id)
        return model.name if model else model_id

    def options_for(self, model_id: str | None, field: Field, *, resolution: str | None = None) -> tuple[str, ...]:
        """The values to offer for a field, for the chosen model or else the default one; empty for an unknown model.

        Ratios are narrowed to those that can be had at `resolution`.
        """
        model = self.default() if model_id is None else _find(self.cached(), model_id)
        return options.values_of(model, field, resolution=resolution) if model else ()

    def search(self, text: str) -> tuple[VideoModel, ...]:
        """At most 25 models that match what was typed so far, the best first; the default leads an empty search."""
        models = options.search(self.cached(), text)
        default = None if text.strip() else self.default()
        return models if default is None else (default, *(each for each in models if each is not default))[:25]

    def _default_of(self, models: tuple[VideoModel, ...]) -> VideoModel | None:
        wanted = self._wanted_default
        model = _find(models, wanted) if wanted else None
        if wanted and models and model is None:
            # Models leave the list within days; those who named none must not be left without one.
            _log.warning("default_model_not_listed", model=wanted)
        return model or choice.default_model(models, self._shape)


def _offered(models: tuple[VideoModel, ...]) -> tuple[VideoModel, ...]:
    return tuple(model for model in models if model.is_text_to_video)


def _find(models: tuple[VideoModel, ...], model_id: str) -> VideoModel | None:
    wanted = model_id.strip().lower()
    return next((model for model in models if model.id == wanted), None)
