"""Dollars: what a video costs, what is left, and what those who pay have to hear."""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

from cogs.replies.wording import defuse
from services.limits import Allowance, Notice, NoticeKind
from services.models import Job

MICROUSD: Final = Decimal(1_000_000)
CENT: Final = Decimal("0.01")
SERVER_NAME: Final = 40
"""Characters of a server's name that a sentence shows."""
NOT_KNOWN_BEFORE: Final = "price not known before"
FREE: Final = "free of charge"


def dollars(microusd: int) -> str:
    """Return an amount as people read it: `$0.13`, `$12.00`; less than a cent in full: `$0.0021`."""
    return _written(microusd, rounding=ROUND_HALF_EVEN)


def dollars_left(microusd: int) -> str:
    """Return what is left of an amount: never more than there is."""
    return _written(max(0, microusd), rounding=ROUND_FLOOR)


def _written(microusd: int, *, rounding: str) -> str:
    amount = Decimal(microusd) / MICROUSD
    if amount and abs(amount) < CENT:
        return f"${amount.normalize():f}"
    return f"${amount.quantize(CENT, rounding=rounding):,}"


def price_before(job: Job) -> str:
    """Return what a video should cost, while nobody has billed it."""
    if job.estimate_microusd:
        return f"about {dollars(job.estimate_microusd)}"
    return NOT_KNOWN_BEFORE if job.reserved_microusd else FREE


def price_after(job: Job) -> str:
    """Return what a video cost, or what it should have where the bill does not say."""
    return price_before(job) if job.cost_microusd is None else dollars(job.cost_microusd)


def money_lines(have: Allowance, *, whose: str) -> list[str]:
    """Return what is used and left under each limit on money; `whose` is whose limit the member's own is.

    What all servers have used together is the owner's business: members read what is left of it where that binds them.
    """
    limits = (
        (f"Your dollars ({whose})", have.money.value if have.money else None, have.spent),
        ("Your dollars over all servers (the bot's limit)", have.money_everywhere, have.spent_everywhere),
        ("This server's budget", have.server_budget, have.server_spent),
    )
    found = [(name, limit, spent) for name, limit, spent in limits if limit is not None]
    lines = [
        f"{name}: {dollars(spent)} of {dollars(limit)} used in 30 days, {dollars_left(limit - spent)} left."
        for name, limit, spent in found
    ]
    least = min((max(0, limit - spent) for _, limit, spent in found), default=None)
    left = have.money_left
    if left is not None and (least is None or left < least):
        lines.append(f"Left to everybody together in these 30 days: {dollars_left(left)} (the bot's budget).")
    return lines


NOTICES: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.BUDGET: "The budget for {where}: {amount} of {compared} in 30 days are used ({percent} %).{rest}",
    NoticeKind.DEARER: (
        "Video {video} cost {amount}, more than the {compared} that were held for it. It is counted in full. Its "
        "model's price list may have changed: see `/models`."
    ),
    NoticeKind.UNKNOWN: (
        "Nobody can say whether video {video} was bought: the connection broke while it was ordered. It was not "
        "ordered again, and {amount} stay held. `/owner unknown` settles it."
    ),
    NoticeKind.FOUND: (
        "The order of video {video}, which had broken off, was bought after all: OpenRouter itself says so. The video "
        "goes on, {amount} are held for it, and you have nothing to settle."
    ),
    NoticeKind.ACCOUNT: (
        "OpenRouter refuses the bot's key, or has no credit left for it. Requests wait, and one is tried every few "
        "minutes until it works. Look at your keys and credits there."
    ),
    NoticeKind.ACCOUNT_WORKS: "OpenRouter takes the bot's key again. Requests go on.",
    NoticeKind.AMBIGUOUS: (
        "{count} orders in ten minutes broke off, and nobody knows whether they were bought. Nothing more is sent for "
        "ten minutes. `/owner unknown` lists them, `/owner resume` goes on at once."
    ),
    NoticeKind.AMBIGUOUS_OVER: "Orders are sent again.",
}
NEARLY_FULL: Final = " At 100 % nothing more can be made. The bot's owner can raise it with `/owner budget`."
FULL: Final = (
    " Nothing more can be made until some of it is free again, or the bot's owner raises it with `/owner budget`."
)


def notice(found: Notice, *, server: str | None = None) -> str:
    """Return what is to be heard; `server` names the server that it is about, for an owner who reads it elsewhere."""
    percent = found.amount * 100 // found.compared if found.compared else 0
    return NOTICES[found.kind].format(
        where=_where(found, server=server),
        amount=dollars(found.amount),
        compared=dollars(found.compared),
        count=found.amount,
        video=found.job_id,
        percent=percent,
        rest=FULL if percent >= 100 else NEARLY_FULL,  # noqa: PLR2004  # percent
    )


def _where(found: Notice, *, server: str | None) -> str:
    if not found.guild_id:
        return "everything"
    return "this server" if server is None else f"the server {defuse(server, most=SERVER_NAME)}"
