"""Finds the ffmpeg that clips are made to fit with. Without one the bot still runs, and posts what fits as it is."""

import structlog

from services.errors import EncoderError
from services.measures import UNMEASURED, Measures
from services.media import Ffmpeg, Fitter
from services.settings import Settings

log = structlog.get_logger(__name__)


async def fitter(settings: Settings, *, measures: Measures = UNMEASURED) -> Fitter:
    """Return a fitter with the owner's ffmpeg, or the one that comes along."""
    try:
        ffmpeg = await Ffmpeg.find(settings.ffmpeg_path)
    except EncoderError as error:
        hint = "clips that are too large wait until FFMPEG_PATH names an ffmpeg with libx264 and aac"
        log.warning("no_encoder", kind=type(error).__name__, hint=hint)
        ffmpeg = None
    return Fitter(ffmpeg, encodes_at_once=settings.encodes_at_once, measures=measures)
