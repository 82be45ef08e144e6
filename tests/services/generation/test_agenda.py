"""What is kept of a waiting job is small, comes back as it was put down, and comes in the order in which it is due."""

import math
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from services.database import moment
from services.generation.agenda import Agenda, Entry
from services.models import Job, JobState
from tests.services.jobs.samples import NOON, House

STAGES: Final = st.none() | st.tuples(st.sampled_from(JobState), st.booleans())
ENTRIES: Final = st.builds(
    Entry,
    due=st.floats(min_value=0, allow_nan=False),
    job_id=st.integers(1, 2**62),
    fence=st.integers(0, 2**62),
    shown=STAGES,
    seen_at=st.none() | st.integers(0, 2**62),
)
SMALL: Final = 80
"""Bytes."""


@given(ENTRIES)
def test_an_entry_comes_back_as_it_was_put_down(entry: Entry) -> None:
    assert Entry.unpacked(entry.packed()) == entry


@given(ENTRIES, ENTRIES)
def test_what_is_due_sooner_comes_first_however_it_is_kept(one: Entry, other: Entry) -> None:
    assert (one.due < other.due) <= (one.packed() < other.packed())


@given(ENTRIES)
def test_an_entry_is_small(entry: Entry) -> None:
    assert sys.getsizeof(entry.packed()) <= SMALL


async def test_only_what_was_put_down_last_speaks_for_a_job(house: House) -> None:
    agenda, job = Agenda(), await house.job(JobState.GENERATING)
    agenda.hold(job, due=1.0)
    agenda.hold(replace(job, seen_at=NOON), due=3.0)

    assert agenda.take_due(2.0, most=9, but=()) == []
    [entry] = agenda.take_due(3.0, most=9, but=())
    assert (entry.job_id, entry.seen_at and moment(entry.seen_at)) == (job.id, NOON)


async def test_what_was_let_go_or_is_in_hand_is_not_due(house: House) -> None:
    agenda = Agenda()
    jobs: list[Job] = [await house.job(JobState.GENERATING) for _ in range(3)]
    for job in jobs:
        agenda.hold(job, due=1.0)
    agenda.let_go(jobs[0].id)

    assert [entry.job_id for entry in agenda.take_due(1.0, most=9, but={jobs[1].id})] == [jobs[2].id]
    assert agenda.next_due == math.inf


async def test_what_a_look_saw_is_known_of_the_row_that_does_not_say_it(house: House) -> None:
    agenda, job = Agenda(), await house.job(JobState.GENERATING)
    seen = replace(job, seen_at=NOON + timedelta(seconds=1))
    agenda.hold(seen, due=1.0)

    [entry] = agenda.take_due(1.0, most=9, but=())

    assert entry.on(job) == seen
