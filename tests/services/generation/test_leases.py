"""A worker that was stopped and wakes: whatever it was about to do, it does nothing for a job that is not its own.

The first worker is stopped at every wait it comes to, one run for each: after every statement that it has the database
run. Its leases run out, a second worker takes over and finishes, and then the first one goes on.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from services.database import Database, Transaction
from services.database.door import Engine, Result, Work
from services.errors import ChannelClosedError, StaleJobError, StorageError, UnreachableError
from services.generation import Worker
from services.generation.leases import LEASE, SURE_FOR, Leases
from services.jobs import ANSWER_GRACE
from services.models import JobState
from services.schedule import Schedule
from tests.services.generation.taped import PLAN, Workshop, workshop_in
from tests.services.jobs.samples import HandClock, House, house_over
from tests.stored import Ground, anywhere

QUICK: Final = replace(PLAN, schedule=Schedule(first=timedelta(milliseconds=5), every=timedelta(milliseconds=5)))
PATIENCE: Final = 30
MOST_STOPS: Final = 60
QUIET: Final = 0.15
"""Seconds after which a worker that has something to do has done it. A longer one only finds more."""


class StoppedProcess:
    """The database as one process reaches it, whose statements return when the process is let go on."""

    def __init__(self, engine: Engine, *, stop_after: int) -> None:
        self._engine = engine
        self._left = stop_after
        self.is_stopped = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.is_unreachable = False

    @property
    def is_shared(self) -> bool:
        return True

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        await self._pass()
        async with self._engine.transaction() as tx:
            yield tx
        await self._stop()

    async def run(self, work: Work[Result]) -> Result:
        await self._pass()
        result = await self._engine.run(work)
        await self._stop()
        return result

    async def _stop(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.is_stopped.set()
        await self._pass()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Transaction]:
        await self._pass()
        async with self._engine.reading() as tx:
            yield tx
        await self._pass()

    async def _pass(self) -> None:
        if self.is_unreachable:
            raise UnreachableError("no code")
        if self.is_stopped.is_set():
            await self.may_go_on.wait()

    async def schema_version(self) -> int:
        return await self._engine.schema_version()

    async def empty_log(self) -> None:
        await self._engine.empty_log()

    async def ring(self) -> None:
        await self._engine.ring()

    async def listen(self, wake: Callable[[], None]) -> None:
        await self._engine.listen(wake)

    async def close(self) -> None:
        """Leave it open: it is another's."""


def behind(database: Database) -> Engine:
    return database._engine  # pyright: ignore[reportPrivateUsage]  # whatever engine the tests run on


