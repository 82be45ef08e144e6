"""What is read at the buttons under a result, and what is on them."""

from dataclasses import replace
from typing import Any, Final

import pytest

from cogs.replies import results
from cogs.results import LABELS, Deed, prompt_form, result_buttons
from services.models import LONGEST_PROMPT
from services.results import Removal, Unavailable
from tests.cogs.samples import JOB

DANGER: Final = 4


def shown(*, continues: bool) -> list[dict[str, Any]]:
    """Return the buttons under a result as Discord gets them."""
    view = result_buttons(JOB, continues=lambda model: continues and model == JOB.spec.model)
    return [button for row in view.to_components() for button in row["components"]]


def test_extend_is_there_only_where_the_model_can_go_on() -> None:
    assert [button["label"] for button in shown(continues=True)] == ["Again", "Edit", "Extend", "Delete"]
    assert [button["label"] for button in shown(continues=False)] == ["Again", "Edit", "Delete"]


def test_a_button_knows_what_it_does_and_the_jobs_number_and_nothing_else() -> None:
    assert [button["custom_id"] for button in shown(continues=True)] == [
        "result:7:again",
        "result:7:edit",
        "result:7:extend",
        "result:7:delete",
    ]


def test_what_destroys_looks_like_it() -> None:
    assert [button["label"] for button in shown(continues=True) if button["style"] == DANGER] == ["Delete"]


@pytest.mark.parametrize("deed", [Deed.EDIT, Deed.EXTEND])
@pytest.mark.parametrize("prompt", ["a fox", "f" * LONGEST_PROMPT, "🦊" * LONGEST_PROMPT])
def test_a_form_holds_the_prompt_within_what_discord_takes_and_says_who_pays(deed: Deed, prompt: str) -> None:
    form = prompt_form(7, deed, prompt=prompt).to_dict()
    (label,) = form["components"]

    assert form["custom_id"] == f"result:7:{deed}:form"
    assert len(form["title"]) <= 45
    assert label["type"] == 18
    assert len(label["label"]) <= 45
    assert "your own limits" in label["description"]
    assert label["component"]["value"] == prompt
    assert (label["component"]["min_length"], label["component"]["max_length"]) == (1, LONGEST_PROMPT)


async def test_a_form_is_not_remembered_while_nobody_sends_it() -> None:
    assert prompt_form(7, Deed.EDIT, prompt="a fox").is_finished()


@pytest.mark.parametrize("why", Unavailable)
def test_whoever_cannot_have_it_again_reads_what_to_do_instead(why: Unavailable) -> None:
    text = results.unavailable(why)

    assert any(way in text for way in ("/video", "Press Again"))
    assert text.endswith(".")


@pytest.mark.parametrize("outcome", Removal)
def test_whoever_deletes_reads_what_came_of_it(outcome: Removal) -> None:
    text = results.removal(outcome, JOB)

    assert ("Video 7 is deleted" in text) == (outcome is Removal.REMOVED)
    assert ("still counts" in text) == (outcome is Removal.REMOVED)
    assert text.endswith(".")


def test_the_labels_are_the_words_that_the_sentences_use() -> None:
    assert "Delete" in results.removal(Removal.REMOVED, replace(JOB, id=8))
    assert set(LABELS) == set(Deed)
