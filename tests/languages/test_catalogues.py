"""That every language says everything, with the same names to fill in, and within Discord's lengths."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Final

import pytest
from babel.messages.catalog import Catalog, Message

from cogs.languages import LANGUAGES, OWN_NAMES
from tests.languages.catalogues import NAMES, find, forms_of, messages, read
from tests.languages.collecting import Source, calls_that_cannot_be_found, command_texts, sentences

ROOM: Final[Mapping[str, int]] = {
    "command name": 32,
    "option name": 32,
    "menu name": 32,
    "description": 100,
    "choice": 100,
}
COMMAND: Final = re.compile(r"`/([a-z-]+(?: [a-z-]+\b(?!:))*)")
"""The name of a command in a sentence; what a colon follows is one of its options."""
WORD: Final = re.compile(r"[^\W\d_]{2,}")
FEW_WORDS: Final = 3
"""What so few words say may be the same in two languages: `video`, `seed {seed}`."""
MARKS: Final = ("`", "**", "\n", "-#")


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def catalogue(name: str) -> Catalog:
    return read(name)


async def sources() -> list[Source]:
    return [*await command_texts(), *sentences()]


async def test_every_language_says_just_what_the_source_says(catalogue: Catalog) -> None:
    """Where it fails, `python -m tests.languages` brings the catalogues in step, and shows what is to translate."""
    wanted = {(source.context, source.id) for source in await sources()}
    found = {(message.context, _id(message)) for message in messages(catalogue)}

    assert found == wanted


def test_nothing_is_left_untranslated_or_doubtful(catalogue: Catalog) -> None:
    assert [message.id for message in messages(catalogue) if message.fuzzy or not all(forms_of(message))] == []


def test_a_language_has_as_many_plurals_as_its_rules_ask_for(catalogue: Catalog) -> None:
    plural = [message for message in messages(catalogue) if message.pluralizable]

    assert plural
    assert {len(forms_of(message)) for message in plural} == {catalogue.num_plurals}


def test_every_translation_has_the_names_to_fill_in_of_its_sentence(catalogue: Catalog) -> None:
    for message in messages(catalogue):
        for text in forms_of(message):
            assert _names(text) == _names(_english(message)), text


def test_what_is_filled_in_is_named_plainly() -> None:
    """A format string that reaches into a value could show what nobody meant to show."""
    for source in sentences():
        for _, field, form, conversion in Formatter().parse(source.text):
            assert field is None or (field.isidentifier() and not form and not conversion), source.text


def test_every_sentence_stands_in_the_source_as_it_is_looked_up() -> None:
    assert list(calls_that_cannot_be_found()) == []


def test_markup_survives_translation(catalogue: Catalog) -> None:
    for message in messages(catalogue):
        for text in forms_of(message):
            assert _marks(text) == _marks(_english(message)), text


def test_a_translation_of_more_than_a_few_words_is_one(catalogue: Catalog) -> None:
    for message in messages(catalogue):
        text = _english(message)
        if len(WORD.findall(re.sub(r"`[^`]*`|\{\w+\}", "", text))) > FEW_WORDS:
            assert text not in forms_of(message)


def test_names_and_descriptions_of_commands_fit_where_discord_shows_them(catalogue: Catalog) -> None:
    for message in messages(catalogue):
        room = ROOM.get(message.context or "")
        if room is not None:
            assert 1 <= len(str(message.string)) <= room, message.string


def test_names_are_such_as_discord_takes(catalogue: Catalog) -> None:
    for message in messages(catalogue):
        if message.context in {"command name", "option name"}:
            name = str(message.string)
            assert name == name.lower()
            assert all(letter.isalnum() or letter in "-_'" or _is_mark(letter) for letter in name), name


def test_a_sentence_calls_a_command_by_the_name_that_its_reader_sees(catalogue: Catalog) -> None:
    for message in messages(catalogue):
        for path in set(COMMAND.findall(_english(message))):
            theirs = "`/" + " ".join(_command_name(catalogue, path))
            assert all(theirs in text for text in forms_of(message)), (path, theirs, message.string)


async def test_no_two_commands_or_options_beside_each_other_share_a_name(catalogue: Catalog) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for source in await command_texts():
        if source.context in {"command name", "option name"}:
            message = find(catalogue, source.text, context=source.context)
            assert message is not None
            # Stricter than Discord, which looks only at siblings: one name stands for one thing everywhere.
            found.setdefault((source.context, str(message.string)), set()).add(source.text)

    assert {key: texts for key, texts in found.items() if len(texts) > 1} == {}


def test_every_language_that_can_be_picked_is_one_that_the_bot_speaks() -> None:
    assert set(OWN_NAMES) <= set(LANGUAGES)
    assert {LANGUAGES[code][0] for code in OWN_NAMES} == {None, *NAMES}


def _command_name(catalogue: Catalog, path: str) -> Iterator[str]:
    for word in path.split():
        message = find(catalogue, word, context="command name")
        assert message is not None, f"/{path} is no command"
        yield str(message.string)


def _id(message: Message) -> str | tuple[str, ...]:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def _english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[1]


def _names(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def _marks(text: str) -> Counter[str]:
    return Counter({mark: text.count(mark) for mark in MARKS})


def _is_mark(letter: str) -> bool:
    return letter in "ー々"
