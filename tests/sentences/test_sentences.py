"""The catalogue leaves nothing out, and what is in it can be read."""

import re

from tests.sentences.catalogue import PARTS, constants, functions, sentences
from tests.sentences.samples import SAMPLES

APOLOGY = re.compile(r"\b(sorry|apolog\w+|unfortunately|oops)\b", re.IGNORECASE)
MACHINE = re.compile(r"\b(null|None|traceback|timeout|HTTP|JSON|SQL|exception|upstream|enum|SIGKILL)\b|[{}]")


def test_every_function_that_makes_a_sentence_has_a_sample() -> None:
    assert functions() - PARTS - SAMPLES.keys() == set()


def test_nothing_is_listed_that_is_no_longer_there() -> None:
    assert SAMPLES.keys() - functions() == set()
    assert PARTS - functions() - constants().keys() == set()


def test_every_sample_says_something() -> None:
    assert [name for name, texts in sentences().items() if not texts or not all(text.strip() for text in texts)] == []


def test_nobody_apologises() -> None:
    assert [text for texts in sentences().values() for text in texts if APOLOGY.search(text)] == []


def test_nobody_speaks_the_language_of_the_machine() -> None:
    assert [text for texts in sentences().values() for text in texts if MACHINE.search(text)] == []


def test_every_command_is_in_it() -> None:
    assert {
        "/video",
        "/status",
        "/models",
        "/limits set",
        "/settings channel add",
        "/owner resolve",
    } <= sentences().keys()
