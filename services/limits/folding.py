"""Text as it is compared with a list of words, so that writing a word otherwise does not hide it; pure.

Folded are case, width and every other form that Unicode counts as the same letter, accents, letters of other alphabets
that look like Latin ones, and whatever has no width. A text is besides read as its digits and signs may be meant
("n1ce", "n!ce") and with letters put together that stand apart ("n i c e"). Words on a list are only folded.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import Enum
from typing import Final

WILDCARD: Final = "*"
_SHAPELESS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Drawn as nothing, though Unicode files them under letters, marks and symbols."""
_ACCENTS: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
"""Not the marks of other writing, which make another letter there."""
_SELECTORS: Final = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_LATIN_FOR: Final[Mapping[int, str]] = {
    ord(looks): letter
    for looked, letters in (
        # Cyrillic
        (
            "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445",
            "abekmhopctyx",
        ),
        (
            "\u0455\u0456\u0458\u04bb\u0501\u051b\u051d\u044c\u050d",
            "sijhdqwbg",
        ),
        # Greek
        (
            "\u03b1\u03b2\u03b5\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9\u03b3",
            "abenikvoptuxwy",
        ),
        # small capitals
        (
            "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d",
            "abcdefghijklm",
        ),
        (
            "\u0274\u1d0f\u1d18\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22",
            "noprstuvwyz",
        ),
        # Latin letters with a stroke or a tail, or without a dot
        (
            "\u0131\u0237\u0142\u00f8\u0111\u0127\u0167\u0251\u0261\u0269\u0192",
            "ijlodhtagif",
        ),
    )
    for looks, letter in zip(looked, letters, strict=True)
}
"""Of each letter that looks like a Latin one, in small letters."""
_LETTER_SIGNS: Final = {
    first + place: chr(ord("a") + place)
    # Regional indicators, and the negative circles and squares: the other circles Unicode folds itself.
    for first in (0x1F1E6, 0x1F150, 0x1F170)
    for place in range(26)
}
_AS_I: Final[Mapping[int, int]] = str.maketrans("013457@$!|", "oieastasii")
_AS_L: Final[Mapping[int, int]] = str.maketrans("013457@$!|I", "oleastaslll")
_MEANT: Final = re.compile(r"[\w@$](?:[\w@$!|]*[\w@$])?")
_APART: Final = re.compile(r"(?<![^ ])[^ ](?: [^ ])+(?![^ ])")


class _Kind(Enum):
    """How a character takes part in words."""

    SPACED = "spaced"  # letters of writing that parts its words, and digits
    UNSPACED = "unspaced"  # letters of writing that does not, and pictures: each may be a word
    BREAK = "break"


_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3100-\u318f"
    "\u31a0-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def folded(text: str, *, keeps_wildcards: bool = False) -> str:
    """Return the words of a text, folded, with one space between them; a word is of one kind of writing."""
    parts: list[str] = []
    before = _Kind.BREAK
    for letter in _same_letters(text):
        is_wildcard = keeps_wildcards and letter == WILDCARD
        kind = _Kind.SPACED if is_wildcard else _kind_of(letter)
        is_beside_one = is_wildcard or (keeps_wildcards and parts[-1:] == [WILDCARD])
        if parts and kind is not before and _Kind.BREAK is not before and (kind is _Kind.BREAK or not is_beside_one):
            parts.append(" ")
        if kind is not _Kind.BREAK:
            parts.append(letter)
        before = kind
    return "".join(parts).strip()


def readings(text: str) -> frozenset[str]:
    """Return a text folded in each way in which a reader may take it."""
    plain = _without_width(unicodedata.normalize("NFKC", _without_width(text)))
    found = {folded(each) for each in (plain, _as_meant(plain, _AS_I), _as_meant(plain, _AS_L))}
    return frozenset(found | {_put_together(each) for each in found})


def is_unspaced(letter: str) -> bool:
    """Whether a word that begins or ends with this letter may stand within others."""
    return _kind_of(letter) is _Kind.UNSPACED


def _same_letters(text: str) -> str:
    for _ in range(2):  # what is taken apart may have had another case, and the other way round
        text = unicodedata.normalize("NFKD", _without_width(text).casefold())
    text = _ACCENTS.sub("", text).translate(_LETTER_SIGNS).translate(_LATIN_FOR)
    return unicodedata.normalize("NFC", text)


def _without_width(text: str) -> str:
    return _SELECTORS.sub("", "".join(letter for letter in text if not _is_hidden(letter)))


def _is_hidden(letter: str) -> bool:
    if letter.isascii():
        return False
    return letter in _SHAPELESS or unicodedata.category(letter) == "Cf"


def _kind_of(letter: str) -> _Kind:
    category = unicodedata.category(letter)
    if category == "So" or _UNSPACED.match(letter):
        return _Kind.UNSPACED
    return _Kind.SPACED if category[0] in "LNM" else _Kind.BREAK


def _as_meant(text: str, letters: Mapping[int, int]) -> str:
    """Return a text with letters for the digits and signs among letters: a number alone is a number."""

    def meant(run: re.Match[str]) -> str:
        return run[0].translate(letters) if any(map(str.isalpha, run[0])) else run[0]

    return _MEANT.sub(meant, text)


def _put_together(text: str) -> str:
    return _APART.sub(lambda apart: apart[0].replace(" ", ""), text)
