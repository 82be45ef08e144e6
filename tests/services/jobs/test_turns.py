"""The order of work read from the front is the order of the view that defines it, whatever has happened before."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.errors import PausedError
from services.jobs.reading import NEAR
from services.jobs.turns import PAGE, in_turn, next_of
from services.limits import PauseReason
from services.models import UPSTREAM, FailureReason, Job, JobState
from tests.services.jobs.samples import LEASE, NOON, House, house_over, owner

PEOPLE = st.tuples(st.integers(1, 3), st.integers(1, 4))
Deed = tuple[str, int | tuple[int, int]]
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), PEOPLE),
        st.tuples(st.sampled_from(["send", "send back", "end", "cancel", "delete"]), st.integers(0, 20)),
        st.tuples(st.sampled_from(["pause", "resume"]), st.integers(0, 4)),
    ),
    min_size=5,
    max_size=40,
)
LINES = """
SELECT guild_id, user_id, SUM(CASE WHEN state = 'queued' THEN 1 ELSE 0 END) AS queued,
    SUM(CASE WHEN state = 'queued' THEN 0 ELSE 1 END) AS running
FROM jobs WHERE state IN ('queued', 'submitting', 'generating') GROUP BY guild_id, user_id
ORDER BY guild_id, user_id
"""
SERVERS = f"""
SELECT guild_id, SUM(queued) AS queued, SUM(running) AS running FROM ({LINES}) AS line
GROUP BY guild_id ORDER BY guild_id
"""  # noqa: S608  # of the text above


async def defined(house: House) -> list[int]:
    return [row["id"] for row in await house.rows("SELECT id FROM waiting ORDER BY place")]


async def read(house: House, most: int = 10_000) -> list[int]:
    async with house.database.transaction() as tx:
        return [*await next_of(in_turn(tx), most)]


async def do(house: House, deed: str, what: int | tuple[int, int], *, second: int) -> None:
    now = NOON + timedelta(seconds=second)
    if not isinstance(what, int):
        with suppress(PausedError):
            await house.queued(*what)
        return
    if deed == "pause":
        await house.servers.pause(what, PauseReason.OWNER, owner(), now=now)
        return
    if deed == "resume":
        await house.servers.resume(what, PauseReason.OWNER, owner(), now=now)
        return
    wanted = {JobState.QUEUED} if deed in {"send", "cancel"} else UPSTREAM
    rows = await house.rows("SELECT id, state FROM jobs WHERE ended_at IS NULL ORDER BY id")
    ids = [row["id"] for row in rows if row["state"] in wanted or deed == "delete"]
    if ids:
        await do_to(house, deed, ids[what % len(ids)], second=second)


async def do_to(house: House, deed: str, job_id: int, *, second: int) -> None:
    now = NOON + timedelta(seconds=second)
    job = await house.jobs.get(job_id)
    assert job is not None
    match deed:
        case "send":
            await house.jobs.move(job, JobState.SUBMITTING, now=now)
        case "send back" if job.state is JobState.SUBMITTING:
            await house.jobs.move(job, JobState.QUEUED, now=now, next_at=now)
        case "end":
            await house.jobs.move(job, JobState.FAILED, now=now, reason=FailureReason.SUBMIT_UNKNOWN)
        case "cancel":
            await house.jobs.cancel(job_id, now=now, told=True)
        case "delete":
            await house.rows("DELETE FROM jobs WHERE id = :id", {"id": job_id})
        case _:
            pass


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
async def test_the_order_is_the_views_whatever_happened(house: House, deeds: list[Deed]) -> None:
    await house.rows("DELETE FROM jobs")
    await house.rows("DELETE FROM pauses")
    for second, (deed, what) in enumerate(deeds):
        await do(house, deed, what, second=second)

    order = await defined(house)
    assert await read(house) == order
    lines = "SELECT guild_id, user_id, queued, running FROM member_lines ORDER BY guild_id, user_id"
    assert await house.rows(lines) == await house.rows(LINES)
    servers = "SELECT guild_id, queued, running FROM server_lines ORDER BY guild_id"
    assert await house.rows(servers) == await house.rows(SERVERS)
    asked = await house.jobs.places(now=NOON, of=order)
    assert asked == await house.jobs.places(now=NOON)


async def long_line(house: House, people: Sequence[tuple[int, int]]) -> list[Job]:
    return [await house.queued(user, guild) for user, guild in people]


@pytest.mark.parametrize(
    "people",
    [
        [(1, 1)] * (2 * PAGE + 3),
        [(user, 1) for user in range(2 * PAGE + 3)],
        [(1, guild) for guild in range(1, 2 * PAGE + 4)],
        [(user, guild) for user in range(9) for guild in range(1, 12)],
    ],
    ids=["one member", "one server", "many servers", "many of both"],
)
async def test_lines_longer_than_a_page_are_read_to_their_end(house: House, people: Sequence[tuple[int, int]]) -> None:
    await long_line(house, people)

    order = await defined(house)

    assert await read(house) == order
    assert len(order) == len(people)


async def test_a_place_far_back_is_worked_out_without_reading_the_line(house: House) -> None:
    jobs = await long_line(house, [(user % 5, 1 + user % 7) for user in range(NEAR + 40)])

    every = await house.jobs.places(now=NOON)
    asked = await house.jobs.places(now=NOON, of=[job.id for job in jobs])

    assert all(asked[job.id] == every[job.id] for job in jobs if every[job.id] <= NEAR - 4)
    # Nobody here had a turn yet, which is when it is farthest off.
    assert all(abs(asked[job.id] - every[job.id]) <= every[job.id] / 3 for job in jobs)


async def test_of_those_in_line_who_cannot_go_yet_the_next_ones_go_instead(house: House) -> None:
    unanswered = await house.reserved(1, 1)
    [next_one, _] = await long_line(house, [(1, 2), (1, 3)])
    single = house_over(house.database, running_at_once=1)
    assert (await read(house))[:2] == [unanswered.id, next_one.id]

    taken = await single.jobs.claim(now=NOON, lease=LEASE)

    assert [job.id for job in taken] == [next_one.id]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(st.tuples(PEOPLE, st.booleans()), min_size=1, max_size=25))
async def test_those_who_cannot_go_yet_take_nobodys_turn(
    house: House, people: list[tuple[tuple[int, int], bool]]
) -> None:
    await house.rows("DELETE FROM jobs")
    asked = [await (house.queued if goes else house.reserved)(*person) for person, goes in people]
    ready = [job.id for job, (_, goes) in zip(asked, people, strict=True) if goes]

    async with house.database.transaction() as tx:
        order = await next_of(in_turn(tx, now=NOON), len(people))

    assert sorted(order) == ready
    servers = [job.guild_id for job in in_order(asked, order)]
    assert turns(servers) == sorted(turns(servers))
    for server in {*servers}:
        members = [job.user_id for job in in_order(asked, order) if job.guild_id == server]
        assert turns(members) == sorted(turns(members))


def in_order(jobs: Sequence[Job], ids: Sequence[int]) -> Sequence[Job]:
    by_id = {job.id: job for job in jobs}
    return [by_id[job_id] for job_id in ids]


def turns(owners: Sequence[int]) -> Sequence[int]:
    """Return which turn of its owner's each one is."""
    return [owners[: n + 1].count(owner_id) for n, owner_id in enumerate(owners)]
