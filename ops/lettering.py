"""Letters in a picture: which of them the font has, and how much room they take. Needs the extra `charts`."""

# matplotlib leaves its **kwargs untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.ft2font import FT2Font

SMALL: Final = 12.5
"""Points; as large as everything but the title."""
MOST_LETTERS: Final = 200
"""Nothing longer is even measured."""


def can_draw(text: str) -> bool:
    """Whether the font has every letter of a text."""
    font = _font()
    return all(font.get_char_index(ord(letter)) for letter in text)


def widest(figure: "Figure", texts: Sequence[str]) -> float:
    """Return the inches that the longest text takes."""
    widths = [0.0]
    for text in texts:
        drawn = figure.text(0, 0, text, fontsize=SMALL, parse_math=False)
        widths.append(drawn.get_window_extent().width / figure.dpi)
        drawn.remove()
    return max(widths)


def fitted(figure: "Figure", text: str, *, inches: float) -> str:
    """Return as much of the text as fits."""
    shown = text[:MOST_LETTERS]
    while len(shown) > 1 and (width := widest(figure, [shown])) > inches:
        keep = min(len(shown) - 1, int(len(shown) * inches / width))
        shown = f"{shown[: max(1, keep - 1)].rstrip()}…"
    return shown


def plain(text: str) -> str:
    """Return the text without what the font cannot draw: pictures, marks stacked on letters, hidden directions."""
    font = _font()
    whole = unicodedata.normalize("NFC", " ".join(text.split()))
    kept = "".join(
        letter
        for letter in whole
        if letter.isprintable() and unicodedata.category(letter)[0] != "M" and font.get_char_index(ord(letter))
    )
    return kept.strip() or "?"


def _font() -> "FT2Font":
    from matplotlib.font_manager import FontProperties, findfont, get_font  # noqa: PLC0415  # an optional package

    return get_font(findfont(FontProperties()))
