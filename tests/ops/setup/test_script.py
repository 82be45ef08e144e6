"""`bot.py setup --non-interactive`: what a script gets, and that it never gets half of it."""

import stat
from decimal import Decimal

import pytest

from services.settings import EXIT_CONFIGURATION, load_settings
from tests.ops.doctor.patient import Patient, printed

SCRIPT = ("setup", "--non-interactive")


def environment(patient: Patient, **changes: str) -> dict[str, str]:
    values = {name.upper(): str(value) for name, value in patient.values().items() if name != "data_dir"}
    return {name: value for name, value in (values | changes).items() if value}


async def test_secrets_from_the_environment_and_choices_from_options_make_a_private_file(patient: Patient) -> None:
    options = ("--model", "google/veo-3.1-lite", "--videos-per-day", "2", "--budget-usd", "5")

    code, output = await printed(patient.folder, (*SCRIPT, *options), environment(patient))

    path = patient.folder / ".env"
    assert code == 0
    assert "permissions=274878024704" in output
    assert patient.chat.token not in output
    assert patient.api.key not in output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    settings = load_settings(env_file=path)
    assert settings.discord_token.get_secret_value() == patient.chat.token
    chosen = (settings.default_model, settings.videos_per_day, settings.budget_usd)
    assert chosen == ("google/veo-3.1-lite", 2, Decimal(5))


async def test_everything_that_is_missing_is_said_at_once_and_nothing_is_written(patient: Patient) -> None:
    (patient.folder / ".env").write_text("TZ=UTC\n", encoding="utf-8")

    code, output = await printed(patient.folder, SCRIPT, {})

    assert code == EXIT_CONFIGURATION
    for words in (".env: is there already; add --overwrite", "DISCORD_TOKEN: is missing", "OPENROUTER_API_KEY: is mis"):
        assert words in output
    assert (patient.folder / ".env").read_text(encoding="utf-8") == "TZ=UTC\n"


@pytest.mark.parametrize(
    ("changes", "options", "code", "words"),
    [
        ({"DISCORD_TOKEN": "canary.of.somebody-else"}, (), 78, "Discord does not accept"),
        ({"OPENROUTER_API_KEY": "canary-of-another"}, (), 78, "OpenRouter does not accept"),
        ({"DISCORD_API_URL": "http://127.0.0.1:9"}, (), 1, "Discord did not answer"),
        ({}, ("--model", "acme/none-1"), 78, "--model: there is no acme/none-1"),
        ({}, ("--videos-per-day", "minus"), 78, "VIDEOS_PER_DAY: "),
        ({"VIDEOS_PER_DAY": "7"}, ("--videos-per-day", "3"), 78, "VIDEOS_PER_DAY: is set otherwise in the env"),
    ],
    ids=["token", "key", "no answer", "model", "limit", "the environment says otherwise"],
)
async def test_what_is_wrong_is_said_without_any_secret_and_nothing_is_written(
    patient: Patient, changes: dict[str, str], options: tuple[str, ...], code: int, words: str
) -> None:
    before = sorted(patient.folder.iterdir())

    left, output = await printed(patient.folder, (*SCRIPT, *options), environment(patient, **changes))

    assert left == code
    assert words in output
    assert "canary" not in output
    (patient.folder / "printed.log").unlink()
    assert sorted(patient.folder.iterdir()) == before


async def test_a_secret_in_a_file_stays_there_and_is_only_named(patient: Patient) -> None:
    secret = patient.folder / "token"
    secret.write_text(f"{patient.chat.token}\n", encoding="utf-8")
    (patient.folder / ".env").write_text("DISCORD_TOKEN=the-one-of-before\n", encoding="utf-8")
    around = environment(patient, DISCORD_TOKEN="", DISCORD_TOKEN_FILE=str(secret))

    code, _ = await printed(patient.folder, (*SCRIPT, "--overwrite"), around)

    written = (patient.folder / ".env").read_text(encoding="utf-8")
    assert code == 0
    assert patient.chat.token not in written
    assert "DISCORD_TOKEN=" not in written
    assert f"DISCORD_TOKEN_FILE={secret}" in written.splitlines()


async def test_without_a_terminal_a_conversation_is_not_begun(patient: Patient) -> None:
    code, output = await printed(patient.folder, ("setup",), environment(patient))

    assert code == EXIT_CONFIGURATION
    assert "--non-interactive" in output
    assert not (patient.folder / ".env").exists()


async def test_no_option_takes_a_secret(patient: Patient) -> None:
    code, output = await printed(patient.folder, ("setup", "--help"), {})

    assert code == 0
    assert "--token" not in output
    assert "--key" not in output
