"""No secret reaches a log, whoever writes the line."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ops.logs import MASK, OURS, set_up_logging

TOKEN = "MTA1.GhXyZ1.canary-of-the-discord-token-0123456789"
KEY = "sk-or-v1-canary0123456789abcdef"
SHAPES = (
    "sk-or-v1-anotherkeythatnobodytoldus",
    "Authorization: Bearer abcdefgh.ijkl",
    "https://discord.com/api/v10/webhooks/123456789/aW50ZXJhY3Rpb246MTIz-secretpart",
    "https://discord.com/api/v10/interactions/123456789/aW50ZXJhY3Rpb246MTIz-secretpart/callback",
    "https://storage.example/clip.mp4?X-Amz-Expires=60&X-Amz-Signature=secretpart",
    "https://cdn.discordapp.com/a/b/c.mp4?ex=secretpart1&is=secretpart2&hm=secretpart3",
    "https://storage.googleapis.com/clip.mp4?X-Goog-Credential=secretpart&x-goog-signature=secretpart",
    "{'Authorization': 'Bot MTA1MTIzNDU2Nzg5MDEyMzQ.GhXyZ1.secretpart'}",
    "{'authorization': 'bearer secretpart'}",
)
ROOT: Final = Path(__file__).parents[2]
WRONG: Final = """
import logging
from ops.logs import set_up_logging

set_up_logging(level="INFO", style="json", secrets=["canary-secret"])
logging.getLogger("discord.http").warning("%d requests with %s", "a prompt", "canary-secret")
"""
DYING: Final = """
import sys, threading, warnings
from ops.logs import log_what_python_prints, set_up_logging

set_up_logging(level="INFO", style="json", secrets=["canary-secret"])
log_what_python_prints()
warnings.warn("what about canary-secret?")
class Unraisable:
    def __del__(self):
        raise ValueError("canary-secret")
Unraisable()
def fail():
    raise ValueError("canary-secret")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
print("canary", file=sys.stdout)
fail()
"""


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


@pytest.mark.parametrize("library", ["discord.gateway", "aiohttp.client", "a_library_that_comes_tomorrow"])
def test_debug_lines_of_libraries_are_never_written(stream: io.StringIO, library: str) -> None:
    logging.getLogger(library).debug("the whole payload of an interaction")

    assert stream.getvalue() == ""


def test_our_own_debug_lines_are_written_at_debug_level(stream: io.StringIO) -> None:
    structlog.get_logger("services.openrouter.transport").debug("openrouter_call")

    assert "openrouter_call" in stream.getvalue()


def test_a_line_that_cannot_be_written_is_not_printed_as_it_came() -> None:
    done = subprocess.run([sys.executable, "-c", WRONG], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout + done.stderr == "a log line of discord.http could not be written\n"


def test_a_log_that_nobody_reads_any_more_stops_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    sink = io.StringIO()
    set_up_logging(level="INFO", style="json", secrets=[KEY], stream=sink)
    sink.close()

    structlog.get_logger("bot").warning("something", token=KEY)

    assert capfd.readouterr() == ("", "")


@given(st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40))
def test_a_secret_of_any_letters_is_masked_however_it_is_spelled(secret: str) -> None:
    sink = io.StringIO()
    set_up_logging(level="INFO", style="json", secrets=[secret], stream=sink)

    structlog.get_logger("bot").info("seen", plain=secret, shown=repr(secret), address=f"https://a.example/{secret}")
    structlog.get_logger("bot").info("seen", quoted=quote(secret, safe=""))

    first, second = map(json.loads, sink.getvalue().splitlines())
    assert all(secret not in first[name] for name in ("plain", "shown", "address"))
    assert quote(secret, safe="") not in second["quoted"]


def test_what_python_itself_prints_of_a_failure_passes_the_same_formatter() -> None:
    done = subprocess.run([sys.executable, "-c", DYING], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "canary\n")
    assert "canary-secret" not in done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["logger"] for line in lines] == ["py.warnings", "ops.logs", "ops.logs", "ops.logs"]
    assert [line["event"] for line in lines[1:]] == ["ignored", "thread_died", "died"]
    assert all(MASK in line.get("exception", line["event"]) for line in lines)


def test_json_lines_are_json_with_level_time_and_logger() -> None:
    sink = io.StringIO()
    set_up_logging(level="INFO", style="auto", secrets=[], stream=sink)

    structlog.get_logger("services.jobs").info("job_moved", job_id=7)

    line = json.loads(sink.getvalue())
    assert line["event"] == "job_moved"
    assert line["job_id"] == 7
    assert {"level", "timestamp", "logger"} <= set(line)
