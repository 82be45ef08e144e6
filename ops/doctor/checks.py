"""The one list of checks, in the order in which they are read: from the machine outward."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from ops.doctor import data, discord_account, files, looking, machine, video_api
from ops.doctor.findings import Finding, NotLookedAt, skipped
from services.errors import ConfigurationError
from services.models.discord_account import DiscordFacts
from services.settings import Settings

MEBIBYTE: Final = 1024 * 1024
NEEDS_SETTINGS: Final = (
    "data folder",
    "disk",
    "database",
    "instance",
    "jobs",
    "ffmpeg",
    *discord_account.CHECKS,
    *video_api.CHECKS,
)


async def examined(
    settings: Settings | ConfigurationError,
    discord: looking.Discord,
    *,
    env_file: Path,
    database_file: str,
    is_offline: bool,
    host: Callable[[], datetime],
) -> Sequence[Finding]:
    """Look at everything, and judge it. Without settings there is little to look at."""
    python, sqlite = looking.versions()
    at_first = (
        machine.python(python),
        machine.sqlite(sqlite),
        files.settings(settings),
        files.env_file(looking.env(env_file)),
    )
    if isinstance(settings, ConfigurationError):
        why = NotLookedAt("the settings come first")
        return (*at_first, *(skipped(check, why) for check in NEEDS_SETTINGS))
    world = await looking.around(settings, discord, database_file=database_file, is_offline=is_offline, host=host)
    return (*at_first, *_here(world, settings, now=host()), *_elsewhere(world, settings, discord, now=host()))


def _here(world: looking.World, settings: Settings, *, now: datetime) -> Sequence[Finding]:
    """Judge what is on this machine."""
    floor, largest = settings.min_free_disk_mb * MEBIBYTE, settings.max_clip_mb * MEBIBYTE
    return (
        files.data_folder(world.folder),
        machine.disk(world.folder.free, floor=floor, largest_clip=largest),
        *data.findings(world.data, now=now, deadline=timedelta(hours=settings.deadline_hours)),
        machine.ffmpeg(world.has_ffmpeg, named=settings.ffmpeg_path),
    )


def _elsewhere(
    world: looking.World, settings: Settings, discord: looking.Discord, *, now: datetime
) -> Sequence[Finding]:
    """Judge what Discord and OpenRouter said."""
    account = world.discord.account if isinstance(world.discord, DiscordFacts) else None
    return (
        *discord_account.findings(
            world.discord,
            skew=world.skew,
            chosen=world.data.work.chosen_channels if world.data.work else {},
            invite=discord.invite(account.application_id) if account else "",
        ),
        *video_api.findings(
            world.video_api, now=now, budget=settings.budget_usd, takes_unpriced=settings.allow_unpriced_models
        ),
    )
