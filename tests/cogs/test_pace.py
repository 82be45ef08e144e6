"""A bucket of tokens for each person: a burst, then a steady pace, and nobody pays for anybody else."""

from hypothesis import given
from hypothesis import strategies as st

from cogs.pace import MOST_REMEMBERED, Pace


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_then_one_at_a_time() -> None:
    clock = Clock()
    pace = Pace(burst=3, per_second=2, clock=clock)

    assert [pace.allows(1) for _ in range(5)] == [True, True, True, False, False]
    clock.now += 0.5
    assert [pace.allows(1) for _ in range(2)] == [True, False]
    clock.now += 60
    assert [pace.allows(1) for _ in range(4)] == [True, True, True, False]


def test_nobody_pays_for_somebody_elses_flood() -> None:
    pace = Pace(burst=2, per_second=1, clock=Clock())
    for _ in range(100):
        pace.allows(1)

    assert pace.allows(2)


@given(waits=st.lists(st.floats(0, 3), max_size=60))
def test_in_any_stretch_of_time_nobody_does_more_than_the_burst_and_what_the_pace_adds(waits: list[float]) -> None:
    clock = Clock()
    pace = Pace(burst=4, per_second=2, clock=clock)
    allowed: list[float] = []
    for wait in waits:
        clock.now += wait
        if pace.allows(1):
            allowed.append(clock.now)

    for first, start in enumerate(allowed):
        for last, end in enumerate(allowed[first:], start=first):
            assert last - first + 1 <= 4 + 2 * (end - start) + 1e-6


def test_people_who_went_away_are_forgotten() -> None:
    clock = Clock()
    pace = Pace(burst=1, per_second=1, clock=clock)
    for user_id in range(3 * MOST_REMEMBERED):
        clock.now += 0.01
        assert pace.allows(user_id)

    assert len(pace._full_at) <= MOST_REMEMBERED  # pyright: ignore[reportPrivateUsage]  # nothing else shows it
