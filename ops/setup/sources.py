"""Where the two secrets may stand already: in the environment, in a file that it names, or in `.env`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.secret_files import read_secret_files
from services.settings import PRINTABLE_ASCII

TOKEN: Final = "DISCORD_TOKEN"  # noqa: S105  # the name of the setting
KEY: Final = "OPENROUTER_API_KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret, and the lines of `.env` that lead to it. Its value is in no repr."""

    name: str
    value: str = field(repr=False)
    file: str | None = None
    """The file that holds it, where it stands in one: then it is not copied to another."""

    def lines(self) -> Mapping[str, str | None]:
        """Return what `.env` should set; None takes a line away."""
        file = f"{self.name}_FILE"
        return {self.name: None, file: self.file} if self.file else {self.name: self.value, file: None}


def known(name: str, *places: Mapping[str, str]) -> Secret | str | None:
    """Return the secret that stands in the first place that has one, or what is wrong with the file that it names."""
    return next((found for found in (_in(place, name) for place in places) if found is not None), None)


def _in(place: Mapping[str, str], name: str) -> Secret | str | None:
    wanted, file = name.lower(), f"{name}_FILE".lower()
    written = {key.lower(): value for key, value in place.items() if value}  # as the settings call them
    found = read_secret_files([wanted], written=written)
    if wanted in found.problems:
        return found.problems[wanted]
    if wanted in found.values:
        return Secret(name=name, value=found.values[wanted], file=written[file])
    return Secret(name=name, value=written[wanted]) if wanted in written else None


def typed(name: str, text: str) -> Secret | str:
    """Return what somebody typed or pasted as a secret, or a sentence about what cannot be one."""
    value = text.strip().removeprefix(f"{name}=").strip("\"'")
    if not value:
        return "Nothing came. Paste it, then press Enter: it stays invisible."
    if not PRINTABLE_ASCII.fullmatch(value):
        return "It holds a space or a letter that it never has. Copy it again, alone."
    return Secret(name=name, value=value)
