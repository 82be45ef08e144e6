"""Is it a playable MP4, and make it fit: judged by its index without decoding, mended by ffmpeg in a limited child."""

from services.media.boxes import MOST_BOXES, require_whole_mp4
from services.media.decision import Treatment, decide
from services.media.facts import AudioCodec, AudioTrack, Chroma, ClipFacts, Coding, VideoCodec, VideoTrack
from services.media.ffmpeg import Ffmpeg
from services.media.fitter import ENCODES_AT_ONCE, FittedClip, Fitter, sweep_work
from services.media.index import read_facts

__all__ = [
    "ENCODES_AT_ONCE",
    "MOST_BOXES",
    "AudioCodec",
    "AudioTrack",
    "Chroma",
    "ClipFacts",
    "Coding",
    "Ffmpeg",
    "FittedClip",
    "Fitter",
    "Treatment",
    "VideoCodec",
    "VideoTrack",
    "decide",
    "read_facts",
    "require_whole_mp4",
    "sweep_work",
]
