"""`.env.example` says what the settings are."""

from pathlib import Path

import pytest
from dotenv import dotenv_values

from ops.env_example import rendered
from services.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_the_example_lists_exactly_the_settings() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == rendered()


def test_the_example_with_its_comments_removed_and_both_secrets_filled_in_is_a_valid_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    lines = [line.removeprefix("#") for line in rendered().splitlines() if not line.startswith("# ")]
    text = "\n".join(lines)
    text = text.replace("DISCORD_TOKEN=", f"DISCORD_TOKEN={'t' * 60}", 1)
    text = text.replace("OPENROUTER_API_KEY=", "OPENROUTER_API_KEY=sk-or-v1-example", 1)
    env_file = tmp_path / ".env"
    env_file.write_text(text, encoding="utf-8")

    settings = load_settings(env_file=env_file)

    assert set(dotenv_values(env_file)) == {name.upper() for name in Settings.model_fields}
    defaults = {name: field.default for name, field in Settings.model_fields.items() if not field.is_required()}
    assert {name: getattr(settings, name) for name in defaults} == defaults
