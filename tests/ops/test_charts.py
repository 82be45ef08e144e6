"""The pictures: always whole, whatever the names and the numbers are, and drawn without any state of the process."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ops import charts
from ops.charts import Bar, Charts

BACKGROUND = (255, 255, 255)
BILLED = (0x58, 0x65, 0xF2)
HOSTILE = (
    "$x_2$ and $\\frac{",
    "\N{GRINNING FACE}",
    "\N{CJK UNIFIED IDEOGRAPH-6771}\N{CJK UNIFIED IDEOGRAPH-4EAC}",
    "a\n\tb\0\x1b[31m",
    "\N{RIGHT-TO-LEFT OVERRIDE}live",
    "Z" + "\N{COMBINING GRAVE ACCENT}" * 50,
    "W" * 5_000,
    "\ud800",
    "",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The texts of a picture, as the cog has them."""

    title: str = "Spent by day"
    subtitle: str = "Sandbox"
    billed: str = "billed"
    not_billed: str = "in part not billed yet"
    sign: str = "$"

    def dollars(self, microusd: int) -> str:
        """Return an amount at its bar."""
        return f"{self.sign}{microusd / 1_000_000:,.2f}"

    def on_scale(self, microusd: int, *, decimals: int) -> str:
        """Return an amount beside others, all with so many decimals."""
        return f"{self.sign}{microusd / 1_000_000:,.{decimals}f}"


def by_day(bars: Sequence[Bar]) -> bytes:
    return Charts().by_day(bars, texts=Texts())


def by_name(bars: Sequence[Bar], *, rest: Bar | None = None) -> bytes:
    return Charts().by_name(bars, texts=Texts(title="Spent by member"), rest=rest)


def opened(png: bytes) -> Image.Image:
    picture = Image.open(BytesIO(png))
    picture.load()
    assert picture.format == "PNG"
    return picture.convert("RGB")


def pixels(picture: Image.Image, colour: tuple[int, int, int]) -> int:
    """Return how many pixels have that colour."""
    counted = {shade: number for number, shade in picture.getcolors(maxcolors=2**24) or []}
    return counted.get(colour, 0)


def days(*amounts: int) -> list[Bar]:
    return [(f"{place} Nov", amount, False) for place, amount in enumerate(amounts, start=1)]


@pytest.mark.parametrize("number", [1, 2, 8, 31, 91])
def test_days_of_any_number_make_a_picture_of_one_size(number: int) -> None:
    picture = opened(by_day(days(*range(1_000_000, 1_000_000 + number))))

    assert picture.width == 1200
    assert 600 < picture.height < 800


@pytest.mark.parametrize("number", [1, 2, 10, 15])
def test_every_name_gets_a_row(number: int) -> None:
    picture = opened(by_name([(f"member {place}", 1_000_000, False) for place in range(number)]))
    column = [picture.getpixel((600, y)) for y in range(picture.height)]
    begun = [y for y in range(1, len(column)) if column[y] == BILLED != column[y - 1]]

    assert picture.width == 1200
    assert len(begun) == number


def test_a_bar_is_as_long_as_its_share() -> None:
    picture = opened(by_name([("a", 4_000_000, False), ("b", 1_000_000, False)]))
    lengths = [sum(picture.getpixel((x, y)) == BILLED for x in range(picture.width)) for y in range(picture.height)]
    long, short = max(lengths), min(length for length in lengths if length)

    assert long / short == pytest.approx(4, rel=0.02)


def test_what_is_not_billed_is_drawn_differently_and_explained() -> None:
    all_billed, open_bill = days(1, 2, 3), [*days(1, 2), ("3 Nov", 3, True)]

    assert opened(by_day(open_bill)).height > opened(by_day(all_billed)).height
    assert pixels(opened(by_day(open_bill)), BILLED) < pixels(opened(by_day(all_billed)), BILLED)


