"""The small parts that sentences are made of: a member's prompt made harmless, times, lists and sizes."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from discord.utils import format_dt

from cogs.languages import Message, tr, trn
from services.models import UsualTime, VideoSpec

MESSAGE: Final = 2_000
"""Characters that Discord takes in one message."""
PROMPT_SHOWN: Final = 300
"""Characters of a prompt that a message quotes."""
MOST_MARKS: Final = 2
"""Combining marks that may follow one letter: more is somebody stacking them up over the lines above."""
PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
SHAPELESS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that are drawn as nothing, though Unicode does not file them under what is hidden."""
# Translators: stands where the quotation of a prompt would stand.
FORGOTTEN: Final = Message("its description is forgotten")
"""What stands for a prompt that is no longer stored."""
JOINER: Final = "\N{ZERO WIDTH JOINER}"
GAP: Final = "\N{ZERO WIDTH SPACE}"
MINUTE: Final = 60
HOUR: Final = 3600


def defuse(text: str, *, most: int = PROMPT_SHOWN) -> str:
    """Return what a member wrote as plain characters on one line: no mention, link, markup or hidden direction.

    Every ASCII punctuation mark is escaped, so that nothing is left of the syntax of a mention, a masked link, a
    timestamp or an invite, and `@` is parted from what follows it, because `@everyone` is not undone by an escape.
    """
    line = " ".join("".join(_visible(text)).split())
    if len(line) > most:
        line = line[: most - 1].rstrip() + "…"
    return PUNCTUATION.sub(r"\\\1", line).replace("@", "@" + GAP)


def is_blank(text: str) -> bool:
    """Whether nothing of what a member wrote can be seen."""
    return not defuse(text).replace(JOINER, "").strip()


def quoted(prompt: str, *, is_spoiler: bool = False) -> str:
    """Return the prompt as a harmless quotation of one line, hidden where its clip is."""
    if not prompt:
        return f"> {tr(FORGOTTEN)}"
    return f"> ||{defuse(prompt)}||" if is_spoiler else f"> {defuse(prompt)}"


def shortened(prompt: str, *, most: int) -> str:
    """Return so many characters of the prompt, made harmless, for a line of a list."""
    return defuse(prompt, most=most) if prompt else tr(FORGOTTEN)


def _visible(text: str) -> Sequence[str]:
    kept: list[str] = []
    marks = 0
    for letter in text:
        category = "Zs" if letter in SHAPELESS else unicodedata.category(letter)
        if category == "Cf":
            # It has no width, so marks on either side of it sit on the same letter: the count goes on.
            if letter == JOINER:
                kept.append(letter)
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > MOST_MARKS:
            continue
        kept.append(" " if category in {"Cc", "Zl", "Zp", "Zs"} else letter)
    return kept


def choices_made(spec: VideoSpec, model_name: str) -> str:
    """Return what will be made, as one line: model, length, size, shape, sound, seed."""
    # Translators: a length of time in seconds.
    length = tr("{seconds} s", seconds=spec.duration)
    # Translators: the number that a model draws from; the same seed gives nearly the same video.
    seed = None if spec.seed is None else tr("seed {seed}", seed=spec.seed)
    parts = (defuse(model_name), length, spec.resolution, spec.aspect_ratio, _sound(spec), seed)
    return " · ".join(part for part in parts if part)


def _sound(spec: VideoSpec) -> str | None:
    if spec.audio is None:
        return None
    # Translators: said of a video.
    return tr("with sound") if spec.audio else tr("silent")


def span(seconds: float) -> str:
    """Return a length of time as people say it: `40 s`, `1 min 40 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < MINUTE:
        return tr("{seconds} s", seconds=whole)
    minutes, rest = divmod(whole, MINUTE)
    if whole < HOUR and rest:
        return tr("{minutes} min {seconds} s", minutes=minutes, seconds=rest)
    hours, rest = divmod(minutes, MINUTE)
    if not hours:
        return tr("{minutes} min", minutes=rest)
    return tr("{hours} h {minutes} min", hours=hours, minutes=rest) if rest else tr("{hours} h", hours=hours)


def usually(usual: UsualTime | None) -> str | None:
    """Return how long the model's last videos took, or None where too few are known to say."""
    if usual is None:
        return None
    low, middle, high = span(usual.low), span(usual.median), span(usual.high)
    if low == high:
        # Translators: the videos of a model, and how long they took to make.
        return trn(
            "Its last {number} video took about {time}.",
            "Its last {number} videos took about {time}.",
            usual.samples,
            time=middle,
        )
    return trn(
        "Its last {number} video took about {time} (mostly {least} to {most}).",
        "Its last {number} videos took about {time} (mostly {least} to {most}).",
        usual.samples,
        time=middle,
        least=low,
        most=high,
    )


def ago(moment: datetime) -> str:
    """Return a time that Discord keeps up to date for every reader: "2 minutes ago", "in 3 hours"."""
    return format_dt(moment, "R")


def any_of(values: Sequence[str]) -> str:
    """Return `a`, `a or b`, `a, b or c`."""
    *head, last = values
    # Translators: {first} may be several, with commas between them.
    return tr("{first} or {last}", first=", ".join(head), last=last) if head else last


def videos(number: int) -> str:
    """Return so many videos: `1 video`, `2 videos`."""
    return trn("{number} video", "{number} videos", number)


def and_more(number: int) -> str:
    """Return the line that stands for so many lines that are left out."""
    # Translators: the end of a list that is cut off: so many of its lines are left out.
    return trn("… and {number} more.", "… and {number} more.", number)


def longest_and_more(most: int) -> str:
    """Return the longest line that `and_more` can be for up to so many: the form for one may have more letters."""
    return max(and_more(1), and_more(most), key=len)


def fitting(lines: Sequence[str], *, most: int) -> list[str]:
    """Return as many of the lines as `most` characters hold, and in one more how many there are besides."""
    if sum(map(_room, lines)) <= most:
        return list(lines)
    kept: list[str] = []
    left = most - _room(longest_and_more(len(lines)))
    for line in lines:
        left -= _room(line)
        if left < 0:
            break
        kept.append(line)
    return [*kept, and_more(len(lines) - len(kept))]


def room_beside(lines: Sequence[str]) -> int:
    """Return how many characters a message that holds these lines has left for others."""
    return MESSAGE - sum(map(_room, lines))


def _room(line: str) -> int:
    """Return what a line takes with its end, counted in UTF-16 units: no way of counting makes it more."""
    return len(line.encode("utf-16-le")) // 2 + 1
