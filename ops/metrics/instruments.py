"""Counts what the services say of their work, for Prometheus; in one process, from its start.

Every label is one of a few words that stand in our code, or a status of HTTP. None names a member, a server or a job.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector

from services.errors import LimitRule
from services.measures import Phase
from services.models import FailureReason, JobState

PHASE_BUCKETS: Final = (0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 3_600, 14_400, 86_400)
"""Seconds. A post takes one, a video minutes, and a wait in line as long as the queue is."""
REQUEST_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600)
LAG_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
ENCODE_BUCKETS: Final = (0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 900)
NO_ANSWER: Final = "none"
OTHER: Final = "other"
STATUSES: Final = range(100, 600)


class Instruments:
    """The instruments, and the registry that holds them. One for a process; a `Measures` of the services."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._phases = Histogram(
            "video_bot_phase_seconds",
            "How long the phases of a video took that are over. Counted by this process.",
            ["phase"],
            buckets=PHASE_BUCKETS,
            registry=self.registry,
        )
        self._ended = Counter(
            "video_bot_jobs_ended",
            "Jobs that have ended, by state, and by reason where they failed. Counted by the process that ended them.",
            ["state", "reason"],
            registry=self.registry,
        )
        self._requests = Histogram(
            "video_bot_upstream_request_seconds",
            "How long requests to the video API took, by route; of a clip, until it was here.",
            ["route"],
            buckets=REQUEST_BUCKETS,
            registry=self.registry,
        )
        self._answers = Counter(
            "video_bot_upstream_requests",
            "Requests to the video API, by route and status; status none: no answer came. "
            "Route storage is where the API redirects a download to.",
            ["route", "status"],
            registry=self.registry,
        )
        self._refusals = Counter(
            "video_bot_refusals",
            "Requests for a video that were turned down, by the rule that did it. Counted by this process.",
            ["rule"],
            registry=self.registry,
        )
        self._lag = Histogram(
            "video_bot_look_lag_seconds",
            "How long after it was due a job upstream was looked at.",
            buckets=LAG_BUCKETS,
            registry=self.registry,
        )
        self._encodes = Histogram(
            "video_bot_encode_seconds",
            "How long runs of the encoder took, however they ended.",
            buckets=ENCODE_BUCKETS,
            registry=self.registry,
        )
        self._begin_at_nothing()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def _begin_at_nothing(self) -> None:
        """Export what can be counted before it happens: Prometheus sees no increase in a first value that is not 0."""
        for phase in Phase:
            self._phases.labels(phase.value)
        for state in (JobState.DELIVERED, JobState.CANCELLED):
            self._ended.labels(state.value, "")
        for reason in FailureReason:
            self._ended.labels(JobState.FAILED.value, reason.value)
        for rule in LimitRule:
            self._refusals.labels(rule.value)

    def took(self, phase: Phase, seconds: float, /) -> None:
        """Count a phase that is over."""
        self._phases.labels(phase.value).observe(seconds)

    def ended(self, *, state: str, reason: str | None) -> None:
        """Count a job that has ended."""
        self._ended.labels(state, reason or "").inc()

    def asked(self, route: str, *, status: int | None, seconds: float) -> None:
        """Count a request to the video API."""
        self._answers.labels(route, _status(status)).inc()
        self._requests.labels(route).observe(seconds)

    def refused(self, rule: str, /) -> None:
        """Count a refusal."""
        self._refusals.labels(rule).inc()

    def looked(self, *, late: float) -> None:
        """Count a look."""
        self._lag.observe(max(0.0, late))

    def encoded(self, seconds: float, /) -> None:
        """Count a run of the encoder."""
        self._encodes.observe(seconds)


def _status(status: int | None) -> str:
    """Return a status as a label: whoever answers may send any number, and every new one would be a new series."""
    if status is None:
        return NO_ANSWER
    return str(status) if status in STATUSES else OTHER
