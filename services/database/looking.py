"""Looks into a database beside whoever runs on it: nothing can be written, and nobody is kept from writing."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from services.database.door import Transaction
from services.database.sqlite import reading as reading_file
from services.errors import DriverMissingError

if TYPE_CHECKING:
    from services.database.server import Lent


def reading(where: Path | str) -> AbstractAsyncContextManager[Transaction]:
    """Look into a file (`Path`), or a PostgreSQL database by its address, as it is at one moment.

    Raises, when it is entered:
        UnreachableError: the server cannot be reached, or does not let us in.
        DriverMissingError: the address needs the extra `postgres`, which is not installed.
        StorageError: there is no such file, or it is not a database.
    """
    return reading_file(where) if isinstance(where, Path) else _reading_server(where)


@asynccontextmanager
async def _reading_server(address: str) -> AsyncGenerator[Transaction]:
    try:
        # Deferred: its driver is an extra.
        from services.database.postgresql import PostgresTransaction  # noqa: PLC0415  # see above
        from services.database.visiting import visiting  # noqa: PLC0415  # the same
    except ModuleNotFoundError as error:
        raise DriverMissingError(f"no module {error.name}") from None
    async with visiting(address) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        # It asks of a connection what one of the pool's and one of our own do alike.
        yield PostgresTransaction(cast("Lent", connection))
