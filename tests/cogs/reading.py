"""How a reader sees what the bot writes."""

from typing import Final

from cogs.replies.wording import GAP

ESCAPE: Final = "\\"


def plain(text: str) -> str:
    """Return a text as its reader sees it: without the escapes that make what others wrote harmless."""
    letters = iter(text)
    return "".join(next(letters, "") if letter == ESCAPE else letter for letter in letters).replace(GAP, "")


def width(text: str) -> int:
    """Return the length of a text in UTF-16 units: no way of counting makes it more."""
    return len(text.encode("utf-16-le")) // 2
