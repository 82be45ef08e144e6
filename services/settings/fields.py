"""Every setting that there is: its name, its default, what it means, and what it may be."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.addresses import LOOPBACK_HOSTS, https_or_loopback, public_address, split
from services.models import ENGLISH, LANGUAGES
from services.settings.database_address import require_postgresql

SHORTEST_SECRET: Final = 16
"""Characters of a secret that nobody can guess."""
PRINTABLE_ASCII: Final = re.compile(r"[\x21-\x7e]+")

VideoApiAddress = Annotated[str, AfterValidator(https_or_loopback)]
VIDEO_API: Final = "https://openrouter.ai/api/v1"


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

    attempts_per_video: int = Field(
        default=3, ge=1, le=100, description="Tries, failed and cancelled ones too, for each video of a member's day."
    )
    budget_usd: Decimal = Field(
        default=Decimal(20), ge=0, le=1_000_000, description="The most that everything may cost in 30 days."
    )
    server_budget_usd: Decimal | None = Field(
        default=None, ge=0, le=1_000_000, description="The most one server may cost in 30 days. Empty: BUDGET_USD."
    )
    user_usd_everywhere: Decimal | None = Field(
        default=None, ge=0, le=1_000_000, description="The most one member may cost in 30 days. Empty: the budgets."
    )
    confirm_above_usd: Decimal = Field(
        default=Decimal(1), ge=0, le=1_000_000, description="A dearer video is made only after its member's yes."
    )
    allow_unpriced_models: bool = Field(
        default=False, description="Whether models may be used whose price cannot be stated before."
    )
    unpriced_reserve_usd: Decimal = Field(
        default=Decimal(5), gt=0, le=1_000, description="What is held for a video of such a model."
    )
    owner_ids: Annotated[frozenset[int], NoDecode] = Field(
        default=frozenset(),
        description="Discord ids of who pays, with commas. Empty: the application's owner, or its team.",
    )
    direct_messages_server: int | None = Field(
        default=None, ge=1, lt=2**63, description="As which server (id) direct messages count. Empty: no videos there."
    )
    age_restricted_only: bool = Field(
        default=False, description="Whether videos can be asked for in age-restricted channels only, in every server."
    )

    min_free_disk_mb: int = Field(
        default=1_000,
        ge=0,
        le=100_000_000,
        description="With less free on the disk of DATA_DIR no new videos are taken, in MiB.",
    )
    max_clip_mb: int = Field(default=200, ge=1, le=2_000, description="A larger result is not downloaded, in MiB.")
    clip_retention_hours: float = Field(
        default=24, ge=0, le=720, description="How long a clip stays on disk that could not be posted as it came."
    )
    ffmpeg_path: Path | None = Field(default=None, description="The ffmpeg to use. Empty: the one that comes along.")
    encodes_at_once: int = Field(default=1, ge=1, le=16, description="How many clips are made to fit at a time.")
    prompt_retention_days: int = Field(
        default=30, ge=0, le=3_650, description="How long the prompt of an ended video is kept. 0: not at all."
    )
    soft_deadline_minutes: float = Field(
        default=20, gt=0, le=4_320, description="After it a member reads that a job takes longer than usual."
    )
    deadline_hours: float = Field(default=24, gt=0, le=72, description="After it a job that never ended is given up.")
    first_look_seconds: float = Field(
        default=8, ge=0.05, le=600, description="To the first look at a model that nothing is known of."
    )
    look_every_seconds: float = Field(
        default=10, ge=0.05, le=600, description="Between looks while a job may be done any moment."
    )

    public_url: Annotated[str, AfterValidator(public_address)] | None = Field(
        default=None,
        description="Where OpenRouter can reach the bot, to say when a video is done. Empty: the bot only asks.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="The signing secret of your OpenRouter workspace; goes with PUBLIC_URL.",
    )
    webhook_host: str = Field(
        default="127.0.0.1",
        description="Where the bot listens for it. Leave it, and let a reverse proxy with TLS stand before it.",
    )
    webhook_port: int = Field(default=8080, ge=1, le=65_535, description="And at which port.")

    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="Where to serve /metrics for Prometheus, /healthz and /readyz. Empty: nowhere.",
    )
    metrics_host: str = Field(
        default="127.0.0.1",
        description="At which address. Leave it, or open it to your monitoring alone: it asks for no password.",
    )

    data_dir: Path = Field(default=Path("data"), description="Where the database and the clips live.")
    database_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL database, postgresql://user:password@host/name, for more than one process. "
        "Empty: a SQLite file in DATA_DIR.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="How much is logged.")
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="auto: readable on a terminal, JSON lines otherwise."
    )
    owner_language: str = Field(
        default=ENGLISH,
        description=f"What the bot writes to its owner in: {', '.join(LANGUAGES)}. Others choose in Discord.",
    )

    openrouter_base_url: VideoApiAddress = Field(default=VIDEO_API, description="The video API.")
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

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            require_postgresql(value.get_secret_value())
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _goes_with_an_address(cls, value: SecretStr | None, others: ValidationInfo) -> SecretStr | None:
        # An address that is wrong is missing here, and has a line of its own.
        is_read = "public_url" in others.data
        address = others.data.get("public_url")
        if value is None and address is not None:
            raise ValueError(
                "is missing, and PUBLIC_URL is set: without it anybody could send messages; set both or none"
            )
        if value is not None and is_read and address is None:
            raise ValueError(
                "is set, and PUBLIC_URL is missing: OpenRouter would not know where to call; set both or none"
            )
        if value is not None and len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"is too short to be safe; take one of at least {SHORTEST_SECRET} characters")
        return value

    @field_validator("owner_language")
    @classmethod
    def _is_spoken(cls, value: str) -> str:
        for code in LANGUAGES:
            if value.replace("_", "-").lower() == code.lower():
                return code
        raise ValueError(f"must be one of {', '.join(LANGUAGES)}")

    @field_validator("owner_ids", mode="before")
    @classmethod
    def _is_a_list_of_ids(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        words = value.replace(",", " ").split()
        if not all(word.isdecimal() for word in words):
            raise ValueError("must be ids with commas between them, such as 80351110224678912, 80351110224678913")
        return words

    @field_validator("discord_api_url", "discord_gateway_url")
    @classmethod
    def _is_loopback(cls, value: str | None) -> str | None:
        if value is not None and split(value).hostname not in LOOPBACK_HOSTS:
            raise ValueError("may only name this machine (127.0.0.1); leave it empty to use Discord itself")
        return value.rstrip("/") if value is not None else None
