"""What `/models` shows: a table of what each model makes, for how much, how fast, and whether it may be used."""

from collections.abc import Sequence
from typing import Final

from cogs.replies.money import dollars
from cogs.replies.wording import MINUTE
from services.errors import LimitReachedError
from services.limits import Allowance, Wish
from services.models import UsualTime, VideoModel
from services.videos import ModelOffer

NO_MODELS: Final = "The list of models cannot be had just now. Please try again in a minute."
PER_PAGE: Final = 18
"""Lines of the table: with its widest cells a message holds that many."""
COLUMNS: Final = (
    ("model", 26),
    ("price", 8),
    ("for", 10),
    ("takes", 6),
    ("seconds", 7),
    ("sizes", 10),
    ("sound", 6),
    ("allowed", 7),
)
"""Headings and widths in characters."""
SOUND: Final = {True: "choose", False: "silent", None: "?"}
LEGEND: Final = (
    "Prices and times are for what a model makes when you leave everything open. "
    "`no` in the last column: not in this server. `limit`: more than you have left now, see `/status`."
)
UNKNOWN: Final = "?"
LAST_OF_ONE_UNIT: Final = "\uffff"
"""Letters beyond it count twice in a message's length."""
LINES_OF_A_K: Final = 540
"""2K and 4K count pixels across, in thousands; the other names of sizes count lines."""


def pages_of(offers: Sequence[ModelOffer]) -> int:
    """Return how many pages the table has."""
    return max(1, -(-len(offers) // PER_PAGE))


def models_page(offers: Sequence[ModelOffer], *, allowance: Allowance, page: int) -> str:
    """Return one page of the table, counted from 1, for a member with that allowance."""
    if not offers:
        return NO_MODELS
    last = pages_of(offers)
    shown = offers[(page - 1) * PER_PAGE : page * PER_PAGE]
    table = [_row([name for name, _ in COLUMNS]), *(_row(_cells(offer, allowance)) for offer in shown)]
    title = "**Models**" if last == 1 else f"**Models**, page {page} of {last}"
    return "\n".join([title, "```", *table, "```", LEGEND])


def _cells(offer: ModelOffer, allowance: Allowance) -> Sequence[str]:
    model, quote = offer.model, offer.quote
    size = quote.spec.resolution or ""
    return (
        model.name,
        UNKNOWN if quote.estimate_microusd is None else dollars(quote.estimate_microusd),
        f"{quote.spec.duration} s {size}",
        _takes(offer.usual),
        _between([str(seconds) for seconds in sorted(model.durations)]),
        _between(sorted(model.resolutions, key=_edge)),
        _sound(model),
        _may(offer, allowance),
    )


def _row(cells: Sequence[str]) -> str:
    pairs = zip(cells, (width for _, width in COLUMNS), strict=True)
    return " ".join(_cell(text, width=width) for text, width in pairs).rstrip()


def _cell(text: str, *, width: int) -> str:
    """Return a text in its column. What a model calls itself must not end the table, hide or reach out of its line."""
    kept = "".join(letter for letter in text if letter.isprintable() and letter <= LAST_OF_ONE_UNIT).replace("`", "'")
    return (kept if len(kept) <= width else f"{kept[: width - 1]}…").ljust(width)


def _between(values: Sequence[str]) -> str:
    if not values:
        return UNKNOWN
    return values[0] if len(values) == 1 else f"{values[0]}-{values[-1]}"


def _edge(resolution: str) -> int:
    """Return about how many lines a size has, to put sizes in order."""
    number = int("".join(letter for letter in resolution if letter in "0123456789") or "0")
    return number * LINES_OF_A_K if resolution.lower().endswith("k") else number


def _sound(model: VideoModel) -> str:
    return SOUND[model.audio]


def _takes(usual: UsualTime | None) -> str:
    if usual is None:
        return UNKNOWN
    seconds = round(usual.median)
    return f"{seconds} s" if seconds < MINUTE else f"{round(seconds / MINUTE)} min"


def _may(offer: ModelOffer, allowance: Allowance) -> str:
    if not offer.is_allowed:
        return "no"
    try:
        allowance.require(Wish(seconds=offer.quote.spec.duration, microusd=offer.quote.reserve_microusd))
    except LimitReachedError:
        return "limit"
    return "yes"
