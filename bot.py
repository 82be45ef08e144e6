"""The front door: the command line, and the one place where the two halves are put together.

`ops.house` builds what needs no Discord, `cogs.assembly` what speaks to it; here they meet, run and are closed in
reverse. A process does all of the bot's work, or a part of it beside others: see `ops.house.role`.
"""

import asyncio
import math
import os
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import timedelta
from typing import Annotated, Final

import discord
import structlog
import typer

from cogs import assembly
from cogs.checkup import DiscordCheckup
from cogs.client import PERMISSIONS, VideoBot, use_stand_in
from cogs.delivery import PrivateAnswers
from cogs.languages import begin_reading, language_of
from ops import backup, charts, choices, copy_database, desk, doctor, heartbeat, price, setup, tryout
from ops.background import beside, until_one_ends
from ops.bell import Bell
from ops.clock import DiscordClock
from ops.house import (
    CLIPS_FOLDER,
    DATABASE_FILE,
    Books,
    Ground,
    Workshop,
    desk_over,
    opened_books,
    opened_ground,
    watched,
    workshop_over,
)
from ops.house.role import Role, require_room_for, shards_in
from ops.last_words import NOT_ACCEPTED, about_data, about_settings, leave, settings_or_leave
from ops.logs import log_what_python_prints, set_up_logging
from ops.signals import leave_on_sigterm, until_signal
from ops.webhook_server import listening
from services.desk import Desk
from services.errors import ConfigurationError, StorageError
from services.jobs import IdentifyTurns
from services.settings import Settings

STOP_PATIENCE: Final = timedelta(seconds=200)
"""Longer than a submit may take, which is the one step that a restart cannot take again."""

__all__ = ["CLIPS_FOLDER", "DATABASE_FILE", "cli", "serve"]

