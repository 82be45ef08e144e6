"""Knows what people wrote to the bot while it is worked on, so that no log shows it, whoever writes the line.

What is told to `keep_private` is a matter of the context, as an interaction's language is: it is told once where a
command comes in and where a job's step begins, and stays private for as long as anything lives in whose context it was
told, tasks and threads that were begun from there included. For a while longer it is remembered all the same, because
an exception that nobody fetched comes out when it is collected, and by then its context is gone.
"""

import threading
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Final
from weakref import WeakValueDictionary

SHORTEST: Final = 10
"""Characters. Less is a word that a log may well hold, such as `delivered`."""
SHORTEST_ELSEWHERE: Final = 4
"""The same of other scripts, of which no word of ours is made."""
REMEMBERED: Final = 256
"""Texts, beyond those in whose context something lives."""
TOLD_AT_MOST: Final = 16
"""Texts of one context. A command has one or two."""


class PrivateText:
    """A text that somebody wrote. As long as it lives, it is private."""

    __slots__ = ("__weakref__", "text")

    def __init__(self, text: str) -> None:
        self.text = text


class Discretion:
    """The private texts of a process. One for a process, begun where everything else is begun from."""

    def __init__(self, *, remembered: int = REMEMBERED) -> None:
        self._alive: WeakValueDictionary[str, PrivateText] = WeakValueDictionary()
        self._recent: dict[str, PrivateText] = {}
        self._most = remembered
        # Any thread may log, and a line may be logged by what is collected while another is written.
        self._lock = threading.RLock()

    def begin(self) -> None:
        """Be the one that `keep_private` tells, in this context and all that are begun from it."""
        _keeper.set(self)

    def known(self) -> Sequence[str]:
        """Return every text that is private now."""
        with self._lock:
            return [*self._alive]

    def learn(self, text: str) -> PrivateText:
        """Take a text as private for as long as what is returned lives, and a while longer."""
        with self._lock:
            known = self._alive.get(text) or PrivateText(text)
            self._alive[text] = known
            self._recent.pop(text, None)
            self._recent[text] = known
            if len(self._recent) > self._most:
                del self._recent[next(iter(self._recent))]
            return known


def keep_private(*texts: str) -> None:
    """Let no log show these texts, nor longer parts of them, for as long as this context lives."""
    keeper = _keeper.get()
    told = [text for text in texts if _is_telling(text)]
    if keeper is not None and told:
        _told.set((*map(keeper.learn, told), *_told.get())[:TOLD_AT_MOST])


def _is_telling(text: str) -> bool:
    return len(text.strip()) >= (SHORTEST if text.isascii() else SHORTEST_ELSEWHERE)


_keeper: Final[ContextVar[Discretion | None]] = ContextVar("keeper", default=None)
_told: Final[ContextVar[tuple[PrivateText, ...]]] = ContextVar("told", default=())
