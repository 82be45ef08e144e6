"""Values and the state machine of a video job; standard library only.

Everything here is immutable. Times are aware and in UTC, money is integer micro-dollars (1 USD = 1,000,000),
lengths are seconds and sizes are bytes. Ids are plain integers (Discord snowflakes) or our own row numbers.
"""

from services.models.jobs import Job, Requester
from services.models.languages import ENGLISH, LANGUAGES
from services.models.pictures import FRAMES, Frame, FrameKind
from services.models.remote import KeyBalance, RemoteState, RemoteVideo, UsualTime
from services.models.states import FOUND_FROM, LIVING, MOVES, UPSTREAM, FailureReason, JobState, Route
from services.models.videos import LONGEST_PROMPT, VideoModel, VideoRequest, VideoSpec

__all__ = [
    "ENGLISH",
    "FOUND_FROM",
    "FRAMES",
    "LANGUAGES",
    "LIVING",
    "LONGEST_PROMPT",
    "MOVES",
    "UPSTREAM",
    "FailureReason",
    "Frame",
    "FrameKind",
    "Job",
    "JobState",
    "KeyBalance",
    "RemoteState",
    "RemoteVideo",
    "Requester",
    "Route",
    "UsualTime",
    "VideoModel",
    "VideoRequest",
    "VideoSpec",
]
