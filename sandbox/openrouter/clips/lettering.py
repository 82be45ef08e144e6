"""Set a text into a box: broken into lines, as large as fits, and cut off where even the smallest is too large."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL.ImageFont import FreeTypeFont

from sandbox.openrouter.clips.fonts import FontBook

_LONGEST: Final = 4000
"""Characters that are looked at: more could never be read in a frame."""
_LEADING: Final = 1.3
"""From one line to the next, in sizes of the font."""
_ELLIPSIS: Final = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """A text that fits its box."""

    lines: tuple[str, ...]
    font: FreeTypeFont
    leading: int
    """Pixels from one line to the next."""

    @property
    def height(self) -> int:
        """Pixels from the top of the first line to the bottom of the last."""
        return self.leading * len(self.lines)


def legible(text: str) -> str:
    """Return the text without what cannot be drawn: control characters and halves of characters."""
    whole = text[:_LONGEST].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(mark if mark == "\n" or unicodedata.category(mark) != "Cc" else " " for mark in whole).strip()


def fit(text: str, *, width: int, height: int, largest: int, smallest: int, fonts: FontBook) -> Lettering:
    """Set the text as large as the box allows, between two sizes in pixels."""
    text = legible(text)
    low, high = smallest, max(largest, smallest)
    best = _set(text, width=width, size=low, fonts=fonts)
    while low < high:
        size = (low + high + 1) // 2
        lettering = _set(text, width=width, size=size, fonts=fonts)
        if lettering.height <= height:
            low, best = size, lettering
        else:
            high = size - 1
    return _cut(best, height=height)


def _set(text: str, *, width: int, size: int, fonts: FontBook) -> Lettering:
    font = fonts.font_for(text, size)
    lines = tuple(line for paragraph in text.split("\n") for line in _broken(paragraph, font=font, width=width))
    return Lettering(lines=lines, font=font, leading=round(size * _LEADING))


def _cut(lettering: Lettering, *, height: int) -> Lettering:
    """Leave out the lines that are below the box, and say so."""
    room = max(1, height // lettering.leading)
    if len(lettering.lines) <= room:
        return lettering
    *kept, last = lettering.lines[:room]
    lines = (*kept, last.rstrip()[:-1] + _ELLIPSIS)
    return Lettering(lines=lines, font=lettering.font, leading=lettering.leading)


def _broken(paragraph: str, *, font: FreeTypeFont, width: int) -> Iterator[str]:
    """Yield lines that are no wider than the box: broken between words, inside one only where it must be."""
    line = ""
    for piece in _pieces(paragraph, font=font, width=width):
        if line and font.getlength((line + piece).rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece if line else piece.lstrip()
    if line.strip():
        yield line.rstrip()


def _pieces(paragraph: str, *, font: FreeTypeFont, width: int) -> Iterator[str]:
    """Yield the parts between which a line may be broken, each with the space that follows it."""
    for word in paragraph.split():
        if font.getlength(word) <= width and not any(_breaks_anywhere(mark) for mark in word):
            yield word + " "
        else:
            yield from word[:-1]
            yield word[-1] + " "


def _breaks_anywhere(mark: str) -> bool:
    """Whether lines may be broken before and after: true of the scripts that put no spaces between words."""
    return unicodedata.east_asian_width(mark) in {"W", "F"}
