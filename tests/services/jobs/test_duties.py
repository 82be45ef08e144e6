"""Duties: one process at a time has each, a dead one is followed, and turns to identify keep their distance."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from services.database import Database
from services.jobs import Duty, IdentifyTurns
from services.jobs.duties import LEASE


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 10, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def pass_by(self, span: timedelta) -> None:
        self.time += span


def duty(database: Database, clock: Clock, owner: str, name: str = "tell") -> Duty:
    return Duty(name, database=database, owner=owner, clock=clock.now)


async def test_of_several_processes_one_has_a_duty_and_keeps_it(database: Database) -> None:
    clock = Clock()
    first, second = duty(database, clock, "first"), duty(database, clock, "second")

    for _ in range(10):
        assert (await first.is_mine(), await second.is_mine()) == (True, False)
        clock.pass_by(LEASE / 2)


async def test_many_who_ask_at_once_find_one_holder(database: Database) -> None:
    clock = Clock()
    crowd = [duty(database, clock, f"process {number}") for number in range(12)]

    assert sum(await asyncio.gather(*(each.is_mine() for each in crowd))) == 1


async def test_a_dead_holder_is_followed_when_its_lease_is_over_and_not_before(database: Database) -> None:
    clock = Clock()
    dead, next_one = duty(database, clock, "dead"), duty(database, clock, "next")
    assert await dead.is_mine()

    clock.pass_by(LEASE - timedelta(seconds=1))
    assert not await next_one.is_mine()
    clock.pass_by(LEASE / 3)

    assert await next_one.is_mine()
    assert not await dead.is_mine()


async def test_whoever_starts_under_the_name_of_the_dead_has_its_duties_at_once(database: Database) -> None:
    clock = Clock()
    assert await duty(database, clock, "slot").is_mine()

    assert await duty(database, clock, "slot").is_mine()


async def test_a_duty_that_is_given_up_is_free_at_once(database: Database) -> None:
    clock = Clock()
    first = duty(database, clock, "first")
    assert await first.is_mine()

    await first.give_up()

    assert await duty(database, clock, "second").is_mine()
    assert not await first.is_mine()


async def test_nobody_gives_up_what_somebody_else_has(database: Database) -> None:
    clock = Clock()
    assert await duty(database, clock, "first").is_mine()

    await duty(database, clock, "second").give_up()

    assert not await duty(database, clock, "third").is_mine()


async def test_one_duty_is_no_other(database: Database) -> None:
    clock = Clock()

    assert await duty(database, clock, "first", "tell").is_mine()
    assert await duty(database, clock, "second", "forget").is_mine()


def turns(database: Database, owner: str, apart: timedelta = timedelta(seconds=0.3)) -> IdentifyTurns:
    return IdentifyTurns(database=database, owner=owner, clock=lambda: datetime.now(UTC), apart=apart)


async def test_turns_in_one_bucket_are_apart_whoever_takes_them(database: Database) -> None:
    loop, moments = asyncio.get_running_loop(), list[float]()

    async def identify(number: int) -> None:
        turn = turns(database, f"process {number}")
        await turn.take(number, 0)
        await turn.confirm(number, 0)
        moments.append(loop.time())

    await asyncio.gather(*(identify(number) for number in range(4)))

    # The moments are noted when the answer has come back, each a little later than it was.
    assert all(later - earlier > 0.2 for earlier, later in pairwise(moments))


async def test_turns_in_different_buckets_do_not_wait_for_each_other(database: Database) -> None:
    turn = turns(database, "process", apart=timedelta(hours=1))

    async with asyncio.timeout(10):
        await turn.take(0, 0)
        await turn.take(1, 1)


async def test_a_turn_that_connecting_has_outlasted_is_taken_again(database: Database) -> None:
    slow, quick = turns(database, "slow"), turns(database, "quick", apart=timedelta(hours=1))
    await slow.take(0, 0)
    await quick.take(1, 0)

    waiting = asyncio.create_task(slow.confirm(0, 0))
    done, _ = await asyncio.wait({waiting}, timeout=0.5)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert not done


async def test_a_turn_lasts_from_its_confirmation(database: Database) -> None:
    turn = turns(database, "process", apart=timedelta(hours=1))
    await turn.take(0, 0)

    async with asyncio.timeout(10):
        await turn.confirm(0, 0)
