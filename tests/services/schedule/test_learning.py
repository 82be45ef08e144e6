"""What finished jobs teach: in simulations of thousands of them, and for whatever they may be."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import mean
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.models import VideoSpec
from services.schedule import Finish, Pace, pace_of, usual_time_of
from services.schedule.learning import LONGEST_DENSE, LONGEST_FIRST, WINDOW
from services.schedule.looks import SLOWER_AFTER
from tests.services.schedule.paces import SCHEDULE, course, learning

FIXED_LOOKS: Final = 10.7
"""What a look every ten seconds from the submit on needs for a job of 90 s, with a lognormal spread of 0.5."""
FEWEST_LOOKS: Final = 7.0
"""What dynamic programming needs that knows the durations' distribution, where 95 % are to be found within 10 s."""
TIMES: Final = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2))
PACES: Final = st.timedeltas(min_value=timedelta(milliseconds=50), max_value=timedelta(minutes=10))
FINISHES: Final = st.builds(
    Finish,
    duration=st.just(5),
    resolution=st.just("720p"),
    ran=st.none() | TIMES,
    done=st.timedeltas(min_value=timedelta(days=-1), max_value=timedelta(days=2)),
    delivered=st.none() | TIMES,
)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def finish(ran: float | None, done: float) -> Finish:
    return Finish(duration=5, resolution="720p", ran=None if ran is None else seconds(ran), done=seconds(done))


def firsts(finishes: Sequence[Finish]) -> timedelta:
    pace = learning(finishes)
    assert pace is not None
    return pace.first


class TestOverThousandsOfJobs:
    def test_clips_are_found_within_ten_seconds_with_three_quarters_of_the_looks(self) -> None:
        learned = course(2_000).since(100)

        assert learned.late <= 10
        assert learned.looks_each <= 0.75 * FIXED_LOOKS
        assert learned.looks_each <= 1.2 * FEWEST_LOOKS

    @pytest.mark.parametrize(("median", "spread"), [(5, 0.5), (40, 0.5), (90, 0.05), (90, 0.3), (90, 0.7), (180, 0.4)])
    def test_so_they_are_whatever_the_model_takes(self, median: float, spread: float) -> None:
        learned = course(2_000, medians=lambda _: median, spread=spread).since(100)

        assert learned.late <= 10

    def test_the_first_look_settles_and_does_not_creep_later(self) -> None:
        learned = course(2_000)

        early, late = learned.firsts[100:1_000], learned.firsts[1_000:]
        assert mean(late) == pytest.approx(mean(early), rel=0.1)
        assert max(late) < 90

    def test_to_learn_from_when_jobs_were_found_would_be_a_trap(self) -> None:
        def trapped(finishes: Sequence[Finish]) -> Pace | None:
            return learning([replace(each, ran=each.done) for each in finishes])

        fallen = course(2_000, learner=trapped)

        assert fallen.since(1_000).late > 100
        assert mean(fallen.firsts[1_000:]) > mean(fallen.firsts[100:200])

    @pytest.mark.parametrize("seed", range(5))
    def test_a_model_that_becomes_twice_as_fast_is_known_anew_within_forty_jobs(self, seed: int) -> None:
        learned = course(400, medians=lambda job: 90 if job < 200 else 45, seed=seed)

        before, after = learned.firsts[150:200], learned.firsts[240:]
        assert mean(after) < 0.8 * mean(before)
        assert learned.since(240).late <= 11

    @pytest.mark.parametrize("seed", range(5))
    def test_a_model_that_becomes_twice_as_slow_is_known_anew_within_eighty_jobs(self, seed: int) -> None:
        learned = course(400, medians=lambda job: 90 if job < 200 else 180, seed=seed)

        before, after = learned.firsts[150:200], learned.firsts[280:]
        assert mean(after) > 1.4 * mean(before)

    def test_tiny_jobs_are_found_as_fast_as_before_anything_was_learned(self) -> None:
        """What is learned is in proportion to the owner's own pace, of which sandboxes have a tiny one."""
        every, rng = timedelta(milliseconds=100), random.Random(3)  # noqa: S311  # the same at every run
        known = [Finish(duration=5, resolution=None, ran=seconds(0.1), done=seconds(0.2)) for _ in range(40)]
        rng.shuffle(known)

        pace = pace_of(known, every=every)

        assert pace is not None
        assert pace.first <= seconds(0.25)


