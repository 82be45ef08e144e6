"""Who reads decides the language, and nothing else does; values are filled in as they are."""

import asyncio
from datetime import date
from decimal import ROUND_HALF_EVEN

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.languages import LANGUAGES, begin_reading, day, dollars, language_of, number, reader, reading, tr, trn
from cogs.replies import pictures
from services.errors import InvalidChoiceError


def ready(link: str) -> str:
    return tr("Video {id} is ready: {link}", id=7, link=link)


def test_english_is_said_where_nobody_has_said_who_reads() -> None:
    assert reader().code == "en-US"
    assert ready("x") == "Video 7 is ready: x"


@pytest.mark.parametrize("code", ["tlh", "", None, "en-us", "de_DE"])
def test_a_language_that_the_bot_does_not_speak_is_english(code: str | None) -> None:
    assert language_of(code).code == "en-US"


def test_the_reader_within_hides_the_one_around_and_leaves_it_as_it_was() -> None:
    with reading(language_of("de")):
        with reading(language_of("ja")):
            inner = ready("x")
        outer = ready("x")

    assert len({inner, outer, ready("x")}) == 3


async def test_readers_of_different_tasks_never_meet() -> None:
    all_began = asyncio.Barrier(len(LANGUAGES))

    async def read(code: str) -> str:
        begin_reading(language_of(code))
        await all_began.wait()
        return reader().code

    codes = sorted(LANGUAGES)
    assert await asyncio.gather(*(read(code) for code in codes)) == codes
    assert reader().code == "en-US"


@given(st.text(), st.sampled_from(sorted(LANGUAGES)))
def test_what_a_member_wrote_is_filled_in_as_it_is(written: str, code: str) -> None:
    with reading(language_of(code)):
        assert written in ready(written)


@pytest.mark.parametrize("braces", ["{link}", "{0}", "{id!r}", "{}", "{{", "%s", "%(id)s"])
def test_what_looks_like_a_placeholder_in_a_value_is_none(braces: str) -> None:
    assert ready(braces) == f"Video 7 is ready: {braces}"


def test_a_plural_follows_the_rules_of_the_language_and_not_of_english() -> None:
    def videos(count: int) -> str:
        return trn("{number} video", "{number} videos", count)

    assert [videos(count) for count in (0, 1, 2)] == ["0 videos", "1 video", "2 videos"]
    with reading(language_of("fr")):
        assert videos(0).removeprefix("0") == videos(1).removeprefix("1") != videos(2).removeprefix("2")
    with reading(language_of("ja")):
        assert videos(1).removeprefix("1") == videos(2).removeprefix("2")


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("en-US", ("$1,234.50", "$0.0021", "12,345", "Nov 22")),
        ("de", ("1.234,50\xa0$", "0,0021\xa0$", "12.345", "22. Nov.")),
        ("fr", ("1\u202f234,50\xa0$US", "0,0021\xa0$US", "12\u202f345", "22 nov.")),
        ("pt-BR", ("US$\xa01.234,50", "US$\xa00,0021", "12.345", "22 de nov.")),
        ("ja", ("$1,234.50", "$0.0021", "12,345", "11月22日")),
    ],
)
def test_dollars_numbers_and_days_are_written_as_their_reader_writes_them(code: str, written: tuple[str, ...]) -> None:
    language = language_of(code)
    amounts = [dollars(microusd, language, rounding=ROUND_HALF_EVEN) for microusd in (1_234_500_000, 2_100)]

    assert (*amounts, number(12_345, language), day(date(2026, 11, 22), language)) == written


def test_an_option_is_called_by_the_name_that_its_reader_sees() -> None:
    refused = InvalidChoiceError(field="last_image", value="", model="a/b", choices=())
    with reading(language_of("de")):
        assert "`letztes-bild`" in pictures.not_taken(refused)
