"""How a database is, seen from beside the bot that runs on it. Everything here only reads."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from services.database import MIGRATIONS, Database, Row, Transaction, moment, reading, stored

STUCK_AFTER: Final = timedelta(minutes=10)
"""Without a step that was due. A running bot takes each within seconds, and a long upload renews its lease."""

_OBJECTS: Final = "SELECT type || ' ' || name AS name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'"
_ALIVE: Final = """
SELECT COUNT(*) AS alive,
    COALESCE(SUM(next_at < :due AND lease_until < :now), 0) AS stuck,
    MAX(CASE WHEN lease_until > :now THEN lease_until END) AS leased_until,
    MIN(created_at) AS oldest
FROM jobs WHERE ended_at IS NULL
"""
_UNKNOWN: Final = "SELECT COUNT(*) AS jobs FROM jobs WHERE reason = 'submit_unknown' AND resolved_at IS NULL"
_CHOSEN: Final = "SELECT guild_id, channels FROM servers WHERE channels <> '[]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Whether the file is whole, and built as this version of the bot builds it."""

    damage: Sequence[str]
    """What SQLite found wrong, in its own words; empty where nothing is."""
    schema: int
    newest_schema: int
    """The one that this version of the bot knows."""
    lacking: Sequence[str]
    """Tables, indexes, views and triggers that its schema has and the file has not, such as `table jobs`."""

    @property
    def is_current(self) -> bool:
        """Whether every statement of this version can be run on it."""
        return not self.damage and not self.lacking and self.schema == self.newest_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is under way, and what waits for a person."""

    alive: int
    stuck: int
    """Those whose next step was due `STUCK_AFTER` ago, and which nobody is at."""
    oldest: datetime | None
    """When the first of those alive was asked for."""
    leased_until: datetime | None
    """Until when a bot says to be at one of them; None where none does."""
    unknown: int
    """Orders of which nobody knows whether they were bought, and about which the owner has not decided."""
    chosen_channels: Mapping[int, frozenset[int]]
    """Where videos may be asked for, by server; a server that is not in it takes them everywhere."""


async def structure(path: Path, *, scratch: Path) -> Structure:
    """Check the file from end to end. `scratch` is an empty folder, where a new database is made to compare with.

    Raises:
        StorageError: there is no such file, or it is not a database.
    """
    async with reading(path) as tx:
        damage = [str(*row.values()) for row in await tx.fetch_all("PRAGMA quick_check(5)")]
        schema = _number(await tx.fetch_one("PRAGMA user_version"))
        found = await _objects(tx)
    newest = max(int(file.name[:4]) for file in MIGRATIONS.glob("[0-9]*.sql"))
    wanted = await _objects_of_new(scratch) if schema == newest else frozenset[str]()
    return Structure(
        damage=[] if damage == ["ok"] else damage,
        schema=schema,
        newest_schema=newest,
        lacking=sorted(wanted - found),
    )


async def work(path: Path, *, now: datetime) -> Work:
    """Look at the jobs of a database of this version's schema.

    Raises:
        StorageError: it cannot be read.
    """
    async with reading(path) as tx:
        row = await tx.fetch_one(_ALIVE, {"due": stored(now - STUCK_AFTER), "now": stored(now)}) or {}
        unknown = _number(await tx.fetch_one(_UNKNOWN))
        chosen = await tx.fetch_all(_CHOSEN)
    leased_until, oldest = row["leased_until"], row["oldest"]
    return Work(
        alive=int(row["alive"]),
        stuck=int(row["stuck"]),
        oldest=None if oldest is None else moment(oldest),
        leased_until=None if leased_until is None else moment(leased_until),
        unknown=unknown,
        chosen_channels={int(each["guild_id"]): frozenset(json.loads(each["channels"])) for each in chosen},
    )


async def _objects_of_new(scratch: Path) -> frozenset[str]:
    database = await Database.open(scratch / "new.sqlite3")
    try:
        async with database.transaction() as tx:
            return await _objects(tx)
    finally:
        await database.close()


async def _objects(tx: Transaction) -> frozenset[str]:
    return frozenset(str(row["name"]) for row in await tx.fetch_all(_OBJECTS))


def _number(row: Row | None) -> int:
    """Return the one number of a row that holds nothing else."""
    return int(next(iter(row.values()))) if row else 0
