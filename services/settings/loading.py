"""Reads the settings from the environment and `.env`, and says what is wrong with them."""

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, TypeVar, cast, get_args

from dotenv import dotenv_values
from pydantic import AfterValidator, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings

from services.errors import ConfigurationError
from services.secret_files import SecretFiles, read_secret_files
from services.settings.database_address import require_postgresql
from services.settings.fields import VIDEO_API, Settings, VideoApiAddress


class _Address(BaseSettings):
    """The one setting that the price list takes."""

    model_config = Settings.model_config

    openrouter_base_url: VideoApiAddress = VIDEO_API


def _postgresql(value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        require_postgresql(value.get_secret_value())
    return value


class _DatabaseAddress(BaseSettings):
    """The one setting that copying a database takes."""

    model_config = Settings.model_config

    database_url: Annotated[SecretStr | None, AfterValidator(_postgresql)] = None


_S = TypeVar("_S", bound=BaseSettings)


def load_settings(*, env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: with one line for every setting that is missing or wrong.
    """
    return _read(Settings, env_file=env_file)


def video_api_address(*, env_file: Path | None = Path(".env")) -> str:
    """Read where the video API is, which takes neither of the secrets to know.

    Raises:
        ConfigurationError: OPENROUTER_BASE_URL is set, and wrong.
    """
    return _read(_Address, env_file=env_file).openrouter_base_url


def database_address(*, env_file: Path | None = Path(".env")) -> SecretStr | None:
    """Read where the PostgreSQL database is, which takes neither of the secrets to know; None where none is set.

    Raises:
        ConfigurationError: DATABASE_URL is set, and wrong.
    """
    return _read(_DatabaseAddress, env_file=env_file).database_url


def _read(kind: type[_S], *, env_file: Path | None) -> _S:
    try:
        return _with_secrets(kind, _secret_files(kind, env_file=env_file), env_file=env_file)
    except UnicodeDecodeError:
        raise ConfigurationError([f"{env_file}: is not a text file in UTF-8; save it again as UTF-8"]) from None


def _with_secrets(kind: type[_S], files: SecretFiles, *, env_file: Path | None) -> _S:
    # Called through its looser type: most fields come from the environment, not from arguments.
    read = cast("Callable[..., _S]", kind)
    try:
        settings = read(_env_file=env_file, **files.values)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        found = [_problem(fault, in_files=files.values) for fault in faults if not {*fault["loc"]} & {*files.problems}]
        # `from None`: the driver's text is not ours to show, and may quote what was typed.
        raise ConfigurationError([*files.problems.values(), *found]) from None
    if files.problems:
        raise ConfigurationError([*files.problems.values()])
    return settings


def _secret_files(kind: type[BaseSettings], *, env_file: Path | None) -> SecretFiles:
    secrets = [
        name
        for name, field in kind.model_fields.items()
        if SecretStr in {field.annotation, *get_args(field.annotation)}
    ]
    sources = (dotenv_values(env_file, encoding="utf-8-sig") if env_file else {}, os.environ)
    written = {name.lower(): value for source in sources for name, value in source.items() if value}
    return read_secret_files(secrets, written=written)


def _problem(fault: ErrorDetails, *, in_files: Collection[str] = ()) -> str:
    name = str(fault["loc"][0]).upper() if fault["loc"] else "SETTINGS"
    name += "_FILE" * (name.lower() in in_files)
    if fault["type"] == "missing":
        return f"{name}: is missing"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{name}: {message[:1].lower()}{message[1:]}"


def is_set_up(*, env_file: Path = Path(".env")) -> bool:
    """Whether anybody has begun to set the bot up here: a `.env` file, or either secret in the environment."""
    names = (f"{name}{end}" for name in ("DISCORD_TOKEN", "OPENROUTER_API_KEY") for end in ("", "_FILE"))
    return env_file.exists() or any(os.environ.get(name) for name in names)
