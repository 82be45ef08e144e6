"""From the answers to `.env`: what the bot would read is read before anything is put in its place."""

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops import env_example, env_file
from ops.setup.choosing import Limits
from ops.setup.sources import KEY, TOKEN, Secret
from services.errors import ConfigurationError
from services.settings import Settings, load_settings

NOBODYS: Final = "x" * 40
"""Stands in for a secret that is not known yet, so that all other settings can be read."""
OTHERS: Final = 0o077
PLACEHOLDERS: Final = frozenset({".gitkeep"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Everything that an owner decided."""

    token: Secret
    key: Secret
    model: str | None
    """None: the cheapest that can do the default shape, whichever it is."""
    limits: Limits

    def lines(self) -> Mapping[str, str | None]:
        """Return what `.env` should set; None takes a line away."""
        chosen = {
            "DEFAULT_MODEL": self.model,
            "VIDEOS_PER_DAY": str(self.limits.videos_per_day),
            "BUDGET_USD": f"{self.limits.budget_usd:f}",
        }
        return {**self.token.lines(), **self.key.lines(), **chosen}


def text_of(path: Path) -> str:
    """Return the file's text, or that of `.env.example` where there is none.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return env_example.rendered()
    except UnicodeDecodeError:
        raise ConfigurationError([f"{path}: is not a text file in UTF-8; save it again as UTF-8"]) from None
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be read ({error.strerror})"]) from None


def without_secrets(text: str, *, path: Path) -> Settings:
    """Return what the bot would read from the text, whatever the two secrets are.

    Raises:
        ConfigurationError: another setting is wrong; or the file cannot be written where it belongs.
    """
    changes: dict[str, str | None] = {}
    for name in (TOKEN, KEY):
        # A secret in the environment comes first anyhow, and one that is named by a file may not be set besides.
        changes |= {name: None if os.environ.get(f"{name}_FILE") else NOBODYS, f"{name}_FILE": None}
    try:
        with env_file.draft(env_file.rewritten(text, changes), beside=path) as drafted:
            return load_settings(env_file=drafted)
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be written ({error.strerror})"]) from None


def limits_of(per_day: str, budget: str, *, text: str, path: Path) -> Limits:
    """Return the limits as the bot would read them.

    Raises:
        ConfigurationError: they are no numbers, or out of bounds, or the environment says otherwise.
    """
    lines = {"VIDEOS_PER_DAY": per_day.strip(), "BUDGET_USD": budget.strip()}
    _agree([name for name, value in lines.items() if (os.environ.get(name) or value) != value])
    settings = without_secrets(env_file.rewritten(text, lines), path=path)
    return Limits(videos_per_day=settings.videos_per_day, budget_usd=settings.budget_usd)


def write(text: str, answers: Answers, *, path: Path) -> Settings:
    """Put the text with the answers in the file's place, with the mode 0600, and make the folder for the data.

    Raises:
        ConfigurationError: the bot could not read it so; or it cannot be written. The file is as it was.
    """
    try:
        with env_file.draft(env_file.rewritten(text, answers.lines()), beside=path) as drafted:
            settings = load_settings(env_file=drafted)
            _is_as_answered(settings, answers)
            env_file.put_in_place(drafted, of=path)
        _close(settings.data_dir)
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be written ({error.strerror})"]) from None
    return settings


def _is_as_answered(settings: Settings, answers: Answers) -> None:
    """Refuse where the environment says otherwise, because it comes before the file."""
    pairs = {
        TOKEN: (settings.discord_token.get_secret_value(), answers.token.value),
        KEY: (settings.openrouter_api_key.get_secret_value(), answers.key.value),
        "DEFAULT_MODEL": (settings.default_model, answers.model),
        "VIDEOS_PER_DAY": (settings.videos_per_day, answers.limits.videos_per_day),
        "BUDGET_USD": (settings.budget_usd, answers.limits.budget_usd),
    }
    _agree([name for name, (found, wanted) in pairs.items() if found != wanted])


def _agree(differing: Sequence[str]) -> None:
    if differing:
        raise ConfigurationError([f"{name}: is set otherwise in the environment; unset it there" for name in differing])


def _close(folder: Path) -> None:
    """Make the folder, or close one that is still empty: whoever has put something in has decided who may look."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_empty = {each.name for each in folder.iterdir()} <= PLACEHOLDERS
    if is_empty and stat.S_IMODE(folder.stat().st_mode) & OTHERS:
        folder.chmod(0o700)
