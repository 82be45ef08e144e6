"""Says that a job has moved: one event in the log for each move, and how long the phase took that ended with it.

Said once the move is stored, by whoever stored it, so that nothing is told that was rolled back.
"""

from datetime import datetime

import structlog

from services.measures import UNMEASURED, Measures, Phase
from services.models import Job, JobState

log = structlog.get_logger(__name__)


class Moves:
    """Tells the log and whoever counts."""

    def __init__(self, measures: Measures = UNMEASURED) -> None:
        self._measures = measures

    def tell(self, job: Job, *, before: JobState | None) -> None:
        """Tell of a job that is now as `job` shows it. Without a `before` it is new; the same state is no move."""
        if before is job.state:
            return
        log.info(
            "job_moved",
            job_id=job.id,
            **{"from": before, "to": job.state},
            reason=job.reason,
            attempts=job.attempts,
            model=job.spec.model,
        )
        self._measure(job, before=before)

    def _measure(self, job: Job, *, before: JobState | None) -> None:
        match before, job.state:
            case JobState.SUBMITTING, JobState.GENERATING:
                self._took(Phase.WAITING, job.created_at, job.submitted_at)
            case JobState.GENERATING, JobState.DOWNLOADING:
                self._took(Phase.MAKING, job.submitted_at, job.completed_at)
            case JobState.DOWNLOADING, JobState.DELIVERING:
                # The next step is due at the moment of the move.
                self._took(Phase.DOWNLOAD, job.completed_at, job.next_at)
            case JobState.DELIVERING, JobState.DELIVERED:
                self._took(Phase.POST, job.delivering_at, job.ended_at)
            case _:
                pass
        if job.is_terminal:
            self._measures.ended(state=job.state.value, reason=job.reason.value if job.reason else None)

    def _took(self, phase: Phase, since: datetime | None, until: datetime | None) -> None:
        if since is not None and until is not None:
            # Clocks are put right now and then.
            self._measures.took(phase, max(0.0, (until - since).total_seconds()))
