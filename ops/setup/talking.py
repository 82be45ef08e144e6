"""The conversation on a terminal: one question at a time, and a wrong answer gets a sentence and the question again."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import typer

from ops import env_file
from ops.doctor.report import discreet, inline
from ops.setup import choosing
from ops.setup.accounts import Discord, Tried, priced_models, try_key, try_token
from ops.setup.choosing import Choice, Limits
from ops.setup.sources import KEY, TOKEN, Secret, known, typed
from ops.setup.writing import Answers, limits_of, without_secrets
from services.errors import ConfigurationError
from services.settings import Settings

WELCOME: Final = """\
This sets the bot up: two secrets, a model, the first limits. Each secret is tried at once, and nothing is bought.
Ctrl-C leaves at any moment, and changes nothing.
"""
FROM_DISCORD: Final = """
1 of 4: the bot's token, from https://discord.com/developers/applications
        New Application, then Bot, Reset Token, Copy. What you paste stays invisible."""
FROM_OPENROUTER: Final = """
2 of 4: the key that pays, from https://openrouter.ai/settings/keys
        Create Key, with a credit limit: that is the outermost bound on what the bot can spend."""
WHICH_MODEL: Final = """
3 of 4: the model for members who name none, with the price of one video as the bot makes it by default."""
NO_LIST: Final = "OpenRouter did not list its models. The cheapest will be taken until DEFAULT_MODEL names one."
FIRST_LIMITS: Final = """
4 of 4: the first limits. Managers of a server share out below them, with /limits."""
OVERWRITE: Final = "There is a {name} already. Change its lines for what you answer now? All others stay as they are."

Trying = Callable[[str], Coroutine[Any, Any, Tried]]


class Conversation:
    """Asks whoever sits at the terminal. Every question may end in `typer.Abort`."""

    def __init__(self, discord: Discord, *, path: Path) -> None:
        self._discord = discord
        self._path = path

    def may_change(self) -> bool:
        """Whether there is no file yet, or it may be changed."""
        typer.echo(WELCOME)
        return not self._path.exists() or typer.confirm(OVERWRITE.format(name=self._path.name), default=False)

    def answers(self, text: str) -> tuple[Answers, int | None]:
        """Ask everything; return the answers, and the application's id where Discord said it.

        Raises:
            ConfigurationError: another line of the file is wrong.
        """
        settings = without_secrets(text, path=self._path)
        in_file = env_file.values_in(text)
        token, application_id = self._secret(
            known(TOKEN, os.environ, in_file),
            name=TOKEN,
            where=FROM_DISCORD,
            trying=lambda value: try_token(self._discord, value, api_url=settings.discord_api_url),
        )
        key, _ = self._secret(
            known(KEY, os.environ, in_file),
            name=KEY,
            where=FROM_OPENROUTER,
            trying=lambda value: try_key(value, base_url=settings.openrouter_base_url),
        )
        model, choice = self._model(settings)
        limits = self._limits(settings, choice, text=text)
        return Answers(token=token, key=key, model=model, limits=limits), application_id

    def _secret(
        self, found: Secret | str | None, *, name: str, where: str, trying: Trying
    ) -> tuple[Secret, int | None]:
        typer.echo(where)
        while True:
            secret = self._asked_for(found, name=name)
            if isinstance(secret, str):
                typer.echo(secret)
                continue
            tried = asyncio.run(trying(secret.value))
            for finding in discreet(tried.findings, secrets=(secret.value,)):
                typer.echo(inline(finding))
            if tried.is_accepted or (tried.may_pass and typer.confirm("Keep it without having tried it?")):
                return secret, tried.application_id
            if _is_around(name) and not tried.may_pass:
                raise ConfigurationError([f"{name}: comes from the environment; change it there, or unset it"])
            found = found if tried.may_pass else None

    @staticmethod
    def _asked_for(found: Secret | str | None, *, name: str) -> Secret | str:
        """Return what was typed, or what is there already and only Enter was pressed."""
        keeps = isinstance(found, Secret)
        if isinstance(found, str):
            typer.echo(found)
        elif found is not None and (found.file or _is_around(name)):
            place = f"the file that {name}_FILE names" if found.file else "the environment"
            typer.echo(f"{name} comes from {place}.")
            return found
        question = f"{name} (Enter keeps the one in .env)" if keeps else name
        text: str = typer.prompt(question, default="", show_default=False, hide_input=True)
        return found if isinstance(found, Secret) and not text else typed(name, text)

    @staticmethod
    def _model(settings: Settings) -> tuple[str | None, Choice | None]:
        typer.echo(WHICH_MODEL)
        priced = asyncio.run(priced_models(settings))
        choices = choosing.listed(priced) if priced else ()
        if not choices:
            typer.echo(NO_LIST)
            return settings.default_model, None
        typer.echo(choosing.table(choices))
        now = choosing.chosen(choices, settings.default_model or "1")
        while True:
            default = choices.index(now) + 1 if now else 1
            choice = choosing.chosen(choices, typer.prompt("Number or name", default=str(default)))
            if choice is not None:
                return choice.model.id, choice
            typer.echo(
                f"There is no such model above. Give a number from 1 to {len(choices)}, or a name as it is written."
            )

    def _limits(self, settings: Settings, choice: Choice | None, *, text: str) -> Limits:
        typer.echo(FIRST_LIMITS)
        per_day, budget = str(settings.videos_per_day), f"{settings.budget_usd:f}"
        while True:
            per_day = typer.prompt("Videos a day for each member", default=per_day)
            budget = typer.prompt("Dollars in 30 days for everything together", default=budget).removeprefix("$")
            try:
                limits = limits_of(per_day, budget, text=text, path=self._path)
            except ConfigurationError as error:
                typer.echo("\n".join(error.problems))
                per_day, budget = str(settings.videos_per_day), f"{settings.budget_usd:f}"
                continue
            typer.echo(choosing.worth(limits, choice))
            if typer.confirm("Keep these?", default=True):
                return limits


def _is_around(name: str) -> bool:
    """Whether the environment sets the secret, which comes before `.env`."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))
