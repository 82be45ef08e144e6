"""Whatever the bot says is looked up in a catalogue: said in a language that marks what it knows, nothing is left over.

A sentence that somebody forgot to look up would stay English in every other language, and no catalogue would miss it.
"""

import re
import runpy
from collections.abc import Iterator
from gettext import NullTranslations
from typing import Final

from babel import Locale

from cogs.languages import OWN_NAMES, Language, day, language_of, reading
from tests.cogs.samples import NOON
from tests.sentences import samples
from tests.sentences.values import JOB, NAME

KNOWN: Final = re.compile(r"⟦[^⟦⟧]*⟧")
NO_WORD: Final = re.compile(r"https?://\S+|<[^>]*>|`[^`]*`|[0-9]+p\b")
"""Links, mentions and times, ids, and sizes."""
WORD: Final = re.compile(r"[^\W\d_]{2,}")
NAMES: Final = frozenset(WORD.findall(f"{JOB.prompt} {NAME} Sandbox {day(NOON, language_of(None))} {OWN_NAMES}"))
"""What stays as it is: what was asked for, and what models, servers, months and languages are called."""


class Marking(NullTranslations):
    """A language in which every sentence is the English one between two marks."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


MARKED: Final = Language(code="en-US", locale=Locale("en", "US"), translations=Marking())


def test_whatever_members_read_is_looked_up() -> None:
    with reading(MARKED):
        said = runpy.run_path(str(samples.__file__))["SAMPLES"]

    assert [(name, word) for name, texts in said.items() for text in texts for word in left_over(text)] == []


def test_what_is_not_looked_up_is_found() -> None:
    assert list(left_over("⟦Video 7 is ready: ⟦here⟧⟧ · done · https://discord.com/channels/2")) == ["done"]


def left_over(text: str) -> Iterator[str]:
    """Yield the words of a text that are in no mark."""
    before = ""
    while text != before:
        before, text = text, KNOWN.sub("", text)
    yield from (word for word in WORD.findall(NO_WORD.sub("", text)) if word not in NAMES)
