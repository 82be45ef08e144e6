"""The settings of the bot: the only reader of the environment and of `.env`.

Every fault is reported at once, one line each, and no line ever holds a value: a mistyped key stays private.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, cast
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.errors import ConfigurationError

LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "::1", "localhost"})
EXIT_CONFIGURATION: Final = 78
"""`EX_CONFIG` of sysexits.h: supervisors are told not to start the bot again before a person has looked."""


PRINTABLE_ASCII: Final = re.compile(r"[\x21-\x7e]+")


class Settings(BaseSettings):
    """Everything that an owner can set. Names in the environment are these names in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        env_ignore_empty=True,
    )

    discord_token: SecretStr = Field(min_length=20, description="The bot's token, from Discord's developer portal.")
    openrouter_api_key: SecretStr = Field(min_length=10, description="The key that pays for the videos.")

    default_model: str | None = Field(
        default=None,
        description="The model when a member names none. Empty: the cheapest that can do the default shape.",
    )
    default_duration: int = Field(default=5, ge=1, le=60, description="Seconds, or the nearest the model offers.")
    default_resolution: str = Field(default="720p", max_length=16, description="Or the nearest the model offers.")
    default_aspect_ratio: str = Field(default="16:9", max_length=16, description="Or the first the model offers.")
    default_audio: bool = Field(default=False, description="Sound, where the model lets one choose.")

    videos_per_day: int = Field(default=5, ge=0, le=10_000, description="Videos per member and server in 24 hours.")
    user_running_at_once: int | None = Field(
        default=None,
        ge=1,
        le=1_000,
        description="Videos a member may have under way. Empty: as many as a day allows.",
    )
    user_videos_per_day_everywhere: int = Field(
        default=20, ge=1, le=100_000, description="The owner's ceiling for one member over all servers, in 24 hours."
    )
    running_at_once: int = Field(default=4, ge=1, le=10_000, description="Jobs at the video API at once, in all.")

    max_clip_mb: int = Field(default=200, ge=1, le=2_000, description="A larger result is not downloaded, in MiB.")
    clip_retention_hours: float = Field(
        default=24, ge=0, le=720, description="How long a clip that could not be posted stays on disk."
    )
    deadline_hours: float = Field(default=24, gt=0, le=72, description="After it a job that never ended is given up.")
    first_look_seconds: float = Field(default=8, ge=0.05, le=600, description="From the submit to the first look.")
    look_every_seconds: float = Field(default=10, ge=0.05, le=600, description="Between looks in the first minutes.")

    data_dir: Path = Field(default=Path("data"), description="Where the database and the clips live.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="How much is logged.")
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="auto: readable on a terminal, JSON lines otherwise."
    )

    openrouter_base_url: str = Field(default="https://openrouter.ai/api/v1", description="The video API.")
    discord_api_url: str | None = Field(
        default=None, description="A stand-in for Discord's REST API; refused unless it is on loopback."
    )
    discord_gateway_url: str | None = Field(
        default=None, description="A stand-in for Discord's gateway; refused unless it is on loopback."
    )

    @field_validator("discord_token", "openrouter_api_key")
    @classmethod
    def _is_one_word(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if not PRINTABLE_ASCII.fullmatch(secret):
            raise ValueError("holds a space or a letter that a key never has; copy it again")
        return value

    @field_validator("openrouter_base_url")
    @classmethod
    def _is_https_or_loopback(cls, value: str) -> str:
        parts = _split(value)
        if parts.hostname is None or parts.scheme not in {"http", "https"}:
            raise ValueError("must be an address such as https://openrouter.ai/api/v1")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
            raise ValueError("must start with https:// because the key travels to it")
        return value.rstrip("/")

    @field_validator("discord_api_url", "discord_gateway_url")
    @classmethod
    def _is_loopback(cls, value: str | None) -> str | None:
        if value is not None and _split(value).hostname not in LOOPBACK_HOSTS:
            raise ValueError("may only name this machine (127.0.0.1); leave it empty to use Discord itself")
        return value.rstrip("/") if value is not None else None


def load_settings(*, env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: with one line for every setting that is missing or wrong.
    """
    # Called through its looser type: the fields come from the environment, not from arguments.
    read = cast("Callable[..., Settings]", Settings)
    try:
        return read(_env_file=env_file)
    except ValidationError as error:
        problems = [_problem(fault) for fault in error.errors(include_url=False, include_input=False)]
        # `from None`: the driver's text is not ours to show, and may quote what was typed.
        raise ConfigurationError(problems) from None
    except UnicodeDecodeError:
        raise ConfigurationError([f"{env_file}: is not a text file in UTF-8; save it again as UTF-8"]) from None


def _split(address: str) -> SplitResult:
    """Split an address; one that cannot be split has no host. The standard library's complaint would quote it."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _problem(fault: ErrorDetails) -> str:
    name = str(fault["loc"][0]).upper() if fault["loc"] else "SETTINGS"
    if fault["type"] == "missing":
        return f"{name}: is missing"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{name}: {message[:1].lower()}{message[1:]}"


def is_set_up(*, env_file: Path = Path(".env")) -> bool:
    """Whether anybody has begun to set the bot up here: a `.env` file, or either secret in the environment."""
    return env_file.exists() or any(os.environ.get(name) for name in ("DISCORD_TOKEN", "OPENROUTER_API_KEY"))
