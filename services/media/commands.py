"""The command lines that ffmpeg is given, verified with its versions 5.1 to 9.0. Pure functions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.media.decision import MOST_PIXELS
from services.media.facts import AudioCodec, ClipFacts
from services.media.plan import FASTEST_RATE, SOUND_RATES, SOUND_SAMPLES, EncodePlan, SoundPlan

THREADS: Final = "2"
"""For reading and for writing. More are hardly faster, and each takes memory."""
EVENING: Final = "0.5"
"""How far x264 takes bits from what is busy for what is smooth, of its usual 1: half is worth half a point of VMAF."""
LONGER: Final = 1
"""Seconds that a clip may go on after its own index says that it has ended."""


def encode_arguments(plan: EncodePlan, *, facts: ClipFacts, source: Path, target: Path) -> Sequence[str]:
    """Return the command of one attempt. It ends where the clip should, whatever else the file holds."""
    rate = str(plan.rate)
    return (
        *_input(source),
        *("-t", f"{facts.seconds + LONGER:.3f}", "-vf", _smaller(plan.long_side), "-fpsmax", str(FASTEST_RATE)),
        *("-c:v", "libx264", "-preset", plan.preset, "-profile:v", "high", "-threads", THREADS),
        *("-b:v", rate, "-maxrate", rate, "-bufsize", rate, "-g", str(plan.keyframe_every), "-aq-strength", EVENING),
        *_sound(plan.sound),
        *_output(target),
    )


def remux_arguments(facts: ClipFacts, *, source: Path, target: Path) -> Sequence[str]:
    """Return the command that writes the same pictures as a plain MP4, and sound that is not AAC as AAC."""
    sound = None
    if facts.audio is not None:
        is_aac = facts.audio.codec is AudioCodec.AAC
        sound = SoundPlan(rate=0 if is_aac else SOUND_RATES[0], channels=min(max(facts.audio.channels, 1), 2), size=0)
    return (*_input(source), "-c:v", "copy", *_sound(sound), *_output(target))


def _input(source: Path) -> Sequence[str]:
    """Open a clip as an MP4 and nothing else, from a file and nothing else.

    Left to itself ffmpeg would guess the format, and follow a playlist that is called `.mp4`.
    """
    return (
        *("-y", "-protocol_whitelist", "file,pipe", "-max_pixels", str(MOST_PIXELS), "-threads", THREADS),
        *("-f", "mov", "-i", f"file:{source.absolute()}", "-map", "0:v:0", "-map", "0:a:0?", "-dn", "-sn"),
    )


def _output(target: Path) -> Sequence[str]:
    """Write the index in front, and nothing of what the input says of itself."""
    return (
        "-map_metadata",
        "-1",
        "-map_chapters",
        "-1",
        "-movflags",
        "+faststart",
        "-f",
        "mp4",
        f"file:{target.absolute()}",
    )


def _smaller(long_side: int) -> str:
    """Scale down, never up, to even sides, and to the colours that every client can show."""
    return (
        f"scale='min(iw,{long_side})':'min(ih,{long_side})':force_original_aspect_ratio=decrease"
        ":force_divisible_by=2:flags=bicubic,format=yuv420p"
    )


def _sound(plan: SoundPlan | None) -> Sequence[str]:
    if plan is None:
        return ()
    if plan.rate == 0:
        return ("-c:a", "copy")
    return ("-c:a", "aac", "-b:a", str(plan.rate), "-ac", str(plan.channels), "-ar", str(SOUND_SAMPLES))
