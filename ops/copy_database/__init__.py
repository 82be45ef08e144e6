"""`bot.py copy-database`: moves a bot from one database to another, and proves that nothing was left behind.

It leaves with 0 where both hold the same now, with 78 where what was typed or set has to be changed, and with 1 where
it was refused or went wrong; the target is then as it was.
"""

import asyncio
from typing import Annotated

import typer

from ops.copy_database.places import Place, place
from ops.copy_database.saying import about_failure, about_success
from ops.copy_database.showing import shown
from ops.last_words import MAY_START_AGAIN, about_settings, leave
from ops.logs import set_up_logging
from services.database.copying import Copied, copy
from services.errors import ConfigurationError, StorageError

__all__ = ["command"]


def command(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Where the bot's data is now.", show_default=False)],
    target: Annotated[str, typer.Argument(metavar="TO", help="Where it is to be.", show_default=False)],
    *,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Copy while the bot goes on, only to see how it goes.")
    ] = False,
) -> None:
    """Copy everything that the bot stored into another database, and compare every row.

    FROM and TO are each a SQLite file, such as data/bot.sqlite3, or a PostgreSQL database: an address, such as
    postgresql://user@host/name, or the word DATABASE_URL for the one in your settings, which keeps its password off
    the command line. Stop the bot first; the source is never changed.
    """
    try:
        places = place(source), place(target)
    except ConfigurationError as error:
        leave(about_settings(error))
    set_up_logging(level="WARNING", style="auto", secrets=[secret for each in places for secret in each.secrets])
    try:
        copied = asyncio.run(_copied(*places, is_rehearsal=rehearse))
    except StorageError as error:
        leave(about_failure(error, *places), code=MAY_START_AGAIN)
    typer.echo(about_success(copied, *places, is_rehearsal=rehearse))


async def _copied(source: Place, target: Place, *, is_rehearsal: bool) -> Copied:
    with shown() as report:
        return await copy(source.where, target.where, report=report, is_rehearsal=is_rehearsal)
