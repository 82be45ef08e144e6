"""`bot.py doctor`: everything that the bot needs, one line for each, and what to do about what is not as it should be.

It leaves with 0 where nothing failed, with 78 where a person has to change the configuration first, and with 1 for any
other failure. `--json` prints one object: `version` (1), `exit_code`, and `checks`, a list of objects with `check`,
`status` (`ok`, `warn`, `fail` or `skip`), `says`, and `fix`, which is null where there is nothing to do. A check may
come more than once: `servers` does for each server.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from ops import choices
from ops.doctor.checks import examined
from ops.doctor.findings import exit_code
from ops.doctor.looking import Discord
from ops.doctor.report import as_json, as_text, discreet
from ops.logs import set_up_logging
from services.errors import ConfigurationError
from services.settings import Settings, load_settings

ENV_FILE: Final = Path(".env")

__all__ = ["command"]


def command(discord: Discord, *, database_file: str) -> Callable[..., None]:
    """Return the command; `database_file` is the name of the database in the data folder."""

    def doctor(
        *,
        json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
        offline: Annotated[bool, typer.Option("--offline", help="Leave out what needs the network.")] = False,
    ) -> None:
        """Check everything that the bot needs, and say what to do. A bot that runs meanwhile is not disturbed."""
        settings = _settings()
        secrets = choices.secrets(settings) if isinstance(settings, Settings) else ()
        # What went wrong is a finding. What is logged about it besides goes to stderr, and is only for the worst case.
        set_up_logging(level="CRITICAL", style="auto", secrets=secrets)
        looked = examined(
            settings,
            discord,
            env_file=ENV_FILE,
            database_file=database_file,
            is_offline=offline,
            host=lambda: datetime.now(UTC),
        )
        findings = discreet(asyncio.run(looked), secrets=secrets)
        typer.echo(as_json(findings) if json else as_text(findings))
        raise typer.Exit(exit_code(findings))

    return doctor


def _settings() -> Settings | ConfigurationError:
    try:
        return load_settings(env_file=ENV_FILE)
    except ConfigurationError as error:
        return error
