"""Make the API's words fit to be kept: one line, capped, and without the key.

They are for the operator. Members never see them, and logs never hold them.
"""

import re
from typing import Final

MAX_WORDS: Final = 500
# Any OpenRouter key, so that one that was cut off or belongs to somebody else is not kept either.
_ANY_KEY: Final = re.compile(r"sk-or-[\w-]*", re.ASCII)
_UNPRINTABLE: Final = re.compile(r"[^\S ]+|\s{2,}")


def one_line(text: str) -> str:
    """The text without control, format and other unprintable characters, and with single spaces."""
    spaced = _UNPRINTABLE.sub(" ", text)
    return "".join(character for character in spaced if character.isprintable()).strip()


def redacted(text: str, *, key: str) -> str:
    """The text in one line of at most `MAX_WORDS` characters, with every key taken out.

    The order matters: characters hidden inside a key must go before it is looked for, and a cap before the search
    would leave half a key behind.
    """
    line = one_line(text)
    if key:
        line = line.replace(key, "[key]")
    return _ANY_KEY.sub("[key]", line)[:MAX_WORDS]
