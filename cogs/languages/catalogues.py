"""The languages that the bot speaks, by the names that Discord gives to them, and the catalogue of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HERE: Final = Path(__file__).parent
ENGLISH: Final = "en-US"
LANGUAGES: Final[Mapping[str, tuple[str | None, str]]] = {
    ENGLISH: (None, "en_US"),
    "en-GB": (None, "en_GB"),
    "de": ("de", "de"),
    "fr": ("fr", "fr"),
    "es-ES": ("es", "es"),
    "es-419": ("es", "es_419"),
    "pt-BR": ("pt_BR", "pt_BR"),
    "ja": ("ja", "ja"),
}
"""Discord's locale, to the catalogue (English needs none) and the rules for numbers and days."""
OWN_NAMES: Final[Mapping[str, str]] = {
    ENGLISH: "English",
    "de": "Deutsch",
    "fr": "Français",
    "es-ES": "Español",
    "pt-BR": "Português (Brasil)",
    "ja": "日本語",
}
"""What each language calls itself, for whoever picks one from a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language; `code` is Discord's name for it, such as `pt-BR`."""

    code: str
    locale: Locale = field(repr=False)
    translations: NullTranslations = field(repr=False, compare=False)


def language_of(code: str | None) -> Language:
    """Return the language of a Discord locale: English where the bot does not speak it, or nobody said which."""
    return _loaded(code if code in LANGUAGES else ENGLISH)


def catalogue_file(name: str) -> Path:
    """Return where a catalogue is."""
    return HERE / f"{name}.po"


@cache
def _loaded(code: str | None) -> Language:
    name, rules = LANGUAGES[code or ENGLISH]
    translations = NullTranslations() if name is None else _translations(name)
    return Language(code=code or ENGLISH, locale=Locale.parse(rules), translations=translations)


@cache
def _translations(name: str) -> GNUTranslations:
    """Read a catalogue as its authors write it, so that nothing has to be compiled before the bot runs."""
    compiled = BytesIO()
    with catalogue_file(name).open("rb") as file:
        write_mo(compiled, read_po(file, locale=name))
    compiled.seek(0)
    return GNUTranslations(compiled)
