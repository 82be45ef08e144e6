"""No secret reaches a log, whoever writes the line."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from ops.logs import MASK, set_up_logging

TOKEN = "MTA1.GhXyZ1.canary-of-the-discord-token-0123456789"
KEY = "sk-or-v1-canary0123456789abcdef"
SHAPES = (
    "sk-or-v1-anotherkeythatnobodytoldus",
    "Authorization: Bearer abcdefgh.ijkl",
    "https://discord.com/api/v10/webhooks/123456789/aW50ZXJhY3Rpb246MTIz-secretpart",
    "https://discord.com/api/v10/interactions/123456789/aW50ZXJhY3Rpb246MTIz-secretpart/callback",
    "https://storage.example/clip.mp4?X-Amz-Expires=60&X-Amz-Signature=secretpart",
    "https://cdn.discordapp.com/a/b/c.mp4?ex=secretpart1&is=secretpart2&hm=secretpart3",
)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(params=["console", "json"])
def stream(request: pytest.FixtureRequest) -> io.StringIO:
    style: Literal["console", "json"] = request.param
    sink = io.StringIO()
    set_up_logging(level="DEBUG", style=style, secrets=[TOKEN, KEY], stream=sink)
    return sink


def test_a_known_secret_is_masked_in_our_own_fields(stream: io.StringIO) -> None:
    structlog.get_logger("services.anything").warning("something", token=TOKEN, nested={"key": KEY})

    assert TOKEN not in stream.getvalue()
    assert KEY not in stream.getvalue()
    assert stream.getvalue().count(MASK) == 2


def test_a_known_secret_is_masked_in_the_arguments_of_a_library(stream: io.StringIO) -> None:
    logging.getLogger("aiohttp.client").warning("request with %s", {"Authorization": TOKEN})

    assert TOKEN not in stream.getvalue()
    assert "request with" in stream.getvalue()


def test_a_known_secret_is_masked_in_the_text_of_an_exception_and_no_local_is_printed(stream: io.StringIO) -> None:
    def fails(prompt: str) -> None:
        raise ValueError(f"bad key {KEY}" if prompt else "")

    prompt = "a prompt that nobody should read"
    try:
        fails(prompt)
    except ValueError:
        structlog.get_logger("bot").exception("it_failed")

    assert "ValueError" in stream.getvalue()
    assert KEY not in stream.getvalue()
    assert prompt not in stream.getvalue()


@pytest.mark.parametrize("shape", SHAPES)
def test_what_has_the_shape_of_a_secret_is_masked_though_nobody_named_it(stream: io.StringIO, shape: str) -> None:
    logging.getLogger("discord.http").warning("seen: %s", shape)

    assert MASK in stream.getvalue()
    assert "secretpart" not in stream.getvalue()
    assert "anotherkeythatnobodytoldus" not in stream.getvalue()


def test_debug_lines_of_discord_py_are_never_written(stream: io.StringIO) -> None:
    logging.getLogger("discord.gateway").debug("the whole payload of an interaction")

    assert stream.getvalue() == ""


def test_json_lines_are_json_with_level_time_and_logger() -> None:
    sink = io.StringIO()
    set_up_logging(level="INFO", style="auto", secrets=[], stream=sink)

    structlog.get_logger("services.jobs").info("job_moved", job_id=7)

    line = json.loads(sink.getvalue())
    assert line["event"] == "job_moved"
    assert line["job_id"] == 7
    assert {"level", "timestamp", "logger"} <= set(line)
