"""What is shown together was true together: all that one `reading` returns is of one moment, in either engine."""

import asyncio
from typing import Final

import pytest

from services.database import Database
from services.errors import StorageError
from tests.stored import Stored

FACT: Final = "SELECT value FROM facts WHERE name = 'colour'"


async def test_what_is_read_together_is_of_one_moment(stored: Stored) -> None:
    database = await Database.open(stored.where)
    await database.remember("colour", "red")

    async with database.reading() as tx:
        first = await tx.fetch_all(FACT)
        writing = asyncio.create_task(database.remember("colour", "blue"))
        if database.is_shared:  # elsewhere the writer waits for us
            await writing
        second = await tx.fetch_all(FACT)
    await writing

    assert first == second == [{"value": "red"}]
    assert await database.fact("colour") == "blue"
    await database.close()


async def test_nothing_is_written_while_reading_beside_others(stored: Stored) -> None:
    database = await Database.open(stored.where)
    if database.is_shared:
        with pytest.raises(StorageError):
            async with database.reading() as tx:
                await tx.execute("INSERT INTO facts (name, value) VALUES ('colour', 'green')")
        assert await database.fact("colour") is None
    await database.close()
