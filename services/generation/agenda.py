"""Which jobs are ours and when the next step of each is due, in as few bytes as will do.

Tens of thousands of jobs may wait between looks. Of each only this is kept; its row is read again when it is due.
"""

import heapq
import math
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice, product
from struct import Struct
from typing import Final, NamedTuple, Self, TypeAlias

from services.database import moment, stored
from services.models import UPSTREAM, Job, JobState

Stage: TypeAlias = tuple[JobState, bool]
"""What a member reads of a job under way, and the others feel: its state, and whether it is late."""
_STAGES: Final[Sequence[Stage | None]] = [None, *product(JobState, (False, True))]
_NUMBERS: Final = {stage: number for number, stage in enumerate(_STAGES)}
_PACKED: Final = Struct(">dqqqB")
"""The fields of an entry in their order, `due` first: bytes compare as it does, which is what the heap needs."""
_UNSEEN: Final = -1


class Entry(NamedTuple):
    """A job of ours."""

    due: float
    """On the event loop's clock; infinite while its step is in hand."""
    job_id: int
    fence: int
    shown: Stage | None
    """What its status message was last brought up to."""
    seen_at: int | None
    """`Job.seen_at` in milliseconds, which the row does not say before a move writes it down."""

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """Return what was packed."""
        due, job_id, fence, seen_at, stage = _PACKED.unpack(packed)
        return cls(due, job_id, fence, _STAGES[stage], None if seen_at == _UNSEEN else seen_at)

    def packed(self) -> bytes:
        """Return it in a third of the memory, for as long as it waits."""
        seen_at = _UNSEEN if self.seen_at is None else self.seen_at
        return _PACKED.pack(self.due, self.job_id, self.fence, seen_at, _NUMBERS[self.shown])

    def on(self, row: Job) -> Job:
        """Return the row with what only we know of it."""
        return row if self.seen_at is None else replace(row, seen_at=moment(self.seen_at))


class Agenda:
    """The jobs that are ours."""

    def __init__(self) -> None:
        self._held: dict[int, bytes] = {}
        self._due: list[bytes] = []

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._held)

    @property
    def next_due(self) -> float:
        """When the next step is due; infinite where none is."""
        return Entry.unpacked(self._due[0]).due if self._due else math.inf

    def entry(self, job_id: int) -> Entry | None:
        """Return what is known of a job; None where it is not ours."""
        packed = self._held.get(job_id)
        return None if packed is None else Entry.unpacked(packed)

    def hold(self, job: Job, *, due: float = math.inf, shown: Stage | None = None) -> None:
        """Put a job down until it is due, or as being in hand."""
        self._put(Entry(due, job.id, job.fence, shown, _milliseconds(job.seen_at)))

    def put_off(self, entry: Entry, *, due: float) -> None:
        """Put a job that is ours down again, as it was."""
        self._put(entry._replace(due=due))

    def _put(self, entry: Entry) -> None:
        self._held[entry.job_id] = packed = entry.packed()
        if entry.due < math.inf:
            heapq.heappush(self._due, packed)

    def let_go(self, job_id: int) -> None:
        """Forget a job."""
        self._held.pop(job_id, None)

    def take_due(self, time: float, *, most: int, but: Container[int]) -> Sequence[Entry]:
        """Take at most so many that are due, the longest due first. Those in `but` are in hand, and put down again."""
        return [*islice(self._pop_due(time, but=but), max(0, most))]

    def _pop_due(self, time: float, *, but: Container[int]) -> Iterator[Entry]:
        while self.next_due <= time:
            packed = heapq.heappop(self._due)
            entry = Entry.unpacked(packed)
            # Let go, or put down anew since: then another entry speaks for it.
            if self._held.get(entry.job_id) is packed and entry.job_id not in but:
                yield entry


def stage_of(job: Job) -> Stage:
    """Return how far a job is."""
    return job.state, job.late_at is not None


def has_slot(job: Job) -> bool:
    """Whether a job in our hands takes one of the slots upstream, as the store counts them."""
    if job.state is JobState.QUEUED:
        return job.status_message_id is not None
    return job.state in UPSTREAM and job.late_at is None


def _milliseconds(time: datetime | None) -> int | None:
    return None if time is None else stored(time)