def test_the_rest_has_a_bar_of_its_own() -> None:
    bars: list[Bar] = [("a", 3_000_000, False), ("b", 3_000_000, False)]

    assert pixels(opened(by_name(bars, rest=("25 others", 5_000_000, False))), (0xB4, 0xB8, 0xC5)) > 1_000


def test_nothing_at_the_edge_is_cut_off() -> None:
    for png in (
        by_day([("30 Nov", 10**12, True)] * 91),
        by_day([("22 de nov.", 10**12, True)] * 91),
        by_day(days(10**12)),
        by_name([("W" * 100, 10**12, True), ("i", 1, False)]),
    ):
        picture = opened(png)
        edge = [
            picture.getpixel((x, y))
            for x in (0, 1, picture.width - 2, picture.width - 1)
            for y in range(picture.height)
        ]
        edge += [
            picture.getpixel((x, y))
            for y in (0, 1, picture.height - 2, picture.height - 1)
            for x in range(picture.width)
        ]
        assert set(edge) == {BACKGROUND}


@pytest.mark.parametrize("day", ["30 Nov", "22 de nov."])
@pytest.mark.parametrize("number", [8, 31])
def test_no_date_reaches_into_the_next(day: str, number: int) -> None:
    (alone,) = widths_of_dates(opened(by_day([(day, 0, False)])))
    beside_others = widths_of_dates(opened(by_day([(day, 0, False)] * number)))

    assert len(beside_others) > 1
    assert all(abs(width - alone) <= 2 for width in beside_others)


def widths_of_dates(picture: Image.Image) -> list[int]:
    """Return the pixels that each text below the bars takes; letters of one text are less than 15 apart."""
    strip = picture.crop((0, picture.height - 90, picture.width, picture.height - 60)).convert("L")
    inked = [x for x in range(strip.width) if min(strip.crop((x, 0, x + 1, strip.height)).tobytes()) < 200]
    ends = [place for place, (x, after) in enumerate(pairwise(inked)) if after - x >= 15]
    return [
        inked[last] - inked[first] for first, last in zip([0, *(end + 1 for end in ends)], [*ends, -1], strict=True)
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_drawn_as_plain_letters(name: str) -> None:
    """A warning about a letter that the font lacks would be an error here, and so would a formula that is none."""
    bars: list[Bar] = [(name, 1_000_000, False), ("$5 and $6", 10, True)]

    texts = Texts(title=name, subtitle=name, billed=name, not_billed=name, sign=name[:20])

    opened(Charts().by_name(bars, texts=texts, rest=(name, 1, False)))
    opened(Charts().by_day(bars, texts=texts))


@pytest.mark.parametrize("text", ["Ausgaben je Tag, 0,13 $", "Gasto por d\u00eda", "D\u00e9penses", "$0.02"])
def test_the_font_has_the_letters_of_most_of_europe(text: str) -> None:
    assert Charts().can_draw(text)


@pytest.mark.parametrize("text", ["\u30e1\u30f3\u30d0\u30fc", "a \u4e2d"])
def test_a_text_in_letters_that_the_font_lacks_is_noticed(text: str) -> None:
    assert not Charts().can_draw(text)


@given(
    st.lists(st.tuples(st.text(max_size=40), st.integers(0, 10**12), st.booleans()), min_size=1, max_size=16),
    st.booleans(),
)
@settings(max_examples=8, deadline=None)
def test_any_names_and_amounts_make_a_picture(bars: list[Bar], is_by_day: bool) -> None:  # noqa: FBT001  # drawn by hypothesis
    opened(by_day(bars) if is_by_day else by_name(bars))


def test_nothing_spent_is_a_picture_too() -> None:
    assert pixels(opened(by_day(days(0, 0, 0))), BILLED) == 0
    assert pixels(opened(by_name([("a", 0, False)])), BILLED) == 0


def test_the_state_of_the_process_is_not_touched() -> None:
    by_day(days(1, 2, 3))

    assert "matplotlib.pyplot" not in sys.modules


def test_a_missing_extra_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert charts.is_installed()
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    assert not charts.is_installed()
