"""A member's own videos in one server come a page at a time, the newest first, and nobody else's ever."""

import pytest

from services.database import Database
from services.jobs import HistoryBook
from services.jobs.history import PER_PAGE
from services.models import JobState
from tests.services.jobs.samples import House, asker


@pytest.fixture
def history(database: Database) -> HistoryBook:
    return HistoryBook(database=database)


async def test_pages_hold_every_video_once_the_newest_first(house: House, history: HistoryBook) -> None:
    made = [(await house.queued()).id for _ in range(2 * PER_PAGE + 1)]

    pages = [await history.page(asker(), page) for page in (1, 2, 3)]

    assert [job.id for page in pages for job in page.jobs] == made[::-1]
    assert {(page.pages, page.total) for page in pages} == {(3, len(made))}
    assert [page.page for page in pages] == [1, 2, 3]


@pytest.mark.parametrize(("asked", "shown"), [(0, 1), (-5, 1), (2, 1), (999_999, 1)])
async def test_a_page_that_is_not_there_is_the_nearest_that_is(
    house: House, history: HistoryBook, asked: int, shown: int
) -> None:
    await house.queued()

    found = await history.page(asker(), asked)

    assert (found.page, found.pages, len(found.jobs)) == (shown, 1, 1)


async def test_nothing_is_one_empty_page(history: HistoryBook) -> None:
    found = await history.page(asker(), 1)

    assert (found.page, found.pages, found.total, list(found.jobs)) == (1, 1, 0, [])


async def test_others_and_other_servers_are_not_in_it(house: House, history: HistoryBook) -> None:
    own = await house.job(JobState.DELIVERED)
    await house.queued(user=2)
    await house.queued(guild=2)

    found = await history.page(asker(), 1)

    assert [job.id for job in found.jobs] == [own.id]
