"""What the owner of the bot reads: who spends how much, what cannot be accounted for, and what a command has done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cogs.languages import Message, tr, trn
from cogs.replies.money import SERVER_NAME, dollars, dollars_left
from cogs.replies.wording import ago, defuse, fitting, room_beside
from services.administration import Bill
from services.limits import Budget
from services.models import Job, KeyBalance
from services.moderation import TakenDown

PAUSED: Final = Message(
    "Paused everywhere: nothing new is taken or sent. What was sent goes on. `/owner resume` ends it."
)
PAUSED_BEFORE: Final = Message("It was paused everywhere before. `/owner resume` ends it.")
RESUMED: Final = Message("The bot goes on. A server that its own managers have paused stays paused.")
NOT_PAUSED: Final = Message("It was not paused everywhere. A server that its own managers have paused stays paused.")
NO_SUCH_SERVER: Final = Message(
    "The bot is in no server with that id. Copy the id from the server's menu, in developer mode."
)
NO_BALANCE: Final = Message("The video service does not say just now what the key has spent. Try again in a minute.")
NOTHING_UNKNOWN: Final = Message("Every order is accounted for.")
HOW_TO_SETTLE: Final = Message(
    "Look for them in the video service's own list of what you bought, then settle each with `/owner resolve`."
)

MOST_NAMED: Final = 50
"""Videos that one sentence names."""
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


CLIPS: Final[Mapping[Removal, Message]] = {
    Removal.REMOVED: Message("The clip of video {video} is removed."),
    Removal.GONE: Message("The clip of video {video} was gone already."),
    Removal.REFUSED: Message("The clip of video {video} could not be removed: run this again, or remove it by hand."),
    Removal.NEVER_POSTED: Message("The clip of video {video} was never posted."),
}
STATUS_MESSAGES: Final[Mapping[Removal, Message]] = {
    Removal.REMOVED: Message("Its status message is removed."),
    Removal.GONE: Message("Its status message was gone already."),
    Removal.REFUSED: Message("Its status message could not be removed: run this again, or remove it by hand."),
    Removal.NEVER_POSTED: Message("Its status message was never posted."),
}


def servers(lines: Sequence[ServerLine], *, total: Budget, servers: int) -> str:
    """Return what everything and the dearest of so many servers have used of their budgets."""
    # Translators: {used} is what was spent, "$4.00" or "$4.00 of $20.00".
    head = trn(
        "**Everything:** {used} in 30 days, by {number} server.",
        "**Everything:** {used} in 30 days, by {number} servers.",
        servers,
        used=_of(total),
    )
    shown = fitting([_server(line) for line in lines], most=room_beside([head]))
    return "\n".join([head, *shown])


def server_name(name: str) -> str:
    """Return a server's name made harmless."""
    return defuse(name, most=SERVER_NAME)


def budget_set(*, where: str | None, before: Budget, after: int, was_set: bool) -> str:
    """Return a budget before and after; `where` is the server's name, or None for everything."""
    values = {"before": _before(before, was_set=was_set), "after": dollars(after), "spent": dollars(before.spent)}
    if where:
        # Translators: {before} is an amount, or "unlimited".
        told = tr(
            "The budget of {server} was {before} and is {after} in 30 days now; {spent} of it are used.",
            server=server_name(where),
            **values,
        )
    else:
        # Translators: {before} is an amount, or "unlimited".
        told = tr(
            "The budget of everything was {before} and is {after} in 30 days now; {spent} of it are used.", **values
        )
    if before.spent < after:
        return told
    full = tr("Nothing more can be made under it until some of it is free again.")
    return f"{told} {full}"


def _before(budget: Budget, *, was_set: bool) -> str:
    if budget.limit is None:
        # Translators: what a budget was: "The budget of everything was unlimited and is …".
        return tr("unlimited") if was_set else tr("unlimited (from the settings)")
    amount = dollars(budget.limit)
    # Translators: what a budget was while nobody had set it by command: "The budget of everything was $5.00 (from …".
    return amount if was_set else tr("{amount} (from the settings)", amount=amount)


def bill(found: Bill) -> str:
    """Return what we count beside what the key says, and the orders that nobody can tell of."""
    head = [
        tr("**Spent**"),
        tr(
            "The bot counts {amount} in 30 days, what is held for videos under way included.",
            amount=dollars(found.spent_microusd),
        ),
        _balance(found.balance) if found.balance else tr(NO_BALANCE),
        tr("**Orders that may or may not have been bought**"),
    ]
    if not found.unknown:
        return "\n".join([*head, tr(NOTHING_UNKNOWN)])
    how = tr(HOW_TO_SETTLE)
    lines = [_order(job) for job in found.unknown]
    return "\n".join([*head, *fitting(lines, most=room_beside([*head, how])), how])


