"""The worker: everything in its turn, nothing before it is due, nothing left behind, and no job in another's way."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from services.database import Database
from services.errors import (
    ChannelClosedError,
    DeliverLaterError,
    DirectClosedError,
    StorageError,
    TryLaterError,
    UpstreamBusyError,
)
from services.generation import Worker
from services.jobs import ANSWER_GRACE, JobStore
from services.jobs.claiming import Claim
from services.models import UPSTREAM, Frame, Job, JobState, RemoteVideo, VideoSpec
from services.schedule import Schedule
from tests.refusing import allow, refuse
from tests.services.generation.taped import PLAN, Workshop, completed, running, workshop_in
from tests.services.jobs.samples import LEASE, MEBIBYTE, House, house_over
from tests.stored import Ground
from tests.tiny_clip import CLIP

QUICK: Final = replace(PLAN, schedule=Schedule(first=timedelta(milliseconds=20), every=timedelta(milliseconds=20)))
PATIENCE: Final = 30
"""Seconds until a test that waits for ever is called a failure."""


def now() -> datetime:
    return datetime.now(UTC)


class Engine:
    """A worker over a workshop, in real time."""

    def __init__(self, workshop: Workshop, *, clock: Callable[[], datetime] = now) -> None:
        self.workshop = workshop
        self.worker = Worker(jobs=workshop.house.jobs, steps=workshop.steps, clock=clock)

    @asynccontextmanager
    async def at_work(self) -> AsyncGenerator[None]:
        run = asyncio.create_task(self.worker.run(), name="worker")
        try:
            yield
        finally:
            self.worker.stop()
            async with asyncio.timeout(PATIENCE):
                await run

    async def ask(self, user: int = 1, guild: int = 1) -> Job:
        job = await self.workshop.house.queued(user, guild, at=now())
        self.worker.wake()
        return job

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await condition():  # noqa: ASYNC110  # a table has no event to wait for
                await asyncio.sleep(0.01)

    async def until_told(self, jobs: int) -> None:
        """Wait until so many members know how their jobs ended."""

        async def is_done() -> bool:
            rows = await self.workshop.house.rows("SELECT COUNT(*) AS told FROM jobs WHERE told_at IS NOT NULL")
            return bool(rows[0]["told"] == jobs)

        await self.until(is_done)


@pytest.fixture
def engine(tmp_path: Path, house: House) -> Engine:
    return Engine(workshop_in(tmp_path / "clips", house, clock=now, plan=QUICK))


async def test_a_job_goes_from_the_ask_to_the_channel_by_itself(engine: Engine) -> None:
    async with engine.at_work():
        job = await engine.ask()
        await engine.until_told(1)

    assert (await engine.workshop.house.stored(job)).state is JobState.DELIVERED
    assert [name for name in engine.workshop.tape.names if name != "show_progress"] == [
        "submit",
        "status",
        "download",
        "post_result",
        "tell_end",
    ]


class CountingStore(JobStore):
    """A store that counts how often somebody looks for work."""

    claims = 0

    async def claim_and_foresee(
        self, *, now: datetime, lease: timedelta, most: int = 1, within: timedelta | None = None
    ) -> Claim:
        """See `JobStore`."""
        self.claims += 1
        return await super().claim_and_foresee(now=now, lease=lease, most=most, within=within)


async def test_work_is_looked_for_when_there_may_be_some_and_not_after_every_step(tmp_path: Path, house: House) -> None:
    jobs = CountingStore(
        database=house.database, limits=house.limits, servers=house.servers, owner="one", running_at_once=4
    )
    engine = Engine(workshop_in(tmp_path / "clips", replace(house, jobs=jobs), clock=now, plan=QUICK))

    async with engine.at_work():
        await engine.ask()
        await engine.until_told(1)

    # At its start and when it was asked: the slot that became free is nobody's wish.
    assert jobs.claims <= 2


async def test_a_job_is_not_looked_at_before_it_is_due(tmp_path: Path, house: House) -> None:
    pace = timedelta(milliseconds=250)
    engine = Engine(
        workshop_in(tmp_path / "clips", house, clock=now, plan=replace(PLAN, schedule=Schedule(first=pace, every=pace)))
    )
    tape = engine.workshop.tape
    tape.then("status", running(), running())
    async with engine.at_work():
        await engine.ask()
        await tape.until_called("status", 3)

    at = [call.at for call in tape.calls if call.name in {"submit", "status"}]
    # The spread between looks is a fifth; the first is never early.
    assert at[1] - at[0] >= 0.24
    assert all(later - earlier >= 0.19 for earlier, later in pairwise(at))


async def test_a_job_that_goes_back_in_line_waits_there_and_is_sent_when_its_time_comes(engine: Engine) -> None:
    tape = engine.workshop.tape
    tape.then("submit", UpstreamBusyError(429, "", timedelta(milliseconds=100)))
    async with engine.at_work():
        await engine.ask()
        await tape.until_called("submit", 2)

    first, second = (call.at for call in tape.named("submit"))
    assert second - first >= 1.6  # the first wait is two seconds, spread by a fifth


async def test_a_hundred_jobs_of_five_servers_share_the_slots_and_all_arrive(
    tmp_path: Path, database: Database
) -> None:
    house = house_over(database, running_at_once=4)
    api = BusyApi(house)
    workshop = workshop_in(tmp_path / "clips", house, clock=now, plan=QUICK).over(api, clock=now, plan=QUICK)
    engine = Engine(workshop)
    for guild in range(1, 6):
        for number in range(20):
            await house.queued(user=number % 4, guild=guild, at=now())

    async with engine.at_work():
        await engine.until_told(100)

    rows = await house.rows("SELECT state, COUNT(*) AS jobs FROM jobs GROUP BY state")
    assert rows == [{"state": "delivered", "jobs": 100}]
    assert len(api.submitted) == len(set(api.submitted)) == 100
    assert api.peak == 4
    # Among the first four there are four servers, and while others wait nobody has two more than they have.
    assert len({prompt.rpartition(" ")[2] for prompt in api.prompts[:4]}) == 4
    assert api.widest_gap <= 1
    assert workshop.files == []


class BusyApi:
    """A video API that takes a moment for each job, and watches how many it has at once, and whose they are."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.prompts: list[str] = []
        self.submitted: list[str] = []
        self.looks: Counter[str] = Counter()
        self.upstream: set[str] = set()
        self.peak = 0
        self.widest_gap = 0

    async def submit(
        self, *, prompt: str, spec: VideoSpec, frames: Sequence[Frame] = (), callback_url: str | None = None
    ) -> RemoteVideo:
        del frames, callback_url
        assert spec.duration == 5
        self.prompts.append(prompt)
        remote_id = f"remote-{len(self.prompts)}"
        await self._watch()
        self.submitted.append(remote_id)
        self.upstream.add(remote_id)
        self.peak = max(self.peak, len(self.upstream))
        return running(remote_id)

    async def _watch(self) -> None:
        rows = await self._house.rows("SELECT guild_id, state FROM jobs WHERE ended_at IS NULL")
        has = Counter(row["guild_id"] for row in rows if row["state"] in UPSTREAM)
        waits = {row["guild_id"] for row in rows if row["state"] == JobState.QUEUED}
        assert sum(has.values()) <= 4
        if has and waits:
            self.widest_gap = max(self.widest_gap, max(has.values()) - min(has[guild] for guild in waits) - 1)

    async def status(self, remote_id: str) -> RemoteVideo:
        self.looks[remote_id] += 1
        if self.looks[remote_id] < 2:
            return running(remote_id)
        self.upstream.discard(remote_id)
        return completed(remote_id)

    async def download(self, remote_id: str, *, target: Path, max_bytes: int) -> int:
        assert remote_id not in self.upstream
        assert max_bytes == MEBIBYTE
        return await asyncio.to_thread(target.write_bytes, CLIP)


