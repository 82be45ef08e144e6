"""`bot.py price`: what it prints for published bills, and what it says where it cannot know."""

import asyncio
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
import structlog
from typer.testing import CliRunner

import bot
from sandbox.openrouter import Answer, OpenRouterStandIn
from services.settings import EXIT_CONFIGURATION, Settings

CATALOGUE: Final = Path(__file__).parents[1] / "services" / "catalogue"
MODELS: Final = CATALOGUE / "models.json"
VECTORS: Final[list[dict[str, Any]]] = json.loads((CATALOGUE / "cost_vectors.json").read_text(encoding="utf-8"))
LITE: Final = ("--model", "google/veo-3.1-lite", "--resolution", "720p", "--aspect-ratio", "16:9", "--no-audio")


@pytest.fixture(autouse=True)
def _process_as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Run in an empty folder without settings, and put back what the command line sets up for its process."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    umask = os.umask(0o077)
    yield
    os.umask(umask)
    root.handlers, root.level = handlers, level
    structlog.configure(**configured)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a command left behind."""

    exit_code: int
    stdout: str
    stderr: str


def price(*options: str) -> Told:
    """Run `bot.py price` with these options."""
    result = CliRunner().invoke(bot.cli, ["price", *options])
    return Told(exit_code=result.exit_code, stdout=result.stdout, stderr=result.stderr)


def options_of(vector: dict[str, Any]) -> list[str]:
    """Return a published bill as the options that ask for it."""
    options = ["--model", vector["model"], "--duration", str(vector["duration"])]
    for name in ("resolution", "aspect_ratio"):
        if vector[name] is not None:
            options += [f"--{name.replace('_', '-')}", vector[name]]
    if vector["generate_audio"] is not None:
        options.append("--audio" if vector["generate_audio"] else "--no-audio")
    options += ["--frames", str(vector["frame_images"]), "--references", str(vector["input_reference_images"])]
    return options + [f"--{name.replace('_', '-')}" for name in ("video_reference", "continuation") if vector[name]]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['model']}-{vector['basis']}")
def test_published_bills_come_out(vector: dict[str, Any]) -> None:
    told = price(*options_of(vector), "--models-file", str(MODELS), "--json")
    found = json.loads(told.stdout)

    assert told.exit_code == 0
    assert found.keys() == {"estimate_usd", "reserve_usd", "why_not"}
    if vector["expected_usd"] is None:
        assert (found["estimate_usd"], found["reserve_usd"]) == (None, None)
        assert found["why_not"]
    else:
        assert Decimal(found["estimate_usd"]) == Decimal(vector["expected_usd"])
        assert Decimal(found["reserve_usd"]) >= Decimal(found["estimate_usd"])
        assert found["why_not"] is None


def test_people_read_two_lines_or_why_not(tmp_path: Path) -> None:
    listing = json.loads(MODELS.read_text(encoding="utf-8"))
    riddle = tmp_path / "riddle.json"
    riddle.write_text(
        json.dumps({"data": [model | {"pricing_skus": {"moon_phases": "1"}} for model in listing["data"]]}),
        encoding="utf-8",
    )

    told = price(*LITE, "--duration", "4", "--models-file", str(MODELS))
    why_not = price(*LITE, "--models-file", str(riddle))

    assert told.stdout.splitlines()[0] == "estimate_usd 0.12"
    assert told.stdout.splitlines()[1].startswith("reserve_usd ")
    assert why_not.exit_code == 0
    assert why_not.stdout.startswith("not estimable: ")


async def test_without_a_file_the_video_api_is_asked_and_neither_secret_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with OpenRouterStandIn() as api:
        monkeypatch.setenv("OPENROUTER_BASE_URL", api.base_url)
        told = await run_beside(*LITE, "--duration", "4", "--json")

    assert told.exit_code == 0
    assert json.loads(told.stdout)["estimate_usd"] == "0.12"
    [asked] = api.requests.of("models")
    assert "authorization" not in asked.headers


async def test_a_video_api_that_fails_is_one_line_on_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    async with OpenRouterStandIn() as api:
        api.script(Answer(route="models", status=401, times=None))
        monkeypatch.setenv("OPENROUTER_BASE_URL", api.base_url)
        told = await run_beside(*LITE)

    assert_refused(told)
    assert told.stderr.startswith("The video API did not list its models.")


def test_an_unknown_model_is_one_line_on_stderr() -> None:
    told = price("--model", "nobody/nothing", "--models-file", str(MODELS))

    assert_refused(told)
    assert told.stderr == "There is no model nobody/nothing in the list.\n"


@pytest.mark.parametrize("content", [None, b"", b"not json", b'{"data": 5}', b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_one_line_on_stderr(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "models.json"
    if content is not None:
        file.write_bytes(content)

    assert_refused(price(*LITE, "--models-file", str(file)))


def test_a_folder_in_place_of_the_file_is_one_line_on_stderr(tmp_path: Path) -> None:
    assert_refused(price(*LITE, "--models-file", str(tmp_path)))


@pytest.mark.parametrize("address", ["http://example.com/api/v1", "ftp://127.0.0.1", "nonsense"])
def test_a_wrong_address_of_the_video_api_is_one_line_on_stderr(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("OPENROUTER_BASE_URL", address)
    told = price(*LITE)

    assert (told.exit_code, told.stdout) == (EXIT_CONFIGURATION, "")
    assert told.stderr.startswith("OPENROUTER_BASE_URL: must ")
    assert told.stderr.count("\n") == 1
    assert address not in told.stderr


def test_a_wrong_address_does_not_matter_where_a_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_BASE_URL", "nonsense")

    assert price(*LITE, "--models-file", str(MODELS)).exit_code == 0


def assert_refused(told: Told) -> None:
    """Demand one line on stderr, nothing on stdout, and the exit code of a question that has no answer."""
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr.count("\n") == 1


async def run_beside(*options: str) -> Told:
    """Run the command in a thread, so that the stand-in of this loop can answer it."""
    return await asyncio.to_thread(price, *options)
