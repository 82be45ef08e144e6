"""The address of a PostgreSQL database, which holds a password and so is never quoted back."""

from typing import Final
from urllib.parse import unquote

from services.addresses import split

SCHEMES: Final = frozenset({"postgresql", "postgres"})
FORM: Final = "postgresql://user:password@host/name"


def require_postgresql(address: str) -> None:
    """Look whether it is the address of a PostgreSQL database.

    Raises:
        ValueError: with what is wrong, and never with the address.
    """
    parts = split(address)
    if parts.scheme not in SCHEMES:
        raise ValueError(f"must be an address such as {FORM}; leave it empty to use a SQLite file in DATA_DIR")
    if not parts.path.strip("/"):
        raise ValueError(f"must name a database after the host, as in {FORM}")
    try:
        _ = parts.port
    except ValueError:
        # `from None`: the standard library's complaint quotes what stands in the place of the port.
        raise ValueError("must have a number from 1 to 65535 as its port") from None


def password_in(address: str) -> str | None:
    """Return the password in an address, as a person would type it; None where there is none."""
    password = split(address).password
    return unquote(password) if password else None
