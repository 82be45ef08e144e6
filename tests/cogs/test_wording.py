"""What a member wrote is shown as plain characters on one line, whatever it was."""

import string
import unicodedata
from datetime import UTC, datetime
from gettext import NullTranslations

import pytest
from babel import Locale
from hypothesis import example, given
from hypothesis import strategies as st

from cogs.languages import Language, reading
from cogs.replies import paging, wording
from cogs.replies.wording import GAP, JOINER, MESSAGE, MOST_MARKS, PROMPT_SHOWN, defuse
from tests.cogs.reading import ESCAPE, plain, width
from tests.cogs.samples import prompts

HIDDEN = {"Cc", "Cf", "Zl", "Zp"}


@given(prompts)
def test_every_mark_of_punctuation_is_escaped(text: str) -> None:
    letters = iter(defuse(text))
    for letter in letters:
        if letter == ESCAPE:
            assert next(letters) in string.punctuation
        else:
            assert letter not in string.punctuation


@given(prompts)
def test_an_at_sign_is_parted_from_what_follows_it(text: str) -> None:
    shown = defuse(text)

    assert shown.count("@" + GAP) == shown.count("@")


@given(prompts)
def test_it_is_one_line_without_a_space_too_many(text: str) -> None:
    shown = defuse(text)

    assert shown == " ".join(shown.split())


@given(prompts)
def test_nothing_in_it_is_hidden_or_turns_the_direction_of_reading(text: str) -> None:
    shown = defuse(text).replace("@" + GAP, "@").replace(JOINER, "")

    assert not {unicodedata.category(letter) for letter in shown} & HIDDEN


@given(prompts)
@example("a" + "\u0301\u0301\u200d" * 20)
@example("a" + "\u0301\u0301\u200b" * 20)
@example("a" + "\u0301" * 50)
def test_no_letter_carries_a_tower_of_marks(text: str) -> None:
    marks = 0
    for letter in defuse(text).replace(JOINER, ""):
        marks = marks + 1 if unicodedata.category(letter) in {"Mn", "Me"} else 0
        assert marks <= MOST_MARKS


@given(prompts, st.integers(min_value=1, max_value=400))
def test_it_is_no_longer_than_asked_for_to_its_reader(text: str, most: int) -> None:
    assert len(plain(defuse(text, most=most))) <= most


@given(
    st.lists(
        st.text(st.sampled_from(string.ascii_letters + string.digits + string.punctuation + "äßñ日本語"), min_size=1),
        max_size=20,
    ).map(" ".join)
)
def test_it_reads_as_it_was_written(text: str) -> None:
    if len(text) <= PROMPT_SHOWN:
        assert plain(defuse(text)) == text


def test_what_is_cut_off_is_marked() -> None:
    assert defuse("x" * 1000) == "x" * (PROMPT_SHOWN - 1) + "…"
    assert defuse("x" * PROMPT_SHOWN) == "x" * PROMPT_SHOWN


def test_a_family_stays_together() -> None:
    family = "👨\u200d👩\u200d👧"

    assert defuse(family) == family


@pytest.mark.parametrize(("text", "is_blank"), [("", True), (" \n", True), ("\u200b\u200d", True), (".", False)])
def test_a_text_without_anything_to_see_is_blank(text: str, *, is_blank: bool) -> None:
    assert wording.is_blank(text) is is_blank


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (100, "1 min 40 s"), (3600, "1 h"), (7500, "2 h 5 min")],
)
def test_a_length_of_time_is_said_as_people_do(seconds: float, said: str) -> None:
    assert wording.span(seconds) == said


def test_a_moment_is_one_that_discord_keeps_up_to_date() -> None:
    assert wording.ago(datetime(2026, 1, 1, tzinfo=UTC)) == "<t:1767225600:R>"


@pytest.mark.parametrize(("values", "said"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")])
def test_a_list_ends_with_or(values: list[str], said: str) -> None:
    assert wording.any_of(values) == said


@given(
    st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=100), max_size=60),
    st.integers(100, 2000),
)
def test_as_many_lines_are_kept_as_fit(lines: list[str], most: int) -> None:
    kept = wording.fitting(lines, most=most)

    assert sum(width(line) + 1 for line in kept) <= most
    if kept != lines:
        assert kept[:-1] == lines[: len(kept) - 1]
        assert kept[-1] == f"… and {len(lines) - len(kept) + 1} more."


class OneTakesMore(NullTranslations):
    """A language in which one is said with more letters than many."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"{msgid1} That is a single one." if n == 1 else msgid2


ONE_TAKES_MORE = Language(code="en-US", locale=Locale("en"), translations=OneTakesMore())


@pytest.mark.parametrize("most", range(60, 130))
def test_the_lines_fit_where_one_is_said_with_more_letters_than_many(most: int) -> None:
    with reading(ONE_TAKES_MORE):
        kept = wording.fitting(["x" * 19] * 4 + ["x" * 60], most=most)

    assert sum(width(line) + 1 for line in kept) <= most


@pytest.mark.parametrize("length", range(950, 1_010))
def test_the_last_message_fits_where_one_is_said_with_more_letters_than_many(length: int) -> None:
    lines = [*["x" * 1_990] * (paging.MOST_MESSAGES - 1), *["x" * length] * 3]
    with reading(ONE_TAKES_MORE):
        texts = paging.messages(lines)

    assert len(texts) == paging.MOST_MESSAGES
    assert all(width(text) <= MESSAGE for text in texts)
