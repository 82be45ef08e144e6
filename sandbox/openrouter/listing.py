"""The stand-in's models: the entries as they are served, and the parts of them that requests are checked against."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """What one entry of `/videos/models` says. None and an empty list both mean that nothing is listed."""

    id: str
    canonical_slug: str
    name: str
    supported_durations: Sequence[int] | None = None
    supported_resolutions: Sequence[str] | None = None
    supported_aspect_ratios: Sequence[str] | None = None
    supported_sizes: Sequence[str] | None = None
    supported_frame_images: Sequence[str] | None = None
    generate_audio: bool | None = None
    seed: bool | None = None
    upscale_factor: Mapping[str, float | None] | None = None
    creativity: Sequence[int] | None = None
    pricing_skus: Mapping[str, str] | None = None

    @property
    def continues(self) -> bool:
        """Whether a finished job can be extended: the model has a price for it."""
        return any("video_continuation" in sku for sku in self.pricing_skus or ())


@cache
def _adapter() -> TypeAdapter[ListedModel]:
    return TypeAdapter(ListedModel)


class Listing:
    """All models that the stand-in offers. `entries` are served word for word."""

    def __init__(self, entries: Sequence[Mapping[str, object]]) -> None:
        self.entries = tuple(entries)
        models = [_adapter().validate_python(entry) for entry in entries]
        self._by_name = {model.canonical_slug: model for model in models} | {model.id: model for model in models}

    def find(self, name: str) -> ListedModel | None:
        """Return the model with that id or dated slug, or None."""
        return self._by_name.get(name)


def read_entries(path: Path | None = None) -> list[Mapping[str, object]]:
    """Read model entries from a JSON file in the shape of the service's own answer; by default the built-in ones.

    Raises:
        ValueError: the file is not JSON, or not in the form `{"data": [{...}, ...]}`.
        OSError: it cannot be read.
    """
    text = (path or Path(__file__).with_name("models.json")).read_text(encoding="utf-8")
    document = TypeAdapter(dict[str, list[Mapping[str, object]]]).validate_python(json.loads(text))
    if "data" not in document:
        msg = f'{path}: there is no list named "data"'
        raise ValueError(msg)
    return document["data"]
