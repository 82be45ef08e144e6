"""What the command says in the end: what was moved and what to do next, or why nothing was. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from ops.copy_database.places import SETTING, Place
from services.database.copying import Copied, CopyRefusedError, Refusal
from services.errors import (
    DriverMissingError,
    NoSpaceError,
    NotWritableError,
    SchemaTooNewError,
    StorageError,
    UnreachableError,
)

MICROUSD: Final = Decimal(1_000_000)
NOTHING_CHANGED: Final = "Nothing was changed."
KILLED: Final = "One that was killed counts as running for another two minutes."
START_IT_ONCE: Final = "Start this version of the bot on it once, and stop it again."
ANOTHER: Final = "name one that is empty or not there yet."
REFUSED: Final[Mapping[Refusal, str]] = {
    Refusal.SAME_PLACE: "FROM and TO are the same database.",
    Refusal.NO_SOURCE: "there is no bot's database at {source}. Look whether FROM and TO are the right way round.",
    Refusal.OLD_SCHEMA: f"{{source}} is of an older version. {START_IT_ONCE}",
    Refusal.NO_MARK: f"no bot was ever started on {{source}}. {START_IT_ONCE}",
    Refusal.SOURCE_IN_USE: f"a bot runs on {{source}}. Stop it first, or only rehearse with --rehearse. {KILLED}",
    Refusal.TARGET_IN_USE: f"a bot, or another copy, is at work on {{target}}. Stop it first. {KILLED}",
    Refusal.OTHER_DATA: f"{{target}} holds the data of another bot; {ANOTHER}",
    Refusal.USED_SINCE: f"a bot has gone on with {{target}}, which would be lost. If you want to lose it, {ANOTHER}",
    Refusal.OTHER_SHAPE: "these tables are not the same in both: {names}. Somebody changed one of them by hand.",
    Refusal.NOT_THE_SAME: "what was written is not what was read, in: {names}. Check the disk, then try again.",
}


def about_success(copied: Copied, source: Place, target: Place, *, is_rehearsal: bool) -> str:
    """Return what both hold now, and what comes next."""
    if copied.was_done_before:
        done = f"There is nothing to do: {target.said} holds the same as {source.said}, row by row."
    else:
        done = f"{source.said} was copied to {target.said}, and every row compared."
    return "\n".join([done[:1].upper() + done[1:], _held(copied), "", *_next(source, target, is_rehearsal)])


def _held(copied: Copied) -> str:
    jobs = copied.sums["jobs"]
    rows = sum(table["rows"] for table in copied.sums.values())
    money = ", ".join(f"${_usd(jobs[f'{name}_microusd'])} {name}" for name in ("reserved", "held", "cost"))
    return f"{rows:,} rows in {len(copied.sums)} tables. Videos: {jobs['rows']:,}, with {money}."


def _next(source: Place, target: Place, is_rehearsal: bool) -> list[str]:  # noqa: FBT001  # the one caller is above
    if is_rehearsal:
        return [
            "This was a rehearsal: whatever the bot did since it began is missing from the copy. Start no bot on it.",
            "When you move for good: stop the bot, and run this command again without --rehearse.",
        ]
    return [
        "What comes next:",
        f"  1. {_setting(target)}",
        "  2. Where the bot moves to another machine, take the folder `pictures` in DATA_DIR along.",
        "  3. Start the bot: uv run bot.py",
        f"Keep {source.said} for a while, and start no bot on it: two bots order every video twice.",
    ]


def _setting(target: Place) -> str:
    if target.is_server:
        return f"In .env, let {SETTING} name {target.said}."
    return f"In .env, leave {SETTING} empty, and let {target.said} be bot.sqlite3 in DATA_DIR."


def about_failure(error: StorageError, source: Place, target: Place) -> str:
    """Return why nothing was copied, and what to do about it."""
    if isinstance(error, CopyRefusedError):
        why = REFUSED[error.why].format(source=source.said, target=target.said, names=", ".join(error.names))
    else:
        why = _breakdown(error)
    return f"{why[:1].upper()}{why[1:]} {NOTHING_CHANGED}"


def _breakdown(error: StorageError) -> str:
    match error:
        case DriverMissingError():
            return "the driver for PostgreSQL is not installed. Install it: uv sync --extra postgres."
        case UnreachableError():
            return (
                f"a database server cannot be used now ({error}). See whether it runs, and whether the name, the "
                "password and the database in the address are right."
            )
        case NotWritableError():
            return "the target may not be written. Give the user that you are the right to."
        case NoSpaceError():
            return "there is no room on the disk of the target. Make some, and try again."
        case SchemaTooNewError():
            return f"one of the two is of a newer version (schema {error.found}, this one knows {error.known}). Update."
        case _:
            return f"a database cannot be used ({error})."


def _usd(microusd: int) -> str:
    return f"{(Decimal(microusd) / MICROUSD).quantize(Decimal('0.01')):,f}"
