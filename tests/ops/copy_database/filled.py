"""A database in which every table has rows, jobs are in every state, and texts are odd."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from services.database import Database, stored
from services.models import FailureReason, JobState
from tests.services.jobs.samples import NOON, House, house_over

ODD: Final = "a 'fox' \"in\" the snow\n\t\\ \N{SNOWMAN} \N{FACE WITH TEARS OF JOY} % {} e\N{COMBINING ACUTE ACCENT}"
FURTHEST: Final = 2**63 - 1
ROWS: Final[Mapping[str, Mapping[str, Any]]] = {
    "bonuses": {"interaction_id": 5, "guild_id": 1, "user_id": 1, "videos": 3, "granted_by": 9, "granted_at": 7},
    "blocks": {"guild_id": 0, "user_id": FURTHEST, "blocked_by": 9, "blocked_at": 7},
    "pauses": {"guild_id": 77, "reason": "manager", "since": 1, "until": None, "paused_by": 9},
    "budgets": {"guild_id": 0, "microusd": 1_000_000_000_000, "changed_by": 9, "changed_at": 7},
    "servers": {"guild_id": 1, "channels": "[1, 2]", "models": '["é"]', "language": "de"},
    "notices": {"topic": "day 1", "guild_id": 1, "kind": "spend", "created_at": 1, "told_at": None},
    "callbacks": {"job_id": 1, "digest": "0" * 64},
    "chosen_pictures": {
        "interaction_id": 6,
        "guild_id": 1,
        "user_id": 1,
        "url": "https://cdn.example/a?ex=1&is=2",
        "size": 3,
        "expires_at": 4,
    },
    "pictures": {"interaction_id": 6, "position": 1, "content": bytes(range(256)), "kept_at": 4},
    "duties": {"name": "shards", "owner": "instance-1", "lease_until": 3},
    "identify_turns": {"bucket": 3, "owner": "instance-1", "free_at": 4},
    "limits": {
        "guild_id": 1,
        "subject": "member",
        "subject_id": 3,
        "videos_per_day": 2,
        "microusd": None,
        "changed_by": 9,
        "changed_at": 8,
    },
    "offers": {
        "interaction_id": 60,
        "guild_id": 1,
        "channel_id": 2,
        "user_id": 3,
        "prompt": ODD,
        "model": "acme/clip-1",
        "duration": 5,
        "microusd": 2,
        "expires_at": 3,
    },
    "words": {"guild_id": 0, "folded": "nude", "word": "Nüde", "added_by": 9, "added_at": 7},
    "word_refusals": {"interaction_id": 8, "guild_id": 1, "user_id": 3, "refused_at": 7},
    "member_pauses": {"guild_id": 1, "user_id": 3, "since": 7, "until": 9, "ended_by": None},
    "audit": {
        "interaction_id": 1,
        "guild_id": 1,
        "actor_id": 2,
        "action": "limit",
        "subject": "member 3",
        "before": "",
        "after": ODD,
        "at": 1,
    },
}
"""One row of each table but those that a bot fills by itself: `jobs` and `facts`."""


async def fill(database: Database) -> House:
    """Put something into every table."""
    house = house_over(database)
    for state in JobState:
        if state not in {JobState.CANCELLED, JobState.FAILED}:
            await house.job(state, user=hash(state.value) % 5 + 1)
    cancelled = await house.queued(user=7)
    await house.jobs.cancel(cancelled.id, now=NOON, told=True)
    for reason in FailureReason:
        await house.failed(reason, user=8, cost=None)
    async with database.transaction() as tx:
        for table, row in ROWS.items():
            await tx.execute(insert(table, row), row)
        # The last offer is gone: its number must not be given again.
        await tx.execute("DELETE FROM offers WHERE interaction_id = 60")
        await tx.execute(insert("offers", ROWS["offers"]), {**ROWS["offers"], "interaction_id": 61})
        await tx.execute(insert("offers", ROWS["offers"]), {**ROWS["offers"], "interaction_id": 62})
        await tx.execute("DELETE FROM offers WHERE interaction_id = 62")
        await tx.execute("UPDATE jobs SET next_at = :later WHERE ended_at IS NULL", {"later": stored(NOON)})
    await database.mark()
    await database.remember("odd", ODD)
    return house


def insert(table: str, row: Mapping[str, object]) -> str:
    """Return the statement that puts a row into a table."""
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"  # noqa: S608  # a test's own


async def filled(path: Path | str) -> None:
    """Make a database with something in every table, as a bot that was stopped leaves it."""
    database = await Database.open(path)
    try:
        await fill(database)
    finally:
        await database.close()