async def test_a_waiting_job_costs_no_task(tmp_path: Path, database: Database) -> None:
    house = house_over(database, running_at_once=50)
    slow = replace(PLAN, schedule=Schedule(first=timedelta(hours=1), every=timedelta(hours=1)))
    engine = Engine(workshop_in(tmp_path / "clips", house, clock=now, plan=slow))
    for _ in range(50):
        await house.queued(at=now())

    async with engine.at_work():
        await engine.workshop.tape.until_called("show_progress", 50)
        await engine.until(lambda: none_but(engine, "worker"))
        tasks = {task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()}

    assert tasks == {"worker"}


async def none_but(engine: Engine, name: str) -> bool:
    """Whether the worker waits for the clock alone."""
    await engine.workshop.house.rows("SELECT 1")
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return all(task.get_name() == name for task in others)


async def test_a_wake_starts_what_was_just_acknowledged(engine: Engine) -> None:
    async with engine.at_work():
        await engine.until(lambda: none_but(engine, "worker"))
        began = asyncio.get_running_loop().time()
        await engine.ask()
        await engine.workshop.tape.until_called("submit")
        took = asyncio.get_running_loop().time() - began

    assert took < 5  # without the wake it would be half a minute


async def test_stop_lets_the_step_in_hand_finish_and_takes_no_other(engine: Engine) -> None:
    tape = engine.workshop.tape
    tape.hold["submit"] = asyncio.Event()
    async with engine.at_work():
        job = await engine.ask()
        await tape.until_called("submit")
        engine.worker.stop()
        await asyncio.sleep(0.05)
        tape.hold["submit"].set()

    stored = await engine.workshop.house.stored(job)
    assert (stored.state, stored.remote_id) == (JobState.GENERATING, "remote-1")
    assert "status" not in tape.names


