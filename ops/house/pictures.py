"""Where members' pictures wait: in a folder of the one process, or in the database that several share."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from services.database import Database
from services.jobs import PictureBook
from services.jobs.picture_rows import PictureRows
from services.pictures import PictureKeeper, PictureShelf, take_over


async def opened_pictures(
    database: Database, book: PictureBook, *, folder: Path, clock: Callable[[], datetime]
) -> PictureKeeper:
    """Return it, tidied, with whatever lies in the other place because the bot has moved to another database."""
    shelf, rows = PictureShelf(folder), PictureRows(database=database, clock=clock)
    wanted = await book.wanted(now=clock())
    if database.is_shared:
        await take_over(shelf, rows, wanted=wanted)
        return rows
    shelf.sweep(keep=wanted)
    await take_over(rows, shelf, wanted=wanted)
    return shelf
