"""Words that may not be in a description: found however they are written, and nothing else is."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.errors import DescriptionBlockedError
from services.limits import LONGEST_WORD, MOST_WORDS, WordBook, WordOutcome
from services.limits.audit import latest
from services.limits.folding import folded, readings
from services.limits.words import EVERYWHERE, is_blocked, require_allowed, rule_of, words_of
from tests.services.jobs.samples import NOON, House, manager, owner

ZERO_WIDTH: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\ufe0f\u180e\u2063"
ALPHABETS: Final = (
    "abcdefghijklmnopqrstuvwxyzäöüßéñç\u0131ğ"
    "абвгдежзийклмнопрстуфхцчшщъыьэюя"
    "αβγδεζηθικλμνξοπρστυφχψωάή"
    "ひらがなカタカナ漢字動画"
    "한국어"
    "ไทย"
    "अनुवाद"
)
LETTERS: Final = st.sampled_from(ALPHABETS)
WORDS: Final = st.text(LETTERS, min_size=1, max_size=12)


def wide(letter: str) -> str:
    """Return an ASCII letter in its wide form."""
    return chr(ord(letter) - 0x20 + 0xFF00) if "!" <= letter <= "~" else letter


SHAPES: Final[Sequence[Callable[[str], str]]] = (str, str.upper, str.title, str.swapcase, wide)


@st.composite
def disguised(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a word and a description that has it, in other case, in other width, and with nothing between letters."""
    word = draw(WORDS)
    shapes = st.sampled_from(SHAPES)
    hidden = st.text(st.sampled_from(ZERO_WIDTH), max_size=2)
    written = "".join(draw(shapes)(letter) + draw(hidden) for letter in word)
    before, after = (
        draw(st.sampled_from(["", "a red fox, ", "1 ", "("])),
        draw(st.sampled_from(["", "!", " in snow", ")"])),
    )
    return word, f"{before}{written}{after}"


@given(disguised())
@example(("straße", "STRASSE"))
@example(("İstanbul", "istanbul"))
@example(("ﬁre", "FIRE"))
def test_a_listed_word_is_found_in_whatever_case_and_width_and_with_nothing_between(found: tuple[str, str]) -> None:
    word, prompt = found

    assert is_blocked(prompt, [word])


@given(st.text(max_size=200), st.lists(st.text(max_size=LONGEST_WORD + 5), max_size=5))
def test_any_text_can_be_compared_with_any_list(prompt: str, words: list[str]) -> None:
    assert is_blocked(prompt, words) in {True, False}


@given(st.text(max_size=100))
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(WORDS, st.text(st.sampled_from("0269"), min_size=1, max_size=3))
def test_a_word_within_a_longer_one_is_none(word: str, more: str) -> None:
    if folded(word).isascii():
        assert not is_blocked(f"{word}{more} {more}{word}", [word])


@pytest.mark.parametrize(
    "prompt",
    [
        *(
            "a nude fox",
            "NUDE",
            "n\u200bude",
            "n\u00fbd\u00e9",
            "\uff4e\uff55\uff44\uff45",
            "(nude)",
            "nude's",
            "a_nude_fox",
        ),
        *("n\u0443de nud\u0435", "\u24dd\u24e4\u24d3\u24d4", "\U0001d427\U0001d42e\U0001d41d\U0001d41e"),
        *(
            "nud3",
            "NUD3!",
            "n u d e",
            "n.u.d.e",
            "n-u-d-e",
            "n*u*d*e",
            "\U0001f1f3\U0001f1fa\U0001f1e9\U0001f1ea",
            "nude\u306e\u732b",
        ),
    ],
)
def test_simple_evasions_fail(prompt: str) -> None:
    assert is_blocked(prompt, ["nude"])


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("a denuded hill", ["nude"]),
        ("455 horses", ["ass"]),
        ("the class passes", ["ass"]),
        ("a fox", ["fo*xx", "*oxen", "f*y"]),
        ("an apple and a pie", ["apple pie"]),
        ("anything", ["*", "**", "a*", "", "   ", "!!!", "\u200b"]),
        ("a mall", ["mail"]),
    ],
)
def test_what_only_looks_a_little_like_it_is_allowed(prompt: str, words: list[str]) -> None:
    assert not is_blocked(prompt, words)


