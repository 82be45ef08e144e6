"""Find a font that can write a text, among those that systems commonly have."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

# By file name: Pillow looks for them where the system keeps its fonts. Linux, macOS, Windows; wide coverage first.
_WELL_KNOWN: Final = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansArabic-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "Arial Unicode.ttf",
    "Hiragino Sans GB.ttc",
    "Helvetica.ttc",
    "segoeui.ttf",
    "msyh.ttc",
    "arial.ttf",
)
_PROBE_SIZE: Final = 16
_NEVER_A_CHARACTER: Final = "\U0010ffff"  # every font draws its sign for a missing glyph here


class FontBook:
    """The fonts at hand. `path` is used for everything where it is given.

    Raises:
        OSError: the font at `path` cannot be read.
    """

    def __init__(self, path: Path | None = None) -> None:
        found = [ImageFont.truetype(path, _PROBE_SIZE)] if path else list(_well_known())
        self._fonts = found or [_built_in()]
        self._best = lru_cache(maxsize=256)(self._search)

    def font_for(self, text: str, size: int) -> FreeTypeFont:
        """Return the font that has most of the text's characters, at `size` pixels."""
        return self._best(frozenset(text)).font_variant(size=size)

    def _search(self, characters: frozenset[str]) -> FreeTypeFont:
        return max(self._fonts, key=lambda font: _coverage(font, characters))


def _well_known() -> Iterable[FreeTypeFont]:
    for name in _WELL_KNOWN:
        try:
            yield ImageFont.truetype(name, _PROBE_SIZE)
        except OSError:
            continue


def _built_in() -> FreeTypeFont:
    """Return the font that comes with Pillow. It is a bitmap, with no sizes, only where FreeType is not built in."""
    font = ImageFont.load_default(_PROBE_SIZE)
    if not isinstance(font, FreeTypeFont):
        msg = "Pillow was built without FreeType, so no text can be drawn"
        raise TypeError(msg)
    return font


def _coverage(font: FreeTypeFont, characters: Iterable[str]) -> int:
    """Return how many of the characters the font has a glyph for."""
    missing = _drawn(font, _NEVER_A_CHARACTER)
    return sum(_drawn(font, character) != missing for character in characters)


def _drawn(font: FreeTypeFont, character: str) -> bytes:
    """Return what the character looks like."""
    picture = Image.new("1", (2 * _PROBE_SIZE, 2 * _PROBE_SIZE))
    ImageDraw.Draw(picture).text((0, 0), character, fill=1, font=font)
    return picture.tobytes()
