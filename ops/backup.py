"""`bot.py backup` and `bot.py restore`: a copy of the database while the bot runs, and its way back."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from ops.last_words import about_data, leave, settings_or_leave
from services.database import (
    BACKUPS_FOLDER,
    NEWEST_SCHEMA,
    Database,
    back_up,
    backups_in,
    damage_of,
    new_name,
    put_back,
    schema_of,
)
from services.errors import AlreadyRunningError, StorageError
from services.jobs import Restored, settle_restored
from services.settings import EXIT_CONFIGURATION, Settings

FAILED: Final = 1
WITH_A_SERVER: Final = """\
DATABASE_URL names a PostgreSQL database, which has tools of its own:
  pg_dump --format=custom --file=bot.dump "$DATABASE_URL"
  pg_restore --clean --if-exists --single-transaction --dbname="$DATABASE_URL" bot.dump
Stop every process of the bot before the second one."""


def backup_command(*, database_file: str) -> Callable[..., None]:
    """Return `backup`; `database_file` is the name of the database in the data folder."""

    def backup(
        *,
        path: Annotated[Path, typer.Argument(help="A folder, which gets a file with the time in its name; or a file.")],
        keep: Annotated[
            int | None, typer.Option(min=1, help="In a folder: remove all but that many of the newest.")
        ] = None,
    ) -> None:
        """Copy the database while the bot runs. The copy is checked, whole, and for its owner's eyes only."""
        settings = _settings_of_a_file()
        is_folder = path.is_dir() or not path.suffix
        if keep is not None and not is_folder:
            leave("--keep goes with a folder: name one, and the copy gets the time for its name.")
        try:
            if is_folder:
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            target = path / new_name(datetime.now(UTC)) if is_folder else path
            back_up(settings.data_dir / database_file, target)
            old = () if keep is None else backups_in(path)[keep:]
            for file in old:
                file.unlink(missing_ok=True)
        except (StorageError, OSError) as error:
            leave(f"No backup was made: {_why(error)}.", code=FAILED)
        typer.echo(f"Backed up to {target} ({target.stat().st_size:,} bytes)." + _removed(len(old)))

    return backup


def restore_command(*, database_file: str) -> Callable[..., None]:
    """Return `restore`."""

    def restore(
        *,
        path: Annotated[Path, typer.Argument(help="The backup: a file that `backup` wrote.")],
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ) -> None:
        """Put a backup back in the place of the database. The bot must not run; the present data is kept beside it."""
        settings = _settings_of_a_file()
        database = settings.data_dir / database_file
        _require_usable(path)
        if not yes:
            typer.confirm(f"Let {path} take the place of {database}?", abort=True)
        kept = settings.data_dir / BACKUPS_FOLDER / new_name(datetime.now(UTC))
        was_there = database.exists()
        try:
            put_back(path, database, keep_present_as=kept)
            restored = asyncio.run(_settle(database))
        except AlreadyRunningError as error:
            text, code = about_data(error, data_dir=settings.data_dir)
            leave(text, code=code)
        except (StorageError, OSError) as error:
            leave(f"The backup was not put back: {_why(error)}.", code=FAILED)
        typer.echo(_told(restored, kept=kept if was_there else None))

    return restore


def _settings_of_a_file() -> Settings:
    settings = settings_or_leave()
    if settings.database_url is not None:
        leave(WITH_A_SERVER)
    return settings


def _require_usable(path: Path) -> None:
    """Leave unless the file is a whole database that this version of the bot knows."""
    try:
        damage = damage_of(path)
        schema = schema_of(path)
    except StorageError:
        leave(f"{path} is no backup: it cannot be read as a database.")
    if damage:
        leave(f"{path} cannot be restored: {damage[0]}.")
    if schema > NEWEST_SCHEMA:
        leave(f"{path} was written by a newer version of the bot. Update the bot first.", code=EXIT_CONFIGURATION)


async def _settle(database: Path) -> Restored:
    opened = await Database.open(database)
    try:
        return await settle_restored(opened, now=datetime.now(UTC))
    finally:
        await opened.close()


def _told(restored: Restored, *, kept: Path | None) -> str:
    lines = ["Restored. Start the bot when you like."]
    if kept is not None:
        lines.append(f"The data as it was before is in {kept}.")
    if restored.cancelled:
        lines.append(
            f"Videos that waited when the backup was made, now cancelled because they may have been made since: "
            f"{restored.cancelled}. Their members can ask again."
        )
    if restored.going_on:
        lines.append(f"Videos that were being made, and are looked after again: {restored.going_on}.")
    lines.append(
        "What was spent after the backup is not counted in limits and budgets: compare with OpenRouter's page, and "
        "lower `/owner budget` if it matters."
    )
    return "\n".join(lines)


def _removed(number: int) -> str:
    return f" Older ones removed: {number}." if number else ""


def _why(error: StorageError | OSError) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
