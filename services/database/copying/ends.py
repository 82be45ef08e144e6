"""Opens the two ends of a copy, whichever engines they are, and sees to it that nobody else is at them."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from services.database.copying.file_end import reading_file, writing_file
from services.database.copying.values import End, WritableEnd
from services.errors import DriverMissingError


def same_place(source: Path | str, target: Path | str) -> bool:
    """Whether both are one database, as far as their names tell."""
    if isinstance(source, Path) and isinstance(target, Path):
        return source.resolve() == target.resolve()
    return source == target


def reading(source: Path | str, *, is_beside: bool) -> AbstractAsyncContextManager[End]:
    """Read a database as it is at one moment; nobody may change it meanwhile, unless we are `is_beside` a bot.

    Raises, when it is entered:
        CopyRefusedError: there is none, it is too old, or a bot runs on it.
        SchemaTooNewError: a newer version of the bot wrote it.
        StorageError: it cannot be read.
    """
    if isinstance(source, Path):
        return reading_file(source, is_beside=is_beside)
    try:
        # Deferred: its driver is an extra.
        from services.database.copying.server_end import reading_server  # noqa: PLC0415  # see above
    except ModuleNotFoundError as error:
        raise DriverMissingError(f"no module {error.name}") from None
    return reading_server(source, is_beside=is_beside)


def writing(target: Path | str) -> AbstractAsyncContextManager[WritableEnd]:
    """Bring a database's schema up to date, and write in one transaction that ends with the block.

    Raises, when it is entered:
        CopyRefusedError: a bot runs on it.
        StorageError: what `Database.open` raises.
    """
    if isinstance(target, Path):
        return writing_file(target)
    try:
        from services.database.copying.server_end import writing_server  # noqa: PLC0415  # the same
    except ModuleNotFoundError as error:
        raise DriverMissingError(f"no module {error.name}") from None
    return writing_server(target)
