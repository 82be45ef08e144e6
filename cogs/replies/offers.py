"""A dear video waits for its member's yes: what they read beside Generate and Cancel, and afterwards."""

from typing import Final

from cogs.replies.money import dollars, dollars_left
from cogs.replies.wording import ago, choices_made, counted, quoted
from services.models import Job
from services.videos import Offered

OFFER_DECLINED: Final = "Cancelled. Nothing was ordered, and nothing was spent."
OFFER_CLOSED: Final = (
    "This offer is no longer open: it was answered before, it is too old, or it was made to somebody else. "
    "Ask again with `/video`."
)
DEARER_NOW: Final = "The price has risen since you were asked."


def offer(offered: Offered, *, model_name: str, is_again: bool = False) -> str:
    """Return what a video costs and what it takes of its member's limits; `is_again` after the price has risen."""
    quote = offered.quote
    lines = (
        DEARER_NOW if is_again else None,
        f"**{_price(offered)}**",
        quoted(offered.offer.request.prompt),
        choices_made(quote.spec, model_name),
        _takes(offered),
        f"Nothing is ordered before you press Generate. This offer ends {ago(offered.offer.expires_at)}.",
    )
    return "\n".join(line for line in lines if line)


def ordered(job: Job) -> str:
    """Return the private message's last text where its member said yes."""
    return f"Ordered as video {job.id}: see its own message in this channel."


def _price(offered: Offered) -> str:
    quote = offered.quote
    most = dollars(quote.reserve_microusd)
    if quote.estimate_microusd is None:
        return f"Nobody can say before what this video costs: {most} are held for it until the bill comes."
    return f"This video costs about {dollars(quote.estimate_microusd)}, {most} at most."


def _takes(offered: Offered) -> str:
    have, most = offered.allowance, offered.quote.reserve_microusd
    videos = f"It takes 1 of the {counted(have.left, 'video')} that you have left today"
    if have.money_left is None:
        return f"{videos}."
    return f"{videos}, and up to {dollars(most)} of the {dollars_left(have.money_left)} left to you in 30 days."
