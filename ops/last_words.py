"""What the process says when it cannot begin, and with which exit code it leaves.

A supervisor starts a bot again that left with 1; with `EXIT_CONFIGURATION` it waits until a person has looked.
"""

from pathlib import Path
from typing import Final, NoReturn

import typer

from services.errors import (
    AlreadyRunningError,
    ConfigurationError,
    DriverMissingError,
    NoSpaceError,
    NotWritableError,
    OtherSchemaError,
    SchemaTooNewError,
    StorageError,
    UnreachableError,
)
from services.settings import EXIT_CONFIGURATION, Settings, is_set_up, load_settings

MAY_START_AGAIN: Final = 1
NOT_SET_UP: Final = """\
This bot is not set up here yet. Three ways on from here:
  1. Set it up: uv run bot.py setup
  2. Try it first, without any account: uv run bot.py sandbox
  3. Read README.md, which shows where the two secrets come from."""
NOT_ACCEPTED: Final = (
    "Discord does not accept DISCORD_TOKEN. Reset the token in the developer portal and copy it again."
)


def settings_or_leave() -> Settings:
    """Read the settings, or say what is missing or wrong and leave."""
    if not is_set_up():
        leave(NOT_SET_UP)
    try:
        return load_settings()
    except ConfigurationError as error:
        leave(about_settings(error))


def leave(text: str, *, code: int = EXIT_CONFIGURATION) -> NoReturn:
    """Say why, and leave with that exit code."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


def about_settings(error: ConfigurationError) -> str:
    """Return which settings are wrong, and how."""
    return "\n".join(["These settings need a look (see .env.example):", *error.problems])


def about_data(error: StorageError, *, data_dir: Path) -> tuple[str, int]:
    """Return what is wrong with the data, what to do about it, and the exit code."""
    return _about_server(error) or _about_files(error, data_dir=data_dir)


def _about_server(error: StorageError) -> tuple[str, int] | None:
    match error:
        case DriverMissingError():
            return (
                "DATABASE_URL names a PostgreSQL database, and the driver for it is not installed. Install it: "
                "uv sync --extra postgres"
            ), EXIT_CONFIGURATION
        case UnreachableError():
            return (
                f"The database at DATABASE_URL cannot be used now ({error}). See whether its server runs, and whether "
                "the name, the password and the database in the address are right."
            ), MAY_START_AGAIN
        case _:
            return None


def _about_files(error: StorageError, *, data_dir: Path) -> tuple[str, int]:
    match error:
        case AlreadyRunningError():
            return (
                f"Another bot is already running on {data_dir}. Stop it first, or let DATABASE_URL name a PostgreSQL "
                "database, which takes more than one."
            ), MAY_START_AGAIN
        case NotWritableError():
            return (
                f"The bot may not write to {data_dir}. Give the user that runs it the right to, or let DATA_DIR name a "
                "folder where it has it."
            ), EXIT_CONFIGURATION
        case NoSpaceError():
            return f"There is no room on the disk of {data_dir}. Make some, then start the bot again.", MAY_START_AGAIN
        case OtherSchemaError():
            return (
                f"{data_dir} is of another version of the bot (schema {error.found}, this one knows {error.known}). "
                "Start the bot of this version once, then try again."
            ), MAY_START_AGAIN
        case SchemaTooNewError():
            return (
                f"{data_dir} was written by a newer version of the bot (schema {error.found}, this one knows "
                f"{error.known}). Update the bot, or put back the data as it was before."
            ), MAY_START_AGAIN
        case _:
            return f"The data in {data_dir} cannot be used: {error}.", MAY_START_AGAIN
