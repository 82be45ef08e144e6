"""The templates for the developer portal say what the code stores: every place where a member's id lies is named."""

import re
from pathlib import Path
from typing import Final

import pytest

from services.database import Database
from services.settings import Settings

ROOT: Final = Path(__file__).parents[1]
PRIVACY: Final = (ROOT / "PRIVACY.md").read_text(encoding="utf-8")
TERMS: Final = (ROOT / "TERMS.md").read_text(encoding="utf-8")
NAMED: Final = {
    "jobs": "When you ask for a video",
    "offers": "Requests that wait for your yes",
    "chosen_pictures": "Pictures that you attach",
    "bonuses": "give you more videos",
    "blocks": "or block you",
    "limits": "set limits for you",
    "audit": "a record of who changed what",
    "pauses": "with theirs",
    "budgets": "a record of who changed what",
    "words": "a record of who changed what",
    "word_refusals": "refused by a list of words",
    "member_pauses": "the bot paused you",
    "notices": "Reports that you send",
    "member_lines": "When you ask for a video",  # how many of a member's videos wait: gone with the last of them
}
"""Where a person's id is stored, and the words that say so."""
OF_PERSONS: Final = ("user_id", "actor_id", "changed_by", "granted_by", "blocked_by", "paused_by", "added_by")


COLUMNS: Final = """
SELECT tables.name AS name, columns.name AS held FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table'
"""


@pytest.mark.sqlite("the other engine's schema holds the same tables, which another test compares")
async def test_every_table_that_knows_a_person_is_named(database: Database) -> None:
    async with database.transaction() as tx:
        known = {row["name"] for row in await tx.fetch_all(COLUMNS) if row["held"] in OF_PERSONS}

    assert known == set(NAMED)
    for table, words in NAMED.items():
        assert words in " ".join(PRIVACY.split()), table


def test_the_numbers_are_the_defaults() -> None:
    fields = Settings.model_fields

    assert (
        f"[{fields['prompt_retention_days'].default} days] after the video ended (`PROMPT_RETENTION_DAYS`)" in PRIVACY
    )
    assert f"[{fields['clip_retention_hours'].default} hours] (`CLIP_RETENTION_HOURS`)" in PRIVACY


@pytest.mark.parametrize("text", [PRIVACY, TERMS], ids=["privacy", "terms"])
def test_every_setting_and_command_that_is_named_exists(text: str) -> None:
    settings = set(re.findall(r"`([A-Z][A-Z_]+)`", text))

    assert {name.lower() for name in settings} <= set(Settings.model_fields)
    assert set(re.findall(r"`(/[a-z]+)[ `]", text)) <= {"/privacy", "/status"}


@pytest.mark.parametrize("text", [PRIVACY, TERMS], ids=["privacy", "terms"])
def test_what_only_the_owner_knows_is_left_for_them_to_fill_in(text: str) -> None:
    assert text.startswith("<!-- A template.")
    for wanted in ("[date]", "[name of the bot]", "[your name or organisation]", "[e-mail address]"):
        assert wanted in text
