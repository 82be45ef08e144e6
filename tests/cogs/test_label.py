"""Every result says that a machine made it, in every language and wherever it goes."""

from dataclasses import replace
from itertools import product

import pytest

from cogs import replies
from cogs.languages import OWN_NAMES, language_of, reading
from services.models import Job, Route
from tests.sentences.values import DELIVERED

MADE_BY_AI = {
    "en-US": "Made by AI",
    "de": "KI",
    "fr": "IA",
    "es-ES": "IA",
    "es-419": "IA",
    "pt-BR": "IA",
    "ja": "AI",
}
"""What the line is known by in each language."""
RESULTS = {
    "in the channel": DELIVERED,
    "privately": replace(DELIVERED, is_private=True, route=Route.DIRECT),
    "in direct messages": replace(DELIVERED, in_direct_messages=True),
    "where the channel was closed": replace(DELIVERED, route=Route.DIRECT),
    "sent again elsewhere": replace(DELIVERED, route=Route.ELSEWHERE, again_at=DELIVERED.created_at),
    "behind a spoiler": replace(DELIVERED, is_spoiler=True),
    "with its prompt forgotten": replace(DELIVERED, prompt=""),
}


def test_every_language_is_looked_at() -> None:
    assert set(OWN_NAMES) <= set(MADE_BY_AI)


@pytest.mark.parametrize("code", OWN_NAMES)
@pytest.mark.parametrize("job", RESULTS.values(), ids=RESULTS)
def test_a_result_is_labelled_as_made_by_ai(job: Job, code: str) -> None:
    with reading(language_of(code)):
        for with_prompt, server in product((True, False), (None, "", "Sandbox")):
            text = replies.result(job, model_name="Clip", with_prompt=with_prompt, server=server)
            last = text.splitlines()[-1]

            assert last.startswith("-# ")
            assert MADE_BY_AI[code] in last.partition(" · ")[0]
