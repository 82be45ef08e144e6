"""What members may do: ask for a video, say yes to its price, watch it, cancel it."""

from services.videos.service import VideoService
from services.videos.values import (
    Accepted,
    Asking,
    CancelOutcome,
    Draft,
    ModelOffer,
    MoneyRules,
    Offered,
    Quote,
    Standing,
)

__all__ = [
    "Accepted",
    "Asking",
    "CancelOutcome",
    "Draft",
    "ModelOffer",
    "MoneyRules",
    "Offered",
    "Quote",
    "Standing",
    "VideoService",
]
