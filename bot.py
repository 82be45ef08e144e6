"""The front door: the command line, and the one place where the parts are put together.

`run` builds everything, owns every resource, and closes in reverse. Nothing else in the project builds a service.
"""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final, NoReturn
from uuid import uuid4

import discord
import structlog
import typer
from discord.ext import commands

from cogs.client import VideoBot, use_stand_in
from cogs.delivery import DiscordDelivery
from cogs.herald import DiscordHerald
from cogs.limits import LimitsCog
from cogs.owner import OwnerCog
from cogs.settings import PauseCog, SettingsCog
from cogs.status import AgainButton, PageButton, StatusCog
from cogs.usage import UsageCog
from cogs.video import CancelButton, OfferButton, VideoCog
from ops import charts, choices, price
from ops.background import beside
from ops.clock import DiscordClock
from ops.disk import DiskWatch
from ops.last_words import NOT_ACCEPTED, NOT_SET_UP, about_data, about_settings
from ops.logs import log_what_python_prints, set_up_logging
from ops.signals import leave_on_sigterm, stop_signal
from ops.webhook_server import WebhookServer
from services.administration import Administration
from services.catalogue import Catalogue
from services.database import Database
from services.errors import ConfigurationError, StorageError
from services.generation import ClipShelf, Janitor, Notifier, SendingAgain, Steps, Worker
from services.jobs import Callbacks, Detours, JobStore, OfferBook
from services.limits import LimitBook, NoticeBook, ServerBook
from services.openrouter import OpenRouterClient
from services.settings import EXIT_CONFIGURATION, Settings, is_set_up, load_settings
from services.videos import VideoService

DATABASE_FILE: Final = "bot.sqlite3"
CLIPS_FOLDER: Final = "clips"
MEBIBYTE: Final = 1024 * 1024
STOP_PATIENCE: Final = timedelta(seconds=200)
"""Longer than a submit may take, which is the one step that a restart cannot take again."""

