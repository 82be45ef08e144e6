"""When to look at a running job."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.schedule import Pace, Schedule
from services.schedule.looks import LAST_LOOK, LATE_PACE, SPREAD

SCHEDULE = Schedule(first=timedelta(seconds=8), every=timedelta(seconds=10))
CHANCES = st.floats(min_value=0, max_value=1)
AGES = st.timedeltas(min_value=timedelta(days=-2), max_value=timedelta(days=3))
LATENESS = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=3))
PACES = st.timedeltas(min_value=timedelta(milliseconds=50), max_value=timedelta(minutes=10))
KNOWN = st.builds(Pace, first=PACES, nearly_all=st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=3)))


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (8, 10),
        (119, 10),
        (120, 20),
        (899, 20),
        (900, 60),
        (20 * 60, 60),  # late, but it may come any minute
        (80 * 60 - 1, 60),
        (80 * 60, 300),
        (80_000, 300),
    ],
)
def test_looks_are_dense_at_first_and_sparse_when_a_job_takes_long(age: float, wait: float) -> None:
    assert SCHEDULE.next_look(age=seconds(age), chance=0) == seconds(wait)


@pytest.mark.parametrize(
    ("age", "chance", "wait"),
    [
        (0, 0, 8),
        (0, 1, 8.4),
        (3, 0, 5),
        (-3_600, 0, 8),  # the clock of the host has moved back
    ],
)
def test_the_first_look_is_spread_but_never_comes_before_it_is_due(age: float, chance: float, wait: float) -> None:
    assert SCHEDULE.next_look(age=seconds(age), chance=chance) == seconds(wait)


def test_what_is_known_of_such_jobs_says_when_the_first_look_comes() -> None:
    pace = Pace(first=seconds(40), nearly_all=seconds(300))

    assert SCHEDULE.next_look(age=seconds(0), chance=0, pace=pace) == seconds(40)
    assert SCHEDULE.next_look(age=seconds(0), chance=1, pace=pace) == seconds(40.5)


@pytest.mark.parametrize(("age", "wait"), [(40, 10), (299, 10), (300, 20), (900, 60)])
def test_looks_stay_dense_for_as_long_as_such_jobs_do_end(age: float, wait: float) -> None:
    pace = Pace(first=seconds(40), nearly_all=seconds(300))

    assert SCHEDULE.next_look(age=seconds(age), chance=0, pace=pace) == seconds(wait)


def test_a_slow_pace_stays_slow_for_old_jobs() -> None:
    slow = Schedule(first=seconds(8), every=seconds(300))

    assert slow.next_look(age=seconds(2_000), chance=0) == seconds(300)


def test_chance_spreads_the_looks_by_a_twentieth_and_never_beyond_the_owners_pace() -> None:
    waits = [SCHEDULE.next_look(age=seconds(60), chance=chance) for chance in (0, 0.5, 1)]

    assert waits == [seconds(10), seconds(9.75), seconds(9.5)]


@given(first=PACES, every=PACES, age=AGES, chance=CHANCES)
def test_a_look_is_always_ahead_and_never_further_than_the_pace_allows(
    first: timedelta, every: timedelta, age: timedelta, chance: float
) -> None:
    wait = Schedule(first=first, every=every).next_look(age=age, chance=chance)

    longest = max(first, every, LATE_PACE) * (1 + SPREAD)
    assert timedelta(0) < wait <= longest + timedelta(microseconds=1)


@given(pace=KNOWN, every=PACES, late=LATENESS, younger=AGES, older=AGES, chance=CHANCES)
def test_the_older_a_job_is_the_rarer_are_the_looks(
    pace: Pace, every: timedelta, late: timedelta, younger: timedelta, older: timedelta, chance: float
) -> None:
    schedule = Schedule(first=seconds(8), every=every, late=late)
    ages = sorted(max(pace.first, age) for age in (younger, older))

    sooner, later = [schedule.next_look(age=age, chance=chance, pace=pace) for age in ages]

    assert sooner <= later


@given(first=PACES, every=PACES, late=LATENESS, age=AGES, chance=CHANCES)
def test_no_look_comes_before_the_first_is_due(
    first: timedelta, every: timedelta, late: timedelta, age: timedelta, chance: float
) -> None:
    wait = Schedule(first=first, every=every, late=late).next_look(age=age, chance=chance)

    assert max(age, timedelta(0)) + wait >= first


@given(every=PACES, late=LATENESS, age=AGES, chance=CHANCES, left=AGES)
def test_one_look_follows_at_once_upon_the_deadline_however_sparse_they_are(
    every: timedelta, late: timedelta, age: timedelta, chance: float, left: timedelta
) -> None:
    schedule = Schedule(first=seconds(8), every=every, late=late)

    wait = schedule.next_look(age=age, chance=chance, left=left)

    assert timedelta(0) < wait <= max(left, timedelta(0)) + LAST_LOOK
    assert wait <= schedule.next_look(age=age, chance=chance)


@given(late=LATENESS, age=AGES)
def test_a_job_is_late_from_its_soft_deadline_on_and_never_before(late: timedelta, age: timedelta) -> None:
    assert Schedule(first=seconds(8), every=seconds(10), late=late).is_late(age) == (age > late)


def test_an_owner_who_calls_jobs_late_early_finds_their_clips_no_later() -> None:
    impatient = Schedule(first=seconds(8), every=seconds(10), late=seconds(30))

    assert impatient.next_look(age=seconds(60), chance=0) == seconds(10)