class TestWhateverTheJobsWere:
    @given(finishes=st.lists(FINISHES, max_size=60), every=PACES)
    def test_what_is_learned_stays_within_bounds(self, finishes: Sequence[Finish], every: timedelta) -> None:
        pace = pace_of(finishes, every=every)

        if pace is not None:
            assert min(every, LONGEST_FIRST) <= pace.first <= LONGEST_FIRST
            assert SLOWER_AFTER <= pace.nearly_all <= LONGEST_DENSE

    @given(
        times=st.lists(st.tuples(TIMES, TIMES).map(sorted), min_size=3, max_size=60),
        every=PACES,
        more=st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=3)),
        which=st.integers(min_value=0),
    )
    def test_a_job_that_takes_longer_never_makes_a_look_come_sooner(
        self, times: list[list[timedelta]], every: timedelta, more: timedelta, which: int
    ) -> None:
        def pace(pairs: list[list[timedelta]]) -> Pace | None:
            return pace_of([finish(a.total_seconds(), b.total_seconds()) for a, b in pairs], every=every)

        slower = [*times]
        ran, done = slower[which % len(times)]
        slower[which % len(times)] = [ran + more, done + more]
        before, after = pace(times), pace(slower)

        assert before is not None
        assert after is not None
        assert before.first <= after.first
        assert before.nearly_all <= after.nearly_all

    @given(done=TIMES, ran=st.floats(min_value=0, max_value=1), every=PACES)
    def test_a_job_counts_as_done_before_it_was_found(self, done: timedelta, ran: float, every: timedelta) -> None:
        found = Finish(duration=5, resolution=None, ran=done * ran, done=done).estimate(every=every)

        assert found is not None
        assert timedelta(0) <= found <= done

    @given(first=st.floats(min_value=10.1, max_value=900), every=st.just(10))
    def test_a_first_look_that_finds_everything_done_is_followed_by_an_earlier_one(
        self, first: float, every: int
    ) -> None:
        found = [finish(0, first)] * WINDOW

        assert firsts(found) <= max(seconds(every), seconds(first) - seconds(every) / 2)

    @given(finishes=st.lists(FINISHES, max_size=60))
    def test_the_usual_time_lies_among_the_times_that_it_is_made_of(self, finishes: Sequence[Finish]) -> None:
        usual = usual_time_of(finishes)

        delivered = [each.delivered.total_seconds() for each in finishes if each.delivered is not None][:30]
        assert (usual is None) == (len(delivered) < 3)
        if usual is not None:
            assert min(delivered) <= usual.low <= usual.median <= usual.high <= max(delivered)
            assert usual.samples == len(delivered)


def test_two_jobs_are_too_few_to_learn_from() -> None:
    assert learning([finish(50, 60)] * 2) is None
    assert learning([finish(50, 60)] * 3) is not None


def test_the_fewer_jobs_are_known_the_sooner_is_the_first_look() -> None:
    few, some, enough = [firsts([finish(50, 60)] * number) for number in (3, 10, 20)]

    assert few < some < enough == seconds(65)


def test_only_the_last_jobs_count() -> None:
    assert firsts([finish(50, 60)] * WINDOW + [finish(0, 12)] * 10) == seconds(65)


@pytest.mark.parametrize(("ran", "done"), [(None, 3), (-1, 5), (8, 5), (0, -5)])
def test_a_job_of_which_nobody_knows_when_it_was_done_teaches_nothing(ran: float | None, done: float) -> None:
    assert firsts([finish(ran, done)] * 10 + [finish(50, 60)] * 20) == seconds(65)


def test_a_restart_that_found_jobs_hours_later_moves_no_first_look() -> None:
    assert firsts([finish(50, 20_000)] * 3 + [finish(50, 60)] * 57) == seconds(65)


def test_lengths_and_resolutions_are_told_apart() -> None:
    made = finish(50, 60)

    assert made.is_like(VideoSpec(model="acme/clip-1", duration=5, resolution="720p", aspect_ratio="1:1"))
    assert not made.is_like(VideoSpec(model="acme/clip-1", duration=8, resolution="720p"))
    assert not made.is_like(VideoSpec(model="acme/clip-1", duration=5, resolution="1080p"))


def test_the_schedule_of_the_simulation_is_the_bots_own() -> None:
    assert (SCHEDULE.first, SCHEDULE.every) == (seconds(8), seconds(10))
