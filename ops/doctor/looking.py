"""Goes and looks: at the machine, the files, the database, Discord and OpenRouter. It changes nothing anywhere."""

import asyncio
import difflib
import os
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from ops import choices, env_file
from ops.clock import DiscordClock
from ops.doctor.data import Data
from ops.doctor.files import DataFolder, EnvFile
from ops.doctor.findings import NotLookedAt
from ops.doctor.video_api import Offer, VideoApi
from services.catalogue import Catalogue
from services.database import SQLITE_VERSION, is_in_use
from services.errors import EncoderError, StorageError, UpstreamError
from services.jobs import health
from services.media import Ffmpeg
from services.models import KeyBalance, VideoModel, VideoRequest
from services.models.discord_account import DiscordFacts, NoAccount
from services.openrouter import OpenRouterClient
from services.settings import Settings

ALIKE: Final = 0.8
"""From where on a name is taken for a misspelt setting; others belong to whoever else reads the file."""


class Discord(Protocol):
    """Who looks at the bot's account, without any gateway. `cogs.checkup` does."""

    def invite(self, application_id: int) -> str:
        """Return the address that invites the bot."""
        ...

    async def look(
        self,
        token: str,
        *,
        api_url: str | None,
        trace: Any,  # noqa: ANN401  # aiohttp's TraceConfig, which the other side may not name
    ) -> DiscordFacts | NoAccount:
        """Return everything that one look finds out; `trace` sees each answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that was found out, to be judged."""

    folder: DataFolder
    data: Data
    has_ffmpeg: bool
    discord: DiscordFacts | NoAccount | NotLookedAt
    skew: timedelta
    video_api: VideoApi | NotLookedAt


def versions() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the versions of Python and SQLite."""
    return sys.version_info[:3], SQLITE_VERSION


def env(path: Path) -> EnvFile:
    """Look at the file of the settings; one that cannot be read has no names, and the settings say why."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        names = env_file.values_in(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return EnvFile(path=path)
    except (OSError, UnicodeDecodeError):
        return EnvFile(path=path, mode=stat.S_IMODE(path.stat().st_mode))
    known = {name.upper() for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known}
    strange = [name for name in names if name.upper() not in known]
    misspelt = [name for name in strange if difflib.get_close_matches(name.upper(), known, n=1, cutoff=ALIKE)]
    return EnvFile(path=path, mode=mode, misspelt=misspelt)


async def around(
    settings: Settings, discord: Discord, *, database_file: str, is_offline: bool, host: Callable[[], datetime]
) -> World:
    """Look at everything that the settings lead to; `host` tells this machine's time."""
    nothing = NotLookedAt("left out by --offline")
    clock = DiscordClock(host=host)
    said: DiscordFacts | NoAccount | NotLookedAt = nothing
    if not is_offline:
        token = settings.discord_token.get_secret_value()
        said = await discord.look(token, api_url=settings.discord_api_url, trace=clock.listening())
    return World(
        folder=await asyncio.to_thread(_folder, settings.data_dir),
        data=await _data(settings, database_file=database_file, now=clock.now()),
        has_ffmpeg=await _has_ffmpeg(settings.ffmpeg_path),
        discord=said,
        skew=clock.now() - host(),
        video_api=nothing if is_offline else await _video_api(settings),
    )


def _folder(path: Path) -> DataFolder:
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    try:
        free: int | None = shutil.disk_usage(there).free
    except OSError:
        free = None
    return DataFolder(
        path=path,
        mode=stat.S_IMODE(path.stat().st_mode) if path.exists() else None,
        is_writable=there.is_dir() and os.access(there, os.W_OK | os.X_OK),
        free=free,
    )


async def _data(settings: Settings, *, database_file: str, now: datetime) -> Data:
    if settings.database_url is not None:
        return await _data_on_server(settings.database_url.get_secret_value(), now=now)
    path = settings.data_dir / database_file
    if not await asyncio.to_thread(os.path.exists, path):
        return Data(structure=None, work=None, is_in_use=False)
    try:
        found = await health.structure(path)
        work = await health.work(path, now=now) if found is not None and found.is_current else None
        return Data(structure=found, work=work, is_in_use=is_in_use(path))
    except StorageError as error:
        return Data(structure=error, work=None, is_in_use=False)


async def _data_on_server(address: str, *, now: datetime) -> Data:
    try:
        server = await health.server(address)
        found = await health.structure(address)
        work = await health.work(address, now=now) if found is not None and found.is_current else None
    except StorageError as error:
        return Data(structure=error, work=None, is_in_use=False, is_on_server=True)
    return Data(structure=found, work=work, is_in_use=server.bots > 0, is_on_server=True, server=server)


async def _has_ffmpeg(named: Path | None) -> bool:
    try:
        await Ffmpeg.find(named)
    except EncoderError:
        return False
    return True


async def _video_api(settings: Settings) -> VideoApi:
    key = settings.openrouter_api_key.get_secret_value()
    async with OpenRouterClient(key=key, base_url=settings.openrouter_base_url) as api:
        balance: KeyBalance | UpstreamError
        try:
            balance = await api.key()
        except UpstreamError as error:
            balance = error
        try:
            offer: Offer | UpstreamError | None = await offered(await api.models(), settings)
        except UpstreamError as error:
            offer = error
    return VideoApi(key=balance, offer=offer)


async def offered(models: tuple[VideoModel, ...], settings: Settings) -> Offer | None:
    """Return what a member gets who names no model, of those that are listed."""

    async def listed() -> tuple[VideoModel, ...]:
        return models

    catalogue = Catalogue(listed, default_model=settings.default_model, default_shape=choices.shape(settings))
    try:
        await catalogue.models()
        model = catalogue.default()
        if model is None:
            return None
        spec = catalogue.choose(VideoRequest(prompt=""))
        wanted = settings.default_model
        return Offer(
            model=model,
            spec=spec,
            price=catalogue.price_of(spec),
            is_the_wanted=wanted is None or wanted.strip().lower() == model.id,
        )
    finally:
        await catalogue.close()
