"""What one process does of the bot's work: all of it, or one part beside other processes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.errors import ConfigurationError
from services.settings import Settings

FORM: Final = re.compile(r"(?P<first>[0-9]{1,6})(?:-(?P<last>[0-9]{1,6}))?/(?P<count>[0-9]{1,6})")
FOR_SEVERAL: Final = "postgresql://user:password@host/name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shards:
    """A cluster: the shards that this process serves, numbered from 0, of `count` in all."""

    first: int
    last: int
    count: int

    @property
    def numbers(self) -> range:
        """Their numbers."""
        return range(self.first, self.last + 1)

    @property
    def is_all(self) -> bool:
        """Whether there are no others."""
        return len(self.numbers) == self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a process does. Without `shards` Discord says how many there are, and a gateway serves them all."""

    has_gateway: bool = True
    has_worker: bool = True
    shards: Shards | None = None

    @property
    def served(self) -> tuple[Sequence[int], int] | None:
        """The numbers of the shards that are served here, and how many there are; None: all that Discord recommends."""
        if not self.has_gateway:
            return (), 1
        return (self.shards.numbers, self.shards.count) if self.shards else None

    @property
    def offers_commands(self) -> bool:
        """Whether this process keeps Discord's list of commands in step: of several, the one with shard 0."""
        return self.has_gateway and (self.shards is None or self.shards.first == 0)


def shards_in(text: str) -> Shards:
    """Return the cluster that the option `--shards` names.

    Raises:
        ConfigurationError: it names none.
    """
    found = FORM.fullmatch(text)
    if found is None:
        raise ConfigurationError(["--shards: must say which of how many, such as 0-3/16 or 5/16"])
    first, count = int(found["first"]), int(found["count"])
    last = first if found["last"] is None else int(found["last"])
    if first > last:
        raise ConfigurationError([f"--shards: {first}-{last} ends before it begins"])
    if count == 0:
        raise ConfigurationError(["--shards: there is no shard of 0"])
    if last >= count:
        raise ConfigurationError([f"--shards: of {count} shards the last one has the number {count - 1}"])
    return Shards(first=first, last=last, count=count)


def require_room_for(role: Role, settings: Settings) -> None:
    """Look whether the database takes the other processes that a role speaks of.

    Raises:
        ConfigurationError: it does not.
    """
    if settings.database_url is not None:
        return
    is_part = role.shards is not None and not role.shards.is_all
    for is_asked, what in (
        (not role.has_gateway, "`bot.py worker`"),
        (not role.has_worker, "`bot.py run --no-worker`"),
        (is_part, "`bot.py run --shards` with a part of the shards"),
    ):
        if is_asked:
            raise ConfigurationError(
                [f"DATABASE_URL: {what} takes a database for several processes; set it to {FOR_SEVERAL}"]
            )
