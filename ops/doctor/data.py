"""The database, who else runs on it, and the jobs in it. Pure: facts in, findings out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ops.doctor import database_server
from ops.doctor.findings import Finding, NotLookedAt, bad, good, poor, skipped, wrong
from services.errors import DriverMissingError, StorageError, UnreachableError
from services.jobs.health import Server, Structure, Work

PUT_BACK: Final = "put back the data as it was before"
IN_DATABASE_URL: Final = "the database at DATABASE_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What was found in the data folder, or on a server. `structure` is None where there is no database yet."""

    structure: Structure | StorageError | None
    work: Work | None
    """None where the structure does not let one look."""
    is_in_use: bool
    """Whether a bot runs on it: on this machine, or wherever it reaches the server from."""
    is_on_server: bool = False
    """Whether DATABASE_URL leads to it."""
    server: Server | None = None
    """None where there is none, or where it cannot be reached."""


def findings(found: Data, *, now: datetime, deadline: timedelta) -> Sequence[Finding]:
    """Judge everything about the data."""
    return (
        database(found.structure),
        *(database_server.findings(found.server, now=now) if found.is_on_server else ()),
        instance(found, now=now),
        jobs(found, now=now, deadline=deadline),
    )


def database(found: Structure | StorageError | None) -> Finding:
    """Judge whether the database is whole, and of this version."""
    match found:
        case None:
            return good("database", "there is none yet: the first start makes it")
        case DriverMissingError():
            fix = "Install it: uv sync --extra postgres"
            return wrong("database", f"the driver for {IN_DATABASE_URL} is not installed", fix=fix)
        case UnreachableError():
            fix = "See whether its server runs, and whether the name, the password and the database in it are right."
            return bad("database", f"{IN_DATABASE_URL} cannot be reached ({found})", fix=fix)
        case StorageError():
            says, fix = "it cannot be read as a database of the bot's", f"{PUT_BACK}, or move it away to begin anew."
        case Structure(damage=[_, *_]):
            says, fix = (
                f"it is damaged: {'; '.join(found.damage)}",
                f"Stop the bot, keep a copy of it all, and {PUT_BACK}.",
            )
        case Structure(schema=schema, newest_schema=newest) if schema > newest:
            says = f"a newer version of the bot wrote it (schema {schema}, this one knows {newest})"
            fix = f"Update the bot, or {PUT_BACK}."
        case Structure(schema=schema, newest_schema=newest) if schema < newest:
            says = f"whole, with schema {schema}; this version brings {newest}"
            return poor("database", says, fix="Keep a copy of the data, then start the bot: it updates the schema.")
        case Structure(lacking=[_, *_]):
            says, fix = f"its schema lacks {', '.join(found.lacking)}", f"Somebody changed it by hand: {PUT_BACK}."
        case _:
            return good("database", f"whole, with schema {found.schema}")
    return bad("database", says, fix=fix[:1].upper() + fix[1:])


def instance(found: Data, *, now: datetime) -> Finding:
    """Judge who is at the data: of a file one bot, of a server as many processes as there are."""
    if found.server is not None and found.is_in_use:
        return good("instance", f"the bot is at work on this data, with {_connections(found.server.bots)}")
    if found.is_in_use:
        return good("instance", "a bot runs on this data; a second one would leave at once")
    leased_until = found.work.leased_until if found.work else None
    if leased_until is not None:
        seconds = round((leased_until - now).total_seconds())
        says = f"no bot runs here, and yet one says to be at a video for {seconds} s more"
        fix = "Either it was killed just now, or a bot on another machine works on the same data: stop that one."
        if found.is_on_server:
            says = f"no bot is connected, and yet one says to be at a video for {seconds} s more"
            fix = "Either it was killed just now, or it connects through a proxy, and then all is well."
        return poor("instance", says, fix=fix)
    return good("instance", "no bot runs on this data now")


def jobs(found: Data, *, now: datetime, deadline: timedelta) -> Finding:
    """Judge whether videos move on, and whether any waits for a decision."""
    if found.work is None:
        if found.structure is None:
            return good("jobs", "none yet")
        return skipped("jobs", NotLookedAt("the database comes first"))
    work = found.work
    if work.unknown:
        says = f"{_videos(work.unknown)} may have been bought or not, and the money is held"
        return poor("jobs", says, fix="Compare with your OpenRouter activity, then /owner unknown and /owner resolve.")
    if work.alive and not found.is_in_use:
        return poor("jobs", f"{_videos(work.alive)} under way, and no bot runs", fix="Start it: uv run bot.py")
    if work.stuck or (work.oldest is not None and now - work.oldest > deadline):
        says = f"{_videos(max(work.stuck, 1))} under way without moving on"
        return bad("jobs", says, fix="Read the bot's log, then start it again: nothing is bought twice.")
    return good("jobs", f"{_videos(work.alive)} under way" if work.alive else "nothing under way")


def _videos(count: int) -> str:
    return f"{count} video" if count == 1 else f"{count} videos"


def _connections(count: int) -> str:
    return f"{count} connection" if count == 1 else f"{count} connections"
