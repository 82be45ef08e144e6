"""The notifier: everything is told in its order, once, to whom it concerns, however often the telling fails."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import pytest

from services.database import Database
from services.errors import DeliverLaterError
from services.generation import Notifier
from services.limits import Notice, NoticeBook, NoticeKind, ServerChoices
from services.limits.notices import note
from tests.refusing import allow, refuse
from tests.services.jobs.samples import NOON, House, manager

PATIENCE: Final = 30
LOOK_EVERY: Final = timedelta(milliseconds=10)


@dataclass(slots=True, kw_only=True)
class TapedHerald:
    """Tells whoever pays, or fails as it is told to, and keeps what it told."""

    told: list[tuple[int | None, int | None]] = field(default_factory=list[tuple[int | None, int | None]])
    """The video, and the log channel that it was to be told in."""
    languages: list[str | None] = field(default_factory=list[str | None])
    failures: list[BaseException] = field(default_factory=list[BaseException])
    hold: asyncio.Event | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(self, notice: Notice, *, log_channel_id: int | None, language: str | None) -> None:
        self._changed.set()
        if self.hold is not None:
            await self.hold.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.told.append((notice.job_id, log_channel_id))
        self.languages.append(language)
        self._changed.set()

    async def until(self, times: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.told) < times:
                await self.called()

    async def called(self) -> None:
        self._changed.clear()
        async with asyncio.timeout(PATIENCE):
            await self._changed.wait()


@dataclass(slots=True, kw_only=True)
class Office:
    """A notifier over real books."""

    house: House
    herald: TapedHerald
    notices: NoticeBook
    notifier: Notifier

    async def note(self, *numbers: int, guild: int = 0) -> None:
        async with self.house.database.transaction() as tx:
            for number in numbers:
                topic = f"unknown {number}"
                await note(tx, NoticeKind.UNKNOWN, topic=topic, guild_id=guild, job_id=number, now=NOON)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        run = asyncio.create_task(self.notifier.run(), name="notifier")
        try:
            yield
        finally:
            self.notifier.stop()
            async with asyncio.timeout(PATIENCE):
                await run


def office_over(house: House, herald: TapedHerald | None = None, *, look_every: timedelta = LOOK_EVERY) -> Office:
    taped, notices = herald or TapedHerald(), NoticeBook(database=house.database)
    notifier = Notifier(notices=notices, servers=house.servers, herald=taped, clock=lambda: NOON, look_every=look_every)
    return Office(house=house, herald=taped, notices=notices, notifier=notifier)


@pytest.fixture
def office(house: House) -> Office:
    return office_over(house)


async def test_what_there_is_to_tell_is_told_in_its_order_and_written_down_as_told(office: Office) -> None:
    await office.note(3, 1, 2)

    async with office.open():
        await office.herald.until(3)

    assert [job_id for job_id, _ in office.herald.told] == [3, 1, 2]
    assert await office.notices.untold() == []
    [row, *_] = await office.house.rows("SELECT told_at FROM notices")
    assert row["told_at"] is not None


async def test_what_comes_later_is_told_at_one_of_the_next_looks(office: Office) -> None:
    async with office.open():
        await office.note(1)
        await office.herald.until(1)
        await office.note(2)
        await office.herald.until(2)

    assert [job_id for job_id, _ in office.herald.told] == [1, 2]


async def test_nothing_is_told_twice(office: Office) -> None:
    await office.note(1)
    async with office.open():
        await office.herald.until(1)
    again = office_over(office.house, office.herald)

    async with again.open():
        await again.note(2)
        await again.herald.until(2)

    assert [job_id for job_id, _ in office.herald.told] == [1, 2]


async def test_what_could_not_be_told_is_told_later_and_before_what_came_after_it(office: Office) -> None:
    office.herald.failures += [DeliverLaterError(), DeliverLaterError()]
    await office.note(1, 2)

    async with office.open():
        await office.herald.until(2)

    assert [job_id for job_id, _ in office.herald.told] == [1, 2]


async def test_a_database_that_fails_in_passing_is_looked_at_again(office: Office) -> None:
    await office.note(1)
    await refuse(office.house.database, "UPDATE ON notices")

    async with office.open():
        await office.herald.until(2)
        await allow(office.house.database, table="notices")
        await asyncio.wait_for(all_told(office), timeout=PATIENCE)

    # Telling it again is harmless: the herald's nonce makes it one message.
    assert {job_id for job_id, _ in office.herald.told} == {1}


async def all_told(office: Office) -> None:
    while await office.notices.untold():  # noqa: ASYNC110  # a table sets no event
        await asyncio.sleep(0.01)


async def test_a_servers_matter_goes_to_its_log_channel_and_the_owners_to_nobody_elses(office: Office) -> None:
    await office.house.servers.choose(ServerChoices(log_channel_id=99, language="fr"), manager(1), now=NOON)
    await office.note(1, guild=1)
    await office.note(2, guild=2)
    await office.note(3, guild=0)

    async with office.open():
        await office.herald.until(3)

    assert office.herald.told == [(1, 99), (2, None), (3, None)]
    assert office.herald.languages == ["fr", None, None]


async def test_it_stops_after_the_message_in_hand_and_writes_down_that_it_was_told(house: House) -> None:
    office = office_over(house, TapedHerald(hold=asyncio.Event()))
    await office.note(1)
    run = asyncio.create_task(office.notifier.run(), name="notifier")
    await office.herald.called()

    office.notifier.stop()
    assert office.herald.hold is not None
    office.herald.hold.set()
    await asyncio.wait_for(run, timeout=PATIENCE)

    assert await office.notices.untold() == []


async def test_it_stops_at_once_where_it_only_waits(database: Database, house: House) -> None:
    assert house.database is database
    office = office_over(house, look_every=timedelta(hours=1))
    run = asyncio.create_task(office.notifier.run(), name="notifier")
    await asyncio.sleep(0)

    office.notifier.stop()

    await asyncio.wait_for(run, timeout=PATIENCE)
