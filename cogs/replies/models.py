"""What `/models` shows: a table of what each model makes, for how much, how fast, and whether it may be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cogs.languages import Message, tr
from cogs.replies.columns import cells, left
from cogs.replies.money import dollars
from cogs.replies.wording import MINUTE, room_beside
from services.errors import LimitReachedError
from services.limits import Allowance, Wish
from services.models import FrameKind, UsualTime, VideoModel
from services.videos import ModelOffer, Quote

NO_MODELS: Final = Message("The list of models cannot be had just now. Please try again in a minute.")
PER_PAGE: Final = 16
"""Lines of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table: its heading, and its width in cells, which grows with what is in it."""

    heading: Message
    least: int
    most: int


COLUMNS: Final = (
    # Translators: heading of a column, at most 26 letters; the price stands in the next one.
    Column(heading=Message("model"), least=26, most=26),
    # Translators: heading of a column, at most 10 letters.
    Column(heading=Message("price"), least=8, most=10),
    # Translators: heading of a column, at most 10 letters: the length and size that the price is for, "4 s 720p".
    Column(heading=Message("for"), least=10, most=10),
    # Translators: heading of a column, at most 8 letters: how long a video takes to make, "2 min".
    Column(heading=Message("takes"), least=6, most=8),
    # Translators: heading of a column, at most 10 letters: how many seconds a video can have, "4-8".
    Column(heading=Message("seconds"), least=7, most=10),
    # Translators: heading of a column, at most 10 letters: "720p-4K".
    Column(heading=Message("sizes"), least=10, most=10),
    # Translators: heading of a column, at most 8 letters; in it stand "choose", "silent" and "?".
    Column(heading=Message("sound"), least=6, most=8),
    # Translators: heading of a column, at most 11 letters: the price of a video that starts from a picture, or "no".
    Column(heading=Message("picture"), least=8, most=11),
    # Translators: heading of a column, at most 8 letters; in it stand "yes", "no" and "limit".
    Column(heading=Message("allowed"), least=7, most=8),
)
# Translators: `picture`, `no` and `limit` as they stand in the table.
LEGEND: Final = Message(
    "Prices and times are for what a model makes when you leave everything open. "
    "`picture`: the price from a picture, with `*` where it may also end with one. "
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
        return tr(NO_MODELS)
    last = pages_of(offers)
    title = tr("**Models**") if last == 1 else tr("**Models**, page {page} of {last}", page=page, last=last)
    shown = offers[(page - 1) * PER_PAGE : page * PER_PAGE]
    rows = [[tr(column.heading) for column in COLUMNS], *(_cells(offer, allowance) for offer in shown)]
    widths = _widths(rows)
    # The names of models give way to whatever else is long.
    while room_beside(lines := [title, "```", *_table(rows, widths), "```", tr(LEGEND)]) < 0 and widths[0] > 1:
        widths[0] -= 1
    return "\n".join(lines)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    widest = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    return [min(column.most, max(column.least, wide)) for column, wide in zip(COLUMNS, widest, strict=True)]


def _table(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Sequence[str]:
    return [" ".join(left(text, width=width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _cells(offer: ModelOffer, allowance: Allowance) -> Sequence[str]:
    model, quote = offer.model, offer.quote
    texts = (
        model.name,
        _price(quote),
        # Translators: a length in seconds and a size, in a narrow column: "4 s 720p".
        tr("{seconds} s {size}", seconds=quote.spec.duration, size=quote.spec.resolution or ""),
        _takes(offer.usual),
        _between([str(seconds) for seconds in sorted(model.durations)]),
        _between(sorted(model.resolutions, key=_edge)),
        _sound(model),
        _picture(offer),
        _may(offer, allowance),
    )
    return [_harmless(text) for text in texts]


def _harmless(text: str) -> str:
    """Return a text for a cell. What a model calls itself must not end the table, hide or reach out of its line."""
    # A space that does not break is one to a table too.
    plain = " ".join(text.split())
    kept = (letter for letter in plain if letter.isprintable() and letter <= LAST_OF_ONE_UNIT)
    return "".join(kept).replace("`", "'")


def _between(values: Sequence[str]) -> str:
    if not values:
        return UNKNOWN
    return values[0] if len(values) == 1 else f"{values[0]}-{values[-1]}"


def _edge(resolution: str) -> int:
    """Return about how many lines a size has, to put sizes in order."""
    number = int("".join(letter for letter in resolution if letter in "0123456789") or "0")
    return number * LINES_OF_A_K if resolution.lower().endswith("k") else number


def _sound(model: VideoModel) -> str:
    match model.audio:
        case True:
            # Translators: in a narrow column: whether the video has sound is for the member to choose.
            return tr("choose")
        case False:
            return tr("silent")
        case None:
            return UNKNOWN


def _price(quote: Quote) -> str:
    return UNKNOWN if quote.estimate_microusd is None else dollars(quote.estimate_microusd)


def _picture(offer: ModelOffer) -> str:
    if offer.from_picture is None:
        return tr("no")
    return _price(offer.from_picture) + "*" * (FrameKind.LAST in offer.model.frame_images)


def _takes(usual: UsualTime | None) -> str:
    if usual is None:
        return UNKNOWN
    seconds = round(usual.median)
    if seconds < MINUTE:
        return tr("{seconds} s", seconds=seconds)
    return tr("{minutes} min", minutes=round(seconds / MINUTE))


def _may(offer: ModelOffer, allowance: Allowance) -> str:
    if not offer.is_allowed:
        return tr("no")
    try:
        allowance.require(Wish(seconds=offer.quote.spec.duration, microusd=offer.quote.reserve_microusd))
    except LimitReachedError:
        # Translators: in a narrow column, and explained below the table.
        return tr("limit")
    return tr("yes")
