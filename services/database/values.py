"""What goes into statements and comes out of them, and how the database keeps a moment."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Values = Mapping[str, int | str | bytes | None]
Statement = tuple[str, Values]
Row = Mapping[str, Any]
"""One row by column name. `Any` because only the schema knows the types; readers narrow at once."""


def stored(moment: datetime) -> int:
    """Return the moment as the database keeps it: milliseconds since 1970 in UTC."""
    return round(moment.timestamp() * 1000)


def moment(milliseconds: int) -> datetime:
    """Return the aware UTC time of a stored one."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
