"""In whose language a sentence is said, and how that language writes numbers, dollars and days.

English is the source: the sentences stand in `cogs.replies`, and each other language is one catalogue, a `.po` file in
this folder. `uv run python -m tests.languages` brings the catalogues in step with the sentences.
"""

from cogs.languages.catalogues import LANGUAGES, OWN_NAMES, Language, language_of
from cogs.languages.command_names import CommandTranslator, kind_of, option_name
from cogs.languages.forms import day, dollars, dollars_on_scale, number
from cogs.languages.reading import Message, begin_reading, reader, reading, tr, trn

__all__ = [
    "LANGUAGES",
    "OWN_NAMES",
    "CommandTranslator",
    "Language",
    "Message",
    "begin_reading",
    "day",
    "dollars",
    "dollars_on_scale",
    "kind_of",
    "language_of",
    "number",
    "option_name",
    "reader",
    "reading",
    "tr",
    "trn",
]
