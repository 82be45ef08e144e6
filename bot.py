"""The front door: the command line, and the one place where the parts are put together.

`run` builds everything, owns every resource, and closes in reverse. Nothing else in the project builds a service.
"""

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
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
from cogs.status import PageButton, StatusCog
from cogs.usage import UsageCog
from cogs.video import CancelButton, OfferButton, VideoCog
from ops import charts, price
from ops.logs import set_up_logging
from ops.signals import stop_signal
from services.administration import Administration
from services.catalogue import Catalogue, Shape
from services.database import Database
from services.errors import AlreadyRunningError, ConfigurationError, SchemaTooNewError, StorageError
from services.generation import ClipShelf, Notifier, Plan, Steps, Worker
from services.jobs import JobStore, OfferBook
from services.limits import BotLimits, LimitBook, NoticeBook, ServerBook
from services.openrouter import OpenRouterClient
from services.schedule import Schedule
from services.settings import EXIT_CONFIGURATION, Settings, is_set_up, load_settings
from services.videos import MoneyRules, VideoService

DATABASE_FILE: Final = "bot.sqlite3"
CLIPS_FOLDER: Final = "clips"
MEBIBYTE: Final = 1024 * 1024
MICROUSD: Final = 1_000_000
STOP_PATIENCE: Final = timedelta(seconds=200)
"""Longer than a submit may take, which is the one step that a restart cannot take again."""

NOT_SET_UP: Final = """\
This bot is not set up here yet. Three ways on from here:
  1. Set it up: copy .env.example to .env and fill in DISCORD_TOKEN and OPENROUTER_API_KEY.
  2. Try it first, without any account: uv run bot.py sandbox --once "/video a red fox in the snow"
  3. Read README.md, which shows where the two secrets come from."""

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
    settings = _settings_or_exit()
    secrets = (settings.discord_token.get_secret_value(), settings.openrouter_api_key.get_secret_value())
    set_up_logging(level=settings.log_level, style=settings.log_format, secrets=secrets)
    try:
        asyncio.run(serve(settings))
    except AlreadyRunningError:
        _exit(f"Another bot is already running on {settings.data_dir}. Stop it first.", code=1)
    except SchemaTooNewError as error:
        _exit(
            f"{settings.data_dir} was written by a newer version of the bot (schema {error.found}, this one knows "
            f"{error.known}). Update the bot, or restore the backup made before the update.",
            code=1,
        )
    except StorageError as error:
        _exit(f"The data in {settings.data_dir} cannot be used: {error}.", code=1)
    except discord.LoginFailure:
        _exit("Discord does not accept DISCORD_TOKEN. Reset the token in the developer portal and copy it again.")


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


async def serve(settings: Settings) -> None:
    """Build, run, and close in reverse."""
    use_stand_in(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.data_dir / DATABASE_FILE)
        stack.push_async_callback(database.close)
        api = await stack.enter_async_context(
            OpenRouterClient(key=settings.openrouter_api_key.get_secret_value(), base_url=settings.openrouter_base_url)
        )
        catalogue = _catalogue(settings, api)
        stack.push_async_callback(catalogue.close)
        client = await stack.enter_async_context(VideoBot(facts=database, owner_ids=settings.owner_ids))
        product = await _product(settings, database=database, api=api, catalogue=catalogue, client=client)
        client.offer(_cogs(product, catalogue), buttons=(CancelButton, OfferButton, PageButton))
        await catalogue.models()
        await _run_until_stopped(client, product, token=settings.discord_token.get_secret_value())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Product:
    """What runs beside the Discord client, and what the cogs call."""

    worker: Worker
    notifier: Notifier
    videos: VideoService
    administration: Administration


