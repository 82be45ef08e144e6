"""Brings status messages up to date in the background, so that no job waits for an edit; but results wait for theirs.

An edit that arrives after the result would overwrite what the member reads then, so the last one is waited for.
"""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from services.errors import BotError, StaleJobError
from services.generation.agenda import Stage, stage_of
from services.generation.leases import Hold
from services.generation.steps import Steps
from services.models import Job, JobState

PATIENCE: Final = timedelta(seconds=5)
SHOWN: Final = frozenset({JobState.GENERATING, JobState.DOWNLOADING})
"""The states whose beginning is worth an edit of the status message."""

log = structlog.get_logger(__name__)


class Progress:
    """The edits that are under way, one at a time for each job, in their order."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._edits: dict[int, asyncio.Task[None]] = {}
        self._muted: set[int] = set()
        """Those whose channel was found closed."""

    def show(self, job: Job, *, hold: Hold, shown: Stage | None) -> Stage | None:
        """Begin to show how far a job is, once a stage; after a restart, once more. Return what is shown then."""
        stage = stage_of(job)
        if job.state not in SHOWN or job.refusals or job.id in self._muted or shown == stage:
            return shown
        edit = self._show(job, hold=hold, after=self._edits.get(job.id))
        task = self._edits[job.id] = asyncio.create_task(edit, name=f"progress-{job.id}")
        task.add_done_callback(lambda done: self._forget(job.id, done))
        return stage

    async def end(self, job_id: int) -> None:
        """Let the last edit of a job arrive, so that it cannot overwrite what comes after it."""
        self._muted.discard(job_id)
        task = self._edits.pop(job_id, None)
        if task is not None:
            _, late = await asyncio.wait({task}, timeout=PATIENCE.total_seconds())
            for unfinished in late:
                unfinished.cancel()

    def drop(self, job_id: int) -> None:
        """Break off what is shown of a job that is not ours any more."""
        self._muted.discard(job_id)
        if (task := self._edits.get(job_id)) is not None:
            task.cancel()

    async def close(self) -> None:
        """Leave nothing running."""
        edits = [*self._edits.values()]
        for task in edits:
            task.cancel()
        await asyncio.gather(*edits, return_exceptions=True)

    async def _show(self, job: Job, *, hold: Hold, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            await asyncio.wait({after})
        if job.id in self._muted:
            return
        try:
            if not await self._steps.show_progress(job, hold):
                self._muted.add(job.id)
        except StaleJobError:
            return
        except BotError as error:
            log.info("progress_not_shown", job_id=job.id, kind=type(error).__name__)

    def _forget(self, job_id: int, done: asyncio.Task[None]) -> None:
        if self._edits.get(job_id) is done:
            del self._edits[job_id]
