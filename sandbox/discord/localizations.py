"""What Discord accepts as the names and descriptions of commands in other languages, and what a client then shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from sandbox.discord.forms import Check, Mistakes, OneOf, Path, as_list, as_object

LOCALES: Final = (
    *("ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu"),
    *("id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi"),
    *("zh-CN", "zh-TW"),
)
"""The languages of Discord's client."""
FALLBACKS: Final[Mapping[str, str]] = {"en-US": "en-GB", "en-GB": "en-US", "es-419": "es-ES"}
"""Whose text a client shows that finds none of its own; after that it shows the text without a language."""
DICTIONARIES: Final = ("name_localizations", "description_localizations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Localized:
    """Texts by language, each as the inner check accepts it.

    Of a command's name Discord does not say which language was wrong: `is_told_at_whole`.
    """

    check: Check
    is_told_at_whole: bool = False

    def __call__(self, value: object, path: Path, mistakes: Mistakes) -> None:
        """Note languages that Discord does not have, and texts that it refuses."""
        if not isinstance(value, Mapping):
            mistakes.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return
        for locale, text in as_object(cast("object", value)).items():
            where = path if self.is_told_at_whole else (*path, locale)
            OneOf(LOCALES)(locale, where, mistakes)
            self.check(text, where, mistakes)


def shown_name(thing: Mapping[str, object], locale: str) -> str:
    """Return the name of a command, an option or a choice as a client in that language shows it."""
    names = as_object(thing.get("name_localizations"))
    found = names.get(locale) or names.get(FALLBACKS.get(locale, "")) or thing.get("name")
    return str(found)


def namesakes(things: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Yield the languages in which two of the things have the same name."""
    spoken = {locale for thing in things for locale in as_object(thing.get("name_localizations"))}
    for locale in sorted(spoken & {*LOCALES}):
        names = [shown_name(thing, locale) for thing in things]
        if len(set(names)) < len(names):
            yield locale


def longest(thing: Mapping[str, object], field: str) -> int:
    """Return how many letters a name or a description has in the language in which it has the most."""
    texts = [thing.get(field), *as_object(thing.get(f"{field}_localizations")).values()]
    return max((len(text) for text in texts if isinstance(text, str)), default=0)


def without_dictionaries(thing: Mapping[str, object]) -> dict[str, object]:
    """Return a command or a part of one as a list of commands has it, where nobody asked for all languages."""
    return {key: _without(value) for key, value in thing.items() if key not in DICTIONARIES}


def _without(value: object) -> object:
    if isinstance(value, Mapping):
        return without_dictionaries(as_object(cast("object", value)))
    return [_without(item) for item in as_list(cast("object", value))] if isinstance(value, list) else value
