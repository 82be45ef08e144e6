"""The commands themselves. All but `forget` only read; none disturbs a bot that runs."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from ops import choices
from ops.desk import tables
from ops.house.ground import where
from ops.last_words import about_data, leave, settings_or_leave
from ops.logs import set_up_logging
from services.database import Database, Transaction, reading
from services.errors import StorageError
from services.jobs import Forgotten, PersonalData, costs, job_file, jobs_in
from services.models import JobState
from services.settings import Settings

MOST: Final = 200
WIDTH: Final = 200
"""Columns where the output is no terminal: a table that is piped is not cut."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Found = TypeVar("Found")


def register(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.command(name="jobs")(jobs)
    cli.command(name="job")(job)
    cli.command(name="costs")(cost_sums)
    cli.command(name="forget")(forget)


def jobs(
    *,
    state: Annotated[
        JobState | None, typer.Option(help="Only of this state. Left out: all that are under way.", show_default=False)
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="As many of the newest.")] = MOST,
    as_json: Json = False,
) -> None:
    """List the videos that are under way, or those of one state, the newest first."""
    found = _read(lambda tx: jobs_in(tx, state, most=most))
    if as_json:
        typer.echo(json.dumps([tables.job_values(each) for each in found]))
    elif found:
        _print(tables.jobs_table(found, now=datetime.now(UTC)))
    else:
        typer.echo("There are none." if state else "Nothing is under way.")


def job(
    job_id: Annotated[int, typer.Argument(metavar="ID", help="The number of the video.")], *, as_json: Json = False
) -> None:
    """Show one video: when what happened, its money, its messages, and who is at it. Its description is not shown."""
    found = _read(lambda tx: job_file(tx, job_id))
    if found is None:
        leave(f"There is no video {job_id}. `bot.py jobs` lists those under way.", code=1)
    if as_json:
        own = {"held_microusd": found.held_microusd, "counts": found.counts, "owner": found.owner}
        notices = [{"kind": kind, "at": at.isoformat()} for kind, at, _ in found.notices]
        typer.echo(json.dumps({**tables.job_values(found.job), **own, "notices": notices}))
    else:
        _print(*tables.job_tables(found))


def cost_sums(
    *,
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How far back.")] = 30,
    as_json: Json = False,
) -> None:
    """Add up what videos cost: by day (of UTC), by model and by server. What was not billed yet counts as reserved."""
    found = _read(lambda tx: costs(tx, since=datetime.now(UTC) - timedelta(days=days)))
    if as_json:
        typer.echo(json.dumps({part: [asdict(row) for row in rows] for part, rows in found.items()}))
    else:
        _print(*tables.cost_tables(found))


def forget(
    user_id: Annotated[int, typer.Argument(metavar="USER_ID", help="The member's Discord id.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget a person as `/privacy delete` does, for somebody who cannot use it any more. The bot may run meanwhile."""
    settings = _settings()
    if not yes:
        typer.confirm(f"Forget what member {user_id} described, and later which videos were theirs?", abort=True)
    try:
        forgotten = asyncio.run(_forget(settings, user_id))
    except StorageError as error:
        _leave_with(error, settings)
    typer.echo(
        f"Forgotten: {forgotten.prompts} descriptions and {len(forgotten.offers)} open offers. Kept clips that go now: "
        f"{forgotten.clips}. Videos under way, whose description goes when they end: {forgotten.living}.\n"
        "When and where videos were made and what they cost stays under the id for 30 days; blocks, bonuses and limits "
        "for them stay. Messages in Discord are not touched."
    )


async def _forget(settings: Settings, user_id: int) -> Forgotten:
    database = await Database.open_beside(where(settings))
    try:
        data = PersonalData(database=database)
        forgotten = await data.forget(user_id, now=datetime.now(UTC))
        await data.leave_no_trace()
    finally:
        await database.close()
    return forgotten


def _read(look: Callable[[Transaction], Awaitable[Found]]) -> Found:
    """Return what there is at this moment, or say why it cannot be read and leave."""
    settings = _settings()

    async def found() -> Found:
        async with reading(where(settings)) as tx:
            return await look(tx)

    try:
        return asyncio.run(found())
    except StorageError as error:
        _leave_with(error, settings)


def _settings() -> Settings:
    settings = settings_or_leave()
    # Whatever is logged goes to stderr, so that stdout holds the answer and nothing else.
    set_up_logging(level="WARNING", style="auto", secrets=choices.secrets(settings))
    file = where(settings)
    if isinstance(file, Path) and not file.exists():
        leave(f"There is no database at {file}. Start the bot once, or let DATA_DIR name its folder.", code=1)
    return settings


def _leave_with(error: StorageError, settings: Settings) -> NoReturn:
    text, code = about_data(error, data_dir=settings.data_dir)
    leave(text, code=code)


def _print(*shown: Table) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    for number, table in enumerate(shown):
        if number:
            console.print()
        console.print(table)