async def test_stop_gives_the_jobs_up_for_whoever_comes_next(engine: Engine) -> None:
    engine.workshop.tape.then("status", *[running()] * 1_000)
    async with engine.at_work():
        job = await engine.ask()
        await engine.workshop.tape.until_called("status", 2)

    [taken] = await engine.workshop.house.another("two").claim(now=now(), lease=LEASE)
    assert taken.id == job.id


async def test_stop_ends_a_progress_edit_that_hangs(engine: Engine) -> None:
    tape = engine.workshop.tape
    tape.hold["show_progress"] = asyncio.Event()
    tape.then("status", *[running()] * 1_000)
    async with engine.at_work():
        await engine.ask()
        await tape.until_called("show_progress")

    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_worker_that_is_cancelled_leaves_no_task_and_no_lease(engine: Engine) -> None:
    tape = engine.workshop.tape
    tape.hold["status"] = asyncio.Event()
    job = await engine.ask()
    run = asyncio.create_task(engine.worker.run())
    await tape.until_called("status")

    run.cancel()
    await asyncio.gather(run, return_exceptions=True)

    assert asyncio.all_tasks() == {asyncio.current_task()}
    [taken] = await engine.workshop.house.another("two").claim(now=now(), lease=LEASE)
    assert (taken.id, taken.state) == (job.id, JobState.GENERATING)


async def test_a_worker_that_is_cancelled_during_a_turn_ends_without_a_murmur(engine: Engine) -> None:
    async with engine.workshop.house.database.transaction():
        run = asyncio.create_task(engine.worker.run())
        await asyncio.sleep(0.05)  # now it waits for its turn at the database
        run.cancel()

    await asyncio.gather(run, return_exceptions=True)
    assert run.cancelled()


async def test_a_worker_that_starts_finds_what_the_last_one_left(engine: Engine) -> None:
    house = engine.workshop.house
    left = [
        await house.job(state, now=now())
        for state in (
            JobState.QUEUED,
            JobState.SUBMITTING,
            JobState.GENERATING,
            JobState.DOWNLOADING,
            JobState.DELIVERING,
        )
    ]
    left.append(await house.job(JobState.DELIVERED, now=now()))

    async with engine.at_work():
        await engine.until_told(6)

    ended = [(await house.stored(job)).state.value for job in left]
    assert ended == ["delivered", "failed", "delivered", "delivered", "delivered", "delivered"]
    assert engine.workshop.tape.names.count("submit") == 1


async def a_step_that_raises_stops_no_other_job_and_is_taken_again(engine: Engine) -> None:
    engine.workshop.tape.then("status", ZeroDivisionError(), LookupError())
    async with engine.at_work():
        for user in (1, 2, 3):
            await engine.ask(user)
        await engine.until_told(1)
        assert len(engine.workshop.tape.named("status")) == 3
        await engine.until_told(3)

    rows = await engine.workshop.house.rows("SELECT DISTINCT state FROM jobs")
    assert rows == [{"state": "delivered"}]


