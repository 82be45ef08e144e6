"""Without a conversation: all comes from the environment and options, and what is missing is said at once."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from ops import env_file
from ops.doctor.report import discreet, inline
from ops.setup import choosing
from ops.setup.accounts import Discord, Tried, priced_models, try_key, try_token
from ops.setup.sources import KEY, TOKEN, Secret, known
from ops.setup.writing import Answers, limits_of, without_secrets
from services.errors import ConfigurationError
from services.settings import Settings

MISSING: Final = "{name}: is missing; set it in the environment, or let {name}_FILE name a file that holds it"
EXISTS: Final = "{name}: is there already; add --overwrite to change its lines (all others stay as they are)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What options say; None where they do not, and what is set stays."""

    model: str | None = None
    videos_per_day: str | None = None
    budget_usd: str | None = None
    overwrites: bool = False


class NoAnswerError(Exception):
    """A service did not say anything: the same may work in a minute."""


def answers(discord: Discord, wishes: Wishes, *, text: str, path: Path) -> tuple[Answers, int | None]:
    """Return what is wished for, tried on both services, and the application's id.

    Raises:
        ConfigurationError: something is missing or wrong; one line each.
        NoAnswerError: Discord or OpenRouter did not answer.
    """
    token, key = _secrets(wishes, text=text, path=path)
    settings = without_secrets(text, path=path)
    limits = limits_of(
        wishes.videos_per_day or str(settings.videos_per_day),
        wishes.budget_usd or f"{settings.budget_usd:f}",
        text=text,
        path=path,
    )
    application_id = asyncio.run(_tried(discord, token, key, settings=settings))
    model = settings.default_model if wishes.model is None else _model(wishes.model, settings)
    return Answers(token=token, key=key, model=model, limits=limits), application_id


def _secrets(wishes: Wishes, *, text: str, path: Path) -> Sequence[Secret]:
    problems = [EXISTS.format(name=path.name)] if path.exists() and not wishes.overwrites else []
    in_file = env_file.values_in(text)
    secrets: list[Secret] = []
    for name in (TOKEN, KEY):
        match known(name, os.environ, in_file):
            case None:
                problems.append(MISSING.format(name=name))
            case str(problem):
                problems.append(problem)
            case Secret() as secret:
                secrets.append(secret)
    if problems:
        raise ConfigurationError(problems)
    return secrets


async def _tried(discord: Discord, token: Secret, key: Secret, *, settings: Settings) -> int | None:
    accepted = await try_token(discord, token.value, api_url=settings.discord_api_url)
    _report(accepted, token)
    _report(await try_key(key.value, base_url=settings.openrouter_base_url), key)
    return accepted.application_id


def _report(tried: Tried, secret: Secret) -> None:
    for finding in discreet(tried.findings, secrets=(secret.value,)):
        typer.echo(inline(finding))
    if not tried.is_accepted:
        raise NoAnswerError if tried.may_pass else ConfigurationError([f"{secret.name}: is not accepted"])


def _model(wanted: str, settings: Settings) -> str:
    listed = asyncio.run(priced_models(settings))
    if not listed:
        raise NoAnswerError
    choice = choosing.chosen(choosing.listed(listed), wanted)
    if choice is None:
        raise ConfigurationError([f"--model: there is no {wanted} with a price; see uv run bot.py setup for the list"])
    return choice.model.id
