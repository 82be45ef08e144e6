"""A dear video waits for its member's yes: what they read beside Generate and Cancel, and afterwards."""

from typing import Final

from cogs.languages import Message, tr, trn
from cogs.replies.money import dollars, dollars_left
from cogs.replies.wording import ago, choices_made, quoted
from services.models import Job
from services.videos import Offered

OFFER_DECLINED: Final = Message("Cancelled. Nothing was ordered, and nothing was spent.")
OFFER_CLOSED: Final = Message(
    "This offer is no longer open: it was answered before, it is too old, or it was made to somebody else. "
    "Ask again with `/video`."
)
DEARER_NOW: Final = Message("The price has risen since you were asked.")


def offer(offered: Offered, *, model_name: str, is_again: bool = False) -> str:
    """Return what a video costs and what it takes of its member's limits; `is_again` after the price has risen."""
    quote = offered.quote
    lines = (
        tr(DEARER_NOW) if is_again else None,
        f"**{_price(offered)}**",
        quoted(offered.offer.request.prompt),
        choices_made(quote.spec, model_name),
        _takes(offered),
        # Translators: {when} is a time such as "in 5 minutes".
        tr(
            "Nothing is ordered before you press Generate. This offer ends {when}.",
            when=ago(offered.offer.expires_at),
        ),
    )
    return "\n".join(line for line in lines if line)


def ordered(job: Job) -> str:
    """Return the private message's last text where its member said yes."""
    return tr("Ordered as video {id}: see its own message in this channel.", id=job.id)


def _price(offered: Offered) -> str:
    quote = offered.quote
    most = dollars(quote.reserve_microusd)
    if quote.estimate_microusd is None:
        return tr(
            "Nobody can say before what this video costs: {amount} are held for it until the bill comes.", amount=most
        )
    about = dollars(quote.estimate_microusd)
    return tr("This video costs about {amount}, {most} at most.", amount=about, most=most)


def _takes(offered: Offered) -> str:
    have, most = offered.allowance, offered.quote.reserve_microusd
    if have.money_left is None:
        return trn(
            "It takes 1 of the {number} video that you have left today.",
            "It takes 1 of the {number} videos that you have left today.",
            have.left,
        )
    # Translators: {most} is what the video may cost, {left} what its member may still spend.
    return trn(
        "It takes 1 of the {number} video that you have left today, and up to {most} of the {left} left to you in 30 "
        "days.",
        "It takes 1 of the {number} videos that you have left today, and up to {most} of the {left} left to you in 30 "
        "days.",
        have.left,
        most=dollars(most),
        left=dollars_left(have.money_left),
    )