log = structlog.get_logger(__name__)
cli = typer.Typer(
    help="A Discord bot that makes videos from prompts.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@cli.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Make videos from prompts in Discord. Without a command, the bot runs."""
    # Whatever this process creates, only its owner may read.
    os.umask(0o077)
    if context.invoked_subcommand is None:
        run()


@cli.command()
def run(
    *,
    shards: Annotated[
        str | None,
        typer.Option(
            help="Serve only these shards of so many, such as 0-3/16; other processes serve the rest.",
            show_default=False,
        ),
    ] = None,
    worker: Annotated[
        bool,
        typer.Option("--worker/--no-worker", help="Whether to make the videos here; otherwise `bot.py worker` does."),
    ] = True,
) -> None:
    """Run the bot until it is told to stop (Ctrl-C or SIGTERM)."""
    leave_on_sigterm()
    try:
        cluster = None if shards is None else shards_in(shards)
    except ConfigurationError as error:
        leave(about_settings(error))
    _live(Role(has_worker=worker, shards=cluster))


@cli.command(name="worker")
def work() -> None:
    """Make and deliver videos beside `bot.py run`, until told to stop; takes DATABASE_URL."""
    leave_on_sigterm()
    _live(Role(has_gateway=False))


def _live(role: Role) -> None:
    settings = settings_or_leave()
    set_up_logging(level=settings.log_level, style=settings.log_format, secrets=choices.secrets(settings))
    log_what_python_prints()
    try:
        require_room_for(role, settings)
        asyncio.run(serve(settings, role=role))
    except ConfigurationError as error:
        leave(about_settings(error))
    except StorageError as error:
        text, code = about_data(error, data_dir=settings.data_dir)
        leave(text, code=code)
    except discord.LoginFailure:
        leave(NOT_ACCEPTED)


def _sandbox() -> tryout.Sandbox:
    # Deferred: nothing that runs in production may import the stand-ins.
    from sandbox.demo import play  # noqa: PLC0415  # see above
    from sandbox.page import show  # noqa: PLC0415  # see above

    return tryout.Sandbox(play=play, show=show)


# In the order in which they are listed: to begin, to look after it, to move it.
account = DiscordCheckup(needed=PERMISSIONS, use_stand_in=use_stand_in)
cli.command(name="setup")(setup.command(account, start=run))
cli.command(name="sandbox")(tryout.command(_sandbox))
cli.command(name="price")(price.command)
cli.command(name="doctor")(doctor.command(account, database_file=DATABASE_FILE))
cli.command(name="health")(heartbeat.command)
desk.register(cli)
cli.command(name="backup")(backup.backup_command(database_file=DATABASE_FILE))
cli.command(name="restore")(backup.restore_command(database_file=DATABASE_FILE))
cli.command(name="copy-database")(copy_database.command)


async def serve(settings: Settings, *, role: Role | None = None, clock: DiscordClock | None = None) -> None:
    """Serve until a signal comes or Discord refuses us for good; then end the steps in hand, and leave."""
    await until_signal(_serve(settings, role=role or Role(), clock=clock or DiscordClock()), name="serving")


async def _serve(settings: Settings, *, role: Role, clock: DiscordClock) -> None:
    """Build, run, and close in reverse."""
    # For whoever has said nothing of their own, and everything below is a task of this one: above all for the owner.
    begin_reading(language_of(settings.owner_language))
    use_stand_in(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(opened_ground(settings, clock=clock))
        client = await stack.enter_async_context(_client(ground, role))
        client.http.http_trace = clock.listening()
        books = await opened_books(ground)
        private = PrivateAnswers()
        workshop = _workshop(ground, books, client, private) if role.has_worker else None
        bell = Bell(
            own=workshop.worker.wake if workshop else None,
            others=ground.database if ground.database.is_shared else None,
        )
        desk = desk_over(ground, books, wake=bell.wake)
        if role.has_gateway:
            drawing = charts.Charts() if charts.is_installed() else None
            offered = assembly.cogs_over(desk, private=private, mark=books.mark, charts=drawing)
            client.offer(offered, buttons=assembly.BUTTONS)
        await ground.catalogue.models()
        await stack.enter_async_context(beside(ground.disk.run(), name="disk"))
        await stack.enter_async_context(beside(books.janitor.run(), name="janitor"))
        await stack.enter_async_context(beside(bell.run(), name="bell"))
        gateway, worker = client if role.has_gateway else None, workshop.worker if workshop else None
        await stack.enter_async_context(watched(ground, books, gateway=gateway, worker=worker))
        if workshop is not None:
            stack.push_async_callback(workshop.give_up)
            await stack.enter_async_context(_listening(ground, desk))
            await stack.enter_async_context(beside(workshop.retention.run(), name="retention"))
            await stack.enter_async_context(beside(ground.database.listen(workshop.worker.wake), name="listener"))
        await _connect(client, workshop, role, token=settings.discord_token.get_secret_value())


def _client(ground: Ground, role: Role) -> VideoBot:
    settings = ground.settings
    return VideoBot(
        facts=ground.database,
        owner_ids=settings.owner_ids,
        direct_messages_server=settings.direct_messages_server,
        shards=role.served,
        offers_commands=role.offers_commands,
        turns=_turns(ground),
    )


def _turns(ground: Ground) -> IdentifyTurns | None:
    if not ground.database.is_shared:
        return None
    return IdentifyTurns(database=ground.database, owner=ground.instance.name, clock=ground.clock.now)


def _workshop(ground: Ground, books: Books, client: VideoBot, private: PrivateAnswers) -> Workshop:
    delivery = assembly.delivery(client, ground.catalogue, private=private, mark=books.mark)
    return workshop_over(ground, books, delivery=delivery, herald=assembly.herald(client))


def _listening(ground: Ground, desk: Desk) -> AbstractAsyncContextManager[None]:
    return listening(
        ground.settings,
        hear=desk.callbacks.hear,
        find_original=desk.originals.at,
        clock=ground.clock.now,
        beside_others=ground.database.is_shared,
    )


async def _connect(client: VideoBot, workshop: Workshop | None, role: Role, *, token: str) -> None:
    # Before the worker begins: posting needs the session, finding messages needs to know us, the clock needs an answer.
    await client.log_in(token)
    await until_one_ends(
        workshop.loops if workshop else {},
        connection=client.connect() if role.has_gateway else asyncio.sleep(math.inf),
        leaving=client.leave,
        patience=STOP_PATIENCE,
    )


if __name__ == "__main__":
    cli()
