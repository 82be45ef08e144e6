"""What FROM and TO name: a file, or a PostgreSQL database by its address or by the setting that holds it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.addresses import split
from services.errors import ConfigurationError
from services.settings import database_address, password_in, require_postgresql

SETTING: Final = "DATABASE_URL"
FORM: Final = "postgresql://user:password@host/name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database. `said` names it to people, without its password."""

    where: Path | str = field(repr=False)
    said: str

    @property
    def is_server(self) -> bool:
        """Whether it is on a PostgreSQL server."""
        return isinstance(self.where, str)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may read."""
        if isinstance(self.where, Path):
            return ()
        password = password_in(self.where)
        return (self.where, password) if password else (self.where,)


def place(typed: str) -> Place:
    """Return what was typed.

    Raises:
        ConfigurationError: it is no database, with what it may be.
    """
    if typed == SETTING:
        return _server(_setting())
    if "://" in typed:
        return _server(typed)
    if not typed.strip():
        raise ConfigurationError([f"FROM and TO: name a file, a postgresql:// address, or the word {SETTING}"])
    return Place(where=Path(typed), said=typed)


def _setting() -> str:
    value = database_address()
    if value is None:
        raise ConfigurationError([f"{SETTING}: is empty; set it to the address of the PostgreSQL database"])
    return value.get_secret_value()


def _server(address: str) -> Place:
    try:
        require_postgresql(address)
    except ValueError:
        # `from None`, and not its text, which speaks of the setting; and never what was typed, which holds a password.
        raise ConfigurationError([f"FROM and TO: an address must be such as {FORM}"]) from None
    parts = split(address)
    return Place(where=address, said=f"the PostgreSQL database {parts.path.strip('/')} on {parts.hostname or 'here'}")
