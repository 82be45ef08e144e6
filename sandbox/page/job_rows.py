"""Looks at the bot's table of jobs from outside, read-only, as a person with a shell would.

Nothing here writes, locks or waits: the bot under the demo is the real one, and must not notice that it is watched.
"""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

LATEST: Final = """
SELECT id, user_id, channel_id, state, reason, prompt, model, duration, resolution, aspect_ratio, remote_id,
    reserved_microusd, held_microusd, cost_microusd, attempts,
    created_at, submitted_at, completed_at, delivering_at, ended_at
FROM jobs ORDER BY id DESC LIMIT :most
"""
BUSY_MILLISECONDS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job as it lies on the disk. Times are milliseconds since 1970, money is micro-dollars."""

    id: int
    user_id: int
    channel_id: int
    state: str
    reason: str | None
    prompt: str
    model: str
    duration: int
    resolution: str | None
    aspect_ratio: str | None
    remote_id: str | None
    reserved_microusd: int
    held_microusd: int
    cost_microusd: int | None
    attempts: int
    created_at: int
    submitted_at: int | None
    completed_at: int | None
    delivering_at: int | None
    ended_at: int | None


class JobRows:
    """The latest jobs in the database at `path`, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def latest(self, most: int = 30) -> list[JobRow] | None:
        """Return the latest jobs, newest first; None where they cannot be read at this moment."""
        return await asyncio.to_thread(self._read, most)

    def _read(self, most: int) -> list[JobRow] | None:
        if not self._path.exists():
            return None
        try:
            with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True)) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
                rows: list[Any] = connection.execute(LATEST, {"most": most}).fetchall()
        except sqlite3.Error:
            # It is being made, or migrated: the next look will tell.
            return None
        return [JobRow(**dict(row)) for row in rows]