class LeapingClock:
    """The host's clock, which a stopped process finds ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(slots=True, kw_only=True)
class Process:
    """A worker with what it tells the world written down."""

    name: str
    house: House
    workshop: Workshop
    worker: Worker
    running: "asyncio.Task[None] | None" = None

    def start(self) -> None:
        self.running = asyncio.create_task(self.worker.run(), name=self.name)

    async def stop(self) -> None:
        self.worker.stop()
        if self.running is not None:
            async with asyncio.timeout(PATIENCE):
                await self.running


def process(name: str, database: Database, folder: Path, clock: Callable[[], datetime]) -> Process:
    house = house_over(database, owner=name)
    workshop = workshop_in(folder / name / "clips", house, clock=clock, plan=QUICK)
    worker = Worker(jobs=house.jobs, steps=workshop.steps, clock=clock)
    return Process(name=name, house=house, workshop=workshop, worker=worker)


@dataclass(slots=True, kw_only=True)
class Scene:
    """Two processes on one database, of which the first is stopped once."""

    first: Process
    second: Process
    stopped: StoppedProcess
    clock: LeapingClock
    before: list[str] = field(default_factory=list[str])

    async def play(self) -> bool:
        """Return whether the first was stopped before it was done."""
        self.first.start()
        if not await self._is_stopped_in_time():
            self.stopped.may_go_on.set()
            await self.first.stop()
            return False
        await asyncio.sleep(QUIET)  # what it had begun already arrives, well within its lease
        self.before = [*self.first.workshop.tape.names]
        self.clock.ahead += 2 * LEASE + ANSWER_GRACE
        self.second.start()
        await self.until_told()
        await self.second.stop()
        self.stopped.may_go_on.set()
        await asyncio.sleep(QUIET)
        await self.first.stop()
        return True

    async def _is_stopped_in_time(self) -> bool:
        told, stop = asyncio.create_task(self.until_told()), asyncio.create_task(self.stopped.is_stopped.wait())
        await asyncio.wait({told, stop}, return_when=asyncio.FIRST_COMPLETED)
        is_stopped = stop.done()
        for task in (told, stop):
            task.cancel()
        await asyncio.gather(told, stop, return_exceptions=True)
        return is_stopped

    async def until_told(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                rows = await self.second.house.rows("SELECT COUNT(*) AS living FROM jobs WHERE told_at IS NULL")
                if rows[0]["living"] == 0:
                    return
                await asyncio.sleep(0.01)

    @property
    def after(self) -> list[str]:
        """What the first one did once it went on."""
        return self.first.workshop.tape.names[len(self.before) :]

    def times(self, name: str) -> int:
        return len(self.first.workshop.tape.named(name)) + len(self.second.workshop.tape.named(name))


@asynccontextmanager
async def scene(ground: Ground, folder: Path, *, stop_after: int) -> AsyncGenerator[Scene]:
    async with AsyncExitStack() as stack:
        stored = stack.enter_context(anywhere(ground))
        database = await Database.open(stored.where)
        stack.push_async_callback(database.close)
        stopped, clock = StoppedProcess(behind(database), stop_after=stop_after), LeapingClock()
        first = process("first", Database(stopped), folder, clock)
        # What was done is noted where nobody is stopped.
        first.workshop.tape.house = house_over(database)
        yield Scene(
            first=first,
            second=process("second", database, folder, clock),
            stopped=stopped,
            clock=clock,
        )


async def that_goes_well(scene: Scene) -> None:
    await scene.second.house.queued(at=scene.clock())


async def whose_channel_is_closed(scene: Scene) -> None:
    for each in (scene.first, scene.second):
        each.workshop.tape.then("post_result", ChannelClosedError(403, 50_001))
    await scene.second.house.queued(at=scene.clock())


async def whose_answer_was_lost(scene: Scene) -> None:
    for each in (scene.first, scene.second):
        each.workshop.tape.then("find_answer", 4_711)
    await scene.second.house.reserved(at=scene.clock() - ANSWER_GRACE)


@pytest.mark.parametrize("job", [whose_channel_is_closed, whose_answer_was_lost])
async def test_a_worker_that_was_stopped_anywhere_does_nothing_for_a_job_that_was_taken_over(
    ground: Ground, tmp_path: Path, job: Callable[[Scene], Awaitable[None]]
) -> None:
    stops = 0
    for stop_after in range(1, MOST_STOPS):
        async with scene(ground, tmp_path / str(stop_after), stop_after=stop_after) as played:
            await job(played)
            if not await played.play():
                break
            stops += 1
            assert played.after == [], (stop_after, played.before)
            assert played.times("submit") <= 1
            rows = await played.second.house.rows("SELECT state, result_message_id FROM jobs")
            assert rows[0]["state"] in {JobState.DELIVERED, JobState.FAILED}
            # A clip that the first one had posted is found by the second, in the channel; the tape finds nothing.
            assert played.second.workshop.tape.names.count("post_result") <= 2

    assert stops > 10


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


class Cut:
    """A house whose database can be out of reach."""

    def __init__(self, database: Database) -> None:
        self.line = StoppedProcess(behind(database), stop_after=0)
        self.house = house_over(Database(self.line))


@pytest.fixture
def cut(database: Database) -> Cut:
    return Cut(database)


async def test_a_lease_that_is_young_is_believed_without_a_question(cut: Cut, clock: HandClock) -> None:
    leases = Leases(jobs=cut.house.jobs, clock=clock)
    leases.begin()
    lease = leases.of(1, 1, epoch=leases.epoch)
    cut.line.is_unreachable = True

    await lease.require()
    clock.advance(SURE_FOR - timedelta(seconds=1))
    await lease.require()


async def test_a_lease_that_may_be_over_is_asked_for_and_no_answer_is_a_no(cut: Cut, clock: HandClock) -> None:
    leases = Leases(jobs=cut.house.jobs, clock=clock)
    leases.begin()
    lease = leases.of(1, 1, epoch=leases.epoch)
    cut.line.is_unreachable = True
    clock.advance(SURE_FOR)

    with pytest.raises(StorageError):
        await lease.require()


@pytest.mark.parametrize("leap", [LEASE, -LEASE])
async def test_a_clock_that_leaps_makes_us_ask_and_what_nobody_took_is_still_ours(
    house: House, clock: HandClock, leap: timedelta
) -> None:
    leases = Leases(jobs=house.jobs, clock=clock)
    leases.begin()
    await house.queued()
    [job] = await house.jobs.claim(now=clock(), lease=LEASE)
    lease = leases.of(job.id, job.fence, epoch=leases.epoch)
    clock.advance(leap)

    await lease.require()

    assert await house.another("two").claim(now=clock() + LEASE - timedelta(seconds=1), lease=LEASE) == []


async def test_what_was_lost_before_a_late_renewal_is_not_ours_after_it(house: House, clock: HandClock) -> None:
    leases = Leases(jobs=house.jobs, clock=clock)
    leases.begin()
    await house.queued()
    [job] = await house.jobs.claim(now=clock(), lease=LEASE)
    lease = leases.of(job.id, job.fence, epoch=leases.epoch)
    clock.advance(LEASE)
    assert len(await house.another("two").claim(now=clock(), lease=LEASE)) == 1

    await leases.renew()

    with pytest.raises(StaleJobError):
        await lease.require()


async def test_renewals_in_time_keep_everything_ours_without_a_question(cut: Cut, clock: HandClock) -> None:
    leases = Leases(jobs=cut.house.jobs, clock=clock)
    leases.begin()
    lease = leases.of(1, 1, epoch=leases.epoch)
    for _ in range(5):
        clock.advance(SURE_FOR - timedelta(seconds=1))
        await leases.renew()
    cut.line.is_unreachable = True

    await lease.require()


async def test_many_that_ask_at_once_renew_once(house: House, clock: HandClock) -> None:
    leases = Leases(jobs=house.jobs, clock=clock)
    leases.begin()
    for _ in range(4):
        await house.queued()
    jobs = await house.jobs.claim(now=clock(), lease=LEASE)
    held = [leases.of(job.id, job.fence, epoch=leases.epoch) for job in jobs]
    clock.advance(SURE_FOR)
    epoch = leases.epoch

    await asyncio.gather(*(lease.require() for lease in held))

    assert leases.epoch == epoch + 1


async def test_a_worker_without_its_database_takes_no_step_until_it_has_it_again(
    ground: Ground, tmp_path: Path
) -> None:
    async with scene(ground, tmp_path, stop_after=-1) as played:
        tape = played.first.workshop.tape
        tape.hold["submit"] = asyncio.Event()
        await that_goes_well(played)
        played.first.start()
        await tape.until_called("submit")
        played.stopped.is_unreachable = True
        played.clock.ahead += LEASE
        tape.hold["submit"].set()
        await asyncio.sleep(QUIET)
        assert tape.names == ["submit"]

        played.stopped.is_unreachable = False
        played.first.worker.wake()
        await played.until_told()
        await played.first.stop()

    assert tape.names.count("submit") == tape.names.count("post_result") == 1


async def test_a_graceful_stop_gives_up_at_once_what_is_not_in_hand(house: House, tmp_path: Path) -> None:
    clock = LeapingClock()
    first = process("one", house.database, tmp_path, clock)
    first.workshop.tape.hold["download"] = asyncio.Event()
    in_hand = await first.house.job(JobState.DOWNLOADING, now=clock())
    kept = await first.house.job(JobState.DELIVERED, now=clock())
    kept = await first.house.jobs.told(kept, now=clock(), next_at=clock() + timedelta(milliseconds=200))
    first.start()
    await first.workshop.tape.until_called("download")
    first.worker.stop()
    await asyncio.sleep(0.25)

    taken = await house.another("two").claim(now=clock() + timedelta(seconds=1), lease=LEASE)
    assert [job.id for job in taken] == [kept.id]

    first.workshop.tape.hold["download"].set()
    await first.stop()
    after = await house.another("two").claim(now=clock() + timedelta(seconds=1), lease=LEASE)
    assert in_hand.id in [job.id for job in after]
