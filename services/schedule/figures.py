"""How long models take, for as long as the bot has seen too few of their jobs itself.

Measured or published between July and October 2026, through the video API: wall clock from the submit to the clip.
They may be wrong by the time they are needed, so that they only say when the first look comes, and rather too early.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.models import VideoSpec
from services.schedule.looks import SLOWER_AFTER, Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one model typically takes: so many seconds for a clip of so many."""

    takes: int
    clip: int


FIGURES: Final[Mapping[str, Figure]] = {
    "google/veo-3.1-lite": Figure(takes=41, clip=4),
    "google/veo-3.1": Figure(takes=102, clip=8),
    "bytedance/seedance-2.0": Figure(takes=80, clip=5),
    "bytedance/seedance-2.0-fast": Figure(takes=120, clip=4),
    "bytedance/seedance-2.0-mini": Figure(takes=136, clip=8),
    "bytedance/seedance-1-5-pro": Figure(takes=138, clip=8),
    "bytedance/seedance-2.5": Figure(takes=119, clip=5),
    "minimax/hailuo-3": Figure(takes=162, clip=5),
}
FIRST: Final = 0.4
"""The share of the typical time at which the fastest twentieth is done, with a lognormal spread of 0.55."""
NEARLY_ALL: Final = 2.5
"""The multiple of it at which nearly all are."""


def cold_start(spec: VideoSpec) -> Pace | None:
    """Return how jobs of a model should go; None where neither it nor any of its family is known.

    A model without a figure of its own is taken for the fastest of its family. A shorter clip takes as much less; that
    a longer one takes longer is left to be learned.
    """
    own = FIGURES.get(spec.model)
    kin = [own] if own else [each for model, each in FIGURES.items() if _family(model) == _family(spec.model)]
    if not kin:
        return None
    typical = [timedelta(seconds=each.takes) * min(1.0, spec.duration / each.clip) for each in kin]
    return Pace(first=min(typical) * FIRST, nearly_all=max(SLOWER_AFTER, max(typical) * NEARLY_ALL))


def _family(model: str) -> str:
    return model.partition("-")[0]
