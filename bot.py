"""The front door: the command line, and the one place where the parts are put together.

`run` builds everything, owns every resource, and closes in reverse. Nothing else in the project builds a service.
"""

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import uuid4

import discord
import structlog
import typer
from discord.ext import commands

from cogs.checkup import DiscordCheckup
from cogs.client import PERMISSIONS, VideoBot, use_stand_in
from cogs.delivery import DiscordDelivery, PrivateAnswers
from cogs.herald import DiscordHerald
from cogs.history import HistoryButton, HistoryCog
from cogs.languages import begin_reading, language_of
from cogs.limits import LimitsCog
from cogs.original import OriginalButton, OriginalCog
from cogs.owner import OwnerCog
from cogs.privacy import ForgetButton, PrivacyCog
from cogs.results import ResultButton, ResultsCog, result_buttons
from cogs.settings import PauseCog, SettingsCog
from cogs.status import AgainButton, PageButton, StatusCog
from cogs.usage import UsageCog
from cogs.video import CancelButton, OfferButton, PicturesCog, VideoCog
from ops import charts, choices, doctor, price, setup, tryout
from ops.background import beside, until_one_ends
from ops.clock import DiscordClock
from ops.disk import DiskWatch
from ops.encoder import fitter
from ops.last_words import NOT_ACCEPTED, about_data, about_settings, leave, settings_or_leave
from ops.logs import log_what_python_prints, set_up_logging
from ops.signals import leave_on_sigterm, until_signal
from ops.webhook_server import listening
from services.administration import Administration
from services.catalogue import Catalogue
from services.database import Database
from services.errors import ConfigurationError, StorageError
from services.generation import ClipShelf, Janitor, Notifier, Originals, SendingAgain, Steps, Worker
from services.jobs import Callbacks, Detours, HistoryBook, JobStore, OfferBook, PersonalData, PictureBook, Removals
from services.limits import LimitBook, NoticeBook, ServerBook
from services.openrouter import OpenRouterClient
from services.pictures import PictureDesk, PictureShelf, PictureSource
from services.privacy import Privacy, Retention
from services.results import Results
from services.settings import Settings
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
account = DiscordCheckup(needed=PERMISSIONS, use_stand_in=use_stand_in)
cli.command(name="doctor")(doctor.command(account, database_file=DATABASE_FILE))


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
    settings = settings_or_leave()
    set_up_logging(level=settings.log_level, style=settings.log_format, secrets=choices.secrets(settings))
    log_what_python_prints()
    try:
        asyncio.run(serve(settings))
    except ConfigurationError as error:
        leave(about_settings(error))
    except StorageError as error:
        text, code = about_data(error, data_dir=settings.data_dir)
        leave(text, code=code)
    except discord.LoginFailure:
        leave(NOT_ACCEPTED)


cli.command(name="setup")(setup.command(account, start=run))


def _sandbox() -> tryout.Sandbox:
    # Deferred: nothing that runs in production may import the stand-ins.
    from sandbox.demo import play  # noqa: PLC0415  # see above
    from sandbox.page import show  # noqa: PLC0415  # see above

    return tryout.Sandbox(play=play, show=show)


cli.command(name="sandbox")(tryout.command(_sandbox))


async def serve(settings: Settings, *, clock: DiscordClock | None = None) -> None:
    """Serve until a signal comes or Discord refuses us for good; then end the steps in hand, and leave."""
    await until_signal(_serve(settings, clock=clock or DiscordClock()), name="serving")


async def _serve(settings: Settings, *, clock: DiscordClock) -> None:
    """Build, run, and close in reverse."""
    # For whoever has said nothing of their own, and everything below is a task of this one: above all for the owner.
    begin_reading(language_of(settings.owner_language))
    use_stand_in(api_url=settings.discord_api_url, gateway_url=settings.discord_gateway_url)
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.data_dir / DATABASE_FILE)
        stack.push_async_callback(database.close)
        api = await stack.enter_async_context(
            OpenRouterClient(key=settings.openrouter_api_key.get_secret_value(), base_url=settings.openrouter_base_url)
        )
        catalogue = Catalogue(api.models, default_model=settings.default_model, default_shape=choices.shape(settings))
        stack.push_async_callback(catalogue.close)
        direct = settings.direct_messages_server
        bot = VideoBot(facts=database, owner_ids=settings.owner_ids, direct_messages_server=direct)
        client = await stack.enter_async_context(bot)
        client.http.http_trace = clock.listening()
        source = await stack.enter_async_context(PictureSource(stand_in=settings.discord_api_url))
        disk = DiskWatch(settings.data_dir, floor_bytes=settings.min_free_disk_mb * MEBIBYTE)
        await disk.look()
        product = await _product(
            settings, source, database=database, api=api, catalogue=catalogue, client=client, disk=disk, clock=clock
        )
        buttons = (CancelButton, OfferButton, PageButton, AgainButton, ResultButton, HistoryButton, ForgetButton)
        client.offer(_cogs(product, catalogue), buttons=(*buttons, OriginalButton))
        await catalogue.models()
        hear, find_original = product.callbacks.hear, product.originals.at
        await stack.enter_async_context(listening(settings, hear=hear, find_original=find_original, clock=clock.now))
        await stack.enter_async_context(beside(disk.run(), name="disk"))
        await stack.enter_async_context(beside(product.janitor.run(), name="janitor"))
        await stack.enter_async_context(beside(product.retention.run(), name="retention"))
        await _connect(client, product, token=settings.discord_token.get_secret_value())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Product:
    """What runs beside the Discord client, and what the cogs call."""

    worker: Worker
    notifier: Notifier
    videos: VideoService
    again: SendingAgain
    results: Results
    originals: Originals
    administration: Administration
    callbacks: Callbacks
    janitor: Janitor
    book: PictureBook
    private: PrivateAnswers
    history: HistoryBook
    privacy: Privacy
    retention: Retention
    mark: str


