"""Snowflakes: Discord's ids, which carry the time of their making in milliseconds."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, TypeAlias

from pydantic import PlainSerializer

EPOCH: Final = datetime(2015, 1, 1, tzinfo=UTC)
SEQUENCE_BITS: Final = 22

Snowflake: TypeAlias = Annotated[int, PlainSerializer(str, return_type=str, when_used="json")]
"""An id: an int here, a string in JSON, because JavaScript cannot hold it."""


def created_at(snowflake: int) -> datetime:
    """When an id was made, aware and in UTC."""
    return EPOCH + timedelta(milliseconds=snowflake >> SEQUENCE_BITS)


def snowflake_at(moment: datetime) -> int:
    """The smallest id of a moment."""
    return (moment - EPOCH) // timedelta(milliseconds=1) << SEQUENCE_BITS


class SnowflakeMint:
    """Makes ids that are unique, and that grow within one millisecond."""

    def __init__(self) -> None:
        self._sequence = 0

    def mint(self, moment: datetime | None = None) -> int:
        """A new id of `moment`, which is now where it is not given."""
        self._sequence = (self._sequence + 1) % (1 << SEQUENCE_BITS)
        return snowflake_at(moment or datetime.now(UTC)) + self._sequence
