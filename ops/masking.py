"""Finds what people wrote in what is about to be logged, however it is spelled there, and puts a mask in its place.

A prompt may stand in a log as it is, cut off, in the `repr` of something, in JSON, in an address, or in one of these
within another. So a text of the log is read the other way round, until there is nothing left to unfold, and looked
through for pieces of the prompts. Where one is found, what can be found as it stands is masked by itself, else its
line; and where that does not suffice, everything. Nothing that is found ever stays.
"""

import json
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final
from urllib.parse import quote, quote_plus, unquote_plus

MASK: Final = "[private]"
PIECE: Final = 16
"""Characters. A part of a prompt is found for certain from twice that length on."""
DEEPEST: Final = 4
"""So many spellings within each other are unfolded."""
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_BYTES: Final = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")
_BETWEEN: Final = re.compile(r"[^0-9A-Za-z\x80-\U0010ffff]+|[\s\x80-\x9f]+")
SHORTEST: Final = 8
"""Letters and digits that a text has to have to be looked for; fewer of other scripts."""
SHORTEST_ELSEWHERE: Final = 4
_WORDS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": " "}
_LARGEST: Final = 0x10FFFF
_KIND: Final = re.compile(r"[\s|+-]*[\w.]+: ")
"""How the last line of a traceback begins: which exception it was is no secret."""


def masked(text: str, private: Sequence[str]) -> str:
    """Return a text of a log without what is private."""
    found = _found_in(text, private) if private else []
    if not found:
        return text
    for each in found:
        for spelling in spellings(each):
            text = text.replace(spelling, MASK)
    lines = [_masked_line(line, found) for line in text.split("\n")]
    text = "\n".join(lines)
    return MASK if _found_in(text, found) else text


def spellings(text: str) -> Sequence[str]:
    """Return how a text looks where it is printed: as it is, in JSON, in a `repr`, in an address. Longest first."""
    plain = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}
    quoted = {quote(text, safe="", errors="replace"), quote_plus(text, errors="replace")}
    return sorted(plain | quoted, key=len, reverse=True)


def _masked_line(line: str, private: Sequence[str]) -> str:
    if not _found_in(line, private):
        return line
    kind = _KIND.match(line)
    beginning = kind[0] if kind and not _found_in(kind[0], private) else ""
    return beginning + MASK


def _found_in(text: str, private: Sequence[str]) -> list[str]:
    read = {letters_of(reading) for reading in _readings(text)}
    longest = max(map(len, read))
    # Most values of a log are shorter than any piece, and the private texts may be hundreds.
    return [each for each in private if _length(each) <= longest and _is_in(read, _pieces(each))]


def _is_in(read: AbstractSet[str], pieces: Sequence[str]) -> bool:
    return any(piece in reading for piece in pieces for reading in read)


@lru_cache(maxsize=4096)
def _length(text: str) -> int:
    """Return how long each of its pieces is."""
    pieces = _pieces(text)
    return len(pieces[0]) if pieces else 0


@lru_cache(maxsize=4096)
def _pieces(text: str) -> Sequence[str]:
    """Return what any longer part of a text holds one of; nothing where there are hardly any letters in it."""
    folded = letters_of(text)
    if len(folded) < (SHORTEST if folded.isascii() else SHORTEST_ELSEWHERE):
        return ()
    starts = range(0, max(1, len(folded) - PIECE + 1), PIECE)
    return sorted({folded[start : start + PIECE] for start in (*starts, max(0, len(folded) - PIECE))})


def letters_of(text: str) -> str:
    """Return the letters and digits, however they are spaced, quoted and capitalized."""
    return _BETWEEN.sub("", text).casefold()


def _readings(text: str) -> Iterator[str]:
    """Yield the text as it stands, and as it reads once what is spelled in it is unfolded."""
    seen, now = {text}, [text]
    yield text
    for _ in range(DEEPEST):
        now = [reading for each in now for reading in _unfolded(each) if reading not in seen]
        if not now:
            return
        seen.update(now)
        yield from now


def _unfolded(text: str) -> Iterator[str]:
    if "\\" in text:
        yield _joined(_ESCAPE.sub(_meant, text))
        yield _BYTES.sub(_decoded, text)
    if "%" in text or "+" in text:
        yield unquote_plus(text)


def _meant(escape: re.Match[str]) -> str:
    number = escape[1] or escape[2] or escape[3]
    if number is None:
        return _WORDS.get(escape[4], escape[4])
    return chr(min(int(number, 16), _LARGEST))


def _decoded(escapes: re.Match[str]) -> str:
    return bytes.fromhex(escapes[0].replace("\\x", "")).decode(errors="replace")


def _joined(text: str) -> str:
    """Return the text with every pair of halves, in which JSON writes rarer characters, as one."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
