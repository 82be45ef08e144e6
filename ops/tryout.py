"""The command `sandbox`: reads what is wanted. The stand-ins are brought by `bot.py`, and only when it is run."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from errno import EACCES, EADDRINUSE
from typing import Annotated, Any, Protocol

import typer

from ops.last_words import leave
from ops.signals import leave_on_sigterm, until_signal


class Play(Protocol):
    """Plays in the terminal: one command, or one a line. Returns the exit code."""

    def __call__(self, *, once: str | None, as_json: bool) -> Coroutine[Any, Any, int]:
        """Play."""
        ...


class Show(Protocol):
    """Shows the page until cancelled."""

    def __call__(self, *, opens_browser: bool, port: int) -> Coroutine[Any, Any, None]:
        """Show."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """What the stand-ins can do."""

    play: Play
    show: Show


def command(load: Callable[[], Sandbox]) -> Callable[..., None]:
    """Return the command; `load` imports the stand-ins, which nothing that runs in production may do."""

    def sandbox(
        once: Annotated[
            str | None, typer.Option(help='One command, such as "/video a red fox in the snow"; then exit.')
        ] = None,
        as_json: Annotated[  # noqa: FBT002  # a switch of the command line
            bool, typer.Option("--json", help="With --once: print one JSON object instead of the channel.")
        ] = False,
        terminal: Annotated[  # noqa: FBT002  # the same
            bool, typer.Option("--terminal", help="Play in this terminal, one command a line, not in a browser.")
        ] = False,
        browser: Annotated[  # noqa: FBT002  # the same
            bool, typer.Option("--browser/--no-browser", help="Whether to open the page, where there is a desktop.")
        ] = True,
        port: Annotated[int, typer.Option(min=0, max=65_535, help="Where the page listens; 0 takes a free port.")] = 0,
    ) -> None:
        """Try the bot on this machine alone: no account, no key, no network. Opens a page that looks like a chat."""
        leave_on_sigterm()
        stands = load()
        if once is not None or as_json or terminal:
            raise typer.Exit(asyncio.run(stands.play(once=once, as_json=as_json)))
        try:
            asyncio.run(until_signal(stands.show(opens_browser=browser, port=port), name="page"))
        except OSError as error:
            if error.errno not in {EADDRINUSE, EACCES}:
                raise
            why = os.strerror(error.errno)
            leave(f"The sandbox cannot listen on port {port}: {why}. Name another with --port.", code=1)

    return sandbox
