"""Draws what was spent as a picture. Needs the extra `charts`, and only loads it when something is drawn.

Everything here is plain computing that takes a good part of a second: call it in a thread, one picture at a time,
because matplotlib keeps its fonts in one place. It never touches `pyplot`, whose state belongs to a whole process.
"""

# matplotlib leaves its **kwargs untyped.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from ops.lettering import SMALL, can_draw, fitted, plain, widest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Bar: TypeAlias = tuple[str, int, bool]
"""What a bar stands for, its micro-dollars, and whether a part of them is not billed yet."""

Alignment: TypeAlias = Literal["left", "center", "right"]

MICROUSD: Final = 1_000_000
CENT: Final = 10_000
PAPER: Final = "#FFFFFF"
INK: Final = "#1E1F24"
QUIET: Final = "#5B6070"
RULE: Final = "#E4E6EB"
LINE: Final = "#A7ABB8"
BILLED: Final = "#5865F2"
OPEN: Final = "#A9B1FA"
OTHERS: Final = "#B4B8C5"
HATCH: Final = "////"
WIDTH: Final = 8.0
"""Inches; with `DOTS` it makes 1,200 pixels. Discord shows about half of them, so no letter is small."""
DOTS: Final = 150
MARGIN: Final = 0.35
HEAD: Final = 1.1
LEGEND: Final = 0.65
PLOT: Final = 3.0
"""Inches that upright bars are high."""
DATES: Final = 0.35
ROW: Final = 0.42
FEWEST_DAYS: Final = 5
FEWEST_NAMES: Final = 2
"""Bars that a picture has room for at least, so that one alone does not fill it."""
MOST_DATES: Final = 8
LONGEST_DATE: Final = 12
BETWEEN_DATES: Final = 0.1
"""Inches."""
NEAR_EDGE: Final = 0.1
"""Of the width."""
LONGEST_NAME: Final = 2.8
"""Inches."""
LONGEST_TITLE: Final = 25


def is_installed() -> bool:
    """Whether the extra `charts` is there."""
    return find_spec("matplotlib") is not None


class Texts(Protocol):
    """What stands in a picture beside its bars, in the language of its reader; amounts are micro-dollars."""

    @property
    def title(self) -> str:
        """The heading, of which 25 letters are drawn."""
        ...

    @property
    def subtitle(self) -> str:
        """The line below the heading."""
        ...

    @property
    def billed(self) -> str:
        """What the colour of most bars means."""
        ...

    @property
    def not_billed(self) -> str:
        """What the hatched bars are."""
        ...

    def dollars(self, microusd: int) -> str:
        """Return an amount at its bar."""
        ...

    def on_scale(self, microusd: int, *, decimals: int) -> str:
        """Return an amount beside others, all with so many decimals."""
        ...