async def _product(
    settings: Settings,
    source: PictureSource,
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
    clips, most = settings.data_dir / CLIPS_FOLDER, settings.max_clip_mb * MEBIBYTE
    shelf = ClipShelf(folder=clips, api=api, fitter=await fitter(settings), max_bytes=most)
    # The file lock says that no other process is alive: what it had leased is free.
    await jobs.release(everybody=True)
    shelf.sweep(keep=await jobs.unfinished())
    book, pictures = PictureBook(database=database), PictureShelf(settings.data_dir / "pictures")
    pictures.sweep(keep=await book.wanted(now=clock.now()))
    private, mark = PrivateAnswers(), await database.mark()
    delivery = DiscordDelivery(
        client,
        model_name=catalogue.name_of,
        mark=mark,
        private=private,
        buttons=partial(result_buttons, continues=catalogue.continues),
        original=OriginalButton,
    )
    detours = Detours(database=database)
    data, keeps_prompts = PersonalData(database=database), timedelta(days=settings.prompt_retention_days)
    steps = Steps(
        jobs=jobs,
        detours=detours,
        api=api,
        delivery=delivery,
        shelf=shelf,
        pictures=pictures,
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
            pictures=PictureDesk(source, pictures),
            worker=worker,
            money=choices.money_rules(settings),
            clock=clock.now,
            has_room=disk.has_room,
            forgets_prompts=not keeps_prompts,
        ),
        again=SendingAgain(detours=detours, wake=worker.wake, clock=clock.now),
        results=Results(
            catalogue=catalogue, jobs=jobs, removals=Removals(database=database), wake=worker.wake, clock=clock.now
        ),
        originals=Originals(jobs=jobs, shelf=shelf, links=choices.original_links(settings, clock=clock.now)),
        administration=Administration(
            database=database, jobs=jobs, limits=limits, servers=servers, account=api, wake=worker.wake, clock=clock.now
        ),
        callbacks=Callbacks(database=database, limits=limits, servers=servers, wake=worker.wake, clock=clock.now),
        janitor=Janitor(jobs=jobs, shelf=shelf, book=book, pictures=pictures, clock=clock.now),
        book=book,
        private=private,
        history=HistoryBook(database=database),
        privacy=Privacy(data, keeps_prompts=keeps_prompts, let_go=pictures.remove, wake=worker.wake, clock=clock.now),
        retention=Retention(data=data, keeps_prompts=keeps_prompts, clock=clock.now),
        mark=mark,
    )


def _cogs(product: _Product, catalogue: Catalogue) -> Sequence[commands.Cog]:
    """Give each cog its services, in the order in which Discord lists the commands."""
    videos, administration = product.videos, product.administration
    video = VideoCog(videos, private=product.private, mark=product.mark)
    return (
        video,
        ResultsCog(product.results, video),
        PicturesCog(product.book, video),
        OriginalCog(product.originals),
        StatusCog(videos, product.again),
        HistoryCog(product.history, videos),
        PrivacyCog(product.privacy),
        LimitsCog(administration, videos),
        SettingsCog(administration, catalogue),
        PauseCog(administration),
        UsageCog(
            administration, charts=charts.Charts() if charts.is_installed() else None, model_name=catalogue.name_of
        ),
        OwnerCog(administration),
    )


async def _connect(client: VideoBot, product: _Product, *, token: str) -> None:
    # Before the worker begins: posting needs the session, finding messages needs to know us, the clock needs an answer.
    await client.log_in(token)
    await until_one_ends(
        {"worker": product.worker, "notifier": product.notifier},
        connection=client.connect(),
        leaving=client.leave,
        patience=STOP_PATIENCE,
    )


if __name__ == "__main__":
    cli()
