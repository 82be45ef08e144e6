"""What an ended job weighs: never less than its bill, and nothing where nothing was bought."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.limits import settle
from services.models import FailureReason, JobState
from tests.services.jobs.samples import RESERVED, House

MONEY = st.integers(min_value=0, max_value=10**10)


@given(state=st.sampled_from(JobState), reason=st.sampled_from(FailureReason), reserved=MONEY, cost=st.none() | MONEY)
def test_a_settlement_never_holds_less_than_was_billed(
    state: JobState, reason: FailureReason, reserved: int, cost: int | None
) -> None:
    settlement = settle(
        state=state,
        reason=reason if state is JobState.FAILED else None,
        reserved_microusd=reserved,
        cost_microusd=cost,
    )

    if state is not JobState.CANCELLED:
        assert settlement.held_microusd >= (cost or 0)
    assert settlement.held_microusd <= max(reserved, cost or 0)


@pytest.mark.parametrize(
    ("state", "reason", "cost", "counts", "held"),
    [
        (JobState.QUEUED, None, None, True, RESERVED),
        (JobState.GENERATING, None, 900_000, True, 900_000),
        (JobState.DOWNLOADING, None, 400_000, True, RESERVED),
        (JobState.DELIVERED, None, 400_000, True, 400_000),
        (JobState.DELIVERED, None, None, True, RESERVED),
        (JobState.DELIVERED, None, 0, True, 0),
        (JobState.CANCELLED, None, None, False, 0),
        (JobState.FAILED, FailureReason.REFUSED, None, False, 0),
        (JobState.FAILED, FailureReason.UPSTREAM_FAILED, 100_000, False, 100_000),
        (JobState.FAILED, FailureReason.SUBMIT_UNKNOWN, None, False, RESERVED),
        (JobState.FAILED, FailureReason.TOO_LARGE, 400_000, True, 400_000),
        (JobState.FAILED, FailureReason.UNDELIVERABLE, None, True, RESERVED),
        (JobState.FAILED, FailureReason.DEADLINE, None, False, RESERVED),
    ],
)
def test_a_job_weighs_its_bill_where_there_is_one_and_else_what_it_may_cost(
    state: JobState,
    reason: FailureReason | None,
    cost: int | None,
    counts: bool,  # noqa: FBT001  # a table
    held: int,
) -> None:
    settlement = settle(state=state, reason=reason, reserved_microusd=RESERVED, cost_microusd=cost)

    assert (settlement.counts, settlement.held_microusd) == (counts, held)


async def test_a_job_that_was_given_up_in_line_frees_its_money_and_one_that_was_sent_does_not(house: House) -> None:
    waiting, running = await house.queued(), await house.job(JobState.GENERATING)
    sent_back = await house.jobs.move(await house.job(JobState.SUBMITTING), JobState.QUEUED, now=waiting.created_at)

    for job in (waiting, running, sent_back):
        await house.jobs.move(job, JobState.FAILED, now=job.created_at, reason=FailureReason.DEADLINE)

    held = {row["id"]: row["held_microusd"] for row in await house.rows("SELECT id, held_microusd FROM jobs")}
    assert held == {waiting.id: 0, running.id: RESERVED, sent_back.id: 0}
