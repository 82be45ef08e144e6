"""Who reads what is said now: a sentence is written in English where it belongs, and said in its reader's language.

The reader is a matter of the context, as rounding is of `decimal`'s: it is set once where an interaction comes in or a
message goes out, and every sentence made from there on follows, however deep it is made. Tasks have contexts of their
own, so that two readers never meet.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from cogs.languages.catalogues import Language, language_of
from cogs.languages.forms import number as written

_reader: Final[ContextVar[Language | None]] = ContextVar("reader", default=None)


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence that is written down in one place and said in another: no text until `tr` says it."""

    text: str


def reader() -> Language:
    """Return the language of whoever reads what is said now: English where nobody has said."""
    return _reader.get() or language_of(None)


def begin_reading(language: Language) -> None:
    """Say everything in this language from now on, to the end of the task."""
    _reader.set(language)


@contextmanager
def reading(language: Language) -> Generator[None]:
    """Say everything within in this language."""
    before = _reader.set(language)
    try:
        yield
    finally:
        _reader.reset(before)


def tr(message: str | Message, /, **values: object) -> str:
    """Return a sentence in the reader's language, with its `{names}` filled in.

    Only the sentence is looked up and formatted, never a value: what a member wrote stays what they wrote.
    """
    found = reader().translations.gettext(message.text if isinstance(message, Message) else message)
    return found.format(**values) if values else found


def trn(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of a sentence that goes with a number, which stands in it as `{number}`."""
    language = reader()
    found = language.translations.ngettext(one, many, count)
    return found.format(number=written(count, language), **values)
