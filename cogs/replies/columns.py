"""Texts below each other in letters of one width: a table counts the cells of a line, not its letters."""

import unicodedata
from typing import Final

WIDE: Final = frozenset({"W", "F"})


def cells(text: str) -> int:
    """Return how many cells a text takes: two for each letter of Japanese and its like, one for any other."""
    return sum(2 if unicodedata.east_asian_width(letter) in WIDE else 1 for letter in text)


def left(text: str, *, width: int) -> str:
    """Return a text at the left of its column, cut where it is too long."""
    kept = text if cells(text) <= width else _cut(text, width=width)
    return kept + " " * (width - cells(kept))


def right(text: str, *, width: int) -> str:
    """Return a text at the right of its column, which is wide enough for it."""
    return " " * (width - cells(text)) + text


def _cut(text: str, *, width: int) -> str:
    kept = text
    while kept and cells(kept) >= width:
        kept = kept[:-1]
    return f"{kept}…"
