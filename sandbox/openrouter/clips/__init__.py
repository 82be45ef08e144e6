"""Clips that show their prompt: drawn with Pillow, set in motion and encoded by ffmpeg as a real MP4."""

from sandbox.openrouter.clips.brief import ClipBrief
from sandbox.openrouter.clips.encoder import EncodeError
from sandbox.openrouter.clips.maker import ClipMaker, DrawnClips, FixedClip

__all__ = ["ClipBrief", "ClipMaker", "DrawnClips", "EncodeError", "FixedClip"]
