"""Whose turn it is: never more at once than there are slots, fair between servers first and then between members."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.database import Database
from services.jobs import ANSWER_GRACE
from services.models import UPSTREAM, FailureReason, Job, JobState
from tests.services.jobs.samples import LEASE, NOON, House, house_over

SECOND = timedelta(seconds=1)
PEOPLE = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), min_size=1, max_size=18)
"""Who asks, in which server, in the order in which they ask."""


async def line_up(house: House, people: Sequence[tuple[int, int]]) -> list[Job]:
    return [await house.queued(user, guild) for user, guild in people]


async def claim(house: House) -> list[Job]:
    return [*await house.jobs.claim(now=NOON, lease=LEASE)]


async def send_all(house: House, claimed: Sequence[Job], *, now: datetime = NOON) -> list[Job]:
    return [await house.walked(job, JobState.GENERATING, now=now) for job in claimed if job.state is JobState.QUEUED]


async def finish(house: House, job: Job) -> None:
    await house.jobs.move(job, JobState.FAILED, now=NOON, reason=FailureReason.UPSTREAM_FAILED)


async def upstream(house: House) -> int:
    rows = await house.rows("SELECT COUNT(*) AS jobs FROM jobs WHERE state IN ('submitting', 'generating')")
    return int(rows[0]["jobs"])


async def test_as_many_are_taken_as_there_are_slots(house: House) -> None:
    jobs = await line_up(house, [(1, 1)] * 6)

    assert [job.id for job in await claim(house)] == [job.id for job in jobs[:4]]
    assert await claim(house) == []


async def test_a_slot_that_frees_is_taken_by_the_next(house: House) -> None:
    jobs = await line_up(house, [(1, 1)] * 6)
    [first, *_] = await send_all(house, await claim(house))
    assert await claim(house) == []

    await finish(house, first)

    taken = [job for job in await claim(house) if job.state is JobState.QUEUED]
    assert [job.id for job in taken] == [jobs[4].id]


async def test_a_downloading_job_holds_no_slot(house: House) -> None:
    await line_up(house, [(1, 1)] * 5)
    [first, *_] = await send_all(house, await claim(house))

    await house.walked(first, JobState.DOWNLOADING)

    assert len([job for job in await claim(house) if job.state is JobState.QUEUED]) == 1


async def test_servers_take_turns_before_any_has_a_second(house: House) -> None:
    jobs = await line_up(house, [(1, 1), (2, 1), (3, 1), (4, 1), (1, 2), (1, 3)])

    # One of each server, and then the first server's second.
    assert [job.id for job in await claim(house)] == [jobs[0].id, jobs[1].id, jobs[4].id, jobs[5].id]


async def test_members_of_a_server_take_turns_before_any_has_a_second(house: House) -> None:
    jobs = await line_up(house, [(1, 1), (1, 1), (1, 1), (2, 1), (3, 1)])

    assert [job.id for job in await claim(house)] == [jobs[0].id, jobs[1].id, jobs[3].id, jobs[4].id]


async def test_what_already_runs_counts_as_turns_taken(database: Database) -> None:
    house = house_over(database, running_at_once=2)
    await line_up(house, [(1, 1), (1, 1), (1, 1)])
    [first, _] = await send_all(house, await claim(house))
    [_, _, late] = [*await line_up(house, [(2, 1), (3, 1)]), (await line_up(house, [(1, 2)]))[0]]

    await finish(house, first)

    assert [job.id for job in await claim(house)][-1] == late.id


async def test_a_later_member_goes_before_the_second_of_an_earlier_one_who_runs_already(database: Database) -> None:
    house = house_over(database, running_at_once=2)
    await line_up(house, [(1, 1), (1, 1), (1, 1)])
    [first, _] = await send_all(house, await claim(house))
    [other] = await line_up(house, [(2, 1)])

    await finish(house, first)

    assert [job.id for job in await claim(house)][-1] == other.id


async def starts(house: House, *, turns: int) -> list[tuple[int, int]]:
    """Let each job run until its slot is needed, one after the other; return (member, server) as they were started."""
    started: list[Job] = []
    for turn in range(turns):
        now = NOON + turn * SECOND
        claimed = await house.jobs.claim(now=now, lease=LEASE)
        started += await send_all(house, claimed, now=now)
        if turn < len(started):
            await finish(house, started[turn])
    return [(job.user_id, job.guild_id) for job in started]


@pytest.mark.parametrize("slots", [1, 2, 4])
async def test_more_busy_servers_than_slots_are_all_served_before_any_is_served_again(
    database: Database, slots: int
) -> None:
    house = house_over(database, running_at_once=slots)
    await line_up(house, [(1, guild) for guild in range(1, 7) for _ in range(5)])

    servers = [guild for _, guild in await starts(house, turns=30)]

    rounds = [servers[first : first + 6] for first in range(0, 30, 6)]
    assert all(sorted(each) == [1, 2, 3, 4, 5, 6] for each in rounds)


async def test_a_server_that_asks_late_waits_for_one_turn_and_not_for_a_long_queue(database: Database) -> None:
    house = house_over(database, running_at_once=1)
    await line_up(house, [(1, 1)] * 9)
    await house.walked((await claim(house))[0], JobState.DOWNLOADING)

    await line_up(house, [(1, 2)])

    assert (await house.jobs.places(now=NOON))[10] == 0


async def test_members_of_a_server_with_one_slot_take_turns_too(database: Database) -> None:
    house = house_over(database, running_at_once=1)
    await line_up(house, [(1, 1)] * 4 + [(2, 1)] * 2 + [(3, 1)])

    members = [member for member, _ in await starts(house, turns=7)]

    assert members == [1, 2, 3, 1, 2, 1, 1]


async def test_places_say_who_starts_at_once_and_how_many_are_before_the_rest(house: House) -> None:
    jobs = await line_up(house, [(1, 1)] * 7)

    places = await house.jobs.places(now=NOON)

    assert [places[job.id] for job in jobs] == [0, 0, 0, 0, 1, 2, 3]


async def test_only_waiting_jobs_have_a_place(house: House) -> None:
    running = await house.job(JobState.GENERATING)
    waiting = await house.queued()

    assert await house.jobs.places(now=NOON) == {waiting.id: 0}
    assert running.id not in await house.jobs.places(now=NOON)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, slots=st.integers(1, 6), ends=st.lists(st.integers(0, 5), max_size=10))
async def test_no_server_and_no_member_is_ever_served_twice_more_than_one_who_still_waits(
    house: House, people: list[tuple[int, int]], slots: int, ends: list[int]
) -> None:
    async with house.database.transaction() as tx:
        await tx.execute("DELETE FROM jobs")
    crowded = house_over(house.database, running_at_once=slots)
    await line_up(crowded, people)
    running = await send_all(crowded, await claim(crowded))

    # As many as there is room for, and nobody is left out while there is room.
    assert len(running) == min(slots, len(people))
    await assert_fair(crowded)

    for end in ends:
        if running:
            await finish(crowded, running.pop(end % len(running)))
        running += await send_all(crowded, await claim(crowded))
        assert await upstream(crowded) <= slots
        rows = await crowded.rows("SELECT id FROM jobs WHERE state = 'queued'")
        assert not rows or await upstream(crowded) == slots


async def assert_fair(house: House) -> None:
    rows = await house.rows("SELECT guild_id, user_id, state FROM jobs WHERE ended_at IS NULL")
    running_in = Counter(row["guild_id"] for row in rows if row["state"] in UPSTREAM)
    running_of = Counter((row["guild_id"], row["user_id"]) for row in rows if row["state"] in UPSTREAM)
    for waiting in (row for row in rows if row["state"] == JobState.QUEUED):
        guild, user = waiting["guild_id"], waiting["user_id"]
        assert max(running_in.values()) <= running_in[guild] + 1
        members = [count for (where, _), count in running_of.items() if where == guild]
        assert max(members, default=0) <= running_of[guild, user] + 1


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE)
async def test_places_foretell_the_order_of_work(house: House, people: list[tuple[int, int]]) -> None:
    async with house.database.transaction() as tx:
        await tx.execute("DELETE FROM jobs")
    one_by_one = house_over(house.database, running_at_once=1)
    await line_up(one_by_one, people)
    places = await one_by_one.jobs.places(now=NOON)

    foretold = min(places, key=lambda job_id: (places[job_id], job_id))
    [taken] = await claim(one_by_one)

    assert sorted(places.values()) == list(range(len(people)))
    assert taken.id == foretold


async def test_a_job_is_claimed_by_one_worker_only(house: House) -> None:
    await line_up(house, [(1, 1)] * 3)
    other = house.another("two")

    first = await claim(house)
    second = await other.claim(now=NOON, lease=LEASE)

    assert (len(first), len(second)) == (3, 0)


async def test_two_workers_share_the_same_slots(house: House) -> None:
    await line_up(house, [(1, 1)] * 9)

    taken = [*await claim(house), *await house.another("two").claim(now=NOON, lease=LEASE)]

    assert len(taken) == 4


async def test_a_lapsed_lease_is_free_for_anybody_and_a_renewed_one_is_not(house: House) -> None:
    await line_up(house, [(1, 1)])
    [job] = await claim(house)
    other = house.another("two")
    await house.jobs.renew(now=NOON + LEASE - SECOND, lease=LEASE)

    assert await other.claim(now=NOON + LEASE, lease=LEASE) == []
    [taken] = await other.claim(now=NOON + 2 * LEASE - SECOND, lease=LEASE)
    assert (taken.id, taken.fence) == (job.id, job.fence + 1)


async def test_renewing_prolongs_our_own_leases_only(house: House) -> None:
    await line_up(house, [(1, 1)])
    await claim(house)

    await house.another("two").renew(now=NOON + LEASE - SECOND, lease=LEASE)

    assert len(await house.another("three").claim(now=NOON + LEASE, lease=LEASE)) == 1


@pytest.mark.parametrize("everybody", [True, False])
async def test_a_restart_finds_everything_free_that_was_given_up(house: House, everybody: bool) -> None:  # noqa: FBT001  # a table
    await line_up(house, [(1, 1)] * 2)
    await claim(house)

    await (house.another("two").release(everybody=True) if everybody else house.jobs.release())

    assert len(await house.another("two").claim(now=NOON, lease=LEASE)) == 2


async def test_giving_up_touches_nobody_elses_leases(house: House) -> None:
    await line_up(house, [(1, 1)])
    await claim(house)

    await house.another("two").release()

    assert await house.another("two").claim(now=NOON, lease=LEASE) == []


@pytest.mark.parametrize("state", [state for state in JobState if not state.is_terminal])
async def test_whatever_a_crash_left_behind_comes_out_of_the_same_door(house: House, state: JobState) -> None:
    job = await house.job(state)

    [claimed] = await house.jobs.claim(now=NOON, lease=LEASE)

    assert (claimed.id, claimed.state, claimed.fence) == (job.id, state, job.fence + 1)


@pytest.mark.parametrize("state", [JobState.DELIVERED, JobState.FAILED])
async def test_a_job_that_has_ended_comes_out_until_its_member_was_told(house: House, state: JobState) -> None:
    job = await (house.job(state) if state is JobState.DELIVERED else house.failed(FailureReason.REFUSED))
    [claimed] = await house.jobs.claim(now=NOON, lease=LEASE)
    assert claimed.id == job.id

    await house.jobs.told(claimed, now=NOON, next_at=None)

    assert await house.jobs.claim(now=NOON + 2 * LEASE, lease=LEASE) == []


async def test_more_that_is_due_than_one_claim_takes_comes_with_the_next(house: House) -> None:
    for _ in range(5):
        await house.job(JobState.DOWNLOADING)

    first = await house.jobs.claim(now=NOON, lease=LEASE, most=3)
    assert (len(first), await house.next_claim_at(now=NOON)) == (3, NOON)
    assert len(await house.jobs.claim(now=NOON, lease=LEASE, most=3)) == 2


async def test_nothing_is_in_sight_of_an_empty_table_or_of_jobs_that_rest(house: House) -> None:
    assert await house.next_claim_at(now=NOON) is None

    await house.jobs.told(await house.job(JobState.DELIVERED), now=NOON, next_at=None)
    assert await house.next_claim_at(now=NOON) is None


async def test_the_next_claim_is_when_the_next_answer_is_overdue(house: House) -> None:
    await house.reserved(at=NOON)

    assert await house.next_claim_at(now=NOON) == NOON + ANSWER_GRACE


async def test_what_we_hold_is_not_waited_for_but_what_others_hold_is_until_their_lease_ends(house: House) -> None:
    await house.job(JobState.GENERATING)
    await claim(house)

    assert await house.next_claim_at(now=NOON) is None
    assert (await house.another("two").claim_and_foresee(now=NOON, lease=LEASE, most=0)).next_at == NOON + LEASE


async def test_waiting_jobs_are_no_reason_to_wake_while_there_is_no_slot(database: Database) -> None:
    house = house_over(database, running_at_once=1)
    await line_up(house, [(1, 1), (1, 1)])
    [running] = await send_all(house, await claim(house))
    assert await house.next_claim_at(now=NOON) is None

    await finish(house, running)

    assert await house.next_claim_at(now=NOON) == NOON


async def test_a_job_that_was_sent_back_is_in_sight_when_its_time_comes(house: House) -> None:
    await line_up(house, [(1, 1)])
    [job] = await claim(house)
    job = await house.jobs.move(job, JobState.SUBMITTING, now=NOON)
    await house.jobs.move(job, JobState.QUEUED, now=NOON, next_at=NOON + 9 * SECOND)

    assert await house.next_claim_at(now=NOON) == NOON + 9 * SECOND


async def test_a_claim_sees_as_far_ahead_as_whoever_asks_after_it(house: House) -> None:
    await house.job(JobState.DOWNLOADING)
    await house.reserved(at=NOON)
    await line_up(house, [(1, 1)] * 2)

    for now in (NOON, NOON + ANSWER_GRACE, NOON + LEASE):
        claim = await house.jobs.claim_and_foresee(now=now, lease=LEASE, most=1)
        assert claim.next_at == await house.next_claim_at(now=now)


async def test_a_claim_says_whether_somebody_is_left_in_line_for_want_of_a_slot(database: Database) -> None:
    house = house_over(database, running_at_once=1)

    async def leaves_line() -> bool:
        return (await house.jobs.claim_and_foresee(now=NOON, lease=LEASE)).leaves_line

    assert not await leaves_line()
    await line_up(house, [(1, 1), (1, 1)])
    assert await leaves_line()  # the first of them took the slot
    assert await leaves_line()
    await house.jobs.release()
    [first] = await claim(house)
    await finish(house, await house.walked(first, JobState.GENERATING, now=NOON))
    assert await leaves_line()  # so did the second, and nobody looked whether there is a third
    assert not await leaves_line()


async def test_those_who_may_not_go_yet_are_not_left_in_line(house: House) -> None:
    await line_up(house, [(1, 1)])
    [job] = await claim(house)
    job = await house.jobs.move(job, JobState.SUBMITTING, now=NOON)
    await house.jobs.move(job, JobState.QUEUED, now=NOON, next_at=NOON + 9 * SECOND)

    seen = await house.jobs.claim_and_foresee(now=NOON, lease=LEASE)

    assert (seen.jobs, seen.next_at, seen.leaves_line) == ([], NOON + 9 * SECOND, False)