def _order(job: Job) -> str:
    # Translators: {age} is a time such as "2 hours ago", in the reader's language; {amount} is held for the video.
    return tr(
        "Video {video}: asked for {age}, {amount} held, {model}",
        video=job.id,
        age=ago(job.created_at),
        amount=dollars(job.reserved_microusd),
        model=defuse(job.spec.model, most=MODEL_SHOWN),
    )


def resolved(video: int, job: Job | None, *, was_spent: bool) -> str:
    """Return what the owner has settled."""
    if job is None:
        return tr("There is nothing to settle about video {video}: `/owner unknown` lists what there is.", video=video)
    amount = dollars(job.reserved_microusd)
    if was_spent:
        return tr("Settled: the {amount} of video {video} stay counted as spent.", amount=amount, video=video)
    return tr("Settled: the {amount} that were held for video {video} are free again.", amount=amount, video=video)


def no_video(video: int) -> str:
    """Return that there is no such video."""
    return tr("There is no video {video}. Its number stands in its messages and in `/status`.", video=video)


def taken_down(taken: TakenDown, *, result: Removal, status: Removal) -> str:
    """Return what was done about a video that should not be there."""
    job = taken.job
    parts = [
        tr("{whom} is blocked in every server: `/owner unblock` ends it.", whom=f"<@{job.user_id}>"),
        tr(CLIPS[result], video=job.id),
        tr(STATUS_MESSAGES[status]),
    ]
    if not job.is_terminal:
        parts.append(tr("It is still under way and paid for, so it ends by itself: its clip will not be posted."))
    if taken.cancelled:
        parts.append(tr("Videos that were to go on from it are cancelled: {videos}.", videos=_ids(taken.cancelled)))
    if taken.continuing:
        parts.append(
            tr(
                "Videos that go on from it are still there, look at them as well: {videos}.",
                videos=_ids(taken.continuing),
            )
        )
    return " ".join(parts)


def _ids(jobs: Sequence[int]) -> str:
    return ", ".join(map(str, jobs[:MOST_NAMED])) + (" …" if len(jobs) > MOST_NAMED else "")


def unblocked(user_id: int, *, was_blocked: bool) -> str:
    """Return what an owner's unblock has done."""
    whom = f"<@{user_id}>"
    if was_blocked:
        return tr(
            "{whom} may make videos again. A block by a server's own managers stays: `/limits unblock`.", whom=whom
        )
    return tr("{whom} was not blocked everywhere. A block in one server ends with `/limits unblock` there.", whom=whom)


def _server(line: ServerLine) -> str:
    # Translators: stands in place of a server's name at the beginning of a line.
    name = server_name(line.name) if line.name else tr("a server that the bot has left")
    # Translators: {used} is what was spent, "$4.00" or "$4.00 of $20.00".
    return trn(
        "{server} (`{id}`): {used}, {number} video.",
        "{server} (`{id}`): {used}, {number} videos.",
        line.videos,
        server=name,
        id=line.guild_id,
        used=_of(line.budget),
    )


def _of(budget: Budget) -> str:
    if budget.limit is None:
        return dollars(budget.spent)
    # Translators: so much of a budget is spent: "$4.00 of $20.00".
    return tr("{spent} of {limit}", spent=dollars(budget.spent), limit=dollars(budget.limit))


def _balance(balance: KeyBalance) -> str:
    """Return what the key says, which may be any part of it."""
    return f"{_spent_by_key(balance)} {_limit_of_key(balance)}"


def _spent_by_key(balance: KeyBalance) -> str:
    today, month = balance.used_today_microusd, balance.used_this_month_microusd
    if today is not None and month is not None:
        return tr(
            "The key has spent {today} today and {month} this month, by UTC.",
            today=dollars(today),
            month=dollars(month),
        )
    if today is not None:
        return tr("The key has spent {today} today, by UTC.", today=dollars(today))
    if month is not None:
        return tr("The key has spent {month} this month, by UTC.", month=dollars(month))
    return tr("The key does not say what it has spent.")


def _limit_of_key(balance: KeyBalance) -> str:
    if balance.limit_microusd is None:
        return tr("It has no limit of its own: set one at the video service, as the outermost brake.")
    limit = dollars(balance.limit_microusd)
    if balance.remaining_microusd is None:
        return tr("Its own limit is {limit}.", limit=limit)
    left = dollars_left(balance.remaining_microusd)
    return tr("Its own limit is {limit}, {left} of it is left.", limit=limit, left=left)
