"""What a server's managers chose: where, with what, and in which language videos are made."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.database import Row, Statement, Transaction, Values

_CHOICES: Final = "SELECT * FROM servers WHERE guild_id = :guild_id"
_CHOOSE: Final = """
INSERT INTO servers (guild_id, channels, models, model, duration, resolution, aspect_ratio, audio, log_channel_id,
                     language, age_restricted_only)
VALUES (:guild_id, :channels, :models, :model, :duration, :resolution, :aspect_ratio, :audio, :log_channel_id,
        :language, :age_restricted_only)
ON CONFLICT (guild_id) DO UPDATE SET
    channels = excluded.channels, models = excluded.models, model = excluded.model, duration = excluded.duration,
    resolution = excluded.resolution, aspect_ratio = excluded.aspect_ratio, audio = excluded.audio,
    log_channel_id = excluded.log_channel_id, language = excluded.language,
    age_restricted_only = excluded.age_restricted_only
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerChoices:
    """What a server's managers chose. An empty tuple allows everything; None leaves it to the bot's settings."""

    channels: tuple[int, ...] = ()
    models: tuple[str, ...] = ()
    model: str | None = None
    duration: int | None = None
    resolution: str | None = None
    aspect_ratio: str | None = None
    audio: bool | None = None
    log_channel_id: int | None = None
    language: str | None = None
    """What is said to the whole server is said in it, by Discord's name; None leaves it to what Discord says."""
    age_restricted_only: bool = False
    """Whether videos can be asked for only where Discord lets nobody look in who says that they are too young."""


def choices_asked(guild_id: int) -> Statement:
    """Return the statement whose answer `choices_in` takes."""
    return _CHOICES, {"guild_id": guild_id}


def choices_in(answer: Sequence[Row]) -> ServerChoices:
    """Return what a server chose, by the answer."""
    return _choices(answer[0] if answer else None)


async def choices_of(tx: Transaction, guild_id: int) -> ServerChoices:
    """Return what a server chose."""
    return _choices(await tx.fetch_one(_CHOICES, {"guild_id": guild_id}))


async def store(tx: Transaction, guild_id: int, choices: ServerChoices) -> None:
    """Store what a server chose, in the place of what it chose before."""
    await tx.execute(_CHOOSE, _chosen(choices, guild_id))


def in_words(choices: ServerChoices) -> str:
    """Return choices as the record of changes keeps them."""
    nothing = ServerChoices()
    values = {name: getattr(choices, name) for name in ServerChoices.__slots__}
    return " ".join(f"{name}={value}" for name, value in values.items() if value != getattr(nothing, name))


def _choices(row: Row | None) -> ServerChoices:
    if row is None:
        return ServerChoices()
    return ServerChoices(
        channels=tuple(json.loads(row["channels"])),
        models=tuple(json.loads(row["models"])),
        model=row["model"],
        duration=row["duration"],
        resolution=row["resolution"],
        aspect_ratio=row["aspect_ratio"],
        audio=None if row["audio"] is None else bool(row["audio"]),
        log_channel_id=row["log_channel_id"],
        language=row["language"],
        age_restricted_only=bool(row["age_restricted_only"]),
    )


def _chosen(choices: ServerChoices, guild_id: int) -> Values:
    return {
        "guild_id": guild_id,
        "channels": json.dumps(choices.channels),
        "models": json.dumps(choices.models),
        "model": choices.model,
        "duration": choices.duration,
        "resolution": choices.resolution,
        "aspect_ratio": choices.aspect_ratio,
        "audio": choices.audio,
        "log_channel_id": choices.log_channel_id,
        "language": choices.language,
        "age_restricted_only": int(choices.age_restricted_only),
    }
