"""Puts more lines than one message holds into several."""

from collections.abc import Iterable, Sequence
from typing import Final

from cogs.replies.wording import and_more, longest_and_more, room_beside

MOST_MESSAGES: Final = 5
"""What Discord lets a bot say after one command without making it wait."""


def messages(lines: Iterable[str]) -> Sequence[str]:
    """Return the lines in as few messages as hold them, and in the last of five how many lines are left out."""
    pages: list[list[str]] = [[]]
    waiting = list(lines)
    while waiting:
        is_last = len(pages) == MOST_MESSAGES
        more = [longest_and_more(len(waiting))] if is_last and len(waiting) > 1 else []
        if room_beside([*pages[-1], waiting[0], *more]) >= 0 or not pages[-1]:
            pages[-1].append(waiting.pop(0))
        elif is_last:
            pages[-1].append(and_more(len(waiting)))
            break
        else:
            pages.append([])
    return ["\n".join(page) for page in pages]