class Charts:
    """Draws bars: days beside each other, names below each other."""

    def can_draw(self, text: str) -> bool:
        """Whether the font has every letter of a text."""
        return can_draw(text)

    def by_day(self, bars: Sequence[Bar], *, texts: Texts) -> bytes:
        """Return a PNG with one upright bar for each day, in their order."""
        from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  # see `_sheet`

        foot = DATES + _foot(bars)
        figure = _sheet(HEAD + PLOT + foot, bars, texts=texts)
        top = _top(bars) * 1.12
        ticks = [tick for tick in MaxNLocator(nbins=5, steps=[1, 2, 5, 10]).tick_values(0, top) if tick < top]
        decimals = _decimals(ticks[1])
        scale = [plain(texts.on_scale(round(tick * MICROUSD), decimals=decimals)) for tick in ticks]
        left = MARGIN + widest(figure, scale) + 0.1
        axes = _axes(figure, left=left, right=MARGIN, foot=foot)
        _draw(axes, bars, is_upright=True)
        side = 0.6 + max(0, FEWEST_DAYS - len(bars)) / 2 + len(bars) / 40
        axes.set_xlim(-side, len(bars) - 1 + side)
        axes.set_ylim(0, top)
        axes.set_yticks(ticks, scale)
        axes.yaxis.grid(visible=True, color=RULE, linewidth=1)
        axes.axhline(0, color=LINE, linewidth=1.5)
        room = (WIDTH - left - MARGIN) / (len(bars) - 1 + 2 * side)
        days = [plain(name)[:LONGEST_DATE] for name, _, _ in bars]
        # Counted from the last, because today is what people look for.
        every = max(-(-len(bars) // MOST_DATES), ceil((widest(figure, days[-1:]) + BETWEEN_DATES) / room))
        dated = range((len(bars) - 1) % every, len(bars), every)
        axes.set_xticks(list(dated), [days[place] for place in dated])
        amounts = [plain(texts.dollars(amount)) for _, amount, _ in bars]
        for place, alignment in _with_amounts(figure, bars, amounts, room=room).items():
            axes.annotate(
                amounts[place],
                (place, bars[place][1] / MICROUSD),
                (0, 5),
                textcoords="offset points",
                horizontalalignment=alignment,
                fontsize=SMALL,
                color=INK,
                parse_math=False,
            )
        return _png(figure)

    def by_name(self, bars: Sequence[Bar], *, texts: Texts, rest: Bar | None = None) -> bytes:
        """Return a PNG with one lying bar for each name, the first on top; `rest` sums up those without a bar."""
        if rest is not None:
            bars = [*bars, rest]
        places = max(len(bars), FEWEST_NAMES)
        foot = _foot(bars)
        figure = _sheet(HEAD + ROW * places + foot, bars, texts=texts)
        names = [fitted(figure, plain(name), inches=LONGEST_NAME) for name, _, _ in bars]
        amounts = [plain(texts.dollars(amount)) for _, amount, _ in bars]
        left, right = widest(figure, names) + 0.15, widest(figure, amounts) + 0.1
        axes = _axes(figure, left=MARGIN + left, right=MARGIN + right, foot=foot)
        _draw(axes, bars, is_upright=False, has_rest=rest is not None)
        axes.set_xlim(0, _top(bars))
        axes.set_ylim(places - 0.5, -0.5)
        axes.set_xticks([])
        axes.set_yticks([])
        for place, (name, amount, (_, microusd, _)) in enumerate(zip(names, amounts, bars, strict=True)):
            for text, start, shift, side in ((name, 0.0, -8, "right"), (amount, microusd / MICROUSD, 6, "left")):
                axes.annotate(
                    text,
                    (start, place),
                    (shift, 0),
                    textcoords="offset points",
                    horizontalalignment=side,
                    verticalalignment="center_baseline",
                    fontsize=SMALL,
                    color=INK,
                    annotation_clip=False,
                    parse_math=False,
                )
        return _png(figure)


def _sheet(height: float, bars: Sequence[Bar], *, texts: Texts) -> "Figure":
    """Return an empty sheet of that many inches with its head, and a legend where there is something to tell apart."""
    # Deferred: an optional package, and half a second of import that most processes never need.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  # see above
    from matplotlib.figure import Figure  # noqa: PLC0415  # the same
    from matplotlib.patches import Patch  # noqa: PLC0415  # the same

    figure = Figure(figsize=(WIDTH, height), dpi=DOTS, facecolor=PAPER)
    FigureCanvasAgg(figure)
    left = MARGIN / WIDTH
    # `parse_math=False` wherever text is drawn: names and dollars are no formulas.
    head = plain(texts.title)[:LONGEST_TITLE]
    figure.text(left, 1 - 0.5 / height, head, fontsize=18, color=INK, fontweight="bold", parse_math=False)
    line = fitted(figure, plain(texts.subtitle), inches=WIDTH - 2 * MARGIN)
    figure.text(left, 1 - 0.82 / height, line, fontsize=SMALL, color=QUIET, parse_math=False)
    if _has_open(bars):
        # The hatching takes the colour of an edge that is not drawn itself.
        unbilled = Patch(facecolor=OPEN, edgecolor=BILLED, hatch=HATCH, linewidth=0, label=plain(texts.not_billed))
        figure.legend(
            handles=[Patch(facecolor=BILLED, label=plain(texts.billed)), unbilled],
            loc="lower left",
            bbox_to_anchor=(left, 0.25 / height),
            borderaxespad=0,
            borderpad=0,
            ncols=2,
            frameon=False,
            fontsize=SMALL,
            labelcolor=QUIET,
        )
    return figure


def _axes(figure: "Figure", *, left: float, right: float, foot: float) -> "Axes":
    """Return the axes between the head and so many inches from the other edges."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes(
        (left / width, foot / height, (width - left - right) / width, (height - HEAD - foot) / height)
    )
    axes.set_facecolor(PAPER)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=QUIET, pad=7)
    axes.spines[:].set_visible(False)
    return axes


def _draw(axes: "Axes", bars: Sequence[Bar], *, is_upright: bool, has_rest: bool = False) -> None:
    """Put the bars into the axes, those hatched of which a part is not billed yet, and grey what sums others up."""
    places, lengths = list(range(len(bars))), [amount / MICROUSD for _, amount, _ in bars]
    colours = [OPEN if is_open else BILLED for _, _, is_open in bars]
    if has_rest:
        colours[-1] = OTHERS
    hatches = [HATCH if is_open else "" for _, _, is_open in bars]
    draw = axes.bar if is_upright else axes.barh
    draw(places, lengths, 0.72 if is_upright else 0.64, color=colours, hatch=hatches, edgecolor=BILLED, linewidth=0)


def _png(figure: "Figure") -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png", dpi=DOTS)
    return file.getvalue()


def _with_amounts(
    figure: "Figure", bars: Sequence[Bar], amounts: Sequence[str], *, room: float
) -> Mapping[int, Alignment]:
    """Return the places of the upright bars that carry their amount, and how it stands over the bar's middle.

    All of them do where each has `room` inches, else only the highest, whose amount then leans away from the edges.
    """
    spent = [microusd for _, microusd, _ in bars]
    if not any(spent):
        return {}
    highest = spent.index(max(spent))
    if widest(figure, [amounts[highest]]) <= room:
        return {place: "center" for place, microusd in enumerate(spent) if microusd}
    share = highest / len(spent)
    return {highest: "left" if share < NEAR_EDGE else "right" if share >= 1 - NEAR_EDGE else "center"}


def _has_open(bars: Sequence[Bar]) -> bool:
    return any(is_open for _, _, is_open in bars)


def _foot(bars: Sequence[Bar]) -> float:
    """Return the inches below the bars: a margin, or a legend where there is something to tell apart."""
    return LEGEND if _has_open(bars) else MARGIN


def _top(bars: Sequence[Bar]) -> float:
    """Return the dollars of the longest bar, or a dollar where nothing was spent."""
    return (max((amount for _, amount, _ in bars), default=0) or MICROUSD) / MICROUSD


def _decimals(step: float) -> int:
    """Return how many decimals tell amounts apart that lie so many dollars from each other."""
    return 0 if step >= 1 else 2 if step >= CENT / MICROUSD else 4
