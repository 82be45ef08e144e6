"""The record of who changed what: append-only, written in the transaction of the change itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.database import Database, Transaction, moment, stored
from services.models import Requester

CHANGES: Final = "changes"
"""Held by whoever records what stood before: one change after the other, so that each `before` is the last `after`."""

_INSERT: Final = """
INSERT INTO audit (interaction_id, guild_id, actor_id, action, subject, before, after, at)
VALUES (:interaction_id, :guild_id, :actor_id, :action, :subject, :before, :after, :at)
"""
_LATEST: Final = "SELECT * FROM audit WHERE guild_id = :guild_id AND id < :before_id ORDER BY id DESC LIMIT :most"
_NO_ID: Final = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change: who, what, to whom, and how it was before and is after."""

    id: int
    guild_id: int
    """0 for what concerns every server."""
    actor_id: int
    action: str
    subject: str
    before: str
    after: str
    at: datetime


async def record(
    tx: Transaction,
    actor: Requester,
    *,
    guild_id: int,
    action: str,
    subject: str,
    before: str,
    after: str,
    now: datetime,
) -> None:
    """Write one change down."""
    await tx.execute(
        _INSERT,
        {
            "interaction_id": actor.interaction_id,
            "guild_id": guild_id,
            "actor_id": actor.user_id,
            "action": action,
            "subject": subject,
            "before": before,
            "after": after,
            "at": stored(now),
        },
    )


async def latest(database: Database, guild_id: int, *, most: int, before_id: int | None = None) -> Sequence[AuditEntry]:
    """Return the newest changes of one server (0: of everything), newest first; `before_id` pages on."""
    values = {"guild_id": guild_id, "most": most, "before_id": _NO_ID if before_id is None else before_id}
    async with database.transaction() as tx:
        rows = await tx.fetch_all(_LATEST, values)
    return [
        AuditEntry(
            id=row["id"],
            guild_id=row["guild_id"],
            actor_id=row["actor_id"],
            action=row["action"],
            subject=row["subject"],
            before=row["before"],
            after=row["after"],
            at=moment(row["at"]),
        )
        for row in rows
    ]
