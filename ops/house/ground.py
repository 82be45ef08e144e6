"""The ground that everything stands on: the database, the connections to the world, the disk, and who we are."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops import choices
from ops.clock import DiscordClock
from ops.disk import DiskWatch
from ops.house.instance import Instance, alone, one_of_several
from ops.metrics import Instruments
from services.catalogue import Catalogue
from services.database import Database
from services.measures import UNMEASURED, Measures
from services.openrouter import OpenRouterClient
from services.pictures import PictureSource
from services.settings import Settings

DATABASE_FILE: Final = "bot.sqlite3"
MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is open while the bot runs."""

    settings: Settings
    clock: DiscordClock
    database: Database
    api: OpenRouterClient
    catalogue: Catalogue
    source: PictureSource
    disk: DiskWatch
    instance: Instance
    instruments: Instruments | None
    """What counts the work, where the owner wants it counted."""

    @property
    def measures(self) -> Measures:
        """Who hears of the work."""
        return self.instruments or UNMEASURED


@asynccontextmanager
async def opened_ground(settings: Settings, *, clock: DiscordClock) -> AsyncGenerator[Ground]:
    """Open everything, and close it in reverse.

    Raises:
        StorageError: the database cannot be used, or the data folder may not be written.
    """
    async with AsyncExitStack() as stack:
        database = await Database.open(where(settings))
        stack.push_async_callback(database.close)
        folder, instruments = settings.data_dir, Instruments() if settings.metrics_port else None
        instance = stack.enter_context(one_of_several(folder)) if database.is_shared else alone(folder)
        api = await stack.enter_async_context(
            OpenRouterClient(
                key=settings.openrouter_api_key.get_secret_value(),
                base_url=settings.openrouter_base_url,
                measures=instruments or UNMEASURED,
            )
        )
        catalogue = Catalogue(api.models, default_model=settings.default_model, default_shape=choices.shape(settings))
        stack.push_async_callback(catalogue.close)
        source = await stack.enter_async_context(PictureSource(stand_in=settings.discord_api_url))
        disk = DiskWatch(settings.data_dir, floor_bytes=settings.min_free_disk_mb * MEBIBYTE)
        await disk.look()
        yield Ground(
            settings=settings,
            clock=clock,
            database=database,
            api=api,
            catalogue=catalogue,
            source=source,
            disk=disk,
            instance=instance,
            instruments=instruments,
        )


def where(settings: Settings) -> Path | str:
    """Return where the bot's database is: a file, or an address, which is a secret."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return settings.data_dir / DATABASE_FILE