async def a_submit_that_raises_what_nobody_foresaw_is_never_sent_again(engine: Engine) -> None:
    engine.workshop.tape.then("submit", ZeroDivisionError())
    async with engine.at_work():
        job = await engine.ask()
        await engine.until_told(1)

    stored = await engine.workshop.house.stored(job)
    assert (stored.state, stored.reason) == (JobState.FAILED, "submit_unknown")
    assert engine.workshop.tape.names.count("submit") == 1


async def a_write_that_the_database_refuses_leaves_the_job_alive(engine: Engine) -> None:
    house = engine.workshop.house
    await refuse(house.database, "UPDATE ON jobs", when="NEW.state = 'downloading'")
    async with engine.at_work():
        job = await engine.ask()
        await engine.workshop.tape.until_called("status")
        await allow(house.database)
        await engine.until_told(1)

    assert (await house.stored(job)).state is JobState.DELIVERED
    assert engine.workshop.tape.names.count("submit") == 1


async def a_claim_that_the_database_refuses_is_tried_again(engine: Engine) -> None:
    house = engine.workshop.house
    await refuse(house.database, "UPDATE OF owner ON jobs")
    async with engine.at_work():
        job = await engine.ask()
        with pytest.raises(StorageError):
            await house.jobs.claim(now=now(), lease=LEASE)
        await allow(house.database)
        began = asyncio.get_running_loop().time()
        await engine.until_told(1)

    assert (await house.stored(job)).state is JobState.DELIVERED
    assert asyncio.get_running_loop().time() - began < 20  # the usual pause between claims is half a minute


async def a_step_that_raises_while_the_table_cannot_be_read_is_taken_again(engine: Engine) -> None:
    house, tape = engine.workshop.house, engine.workshop.tape
    tape.hold["status"] = asyncio.Event()
    tape.then("status", LookupError())
    async with engine.at_work():
        job = await engine.ask()
        await tape.until_called("status")
        await house.rows("ALTER TABLE jobs RENAME TO hidden")
        tape.hold["status"].set()
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == f"job-{job.id}"))
        await house.rows("ALTER TABLE hidden RENAME TO jobs")
        await engine.until_told(1)

    assert (await house.stored(job)).state is JobState.DELIVERED


async def a_progress_edit_that_hangs_holds_the_result_up_for_seconds_only(engine: Engine) -> None:
    tape = engine.workshop.tape
    tape.hold["show_progress"] = asyncio.Event()
    async with engine.at_work():
        job = await engine.ask()
        await engine.until_told(1)

    assert (await engine.workshop.house.stored(job)).state is JobState.DELIVERED
    assert tape.names.count("show_progress") == 1


SCENARIOS: Final = (
    a_step_that_raises_stops_no_other_job_and_is_taken_again,
    a_submit_that_raises_what_nobody_foresaw_is_never_sent_again,
    a_write_that_the_database_refuses_leaves_the_job_alive,
    a_claim_that_the_database_refuses_is_tried_again,
    a_step_that_raises_while_the_table_cannot_be_read_is_taken_again,
    a_progress_edit_that_hangs_holds_the_result_up_for_seconds_only,
)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, ground: Ground) -> Mapping[str, BaseException | None]:
    """Run every scenario at once, each in a house of its own: what they wait for is a pause of seconds."""

    async def play(scenario: Callable[[Engine], Awaitable[None]]) -> None:
        folder = tmp_path_factory.mktemp("scenario")
        with ground.stored(folder) as stored:
            database = await Database.open(stored.where)
            try:
                await scenario(Engine(workshop_in(folder / "clips", house_over(database), clock=now, plan=QUICK)))
            finally:
                await database.close()

    async def play_all() -> Mapping[str, BaseException | None]:
        found = await asyncio.gather(*map(play, SCENARIOS), return_exceptions=True)
        return {scenario.__name__: outcome for scenario, outcome in zip(SCENARIOS, found, strict=True)}

    return asyncio.run(play_all())


@pytest.mark.parametrize("scenario", [scenario.__name__ for scenario in SCENARIOS])
def test_it_holds_that(outcomes: Mapping[str, BaseException | None], scenario: str) -> None:
    outcome = outcomes[scenario]
    if outcome is not None:
        raise outcome


