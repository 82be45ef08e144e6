"""Tables, numbers and amounts in every language: columns stay straight, pages fit, and files stay the same."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs import replies
from cogs.languages import LANGUAGES, language_of, reading
from cogs.replies import changes, drawings
from cogs.replies import limits as limit_words
from cogs.replies import usage as words
from cogs.replies.columns import cells, left, right
from cogs.replies.models import COLUMNS, PER_PAGE
from cogs.replies.wording import MESSAGE
from services.jobs import UsageBy, UsageRow
from services.limits import AuditEntry, LimitEntry
from tests.cogs.reading import width
from tests.cogs.test_money_replies import ALLOWANCE, model_offer
from tests.cogs.test_usage import many
from tests.sentences.values import BOT, BY_DAY, ENTRIES, ENTRY

TOKYO = "\N{CJK UNIFIED IDEOGRAPH-6771}\N{CJK UNIFIED IDEOGRAPH-4EAC}"


@pytest.fixture(params=sorted(LANGUAGES))
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Read everything in each of the languages."""
    with reading(language_of(request.param)):
        yield request.param


# --- columns ---------------------------------------------------------------------------------------------------------


def test_a_letter_of_japanese_takes_two_cells() -> None:
    assert cells(TOKYO) == 4
    assert (left(TOKYO, width=6), right(TOKYO, width=6)) == (f"{TOKYO}  ", f"  {TOKYO}")


def test_what_is_too_long_is_cut_and_fills_its_column() -> None:
    assert left("Veo 3.1 Lite", width=6) == "Veo 3…"
    assert left(TOKYO * 2, width=6) == f"{TOKYO}… "


@given(st.text(max_size=40), st.integers(1, 30))
def test_every_cell_of_a_column_is_as_wide_as_the_column(text: str, wide: int) -> None:
    assert cells(left(text, width=wide)) == wide


# --- models ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("language")
@pytest.mark.parametrize("name", ["W" * 100, TOKYO * 50])
@pytest.mark.parametrize("estimate", [None, 2_100, 10**10])
def test_a_full_page_of_models_fits_in_every_language(name: str, estimate: int | None) -> None:
    text = replies.models_page([model_offer(name, estimate=estimate)] * 100, allowance=ALLOWANCE, page=2)
    _, table, _ = text.split("```")

    assert width(text) <= MESSAGE
    assert len(table.strip("\n").splitlines()) == PER_PAGE + 1


@pytest.mark.usefixtures("language")
def test_the_last_column_of_models_begins_at_one_place_in_every_language() -> None:
    offers = [model_offer("Veo"), model_offer(TOKYO, estimate=12_340_000), model_offer("é" * 40, estimate=None)]
    table = replies.models_page(offers, allowance=ALLOWANCE, page=1).split("```")[1].strip("\n").splitlines()

    assert len({cells(line[: line.rindex(" ")]) for line in table}) == 1


@pytest.mark.usefixtures("language")
def test_no_heading_of_the_models_is_cut() -> None:
    heading = replies.models_page([model_offer()], allowance=ALLOWANCE, page=1).split("```")[1].strip("\n")

    assert "…" not in heading.splitlines()[0]
    assert all(column.least <= column.most for column in COLUMNS)


# --- usage -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("language")
@pytest.mark.parametrize("by", UsageBy)
@pytest.mark.parametrize("number", [1, 90, 3_000])
def test_a_table_of_what_was_spent_is_straight_and_fits_in_every_language(by: UsageBy, number: int) -> None:
    lines = words.table(many(by, number), name=str).splitlines()

    assert width("\n".join(lines)) <= MESSAGE
    assert len({cells(line.split("`")[1]) for line in lines if line.startswith("`")}) == 1


def test_the_file_for_a_spreadsheet_is_the_same_in_every_language(language: str) -> None:
    rows = [UsageRow(group=group, videos=1_234, delivered=1, microusd=1_234_500_000, unconfirmed=0) for group in "07"]
    usage = words.Usage(by=UsageBy.MEMBER, days=30, rows=rows)

    read = list(csv.DictReader(StringIO(words.spreadsheet(usage).decode(), newline="")))

    assert [row["member"] for row in read] == ["forgotten members", "<@7>"], language
    assert {(row["videos"], row["usd"]) for row in read} == {("1234", "1234.500000")}
    assert words.file_name(usage, "csv") == "usage-by-member-30-days.csv"


@pytest.mark.usefixtures("language")
def test_a_picture_has_room_for_its_title() -> None:
    assert all(1 <= len(drawings.title(by)) <= 25 for by in UsageBy)


@pytest.mark.parametrize(
    ("code", "scale"),
    [
        ("en-US", ["$0", "$1,000", "$0.50", "$0.0150"]),
        (
            "de",
            [
                "0\N{NO-BREAK SPACE}$",
                "1.000\N{NO-BREAK SPACE}$",
                "0,50\N{NO-BREAK SPACE}$",
                "0,0150\N{NO-BREAK SPACE}$",
            ],
        ),
        ("ja", ["$0", "$1,000", "$0.50", "$0.0150"]),
    ],
)
def test_amounts_on_a_scale_have_the_decimals_of_their_scale(code: str, scale: list[str]) -> None:
    amounts = ((0, 0), (1_000_000_000, 0), (500_000, 2), (15_000, 4))
    with reading(language_of(code)):
        texts = drawings.texts(BY_DAY, server="", since=date(2026, 10, 23), until=date(2026, 11, 22))
        found = [texts.on_scale(microusd, decimals=decimals) for microusd, decimals in amounts]

    assert found == scale


# --- the record of changes, and limits -------------------------------------------------------------------------------


@pytest.mark.usefixtures("language")
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.action)
def test_every_change_can_be_said_in_every_language(entry: AuditEntry) -> None:
    told = changes.change(entry)

    assert told.startswith("<t:")
    assert "{" not in told
    assert entry.subject.startswith("video") or not entry.actor_id or f"<@{entry.actor_id}>" in told


def test_numbers_are_written_as_their_reader_writes_them() -> None:
    many_videos = LimitEntry(source=ENTRY.source, source_id=4, videos_per_day=10_000)
    with reading(language_of("de")):
        shown = limit_words.limits(BOT, [many_videos], ALLOWANCE)

    assert "10.000" in shown[1]


def test_days_are_written_as_their_reader_writes_them() -> None:
    day = date(2026, 11, 22) - timedelta(days=1)
    shown: dict[str, str] = {}
    for code in ("en-US", "de", "fr", "ja"):
        with reading(language_of(code)):
            shown[code] = words.short_day(day)

    assert shown["en-US"] == "Nov 21"
    assert shown["de"] == "21. Nov."
    assert shown["fr"] == "21 nov."
    assert shown["ja"] == "11\N{CJK UNIFIED IDEOGRAPH-6708}21\N{CJK UNIFIED IDEOGRAPH-65E5}"
