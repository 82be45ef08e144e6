"""Secrets out of files: `DISCORD_TOKEN_FILE=/run/secrets/token` in the place of `DISCORD_TOKEN=...`.

That is how Docker, Kubernetes and systemd hand secrets over without showing them to whoever lists the environment of a
process. What is wrong with one is said without its value, and without its path: a secret put into the wrong variable
looks like a path that does not exist.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUFFIX: Final = "_file"
MOST_BYTES: Final = 4_096
"""Of a file. No secret is longer, and a path may name a device that never ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFiles:
    """What was found, by the names of the settings; `problems` holds one `NAME_FILE: what to do` line for each name."""

    values: Mapping[str, str]
    problems: Mapping[str, str]


def read_secret_files(names: Iterable[str], *, written: Mapping[str, str]) -> SecretFiles:
    """Read the file of every secret in `names` that has one; `written` holds what is set, all by lower-case names."""
    values: dict[str, str] = {}
    problems: dict[str, str] = {}
    for name in names:
        path = written.get(name + SUFFIX)
        if path is None:
            continue
        shown = (name + SUFFIX).upper()
        if name in written:
            problems[name] = f"{shown}: {name.upper()} is set as well; remove one of the two"
            continue
        try:
            values[name] = _secret_in(Path(path))
        except OSError as error:
            problems[name] = f"{shown}: cannot be read ({(error.strerror or 'no such file').lower()})"
        except ValueError:
            problems[name] = f"{shown}: names a file that holds no text"
    return SecretFiles(values=values, problems=problems)


def _secret_in(path: Path) -> str:
    """Return the text of a file without the line break that most editors end it with."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES).decode("utf-8-sig").strip()
