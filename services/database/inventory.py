"""What the scripts of a schema leave behind: tables, views, indexes, triggers and functions, by kind and name; pure."""

import re
from collections.abc import Iterable
from typing import Final

_COMMENT: Final = re.compile(r"--[^\n]*")
_CHANGE: Final = re.compile(
    r"\b(?P<verb>CREATE|DROP)\s+(?:UNIQUE\s+|CONSTRAINT\s+|OR\s+REPLACE\s+)*"
    r"(?P<kind>TABLE|VIEW|INDEX|TRIGGER|FUNCTION)\s+(?P<name>\w+)"
    r"|\bALTER\s+TABLE\s+(?P<old>\w+)\s+RENAME\s+TO\s+(?P<new>\w+)"
)


def inventory(scripts: Iterable[str]) -> frozenset[str]:
    """Return what is there after the scripts, such as `table jobs`."""
    there: set[str] = set()
    for script in scripts:
        for found in _CHANGE.finditer(_COMMENT.sub("", script)):
            match found["verb"]:
                case "CREATE":
                    there.add(f"{found['kind'].lower()} {found['name']}")
                case "DROP":
                    there.discard(f"{found['kind'].lower()} {found['name']}")
                case _:
                    there = there - {f"table {found['old']}"} | {f"table {found['new']}"}
    return frozenset(there)
