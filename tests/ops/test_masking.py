"""What people wrote reaches no log, whoever writes the line and however it is spelled there."""

import asyncio
import contextvars
import gc
import io
import json
import logging
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, quote_plus, urlencode

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ops.logs import OURS, set_up_logging
from ops.masking import MASK, PIECE, letters_of, masked
from services.discretion import REMEMBERED, SHORTEST, Discretion, keep_private

PROMPT: Final = 'an "old" lighthouse\\keeper, in the\nstorm of 1889 \u2013 ünter 100% rain + 🌊 灯台守の夜'
PLAIN: Final = "seventeen violet herons over the salt marsh at dusk"
TELLING: Final = ("lighthouse", "keeper", "storm of 1889", "violet herons", "salt marsh", "灯台守", "\\u706f")
"""Words of the two that no line may hold."""
Style = Literal["console", "json"]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers = root.handlers
    levels = [(logger, logger.level) for logger in (root, *map(logging.getLogger, OURS))]
    yield
    root.handlers = handlers
    for logger, level in levels:
        logger.setLevel(level)
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What is logged, in one of the two forms."""

    style: Style
    sink: io.StringIO

    def begin(self) -> None:
        """Log to it, and take both prompts as private, in the context of whoever calls."""
        set_up_logging(level="DEBUG", style=self.style, secrets=[], stream=self.sink)
        keep_private(PROMPT, PLAIN)

    @property
    def text(self) -> str:
        return self.sink.getvalue()


@pytest.fixture(params=["console", "json"])
def log(request: pytest.FixtureRequest) -> Log:
    return Log(style=request.param, sink=io.StringIO())


def fail(text: str) -> None:
    raise ValueError(text)


def chained() -> None:
    try:
        fail(PROMPT)
    except ValueError as error:
        raise RuntimeError(f"while at {PLAIN!r}") from error


def grouped() -> None:
    group = [ValueError(PROMPT), KeyError(PLAIN), OSError(5, json.dumps({"prompt": PROMPT}))]
    raise ExceptionGroup(f"two of {PLAIN}", group)


def noted() -> None:
    error = ValueError("nothing")
    error.add_note(f"asked for: {PROMPT}")
    raise error


class Order:
    def __repr__(self) -> str:
        return f"Order(prompt={PROMPT!r})"


def logged_exception(action: Callable[[], None]) -> Callable[[], None]:
    def write() -> None:
        try:
            action()
        except Exception:  # whatever it is, it is to be logged
            logging.getLogger("discord.client").exception("failed with %s", PLAIN)
            structlog.get_logger("services.x").exception("failed", prompt=PROMPT)

    return write


def library(template: str, *arguments: object) -> Callable[[], None]:
    return lambda: logging.getLogger("aiohttp.server").warning(template, *arguments)


def ours(**fields: object) -> Callable[[], None]:
    return lambda: structlog.get_logger("services.x").debug("an_event_of_ours", **fields)


WAYS: Final[dict[str, Callable[[], None]]] = {
    "the message itself": library(PROMPT),
    "a positional argument": library("saw %s", PROMPT),
    "an argument by repr": library("saw %r", PROMPT),
    "an argument in a mapping": library("saw %(prompt)s", {"prompt": PROMPT}),
    "an object's repr": library("saw %s", Order()),
    "bytes": library("saw %r", PROMPT.encode()),
    "a body in JSON": library("sent %s", json.dumps({"prompt": PROMPT, "model": "a/b"})),
    "a repr of a body in JSON": library("sent %r", json.dumps({"prompt": PROMPT})),
    "JSON in JSON in JSON": library("sent %s", json.dumps(json.dumps(json.dumps(PROMPT)))),
    "an address": library("GET /search?q=%s", quote(PROMPT, safe="")),
    "a form": library("POST %s", urlencode({"prompt": PROMPT, "n": 1})),
    "a form of plain words": library("POST %s", quote_plus(PLAIN)),
    "cut off": library("saw %s...", PLAIN[: 2 * PIECE]),
    "cut out": library("saw ...%s...", PLAIN[9 : 9 + 2 * PIECE]),
    "other spaces and capitals": library("saw %s", PLAIN.upper().replace(" ", "\n  ")),
    "fields": ours(prompt=PROMPT, nested={"a": [PLAIN, {"b": (PROMPT,)}]}, what=Order()),
    "a key of a field": ours(nested={PROMPT: 1, PLAIN: 2}),
    "an exception": logged_exception(lambda: fail(PROMPT)),
    "an exception of an exception": logged_exception(chained),
    "a group of exceptions": logged_exception(grouped),
    "a note on an exception": logged_exception(noted),
    "a warning": lambda: warnings.warn(f"odd prompt: {PROMPT}", stacklevel=1),
    "the stack": lambda: logging.getLogger("x").warning("%s", "".join(traceback.format_stack()) + PROMPT),
    "extra": lambda: logging.getLogger("x").warning("%(a)s", {"a": PLAIN}, extra={"prompt": PROMPT}),
}


def assert_private(text: str) -> None:
    assert text
    assert [word for word in TELLING if word in text] == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.filterwarnings("always")
def test_a_prompt_is_masked(log: Log, way: str) -> None:
    logging.captureWarnings(capture=True)
    log.begin()

    WAYS[way]()

    assert MASK in log.text
    assert_private(log.text)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.filterwarnings("always")
def test_every_way_would_show_it_to_whoever_does_not_mask(way: str) -> None:
    logging.captureWarnings(capture=True)
    sink = io.StringIO()
    set_up_logging(level="DEBUG", style="json", secrets=[], stream=sink)

    WAYS[way]()

    assert MASK not in sink.getvalue()


def test_a_prompt_of_a_task_is_masked_in_what_asyncio_says_when_nobody_fetched_its_end(log: Log) -> None:
    async def child() -> None:
        fail(f"no {PROMPT}")

    async def step() -> None:
        keep_private(PROMPT)
        task = asyncio.create_task(child(), name="a step")
        await asyncio.wait({task})

    async def serve() -> None:
        await asyncio.create_task(step())
        gc.collect()
        await asyncio.sleep(0)

    log.begin()
    asyncio.run(serve())

    assert "never retrieved" in log.text
    assert_private(log.text)


def test_a_prompt_is_masked_in_threads_whatever_context_they_have(log: Log) -> None:
    log.begin()
    write = library("from a thread: %s", PROMPT)
    thread = threading.Thread(target=write)
    thread.start()
    thread.join()

    async def serve() -> None:
        await asyncio.to_thread(write)
        await asyncio.get_running_loop().run_in_executor(None, write)

    asyncio.run(serve())

    assert log.text.count("from a thread: ") == log.text.count(MASK) == 3
    assert_private(log.text)


def test_a_prompt_that_looks_like_a_line_of_the_log_neither_breaks_nor_empties_it() -> None:
    sink = io.StringIO()
    set_up_logging(level="DEBUG", style="json", secrets=[], stream=sink)
    keep_private(
        '"level": "warning", "logger": "services.x", "timestamp": "2026', "warning services.x", "an_event_of_ours"
    )

    structlog.get_logger("services.x").warning("an_event_of_ours", job_id=7)

    line = json.loads(sink.getvalue())
    assert (line["level"], line["logger"], line["event"], line["job_id"]) == (
        "warning",
        "services.x",
        "an_event_of_ours",
        7,
    )


def test_which_exception_it_was_stays_readable(log: Log) -> None:
    log.begin()
    logged_exception(lambda: fail(f"{json.dumps(repr(PROMPT))} is no good"))()

    assert f"ValueError: {MASK}" in log.text


def test_short_words_are_not_masked(log: Log) -> None:
    log.begin()
    keep_private("delivered"[: SHORTEST - 1])
    library("it was delivered")()

    assert "delivered" in log.text


def test_other_lines_are_left_as_they_are(log: Log) -> None:
    log.begin()
    ours(job_id=7, path="C:\\videos\\100%", seconds=1.5, ok=True, nothing=None)()

    assert MASK not in log.text
    assert "100%" in log.text


def test_what_is_over_is_forgotten_after_a_while_and_what_lives_is_not() -> None:
    keeper = Discretion(remembered=2)
    held = keeper.learn("the first that is held")
    for number in range(5):
        keeper.learn(f"another one, number {number}")

    assert {*keeper.known()} == {held.text, "another one, number 3", "another one, number 4"}


def test_a_context_keeps_its_prompt_private_for_as_long_as_it_lives() -> None:
    keeper = Discretion(remembered=1)
    context = contextvars.Context()
    context.run(keeper.begin)
    context.run(keep_private, PROMPT)
    other = contextvars.Context()
    other.run(keeper.begin)
    other.run(keep_private, PLAIN)

    assert {*keeper.known()} == {PROMPT, PLAIN}
    del context
    gc.collect()
    assert [*keeper.known()] == [PLAIN]
    assert REMEMBERED > 1


def spelled(text: str) -> list[str]:
    return [
        text,
        repr(text),
        ascii(text),
        json.dumps(text),
        json.dumps(json.dumps(text)),
        repr(repr(text)),
        repr(json.dumps(text)),
        json.dumps(repr(text)),
        repr(text.encode(errors="replace")),
        quote(text, safe="", errors="replace"),
        json.dumps({"url": "https://a.example/?q=" + quote_plus(text, errors="replace")}),
        f"ValueError: {text}",
        f"a\nb {text} c\nd",
    ]


@given(
    st.text(st.characters(codec="utf-8"), min_size=SHORTEST, max_size=120).filter(
        lambda text: len(letters_of(text)) >= SHORTEST
    )
)
def test_any_text_is_masked_however_it_is_spelled(text: str) -> None:
    for line in spelled(text):
        assert MASK in masked(line, [text]), line
        assert text not in masked(line, [text])
