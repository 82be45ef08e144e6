"""Each job as a line of states with their times: what the row says, and what was seen while it changed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sandbox.page.job_rows import JobRow, JobRows

LOOK_EVERY: Final = 0.15
"""Seconds. A look costs about a millisecond, in a thread."""
ENDS: Final = frozenset({"delivered", "cancelled", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A state that a job was in from `at`, in milliseconds since 1970; `is_stored` where the row itself says so."""

    state: str
    at: int
    is_stored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One job and its steps, oldest first."""

    row: JobRow
    steps: tuple[Step, ...]


class Timelines:
    """Watches the table while `watch` runs, and calls `changed` after every change of it."""

    def __init__(self, rows: JobRows, *, changed: Callable[[], None]) -> None:
        self._rows = rows
        self._changed = changed
        self._latest: list[JobRow] = []
        self._seen: dict[int, dict[str, int]] = {}

    def latest(self) -> list[Timeline]:
        """Return the latest jobs, newest first."""
        return [Timeline(row=row, steps=_steps(row, self._seen.get(row.id, {}))) for row in self._latest]

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Look once."""
        rows = await self._rows.latest()
        if rows is None or rows == self._latest:
            return
        now = int(datetime.now(UTC).timestamp() * 1000)
        for row in rows:
            self._seen.setdefault(row.id, {}).setdefault(row.state, now)
        self._latest = rows
        self._changed()


def _steps(row: JobRow, seen: dict[str, int]) -> tuple[Step, ...]:
    """Put the stored times in the place of those that were seen: they are the truth, and they survive everything."""
    stored = {"queued": row.created_at, "submitting": row.submitted_at, "downloading": row.completed_at}
    stored |= {"delivering": row.delivering_at} | ({row.state: row.ended_at} if row.state in ENDS else {})
    known = {state: Step(state=state, at=at, is_stored=False) for state, at in seen.items()}
    known |= {state: Step(state=state, at=at, is_stored=True) for state, at in stored.items() if at is not None}
    return tuple(sorted(known.values(), key=lambda step: (step.state in ENDS, step.at)))
