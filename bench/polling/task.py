"""What a child of this benchmark is told, and what it says it saw."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

NOON: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""When the run begins by the worker's clock: the table of jobs is filled once, for all runs."""
MODEL: Final = "maker/model"
PROMPT: Final = (
    "A red fox runs through deep snow at dawn, its breath in the cold air, the camera low and close. {number}"
)
"""Each its own, as members' are; by the number the upstream knows how long the job takes."""
KEY: Final = "sk-or-v1-" + 64 * "0"


class Client(StrEnum):
    """Who looks after the jobs."""

    WORKER = "worker"
    """The bot's own, with its table of jobs on the disk."""
    WEBHOOKS = "webhooks"
    """The same, told by the video API."""
    OFFICIAL = "official"
    """The `openrouter` package, one task for each job."""
    BARE = "bare"
    """aiohttp, one task for each job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a child has to do. Times are seconds of the jobs, which pass `factor` times faster than the world's."""

    client: str
    url: str
    """Of the video API."""
    jobs: int
    window: float
    """In which the jobs arrive, evenly; 0: all are there at once."""
    factor: float
    every: float
    """Between the looks at a job."""
    database: str = ""
    """The worker's file."""
    webhook_secret: str = ""
    profile: str = ""
    """Where to write a profile of the event loop's thread; empty: the run is not slowed down by one."""

    def arrival(self, number: int) -> float:
        """Return when a job arrives, after the beginning."""
        return self.window * number / self.jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a child saw. Bytes, and seconds of the world unless said otherwise."""

    cpu: float
    """Of all threads, from the first job's arrival until all are at rest."""
    loop_cpu: float
    """Of the event loop's thread alone."""
    wall: float
    idle: int
    """Memory before the first job."""
    peak: int
    lag_p50: float
    """By how much a beat of the event loop came late."""
    lag_p99: float
    found_at: Mapping[str, float] = field(default_factory=dict[str, float])
    """When the client knew that each job was done, by its id at the video API, on the machine's monotonic clock."""