async def _product(
    settings: Settings, *, database: Database, api: OpenRouterClient, catalogue: Catalogue, client: VideoBot
) -> _Product:
    """Put the services together over their resources, and tidy up after whatever ended the last run."""
    limits = LimitBook(database=database, bot_limits=_bot_limits(settings))
    owner = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
    servers = ServerBook(database=database)
    jobs = JobStore(
        database=database, limits=limits, servers=servers, owner=owner, running_at_once=settings.running_at_once
    )
    shelf = ClipShelf(folder=settings.data_dir / CLIPS_FOLDER, api=api, max_bytes=settings.max_clip_mb * MEBIBYTE)
    # The file lock says that no other process is alive: what it had leased is free.
    await jobs.release(everybody=True)
    shelf.sweep(keep=await jobs.unfinished())
    plan = Plan(
        deadline=timedelta(hours=settings.deadline_hours),
        clip_retention=timedelta(hours=settings.clip_retention_hours),
        schedule=Schedule(
            first=timedelta(seconds=settings.first_look_seconds), every=timedelta(seconds=settings.look_every_seconds)
        ),
    )
    delivery = DiscordDelivery(client, model_name=catalogue.name_of)
    steps = Steps(jobs=jobs, api=api, delivery=delivery, shelf=shelf, plan=plan, clock=_now)
    worker = Worker(jobs=jobs, steps=steps, delivery=delivery, clock=_now)
    return _Product(
        worker=worker,
        notifier=Notifier(
            notices=NoticeBook(database=database),
            servers=servers,
            herald=DiscordHerald(client, owner_ids=client.payers),
            clock=_now,
        ),
        videos=VideoService(
            catalogue=catalogue,
            jobs=jobs,
            offers=OfferBook(database=database),
            servers=servers,
            worker=worker,
            money=_money_rules(settings),
            clock=_now,
        ),
        administration=Administration(
            database=database, jobs=jobs, limits=limits, servers=servers, account=api, wake=worker.wake, clock=_now
        ),
    )


def _cogs(product: _Product, catalogue: Catalogue) -> Sequence[commands.Cog]:
    """Give each cog its services, in the order in which Discord lists the commands."""
    videos, administration = product.videos, product.administration
    return (
        VideoCog(videos),
        StatusCog(videos),
        LimitsCog(administration, videos),
        SettingsCog(administration, catalogue),
        PauseCog(administration),
        UsageCog(
            administration, charts=charts.Charts() if charts.is_installed() else None, model_name=catalogue.name_of
        ),
        OwnerCog(administration),
    )


def _catalogue(settings: Settings, api: OpenRouterClient) -> Catalogue:
    shape = Shape(
        duration=settings.default_duration,
        resolution=settings.default_resolution,
        aspect_ratio=settings.default_aspect_ratio,
        audio=settings.default_audio,
    )
    return Catalogue(api.models, default_model=settings.default_model, default_shape=shape)


def _bot_limits(settings: Settings) -> BotLimits:
    return BotLimits(
        videos_per_day=settings.videos_per_day,
        running_at_once=settings.user_running_at_once,
        everywhere_per_day=settings.user_videos_per_day_everywhere,
        microusd_everywhere=_microusd(settings.user_usd_everywhere),
        total_microusd=_microusd(settings.budget_usd),
        server_microusd=_microusd(settings.server_budget_usd),
        attempts_per_video=settings.attempts_per_video,
    )


def _money_rules(settings: Settings) -> MoneyRules:
    unpriced = settings.unpriced_reserve_usd if settings.allow_unpriced_models else None
    return MoneyRules(confirm_above=int(settings.confirm_above_usd * MICROUSD), unpriced_reserve=_microusd(unpriced))


def _microusd(usd: Decimal | None) -> int | None:
    """Return dollars as micro-dollars; less than one of them is nothing."""
    return None if usd is None else int(usd * MICROUSD)


async def _run_until_stopped(client: VideoBot, product: _Product, *, token: str) -> None:
    """Serve until a signal comes or Discord refuses us for good; then end the steps in hand, and leave."""
    async with stop_signal() as stop:
        # Logged in before the worker begins: posting needs the session, and finding our own messages needs to know us.
        gateway = asyncio.create_task(_connect(client, product, token=token), name="discord")
        stopping = asyncio.create_task(stop.wait(), name="stop-signal")
        try:
            await asyncio.wait({gateway, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            client.is_stopping = True
            log.info("stopping")
            stopping.cancel()
            if not gateway.done():
                gateway.cancel()
            with suppress(asyncio.CancelledError):
                await gateway


async def _connect(client: VideoBot, product: _Product, *, token: str) -> None:
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
        _exit("\n".join(["These settings need a look (see .env.example):", *error.problems]))


def _exit(text: str, *, code: int = EXIT_CONFIGURATION) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    cli()