log = structlog.get_logger(__name__)
cli = typer.Typer(
    help="A Discord bot that makes videos from prompts.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)

cli.command(name="price")(price.command)


@cli.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Make videos from prompts in Discord. Without a command, the bot runs."""
    # Whatever this process creates, only its owner may read.
    os.umask(0o077)
    if context.invoked_subcommand is None:
        run()


@cli.command()
def run() -> None:
    """Run the bot until it is told to stop (Ctrl-C or SIGTERM)."""
    leave_on_sigterm()
    settings = _settings_or_exit()
    set_up_logging(level=settings.log_level, style=settings.log_format, secrets=choices.secrets(settings))
    log_what_python_prints()
    try:
        asyncio.run(serve(settings))
    except ConfigurationError as error:
        _exit(about_settings(error))
    except StorageError as error:
        text, code = about_data(error, data_dir=settings.data_dir)
        _exit(text, code=code)
    except discord.LoginFailure:
        _exit(NOT_ACCEPTED)


@cli.command()
def sandbox(
    once: Annotated[
        str | None, typer.Option(help='One command, such as "/video a red fox in the snow"; then exit.')
    ] = None,
    as_json: Annotated[  # noqa: FBT002  # a switch of the command line
        bool, typer.Option("--json", help="Print one JSON object instead of the channel.")
    ] = False,
) -> None:
    """Try the bot on this machine alone: no account, no key, no network."""
    # Deferred: nothing that runs in production may import the stand-ins.
    from sandbox.demo import play  # noqa: PLC0415  # see above

    raise typer.Exit(asyncio.run(play(once=once, as_json=as_json)))


async def serve(settings: Settings, *, clock: DiscordClock | None = None) -> None:
    """Serve until a signal comes or Discord refuses us for good; then end the steps in hand, and leave."""
    # Before anything is opened: whenever the signal comes, there is somebody to close what is open.
    async with stop_signal() as stop:
        serving = asyncio.create_task(_serve(settings, clock=clock or DiscordClock()), name="serving")
        stopping = asyncio.create_task(stop.wait(), name="stop-signal")
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not serving.done():
                log.info("stopping")
                serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


async def _serve(settings: Settings, *, clock: DiscordClock) -> None:
    """Build, run, and close in reverse."""
    use_stand_in(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.data_dir / DATABASE_FILE)
        stack.push_async_callback(database.close)
        api = await stack.enter_async_context(
            OpenRouterClient(key=settings.openrouter_api_key.get_secret_value(), base_url=settings.openrouter_base_url)
        )
        catalogue = Catalogue(api.models, default_model=settings.default_model, default_shape=choices.shape(settings))
        stack.push_async_callback(catalogue.close)
        client = await stack.enter_async_context(VideoBot(facts=database, owner_ids=settings.owner_ids))
        client.http.http_trace = clock.listening()
        disk = DiskWatch(settings.data_dir, floor_bytes=settings.min_free_disk_mb * MEBIBYTE)
        await disk.look()
        product = await _product(
            settings, database=database, api=api, catalogue=catalogue, client=client, disk=disk, clock=clock
        )
        client.offer(_cogs(product, catalogue), buttons=(CancelButton, OfferButton, PageButton, AgainButton))
        await catalogue.models()
        await stack.enter_async_context(_listening(settings, product.callbacks, clock=clock))
        await stack.enter_async_context(beside(disk.run(), name="disk"))
        await stack.enter_async_context(beside(product.janitor.run(), name="janitor"))
        await _connect(client, product, token=settings.discord_token.get_secret_value())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Product:
    """What runs beside the Discord client, and what the cogs call."""

    worker: Worker
    notifier: Notifier
    videos: VideoService
    again: SendingAgain
    administration: Administration
    callbacks: Callbacks
    janitor: Janitor
    mark: str


async def _product(
    settings: Settings,
    *,
    database: Database,
    api: OpenRouterClient,
    catalogue: Catalogue,
    client: VideoBot,
    disk: DiskWatch,
    clock: DiscordClock,
) -> _Product:
    """Put the services together over their resources, and tidy up after whatever ended the last run."""
    limits = LimitBook(database=database, bot_limits=choices.bot_limits(settings))
    owner = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
    servers = ServerBook(database=database)
    jobs = JobStore(
        database=database, limits=limits, servers=servers, owner=owner, running_at_once=settings.running_at_once
    )
    shelf = ClipShelf(folder=settings.data_dir / CLIPS_FOLDER, api=api, max_bytes=settings.max_clip_mb * MEBIBYTE)
    # The file lock says that no other process is alive: what it had leased is free.
    await jobs.release(everybody=True)
    shelf.sweep(keep=await jobs.unfinished())
    mark = await database.mark()
    delivery = DiscordDelivery(client, model_name=catalogue.name_of, mark=mark)
    detours = Detours(database=database)
    steps = Steps(
        jobs=jobs,
        detours=detours,
        api=api,
        delivery=delivery,
        shelf=shelf,
        plan=choices.plan(settings),
        clock=clock.now,
    )
    worker = Worker(jobs=jobs, steps=steps, clock=clock.now)
    return _Product(
        worker=worker,
        notifier=Notifier(
            notices=NoticeBook(database=database),
            servers=servers,
            herald=DiscordHerald(client, owner_ids=client.payers),
            clock=clock.now,
        ),
        videos=VideoService(
            catalogue=catalogue,
            jobs=jobs,
            offers=OfferBook(database=database),
            servers=servers,
            worker=worker,
            money=choices.money_rules(settings),
            clock=clock.now,
            has_room=disk.has_room,
        ),
        again=SendingAgain(detours=detours, wake=worker.wake, clock=clock.now),
        administration=Administration(
            database=database, jobs=jobs, limits=limits, servers=servers, account=api, wake=worker.wake, clock=clock.now
        ),
        callbacks=Callbacks(database=database, limits=limits, servers=servers, wake=worker.wake, clock=clock.now),
        janitor=Janitor(jobs=jobs, shelf=shelf),
        mark=mark,
    )


def _cogs(product: _Product, catalogue: Catalogue) -> Sequence[commands.Cog]:
    """Give each cog its services, in the order in which Discord lists the commands."""
    videos, administration = product.videos, product.administration
    return (
        VideoCog(videos, mark=product.mark),
        StatusCog(videos, product.again),
        LimitsCog(administration, videos),
        SettingsCog(administration, catalogue),
        PauseCog(administration),
        UsageCog(
            administration, charts=charts.Charts() if charts.is_installed() else None, model_name=catalogue.name_of
        ),
        OwnerCog(administration),
    )


@asynccontextmanager
async def _listening(settings: Settings, callbacks: Callbacks, *, clock: DiscordClock) -> AsyncGenerator[None]:
    """Listen for webhooks in the block, where the owner wants them."""
    if settings.webhook_secret is None:
        yield
        return
    async with WebhookServer(
        secret=settings.webhook_secret.get_secret_value(), hear=callbacks.hear, clock=clock.now
    ) as webhooks:
        await webhooks.start(host=settings.webhook_host, port=settings.webhook_port)
        yield


async def _connect(client: VideoBot, product: _Product, *, token: str) -> None:
    # Before the worker begins: posting needs the session, finding our own messages needs to know us, and the answers
    # tell the clock the time.
    await client.log_in(token)
    working = asyncio.create_task(product.worker.run(), name="worker")
    telling = asyncio.create_task(product.notifier.run(), name="notifier")
    connection = asyncio.create_task(client.connect(), name="gateway")
    try:
        await asyncio.wait({working, telling, connection}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        client.is_stopping = True
        product.worker.stop()
        product.notifier.stop()
        await asyncio.wait({working, telling}, timeout=STOP_PATIENCE.total_seconds())
        for task in (working, telling, connection):
            task.cancel()
        outcomes = await asyncio.gather(working, telling, connection, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


def _settings_or_exit() -> Settings:
    if not is_set_up():
        _exit(NOT_SET_UP)
    try:
        return load_settings()
    except ConfigurationError as error:
        _exit(about_settings(error))


def _exit(text: str, *, code: int = EXIT_CONFIGURATION) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)


if __name__ == "__main__":
    cli()
