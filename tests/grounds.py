"""Grounds for what runs without pytest, such as the kill matrix and the soak from the command line."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sandbox.postgresql import cluster
from services.database import Database
from tests.postgresql.ground import make_template, standing_on
from tests.stored import FILE, Ground, SqliteGround

ENGINES: Final = ("sqlite", "postgresql")


@contextmanager
def ground_of(engine: str) -> Generator[Ground]:
    """Prepare an engine whose databases have today's schema from the start; needs that no loop is running."""
    if engine == "sqlite":
        with TemporaryDirectory() as folder:
            yield migrated(Path(folder))
    else:
        with cluster() as running:
            asyncio.run(make_template(running.address))
            with standing_on(running.address) as ground:
                yield ground


def migrated(folder: Path) -> SqliteGround:
    """Return a ground of files that have today's schema, as the bot makes it at its first start."""

    async def make() -> None:
        await (await Database.open(folder / FILE)).close()

    asyncio.run(make())
    return SqliteGround(folder / FILE)
