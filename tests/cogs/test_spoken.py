"""Whatever a member presses or fills in is answered in their language: no button and no form is left out."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from discord import ui

import bot
import cogs
from cogs.delivery import readers_of
from cogs.interactions import Spoken
from cogs.languages import LANGUAGES as SPOKEN
from cogs.languages import reader
from services import models
from tests.cogs.samples import JOB


def _everything_below(kind: type[Any]) -> Iterator[type[Any]]:
    """Yield the classes of ours that are of a kind, wherever in `cogs` they are."""
    for found in pkgutil.walk_packages(cogs.__path__, prefix="cogs."):
        importlib.import_module(found.name)
    waiting = list(kind.__subclasses__())
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if each.__module__.startswith("cogs."):
            yield each


BUTTONS: Final = tuple(_everything_below(ui.DynamicItem))
SOURCES: Final = tuple(sorted((Path(bot.__file__).parent / "cogs").rglob("*.py")))
LISTENERS: Final = tuple(file for file in SOURCES if "def on_interaction(" in file.read_text(encoding="utf-8"))


def _source(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def test_the_walk_sees_the_buttons_and_the_forms() -> None:
    assert {each.__name__ for each in BUTTONS} >= {"CancelButton", "OfferButton", "ResultButton", "ForgetButton"}
    assert {file.stem for file in LISTENERS} >= {"results", "pictures"}


@pytest.mark.parametrize("button", BUTTONS, ids=lambda button: button.__name__)
def test_every_button_speaks_the_language_of_whoever_presses_it(button: type[Any]) -> None:
    assert button.interaction_check is Spoken.interaction_check


@pytest.mark.parametrize("listener", LISTENERS, ids=lambda file: file.stem)
def test_every_form_is_read_by_what_begins_to_speak_to_its_member(listener: Path) -> None:
    """A form is read by a listener, because the process that opened it may be gone: `filled_in` is the one way."""
    calls = [node.func for node in ast.walk(ast.parse(_source(listener))) if isinstance(node, ast.Call)]

    assert "filled_in" in {called.id for called in calls if isinstance(called, ast.Name)}


def test_nothing_else_hears_of_forms() -> None:
    assert [file.stem for file in SOURCES if "modal_submit" in _source(file)] == ["interactions"]


def test_the_settings_know_the_languages_that_there_are_sentences_in() -> None:
    assert set(models.LANGUAGES) == set(SPOKEN)
    assert reader().code == models.ENGLISH


@pytest.mark.parametrize(
    ("changes", "is_direct", "code"),
    [
        ({}, False, "fr"),
        ({}, True, "de"),
        ({"is_private": True, "route": models.Route.DIRECT}, False, "de"),
        ({"in_direct_messages": True}, False, "de"),
        # Its clip goes to direct messages, but its status message stands in the channel.
        ({"route": models.Route.DIRECT}, False, "fr"),
        ({"server_language": "it"}, False, "en-US"),
    ],
)
def test_a_job_is_spoken_of_to_whoever_reads_it(changes: dict[str, Any], is_direct: bool, code: str) -> None:  # noqa: FBT001  # pytest's
    job = replace(JOB, **({"member_language": "de", "server_language": "fr"} | changes))

    assert readers_of(job, is_direct=is_direct).code == code
