"""What is asked for, what is sent, and what a model can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LONGEST_PROMPT: Final = 2_000
"""Characters that a member may describe a video with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest:
    """What a member asked for; None where they did not say."""

    prompt: str
    model: str | None = None
    duration: int | None = None
    resolution: str | None = None
    aspect_ratio: str | None = None
    audio: bool | None = None
    seed: int | None = None
    frames: int = 0
    """How many pictures it starts and ends with: 1 is the first frame, 2 the first and the last."""
    continues: str | None = None
    """The video API's id of a finished job, made by the same model: the clip goes on from where that one ends."""
    is_private: bool = False
    """Whether only its member may see it: it comes by direct message, and nothing about it is shown to others."""
    is_spoiler: bool = False
    """Whether the clip and its description are hidden until a reader asks to see them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoSpec:
    """What will be sent to the video API besides the prompt, with nothing left to hidden defaults.

    A field is None only where the model does not let anyone choose it; such a field is not sent.
    """

    model: str
    duration: int
    resolution: str | None = None
    aspect_ratio: str | None = None
    audio: bool | None = None
    seed: int | None = None
    frames: int = 0
    """How many pictures are sent along: 1 is the first frame, 2 the first and the last."""
    continues: str | None = None
    """The video API's id of the job whose clip it goes on from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoModel:
    """What one model of the catalogue can do, as it lists itself. An empty tuple means that nothing is listed."""

    id: str
    name: str
    created: int = 0
    """When the model was published, unix seconds."""
    durations: tuple[int, ...] = ()
    """Seconds, ascending."""
    resolutions: tuple[str, ...] = ()
    aspect_ratios: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    """`WIDTHxHEIGHT` in pixels."""
    frame_images: tuple[str, ...] = ()
    audio: bool | None = None
    """True: may be chosen. False: silent. None: unknown, so it is not sent."""
    seed: bool | None = None
    is_upscaler: bool = False
    pricing_skus: Mapping[str, str] | None = None

    @property
    def is_text_to_video(self) -> bool:
        """Whether a prompt alone makes a video: other models take their length from an input."""
        return bool(self.durations) and not self.is_upscaler
