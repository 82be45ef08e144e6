"""Dollars: what a video costs, what is left, and what those who pay have to hear."""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN
from typing import Final

from cogs import languages
from cogs.languages import Message, reader, tr, trn
from cogs.replies.wording import defuse
from services.limits import Allowance, Notice, NoticeKind
from services.models import Job

SERVER_NAME: Final = 40
"""Characters of a server's name that a sentence shows."""
# Translators: stands where the price of a video would stand, in a line of its model, length and size.
NOT_KNOWN_BEFORE: Final = Message("price not known before")
FREE: Final = Message("free of charge")


def dollars(microusd: int) -> str:
    """Return an amount as its reader writes it: `$0.13`, `0,13 $`; less than a cent in full: `$0.0021`."""
    return languages.dollars(microusd, reader(), rounding=ROUND_HALF_EVEN)


def dollars_left(microusd: int) -> str:
    """Return what is left of an amount: never more than there is."""
    return languages.dollars(max(0, microusd), reader(), rounding=ROUND_FLOOR)


# Translators: {whose} says whose limit it is, such as "this server's limit".
MINE: Final = Message("Your dollars ({whose}): {spent} of {limit} used in 30 days, {left} left.")
MINE_EVERYWHERE: Final = Message(
    "Your dollars over all servers (the bot's limit): {spent} of {limit} used in 30 days, {left} left."
)
THE_SERVERS: Final = Message("This server's budget: {spent} of {limit} used in 30 days, {left} left.")


def price_before(job: Job) -> str:
    """Return what a video should cost, while nobody has billed it."""
    return price_of(job.estimate_microusd or (None if job.reserved_microusd else 0))


def price_of(microusd: int | None) -> str:
    """Return an estimate; None is one that nobody can state."""
    if microusd is None:
        return tr(NOT_KNOWN_BEFORE)
    # Translators: the price of a video, in a line of its model, length and size.
    return tr("about {amount}", amount=dollars(microusd)) if microusd else tr(FREE)


def price_after(job: Job) -> str:
    """Return what a video cost, or what it should have where the bill does not say."""
    return price_before(job) if job.cost_microusd is None else dollars(job.cost_microusd)


def money_lines(have: Allowance, *, whose: str) -> list[str]:
    """Return what is used and left under each limit on money; `whose` is whose limit the member's own is.

    What all servers have used together is the owner's business: members read what is left of it where that binds them.
    """
    limits = (
        (MINE, have.money.value if have.money else None, have.spent),
        (MINE_EVERYWHERE, have.money_everywhere, have.spent_everywhere),
        (THE_SERVERS, have.server_budget, have.server_spent),
    )
    found = [(line, limit, spent) for line, limit, spent in limits if limit is not None]
    lines = [
        tr(line, whose=whose, spent=dollars(spent), limit=dollars(limit), left=dollars_left(limit - spent))
        for line, limit, spent in found
    ]
    least = min((max(0, limit - spent) for _, limit, spent in found), default=None)
    left = have.money_left
    if left is not None and (least is None or left < least):
        amount = dollars_left(left)
        lines.append(tr("Left to everybody together in these 30 days: {amount} (the bot's budget).", amount=amount))
    return lines


NOTICES: Final[Mapping[NoticeKind, Message]] = {
    NoticeKind.DEARER: Message(
        "Video {video} cost {amount}, more than the {compared} that were held for it. It is counted in full. Its "
        "model's price list may have changed: see `/models`."
    ),
    NoticeKind.UNKNOWN: Message(
        "Nobody can say whether video {video} was bought: the connection broke while it was ordered. It was not "
        "ordered again, and {amount} stay held. `/owner unknown` settles it."
    ),
    NoticeKind.FOUND: Message(
        "The order of video {video}, which had broken off, was bought after all: OpenRouter itself says so. The video "
        "goes on, {amount} are held for it, and you have nothing to settle."
    ),
    NoticeKind.ACCOUNT: Message(
        "OpenRouter refuses the bot's key, or has no credit left for it. Requests wait, and one is tried every few "
        "minutes until it works. Look at your keys and credits there."
    ),
    NoticeKind.ACCOUNT_WORKS: Message("OpenRouter takes the bot's key again. Requests go on."),
    NoticeKind.AMBIGUOUS_OVER: Message("Orders are sent again."),
}
"""What is said in one way only; the budgets and what broke off have functions of their own."""
# Translators: of each budget, {amount} are used of {limit}.
BUDGET_EVERYWHERE: Final = Message("The budget for everything: {amount} of {limit} in 30 days are used ({percent} %).")
BUDGET_HERE: Final = Message("The budget for this server: {amount} of {limit} in 30 days are used ({percent} %).")
BUDGET_THERE: Final = Message(
    "The budget for the server {server}: {amount} of {limit} in 30 days are used ({percent} %)."
)
NEARLY_FULL: Final = Message("At 100 % nothing more can be made. The bot's owner can raise it with `/owner budget`.")
FULL: Final = Message(
    "Nothing more can be made until some of it is free again, or the bot's owner raises it with `/owner budget`."
)


def about_money(found: Notice, *, server: str | None) -> str:
    """Return what is to be heard of money, as `notices` says it."""
    match found.kind:
        case NoticeKind.BUDGET:
            return _budget(found, server=server)
        case NoticeKind.AMBIGUOUS:
            return _broken_off(found.amount)
        case kind:
            amount, compared = dollars(found.amount), dollars(found.compared)
            return tr(NOTICES[kind], video=found.job_id, amount=amount, compared=compared)


def _budget(found: Notice, *, server: str | None) -> str:
    one = BUDGET_HERE if server is None else BUDGET_THERE
    used = one if found.guild_id else BUDGET_EVERYWHERE
    percent = found.amount * 100 // found.compared if found.compared else 0
    said = tr(
        used,
        server=defuse(server or "", most=SERVER_NAME),
        amount=dollars(found.amount),
        limit=dollars(found.compared),
        percent=percent,
    )
    return f"{said} {tr(FULL if percent >= 100 else NEARLY_FULL)}"  # noqa: PLR2004  # percent


def _broken_off(orders: int) -> str:
    return trn(
        "{number} order in ten minutes broke off, and nobody knows whether it was bought. Nothing more is sent for ten "
        "minutes. `/owner unknown` lists it, `/owner resume` goes on at once.",
        "{number} orders in ten minutes broke off, and nobody knows whether they were bought. Nothing more is sent for "
        "ten minutes. `/owner unknown` lists them, `/owner resume` goes on at once.",
        orders,
    )
