"""How a database is, seen from beside the bot that runs on it. Everything here only reads."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from services.database import (
    MIGRATIONS,
    POSTGRESQL_MIGRATIONS,
    Row,
    Transaction,
    inventory,
    moment,
    read_migrations,
    reading,
    stored,
)

STUCK_AFTER: Final = timedelta(minutes=10)
"""Without a step that was due. A running bot takes each within seconds, and a long upload renews its lease."""

_OBJECTS: Final = "SELECT type || ' ' || name AS name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'"
_OBJECTS_OF_SERVER: Final = """
SELECT 'table ' || tablename AS name FROM pg_tables WHERE schemaname = current_schema()
UNION ALL SELECT 'view ' || viewname FROM pg_views WHERE schemaname = current_schema()
UNION ALL SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger AS made JOIN pg_class AS holder ON holder.oid = made.tgrelid
    WHERE NOT tgisinternal AND tgenabled <> 'D' AND relnamespace = current_schema()::regnamespace
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
"""
_HAS_VERSION: Final = "SELECT to_regclass('schema_version') IS NOT NULL AS found"
_VERSION: Final = "SELECT COALESCE(MAX(number), 0) AS number FROM schema_version"
# A connection behind a proxy may go by another name; those of the bot's own are called as its engine calls them.
_SERVER: Final = """
SELECT CAST(current_setting('server_version_num') AS BIGINT) AS version,
    CAST(current_setting('max_connections') AS BIGINT)
        - CAST(current_setting('superuser_reserved_connections') AS BIGINT)
        - COALESCE(CAST(current_setting('reserved_connections', TRUE) AS BIGINT), 0) AS most,
    (SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS used,
    (SELECT COUNT(*) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'discord-video-bot') AS bots,
    CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now
"""
_ALIVE: Final = """
SELECT COUNT(*) AS alive,
    COUNT(*) FILTER (WHERE next_at < :due AND lease_until < :now) AS stuck,
    MAX(CASE WHEN lease_until > :now THEN lease_until END) AS leased_until,
    MIN(created_at) AS oldest
FROM jobs WHERE ended_at IS NULL
"""
_UNKNOWN: Final = "SELECT COUNT(*) AS jobs FROM jobs WHERE reason = 'submit_unknown' AND resolved_at IS NULL"
_CHOSEN: Final = "SELECT guild_id, channels FROM servers WHERE channels <> '[]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Whether the database is whole, and built as this version of the bot builds it."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL server, as whoever uses one database of it sees it."""

    version: tuple[int, int]
    most_connections: int
    """Of all its databases together, less those that it keeps for its own people."""
    connections: int
    """Of them, those that are open, without the one that looked."""
    bots: int
    """Of them, the bot's own, in this database."""
    now: datetime
    """By its clock."""


async def structure(where: Path | str) -> Structure | None:
    """Check a file from end to end, or what a PostgreSQL database holds, whose pages its server answers for.

    None where there is a database, and no bot was ever started on it.

    Raises:
        StorageError: there is no such file, it is not a database, or the server does not let us in.
    """
    async with reading(where) as tx:
        return await (_structure_of_file(tx) if isinstance(where, Path) else _structure_of_server(tx))


async def _structure_of_file(tx: Transaction) -> Structure:
    damage = [str(*row.values()) for row in await tx.fetch_all("PRAGMA quick_check(5)")]
    schema = _number(await tx.fetch_one("PRAGMA user_version"))
    found = await _names(tx, _OBJECTS)
    return _compared(found, schema=schema, migrations=MIGRATIONS, damage=[] if damage == ["ok"] else damage)


async def _structure_of_server(tx: Transaction) -> Structure | None:
    row = await tx.fetch_one(_HAS_VERSION)
    if row is None or not row["found"]:
        return None
    schema = _number(await tx.fetch_one(_VERSION))
    return _compared(await _names(tx, _OBJECTS_OF_SERVER), schema=schema, migrations=POSTGRESQL_MIGRATIONS, damage=())


def _compared(found: frozenset[str], *, schema: int, migrations: Path, damage: Sequence[str]) -> Structure:
    scripts = read_migrations(migrations)
    newest = max(number for number, _ in scripts)
    wanted = inventory(script for _, script in scripts) if schema == newest else frozenset[str]()
    return Structure(damage=damage, schema=schema, newest_schema=newest, lacking=sorted(wanted - found))


async def server(address: str) -> Server:
    """Look at a PostgreSQL server.

    Raises:
        StorageError: it cannot be reached, or does not let us in.
    """
    async with reading(address) as tx:
        row = (await tx.fetch_all(_SERVER))[0]
    return Server(
        version=(row["version"] // 10_000, row["version"] % 10_000),
        most_connections=row["most"],
        connections=row["used"],
        bots=row["bots"],
        now=moment(row["now"]),
    )


async def work(where: Path | str, *, now: datetime) -> Work:
    """Look at the jobs of a database of this version's schema.

    Raises:
        StorageError: it cannot be read.
    """
    async with reading(where) as tx:
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


async def _names(tx: Transaction, statement: str) -> frozenset[str]:
    return frozenset(str(row["name"]) for row in await tx.fetch_all(statement))


def _number(row: Row | None) -> int:
    """Return the one number of a row that holds nothing else."""
    return int(next(iter(row.values()))) if row else 0
