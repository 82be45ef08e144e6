"""The file `.env` as text: which names it sets, how to change some of its lines, and how to put a new one in its place.

Read by the grammar of python-dotenv, which the bot's settings are read by. Every line that is not to be changed stays
as it is, and at no moment is there a file that is half old and half new, or that others may read.
"""

import os
import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Final

from dotenv.parser import Binding, parse_stream

PLAIN: Final = re.compile(r"[\w./:@%+,-]*", re.ASCII)
"""Values that mean themselves without quotes."""


def values_in(text: str) -> Mapping[str, str]:
    """Return what the text sets; of a name that it sets twice, the last value."""
    return {line.key: line.value for line in parse_stream(StringIO(text)) if line.key and line.value is not None}


def rewritten(text: str, changes: Mapping[str, str | None]) -> str:
    """Return the text with some names set to other values, or (None) without them.

    A name keeps its place, be it a line or a default that is commented out as in `.env.example`; a new one comes last.
    """
    pieces: list[str] = []
    done: set[str] = set()
    for line in parse_stream(StringIO(text)):
        if line.key is None or line.key not in changes:
            pieces.append(line.original.string)
        elif line.key not in done:
            done.add(line.key)
            pieces.append(_changed(line, changes[line.key]))
    result = "".join(pieces)
    for name, value in changes.items():
        if name not in done and value is not None:
            result = _added(result, name, value)
    return result


def _changed(line: Binding, value: str | None) -> str:
    """Return the line with another value; the parser counts the blank lines above it as its own."""
    above = re.match(r"\s*", line.original.string)
    kept = above.group() if above else ""
    return kept if value is None else f"{kept}{line.key}={_quoted(value)}\n"


def _added(text: str, name: str, value: str) -> str:
    commented = re.compile(rf"^#{re.escape(name)}=.*$", re.MULTILINE)
    line = f"{name}={_quoted(value)}"
    if commented.search(text):
        return commented.sub(lambda _: line, text, count=1)
    end = "" if not text or text.endswith("\n") else "\n"
    return f"{text}{end}{line}\n"


def _quoted(value: str) -> str:
    if PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@contextmanager
def draft(text: str, *, beside: Path) -> Generator[Path]:
    """Write the text to a file that only its owner may read, in the folder of another; it is gone when the block ends.

    Raises:
        OSError: nothing can be written there.
    """
    number, name = tempfile.mkstemp(prefix=".env.", suffix=".new", dir=beside.parent)  # with the mode 0600
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def put_in_place(drafted: Path, *, of: Path) -> None:
    """Let the draft be the file, at once and for good.

    Raises:
        OSError: it cannot be.
    """
    # Where `.env` is a link, what it points to is replaced and not the link.
    drafted.replace(of.resolve())
    folder = os.open(of.resolve().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
