"""Catalogues brought in step with the source: what is new is added, what nobody says any more is dropped."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from cogs.languages.catalogues import LANGUAGES, catalogue_file
from tests.languages.collecting import Source

NAMES: Final = tuple(sorted({name for name, _ in LANGUAGES.values() if name}))
HEADER: Final = """\
# {language}: what the bot says, and how its commands are called.
# `uv run python -m tests.languages` brings this file in step with the source and keeps what is translated.
#"""
BEGUN: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""The same in every catalogue and at every run, so that a change shows only what has changed."""
NOT_NEEDED: Final = tuple(
    f'"{name}:'.encode()
    for name in ("Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team")
)
"""Headers that nobody reads here."""


def read(name: str) -> Catalog:
    """Read a catalogue."""
    with catalogue_file(name).open("rb") as file:
        return read_po(file, locale=name)


def find(catalogue: Catalog, text: str, *, context: str | None) -> Message | None:
    """Return a message by its English."""
    return catalogue.get(text, context=context)


def in_step(old: Catalog, sources: Iterable[Source]) -> Catalog:
    """Return a catalogue of just these sources, with the translations that the old one has."""
    locale = Locale.parse(str(old.locale))
    new = Catalog(
        locale=locale,
        project="discord-video-bot",
        version="1",
        header_comment=HEADER.format(language=locale.english_name),
        creation_date=BEGUN,
        revision_date=BEGUN,
        fuzzy=False,
    )
    for source in sources:
        known = find(old, source.text, context=source.context)
        places = () if source.place is None else (source.place,)
        new.add(
            source.id,
            _kept(known, source),
            locations=places,
            auto_comments=source.comments,
            context=source.context,
        )
    return new


def write(name: str, catalogue: Catalog) -> None:
    """Write a catalogue, without the numbers of lines: they change with every edit."""
    written = BytesIO()
    write_po(written, catalogue, width=120, include_lineno=False)
    lines = written.getvalue().splitlines(keepends=True)
    catalogue_file(name).write_bytes(b"".join(line for line in lines if not line.startswith(NOT_NEEDED)))


def messages(catalogue: Catalog) -> Iterator[Message]:
    """Return the messages of a catalogue, without its header."""
    return (message for message in catalogue if message.id)


def forms_of(message: Message) -> tuple[str, ...]:
    """Return a translation in each of its forms: one, or as many as the language has plurals. Empty: not translated."""
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


def _kept(known: Message | None, source: Source) -> str | tuple[str, ...]:
    if known is None or known.pluralizable != bool(source.plural):
        return ""
    forms = forms_of(known)
    return forms if source.plural else forms[0]
