"""What the owner of the bot reads: who spends how much, what cannot be accounted for, and what a command has done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cogs.replies.money import SERVER_NAME, dollars, dollars_left
from cogs.replies.wording import ago, counted, defuse, fitting, room_beside
from services.administration import Bill
from services.limits import Budget
from services.models import Job, KeyBalance

PAUSED: Final = "Paused everywhere: nothing new is taken or sent. What was sent goes on. `/owner resume` ends it."
PAUSED_BEFORE: Final = "It was paused everywhere before. `/owner resume` ends it."
RESUMED: Final = "The bot goes on. A server that its own managers have paused stays paused."
NOT_PAUSED: Final = "It was not paused everywhere. A server that its own managers have paused stays paused."
NO_SUCH_SERVER: Final = "The bot is in no server with that id. Copy the id from the server's menu, in developer mode."
NO_BALANCE: Final = "The video service does not say just now what the key has spent. Try again in a minute."
NOTHING_UNKNOWN: Final = "Every order is accounted for."
HOW_TO_SETTLE: Final = (
    "Look for them in the video service's own list of what you bought, then settle each with `/owner resolve`."
)

MODEL_SHOWN: Final = 60
"""Characters of a model's id in a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLine:
    """One server in the owner's list."""

    guild_id: int
    name: str | None
    """None where the bot has left it."""
    videos: int
    budget: Budget


class Removal(StrEnum):
    """What became of one message that was to be removed."""

    REMOVED = "removed"
    GONE = "gone"
    REFUSED = "refused"
    NEVER_POSTED = "never_posted"


REMOVALS: Final[Mapping[Removal, str]] = {
    Removal.REMOVED: "is removed",
    Removal.GONE: "was gone already",
    Removal.REFUSED: "could not be removed: run this again, or remove it by hand",
    Removal.NEVER_POSTED: "was never posted",
}


def servers(lines: Sequence[ServerLine], *, total: Budget, servers: int) -> str:
    """Return what everything and the dearest of so many servers have used of their budgets."""
    head = f"**Everything:** {_of(total)} in 30 days, by {counted(servers, 'server')}."
    shown = fitting([_server(line) for line in lines], most=room_beside([head]))
    return "\n".join([head, *shown])


def server_name(name: str) -> str:
    """Return a server's name made harmless."""
    return defuse(name, most=SERVER_NAME)


def budget_set(*, where: str | None, before: Budget, after: int, was_set: bool) -> str:
    """Return a budget before and after; `where` is the server's name, or None for everything."""
    subject = f"The budget of {server_name(where)}" if where else "The budget of everything"
    origin = "" if was_set else " (from the settings)"
    old = "unlimited" if before.limit is None else dollars(before.limit)
    full = " Nothing more can be made under it until some of it is free again." if before.spent >= after else ""
    return (
        f"{subject} was {old}{origin} and is {dollars(after)} in 30 days now; {dollars(before.spent)} of it are used."
        f"{full}"
    )


def bill(found: Bill) -> str:
    """Return what we count beside what the key says, and the orders that nobody can tell of."""
    head = [
        "**Spent**",
        f"The bot counts {dollars(found.spent_microusd)} in 30 days, what is held for videos under way included.",
        _balance(found.balance) if found.balance else NO_BALANCE,
        "**Orders that may or may not have been bought**",
    ]
    if not found.unknown:
        return "\n".join([*head, NOTHING_UNKNOWN])
    lines = [
        f"Video {job.id}: asked for {ago(job.created_at)}, {dollars(job.reserved_microusd)} held, "
        f"{defuse(job.spec.model, most=MODEL_SHOWN)}"
        for job in found.unknown
    ]
    return "\n".join([*head, *fitting(lines, most=room_beside([*head, HOW_TO_SETTLE])), HOW_TO_SETTLE])


def resolved(video: int, job: Job | None, *, was_spent: bool) -> str:
    """Return what the owner has settled."""
    if job is None:
        return f"There is nothing to settle about video {video}: `/owner unknown` lists what there is."
    amount = dollars(job.reserved_microusd)
    if was_spent:
        return f"Settled: the {amount} of video {video} stay counted as spent."
    return f"Settled: the {amount} that were held for video {video} are free again."


def no_video(video: int) -> str:
    """Return that there is no such video."""
    return f"There is no video {video}. Its number stands in its messages and in `/status`."


def taken_down(job: Job, *, result: Removal, status: Removal) -> str:
    """Return what was done about a video that should not be there."""
    parts = [
        f"<@{job.user_id}> is blocked in every server: `/owner unblock` ends it.",
        f"The clip of video {job.id} {REMOVALS[result]}.",
        f"Its status message {REMOVALS[status]}.",
    ]
    if not job.is_terminal:
        parts.append("It is still under way: run this again once it is posted.")
    return " ".join(parts)


def unblocked(user_id: int, *, was_blocked: bool) -> str:
    """Return what an owner's unblock has done."""
    if was_blocked:
        return f"<@{user_id}> may make videos again. A block by a server's own managers stays: `/limits unblock`."
    return f"<@{user_id}> was not blocked everywhere. A block in one server ends with `/limits unblock` there."


def _server(line: ServerLine) -> str:
    name = server_name(line.name) if line.name else "a server that the bot has left"
    return f"{name} (`{line.guild_id}`): {_of(line.budget)}, {counted(line.videos, 'video')}."


def _of(budget: Budget) -> str:
    if budget.limit is None:
        return dollars(budget.spent)
    return f"{dollars(budget.spent)} of {dollars(budget.limit)}"


def _balance(balance: KeyBalance) -> str:
    """Return what the key says, which may be any part of it."""
    used = [
        f"{dollars(amount)} {period}"
        for amount, period in (
            (balance.used_today_microusd, "today"),
            (balance.used_this_month_microusd, "this month"),
        )
        if amount is not None
    ]
    spent = f"The key has spent {' and '.join(used)}, by UTC." if used else "The key does not say what it has spent."
    if balance.limit_microusd is None:
        return f"{spent} It has no limit of its own: set one at the video service, as the outermost brake."
    left = "" if balance.remaining_microusd is None else f", {dollars_left(balance.remaining_microusd)} of it is left"
    return f"{spent} Its own limit is {dollars(balance.limit_microusd)}{left}."
