"""The table of moves says what the design drew."""

from itertools import pairwise

import pytest

from services.models import LIVING, MOVES, UPSTREAM, FailureReason, JobState, VideoModel

GOOD_WAY = ("queued", "submitting", "generating", "downloading", "delivering", "delivered")


def reached_from(state: JobState) -> set[JobState]:
    found = {state}
    while True:
        wider = found | {target for each in found for target in MOVES[each]}
        if wider == found:
            return found
        found = wider


def test_every_state_has_its_row() -> None:
    assert set(MOVES) == set(JobState)


def test_the_good_way_is_open_from_end_to_end() -> None:
    for state, following in pairwise(GOOD_WAY):
        assert JobState(following) in MOVES[JobState(state)]


def test_a_job_ends_delivered_cancelled_or_failed_and_then_nothing_follows() -> None:
    ends = {state for state in JobState if state.is_terminal}

    assert ends == {JobState.DELIVERED, JobState.CANCELLED, JobState.FAILED}
    assert set(JobState) - ends == LIVING


@pytest.mark.parametrize("state", sorted(LIVING))
def test_every_living_job_can_fail(state: JobState) -> None:
    assert JobState.FAILED in MOVES[state]


@pytest.mark.parametrize("state", sorted(LIVING))
def test_no_living_job_is_stuck(state: JobState) -> None:
    assert JobState.DELIVERED in reached_from(state)


def test_only_a_waiting_job_can_be_cancelled() -> None:
    assert [state for state in JobState if JobState.CANCELLED in MOVES[state]] == [JobState.QUEUED]


def test_nothing_leads_back_to_the_submit_once_the_video_api_has_accepted() -> None:
    for state in (JobState.GENERATING, JobState.DOWNLOADING, JobState.DELIVERING):
        assert reached_from(state).isdisjoint({JobState.QUEUED, JobState.SUBMITTING})


def test_a_job_is_upstream_from_the_intent_to_the_result() -> None:
    assert sorted(UPSTREAM) == [JobState.GENERATING, JobState.SUBMITTING]


@pytest.mark.parametrize("reason", FailureReason)
def test_what_counts_for_the_member_was_paid_for(reason: FailureReason) -> None:
    if reason.counts_for_member:
        assert reason.keeps_money_held


def test_a_member_gets_the_count_back_for_every_failure_but_the_two_of_the_last_step() -> None:
    counting = {reason for reason in FailureReason if reason.counts_for_member}

    assert counting == {FailureReason.TOO_LARGE, FailureReason.UNDELIVERABLE}


def test_money_that_may_have_been_spent_stays_held() -> None:
    held = {reason for reason in FailureReason if reason.keeps_money_held}

    assert held == {
        FailureReason.SUBMIT_UNKNOWN,
        FailureReason.DEADLINE,
        FailureReason.UNPLAYABLE,
        FailureReason.TOO_LARGE,
        FailureReason.UNDELIVERABLE,
    }


def test_an_upscaler_and_a_model_that_lists_no_lengths_make_no_video_from_text() -> None:
    assert VideoModel(id="a", name="A", durations=(5,)).is_text_to_video
    assert not VideoModel(id="a", name="A", durations=(5,), is_upscaler=True).is_text_to_video
    assert not VideoModel(id="a", name="A").is_text_to_video