@pytest.mark.parametrize("told", [True, False])
async def test_a_job_that_was_cancelled_under_the_worker_is_let_go_and_its_slot_filled(
    tmp_path: Path,
    database: Database,
    told: bool,  # noqa: FBT001  # a table
) -> None:
    house = house_over(database, running_at_once=1)
    engine = Engine(workshop_in(tmp_path / "clips", house, clock=now, plan=QUICK))
    first, second = await house.queued(at=now()), await house.queued(at=now())
    async with house.database.transaction():
        run = asyncio.create_task(engine.worker.run())
        cancelling = asyncio.create_task(house.jobs.cancel(first.id, now=now(), told=told))
        await asyncio.sleep(0.01)  # both wait at the door: the claim first, then the cancel, then the submit
    try:
        await cancelling
        engine.worker.wake()
        await engine.until_told(2)
    finally:
        engine.worker.stop()
        await run

    assert (await house.stored(second)).state is JobState.DELIVERED
    assert engine.workshop.tape.names.count("submit") == 1
    assert [call.job.id for call in engine.workshop.tape.named("tell_end") if call.job] == (
        [second.id] if told else [first.id, second.id]
    )


async def test_an_answer_that_arrives_while_the_worker_looks_for_it_is_worked_on(engine: Engine) -> None:
    house, tape = engine.workshop.house, engine.workshop.tape
    tape.hold["find_answer"] = asyncio.Event()
    job = await house.reserved(at=now() - ANSWER_GRACE)
    async with engine.at_work():
        await tape.until_called("find_answer")
        await house.jobs.acknowledge(job.id, 4242, now=now())
        engine.worker.wake()
        await let_it_turn(engine)
        tape.hold["find_answer"].set()
        await engine.until_told(1)

    assert (await house.stored(job)).state is JobState.DELIVERED
    assert tape.names.count("submit") == 1


async def test_progress_is_shown_once_a_state_and_never_after_the_result(engine: Engine) -> None:
    tape = engine.workshop.tape
    tape.then("status", *[running()] * 5)
    async with engine.at_work():
        await engine.ask()
        await engine.until_told(1)

    shown = [call.job.state for call in tape.named("show_progress") if call.job is not None]
    assert shown == [JobState.GENERATING, JobState.DOWNLOADING]
    assert max(tape.names.index(name) for name in ("post_result", "tell_end")) == len(tape.names) - 1
    assert "show_progress" not in tape.names[tape.names.index("post_result") :]


async def test_the_result_waits_for_a_slow_progress_edit_and_the_edits_keep_their_order(engine: Engine) -> None:
    tape = engine.workshop.tape
    tape.hold["show_progress"] = asyncio.Event()
    async with engine.at_work():
        await engine.ask()
        await tape.until_called("download")
        await asyncio.sleep(0.1)
        assert tape.names.count("show_progress") == 1
        assert "post_result" not in tape.names

        tape.hold["show_progress"].set()
        await engine.until_told(1)

    order = [name for name in tape.names if name in {"show_progress", "post_result"}]
    assert order == ["show_progress", "show_progress", "post_result"]


@pytest.mark.parametrize("error", [DeliverLaterError(), ChannelClosedError()])
async def test_a_progress_edit_that_fails_holds_nothing_up(engine: Engine, error: Exception) -> None:
    engine.workshop.tape.then("show_progress", error, error)
    async with engine.at_work():
        job = await engine.ask()
        await engine.until_told(1)

    assert (await engine.workshop.house.stored(job)).state is JobState.DELIVERED


async def test_a_channel_that_is_closed_is_shown_no_further_progress(engine: Engine) -> None:
    engine.workshop.tape.then("show_progress", ChannelClosedError())
    async with engine.at_work():
        job = await engine.ask()
        await engine.until_told(1)

    assert (await engine.workshop.house.stored(job)).refusals == 1
    assert engine.workshop.tape.names.count("show_progress") == 1


