"""`bot.py setup`: from nothing to a bot that can be started, by a conversation or by a script.

It leaves with 0 when `.env` was written (or was to stay as it is), with 78 where something is missing or wrong, with 1
where a service did not answer, and with 130 after Ctrl-C. Unless it was written, the file is as it was before.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from ops.logs import set_up_logging
from ops.setup.accounts import Discord
from ops.setup.script import NoAnswerError, Wishes
from ops.setup.script import answers as answers_of
from ops.setup.talking import Conversation
from ops.setup.writing import Answers, text_of, write
from services.errors import ConfigurationError
from services.settings import EXIT_CONFIGURATION

ENV_FILE: Final = Path(".env")
EXIT_INTERRUPTED: Final = 130
"""What a shell says of a command that Ctrl-C ended."""
NO_TERMINAL: Final = "This asks questions, and there is no terminal to ask on. For scripts: --non-interactive"
NO_ANSWER: Final = "Nothing was written. Try again in a minute."
NEXT: Final = """
Written: {path}, which only you can read.
Invite the bot to your server:
  {invite}
Look whether everything is in order:
  uv run bot.py doctor"""
START: Final = "Start it:\n  uv run bot.py"

__all__ = ["command"]


def command(discord: Discord, *, start: Callable[[], None]) -> Callable[..., None]:
    """Return the command; `start` runs the bot."""

    def setup(
        *,
        non_interactive: Annotated[bool, typer.Option("--non-interactive", help="Ask nothing.")] = False,
        model: Annotated[str | None, typer.Option(help="With --non-interactive: DEFAULT_MODEL.")] = None,
        videos_per_day: Annotated[str | None, typer.Option(help="With --non-interactive: VIDEOS_PER_DAY.")] = None,
        budget_usd: Annotated[str | None, typer.Option(help="With --non-interactive: BUDGET_USD.")] = None,
        overwrite: Annotated[bool, typer.Option("--overwrite", help="With --non-interactive: change .env.")] = False,
    ) -> None:
        """Set the bot up: try both secrets, choose a model and the first limits, and write .env.

        With --non-interactive the secrets come from DISCORD_TOKEN and OPENROUTER_API_KEY (or ..._FILE) in the
        environment: arguments are for everybody on the machine to see.
        """
        # What goes wrong is said in the conversation; a log line in the middle of it would only confuse.
        set_up_logging(level="CRITICAL", style="auto", secrets=())
        wishes = Wishes(model=model, videos_per_day=videos_per_day, budget_usd=budget_usd, overwrites=overwrite)
        try:
            answers, application_id, text = _asked(discord, wishes if non_interactive else None)
            write(text, answers, path=ENV_FILE)
        except ConfigurationError as error:
            _leave("\n".join([*error.problems, "Nothing was written."]), code=EXIT_CONFIGURATION)
        except NoAnswerError:
            _leave(NO_ANSWER, code=1)
        except (typer.Abort, KeyboardInterrupt):
            _leave("\nStopped. Nothing was written.", code=EXIT_INTERRUPTED)
        typer.echo(NEXT.format(path=ENV_FILE, invite=discord.invite(application_id) if application_id else _LATER))
        if not non_interactive and _wants_to_start():
            start()
        else:
            typer.echo(START)

    return setup


_LATER: Final = "the log of the first start shows the address"


def _asked(discord: Discord, wishes: Wishes | None) -> tuple[Answers, int | None, str]:
    """Return the answers, the application's id where Discord said it, and the text that they change."""
    if wishes is not None:
        text = text_of(ENV_FILE)
        return *answers_of(discord, wishes, text=text, path=ENV_FILE), text
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _leave(NO_TERMINAL, code=EXIT_CONFIGURATION)
    conversation = Conversation(discord, path=ENV_FILE)
    if not conversation.may_change():
        _leave("Nothing was changed.", code=0)
    text = text_of(ENV_FILE)
    return *conversation.answers(text), text


def _wants_to_start() -> bool:
    try:
        return typer.confirm("Start the bot now?", default=True)
    except typer.Abort:  # a no, once everything is written
        typer.echo()
        return False


def _leave(words: str, *, code: int) -> NoReturn:
    typer.echo(words, err=code != 0)
    raise typer.Exit(code)
