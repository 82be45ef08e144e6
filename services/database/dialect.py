"""One text of a statement for both engines: how the one that was written becomes PostgreSQL's; pure."""

import re
from functools import cache
from typing import Final

_TOKEN: Final = re.compile(
    r"(?P<quoted>'(?:[^']|'')*')"
    r"|/\*postgresql (?P<extra>.*?)\*/"
    r"|(?P<comment>--[^\n]*|/\*.*?\*/)"
    r"|(?P<cast>::)"
    r"|:(?P<name>[a-z_]+)",
    re.DOTALL,
)


@cache  # every statement is a constant of ours, so there are as many entries as statements in the source
def for_postgresql(statement: str) -> tuple[str, tuple[str, ...]]:
    """Return the statement with `$1`, `$2` ... and the names of its values in that order.

    What stands in a comment `/*postgresql ...*/` is for this engine alone, and becomes part of the statement.
    """
    names: dict[str, int] = {}

    def translated(found: re.Match[str]) -> str:
        match found.lastgroup:
            case "extra":
                return found["extra"]
            case "name":
                return f"${names.setdefault(found['name'], len(names) + 1)}"
            case _:
                return found[0]

    text = _TOKEN.sub(translated, statement)
    return text, tuple(names)
