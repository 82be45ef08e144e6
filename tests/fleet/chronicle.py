"""Everything that ever happened to a row, written down by the database itself: what limits are checked by afterwards.

Rows say how things stand. Whether a limit was passed for a moment, and whose turn it was, only their changes say; so
triggers of ours, in a schema of their own, write down each, in the order of the changes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

from tests.stored import Stored

SCRIPT: Final[Sequence[str]] = (
    "CREATE SCHEMA chronicle",
    "CREATE SEQUENCE chronicle.number",
    """
    CREATE TABLE chronicle.changes (
        number BIGINT PRIMARY KEY DEFAULT nextval('chronicle.number'),
        at BIGINT NOT NULL DEFAULT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT),
        transaction BIGINT NOT NULL DEFAULT txid_current(),
        id BIGINT, guild_id BIGINT, user_id BIGINT, state TEXT, is_in_line BOOLEAN, is_late BOOLEAN, has_ended BOOLEAN,
        next_at BIGINT, lease_until BIGINT, fence BIGINT, counts BIGINT, held BIGINT, reserved BIGINT, budget BIGINT
    )
    """,
    """
    CREATE FUNCTION chronicle.note_job() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO chronicle.changes (id, guild_id, user_id, state, is_in_line, is_late, has_ended, next_at,
                                       lease_until, fence, counts, held, reserved)
        VALUES (NEW.id, NEW.guild_id, NEW.user_id, NEW.state, NEW.status_message_id IS NOT NULL,
                NEW.late_at IS NOT NULL, NEW.ended_at IS NOT NULL, NEW.next_at, NEW.lease_until, NEW.fence, NEW.counts,
                NEW.held_microusd, NEW.reserved_microusd);
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION chronicle.note_budget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO chronicle.changes (guild_id, budget) VALUES (NEW.guild_id, NEW.microusd);
        RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER noted AFTER INSERT OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION chronicle.note_job()",
    "CREATE TRIGGER noted AFTER INSERT OR UPDATE ON budgets FOR EACH ROW EXECUTE FUNCTION chronicle.note_budget()",
)
UNREACHABLE: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A job after one change of its row. Times are milliseconds since 1970, by the database's clock."""

    number: int
    at: int
    transaction: int
    id: int
    guild_id: int
    user_id: int
    state: str
    is_in_line: bool = True
    """Whether its member has seen the answer, so that it may be sent."""
    is_late: bool = False
    has_ended: bool = False
    next_at: int | None = 0
    lease_until: int = 0
    fence: int = 0
    counts: int = 1
    held: int = 0
    reserved: int = 0
    """Both in micro-dollars."""

    @property
    def is_running(self) -> bool:
        """Whether it takes one of the places upstream."""
        return self.state in {"submitting", "generating"} and not self.is_late

    @property
    def is_called_up(self) -> bool:
        """Whether it has just been given a place that it has still to take."""
        return self.state == "queued" and self.is_in_line and self.lease_until > self.at

    def has_place(self, at: int) -> bool:
        """Whether it has one of the places upstream at a moment, or was given it."""
        return self.is_running or (self.is_called_up and self.lease_until > at)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBudget:
    """The budget for everything after one change, in micro-dollars."""

    number: int
    microusd: int


def begin(stored: Stored) -> None:
    """Write down from now on."""
    for statement in SCRIPT:
        stored.rows(statement)


def read(stored: Stored) -> Sequence[Change | NewBudget]:
    """Return all changes in their order."""
    rows = stored.rows("SELECT * FROM chronicle.changes ORDER BY number")
    return [_change_of(row) for row in rows if row["id"] is not None or row["guild_id"] == 0]


def _change_of(row: dict[str, Any]) -> Change | NewBudget:
    budget = row.pop("budget")
    return Change(**row) if row["id"] is not None else NewBudget(number=row["number"], microusd=budget)


def keep(stored: Stored, file: Path) -> None:
    """Write all changes to a file, one JSON object in a line: the database is gone when somebody asks why."""
    rows = stored.rows("SELECT * FROM chronicle.changes ORDER BY number")
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


async def looked_up(stored: Stored, statement: str) -> Sequence[dict[str, Any]]:
    """Return rows of the bot's database; none while it cannot be reached."""
    try:
        return await stored.fetched(statement)
    except UNREACHABLE:
        return []
