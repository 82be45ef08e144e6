"""Pictures in the database: whichever process takes one in, every other can send it."""

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import pytest

from services.database import Database
from services.errors import StorageError
from services.jobs.picture_rows import BELONGS_SOON, PictureRows
from services.models import FRAMES, FrameKind
from services.pictures import PictureError, PictureShelf, take_over
from services.pictures.keeping import Wanted
from tests.services.jobs.samples import HandClock
from tests.stored import Stored

LARGEST = 8 * 1024 * 1024


def wanted_by(*interactions: int) -> Wanted:
    async def wanted() -> Collection[int]:
        return interactions

    return wanted


async def test_a_picture_that_one_process_takes_in_another_one_sends(database: Database, stored: Stored) -> None:
    if not database.is_shared:
        pytest.skip("a file has one process")
    other = await Database.open(stored.where)
    rows, others = (PictureRows(database=each, clock=HandClock()) for each in (database, other))
    for kind in FRAMES:
        await rows.keep(5, kind, kind.value.encode())
    frames = await others.frames(5, 2)
    await others.remove(5)
    await other.close()

    assert [(frame.kind, frame.content) for frame in frames] == [(kind, kind.value.encode()) for kind in FRAMES]
    assert await rows.found(5) == []


async def test_a_picture_that_is_not_here_is_lost_and_no_other_takes_its_place(database: Database) -> None:
    rows = PictureRows(database=database, clock=HandClock())
    await rows.keep(5, FrameKind.LAST, b"two")

    for interaction, count in ((5, 1), (5, 2), (6, 1)):
        with pytest.raises(PictureError):
            await rows.frames(interaction, count)
    assert await rows.frames(6, 0) == ()


async def test_a_yes_takes_the_pictures_of_its_question_or_none(database: Database) -> None:
    rows = PictureRows(database=database, clock=HandClock())
    await rows.keep(5, FrameKind.FIRST, b"one")

    with pytest.raises(PictureError):
        await rows.rename(5, 8, count=2)
    await rows.rename(5, 8, count=1)

    assert await rows.found(5) == []
    assert [frame.content for frame in await rows.frames(8, 1)] == [b"one"]


async def test_what_nobody_wants_is_swept_but_not_what_came_just_now(database: Database) -> None:
    clock = HandClock()
    rows = PictureRows(database=database, clock=clock)
    for interaction in (5, 6):
        await rows.keep(interaction, FrameKind.FIRST, b"one")
    clock.advance(BELONGS_SOON)
    await rows.keep(7, FrameKind.FIRST, b"one")

    removed = await rows.tidy(wanted_by(6))

    assert removed == 1
    assert [bool(await rows.found(interaction)) for interaction in (5, 6, 7)] == [False, True, True]
    clock.advance(BELONGS_SOON + timedelta(seconds=1))
    assert await rows.tidy(wanted_by()) == 2


async def test_a_picture_beyond_all_bounds_is_not_stored(database: Database) -> None:
    rows = PictureRows(database=database, clock=HandClock())

    with pytest.raises(StorageError):
        await rows.keep(5, FrameKind.FIRST, b"\0" * (LARGEST + 1))

    await rows.keep(5, FrameKind.FIRST, b"\0" * LARGEST)


async def test_a_bot_that_moves_to_another_database_takes_its_pictures_along_and_back(
    database: Database, tmp_path: Path
) -> None:
    shelf, rows = PictureShelf(tmp_path / "pictures"), PictureRows(database=database, clock=HandClock())
    await take_over(shelf, rows, wanted={5})  # where there is no folder yet
    shelf.sweep(keep=())
    for kind in FRAMES:
        await shelf.keep(5, kind, kind.value.encode())
    await shelf.keep(6, FrameKind.FIRST, b"nobody's")

    await take_over(shelf, rows, wanted={5})
    there, left = await rows.frames(5, 2), await shelf.found(5)
    await take_over(rows, shelf, wanted={5})

    assert ([frame.content for frame in there], left) == ([kind.value.encode() for kind in FRAMES], [])
    assert await shelf.frames(5, 2) == there
    assert (await rows.found(5), await rows.found(6)) == ([], [])