async def test_a_late_job_is_shown_as_late_once(tmp_path: Path, house: House) -> None:
    pace = timedelta(milliseconds=20)
    plan = replace(PLAN, schedule=Schedule(first=pace, every=pace, late=3 * pace))
    engine = Engine(workshop_in(tmp_path / "clips", house, clock=now, plan=plan))
    tape = engine.workshop.tape
    tape.then("status", *(running() for _ in range(15)))
    async with engine.at_work():
        await engine.ask()
        await engine.until_told(1)

    shown = [(call.job.state, call.job.late_at is not None) for call in tape.named("show_progress") if call.job]
    assert shown == [(JobState.GENERATING, False), (JobState.GENERATING, True), (JobState.DOWNLOADING, True)]


async def test_progress_says_how_long_this_model_usually_takes(engine: Engine) -> None:
    for _ in range(3):
        job = await engine.workshop.house.job(JobState.DELIVERED, now=now())
        await engine.workshop.house.jobs.told(job, now=now(), next_at=None)
    async with engine.at_work():
        await engine.ask()
        await engine.until_told(4)

    assert len(engine.workshop.tape.named("show_progress")) == 2


async def test_a_clip_without_a_place_is_let_go_when_its_time_is_over(tmp_path: Path, house: House) -> None:
    plan = replace(QUICK, clip_retention=timedelta(milliseconds=300))
    engine = Engine(workshop_in(tmp_path / "clips", house, clock=now, plan=plan))
    engine.workshop.tape.then("post_result", DirectClosedError())
    async with engine.at_work():
        await engine.ask()
        await engine.until_told(1)
        assert engine.workshop.files != []
        await engine.until(lambda: is_empty(engine.workshop))

    [row] = await house.rows("SELECT state, next_at FROM jobs")
    assert row == {"state": "failed", "next_at": None}


async def is_empty(workshop: Workshop) -> bool:
    rows = await workshop.house.rows("SELECT id FROM jobs WHERE next_at IS NOT NULL")
    return not rows and not workshop.files


class LeapingClock:
    """The host's clock, which somebody may set."""

    def __init__(self) -> None:
        self.leap = timedelta(0)

    def __call__(self) -> datetime:
        return now() + self.leap


@pytest.mark.parametrize("leap", [timedelta(minutes=10), timedelta(days=-400)], ids=["forward", "back"])
async def test_a_clock_that_leaps_while_a_submit_is_under_way_loses_nothing(
    tmp_path: Path, house: House, leap: timedelta
) -> None:
    clock = LeapingClock()
    engine = Engine(workshop_in(tmp_path / "clips", house, clock=clock, plan=QUICK), clock=clock)
    tape = engine.workshop.tape
    tape.hold["submit"] = asyncio.Event()
    async with engine.at_work():
        job = await engine.ask()
        await tape.until_called("submit")
        clock.leap = leap
        engine.worker.wake()
        await let_it_turn(engine)
        tape.hold["submit"].set()
        await engine.until_told(1)

    assert (await house.stored(job)).state is JobState.DELIVERED
    assert tape.names.count("submit") == 1


async def let_it_turn(engine: Engine) -> None:
    """Let the worker take a turn: it waits at the door of the database before us."""
    for _ in range(5):
        await engine.workshop.house.rows("SELECT 1")


async def test_a_clock_that_leaps_makes_no_job_be_looked_at_twice(tmp_path: Path, house: House) -> None:
    clock = LeapingClock()
    pace = timedelta(milliseconds=100)
    plan = replace(PLAN, schedule=Schedule(first=pace, every=pace))
    engine = Engine(workshop_in(tmp_path / "clips", house, clock=clock, plan=plan), clock=clock)
    tape = engine.workshop.tape
    tape.then("status", *[running()] * 12)
    async with engine.at_work():
        await engine.ask()
        await tape.until_called("status")
        clock.leap = timedelta(seconds=110)  # the lease is over, and the looks are still dense
        engine.worker.wake()
        await engine.until_told(1)

    at = [call.at for call in tape.named("status")][3:]
    assert all(later - earlier >= 0.07 for earlier, later in pairwise(at))


async def test_a_look_that_fails_in_passing_is_taken_again_without_help(engine: Engine) -> None:
    engine.workshop.tape.then("status", TryLaterError(), TryLaterError())
    async with engine.at_work():
        job = await engine.ask()
        await engine.until_told(1)

    assert (await engine.workshop.house.stored(job)).state is JobState.DELIVERED
    assert engine.workshop.tape.names.count("status") == 3