@pytest.mark.parametrize(
    ("prompt", "word"),
    [
        ("two nudes and nudity", "nud*"),
        ("a denuded hill", "*nud*"),
        ("a wildfire at night", "wild*re"),
        ("an Apple  PIE", "apple pie"),
        ("apple-pies", "apple pie*"),
        ("a red iron", "re* iron"),
        ("裸の猫", "裸"),
        ("とても裸な猫", "裸*猫"),
        ("a \U0001f346", "\U0001f346"),
        ("fl1ck", "flick"),
        ("kiII", "kill"),
        ("p@$$word", "password"),
    ],
)
def test_patterns_phrases_and_other_writing(prompt: str, word: str) -> None:
    assert is_blocked(prompt, [word])


@pytest.mark.parametrize("prompt", ["a" * 2_000, "ab" * 1_000, "\ufdfa" * 2_000, "a " * 1_000, "1a" * 1_000])
def test_no_pattern_and_no_prompt_keeps_the_bot_busy(prompt: str) -> None:
    words = ["*a*a*a*a*a*a*a*a*a*a*b"] * 50 + [f"{'a*' * 25}c{number}" for number in range(50)] + ["a*b a*b a*b"] * 50

    started = time.process_time()
    is_blocked(prompt, words)

    # A regular expression would take longer than anybody lives.
    assert time.process_time() - started < 20


def test_a_rule_has_something_to_compare_and_an_end() -> None:
    assert rule_of("x" * LONGEST_WORD) is not None
    assert [rule_of(word) for word in ("", " ", "*", "a*", "?!", "x" * (LONGEST_WORD + 1))] == [None] * 6


def test_a_text_has_few_readings() -> None:
    assert len(readings("n1ce 7h1ng! " * 100)) <= 6


class TestLists:
    async def test_a_list_is_that_of_its_server_alone_and_the_owners_holds_everywhere(self, house: House) -> None:
        book = WordBook(database=house.database)
        await book.add(1, "nude", manager(), now=NOON)
        await book.add(EVERYWHERE, "gore", owner(), now=NOON)

        assert await refused(house, 1, "a nude fox")
        assert not await refused(house, 2, "a nude fox")
        assert await refused(house, 2, "GORE")

    async def test_the_same_word_written_otherwise_is_on_it_already_and_comes_off_it(self, house: House) -> None:
        book = WordBook(database=house.database)

        assert await book.add(1, "  Nüde ", manager(), now=NOON) is WordOutcome.DONE
        assert await book.add(1, "NUDE", manager(), now=NOON) is WordOutcome.NOTHING_CHANGED
        assert await book.listed(1) == ["Nüde"]
        assert await book.remove(1, "nude", manager(), now=NOON) is WordOutcome.DONE
        assert await book.remove(1, "nude", manager(), now=NOON) is WordOutcome.NOTHING_CHANGED
        assert not await refused(house, 1, "nude")

    async def test_a_list_is_bounded(self, house: House) -> None:
        book = WordBook(database=house.database)
        outcomes = [await book.add(1, f"word{number}", manager(), now=NOON) for number in range(MOST_WORDS + 1)]

        assert outcomes == [WordOutcome.DONE] * MOST_WORDS + [WordOutcome.FULL]
        assert await book.add(1, "y" * (LONGEST_WORD + 1), manager(), now=NOON) is WordOutcome.UNFIT

    async def test_every_change_is_on_record(self, house: House) -> None:
        book = WordBook(database=house.database)
        await book.add(1, "nude", manager(), now=NOON)
        await book.add(1, "nude", manager(), now=NOON)
        await book.remove(1, "NUDE", manager(), now=NOON)
        await book.remove(1, "NUDE", manager(), now=NOON)

        found = await latest(house.database, 1, most=9)
        assert [(entry.action, entry.before, entry.after) for entry in found] == [
            ("words", "nude", ""),
            ("words", "", "nude"),
        ]


async def refused(house: House, guild: int, prompt: str) -> bool:
    async with house.database.transaction() as tx:
        [answer] = await tx.fetch_each(words_of(guild))
    try:
        require_allowed(answer, prompt)
    except DescriptionBlockedError:
        return True
    return False
