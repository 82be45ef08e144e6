"""The small parts that sentences are made of: a member's prompt made harmless, times, lists and sizes."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from discord.utils import format_dt

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


def quoted(prompt: str) -> str:
    """Return the prompt as a harmless quotation of one line."""
    return f"> {defuse(prompt)}"


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
    sound = {True: "with sound", False: "silent", None: None}[spec.audio]
    seed = None if spec.seed is None else f"seed {spec.seed}"
    parts = (defuse(model_name), f"{spec.duration} s", spec.resolution, spec.aspect_ratio, sound, seed)
    return " · ".join(part for part in parts if part)


def span(seconds: float) -> str:
    """Return a length of time as people say it: `40 s`, `1 min 40 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        minutes, rest = divmod(whole, MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(whole // MINUTE, MINUTE)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def usually(usual: UsualTime | None) -> str | None:
    """Return how long the model's last videos took, or None where too few are known to say."""
    if usual is None:
        return None
    low, middle, high = span(usual.low), span(usual.median), span(usual.high)
    spread = "" if low == high else f" (mostly {low} to {high})"
    return f"Its last {usual.samples} videos took about {middle}{spread}."


def ago(moment: datetime) -> str:
    """Return a time that Discord keeps up to date for every reader: "2 minutes ago", "in 3 hours"."""
    return format_dt(moment, "R")


def any_of(values: Sequence[str]) -> str:
    """Return `a`, `a or b`, `a, b or c`."""
    *head, last = values
    return f"{', '.join(head)} or {last}" if head else last


def counted(number: int, singular: str) -> str:
    """Return the number with its noun: `1 video`, `2 videos`."""
    return f"{number} {singular}" if number == 1 else f"{number} {singular}s"


def fitting(lines: Sequence[str], *, most: int) -> list[str]:
    """Return as many of the lines as `most` characters hold, and in one more how many there are besides."""
    if sum(map(_room, lines)) <= most:
        return list(lines)
    kept: list[str] = []
    left = most - _room(_more(len(lines)))
    for line in lines:
        left -= _room(line)
        if left < 0:
            break
        kept.append(line)
    return [*kept, _more(len(lines) - len(kept))]


def room_beside(lines: Sequence[str]) -> int:
    """Return how many characters a message that holds these lines has left for others."""
    return MESSAGE - sum(map(_room, lines))


def _room(line: str) -> int:
    """Return what a line takes with its end, counted in UTF-16 units: no way of counting makes it more."""
    return len(line.encode("utf-16-le")) // 2 + 1


def _more(number: int) -> str:
    return f"… and {number} more."
