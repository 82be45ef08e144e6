"""`bot.py setup` at a real terminal: what is asked, what is never shown, and what is on disk afterwards."""

import stat
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from services.settings import EXIT_CONFIGURATION, load_settings
from tests.crash.process import PATIENCE
from tests.ops.doctor.patient import Patient
from tests.ops.setup.terminal import Terminal, terminal


def addresses(patient: Patient) -> Mapping[str, str]:
    return {
        "OPENROUTER_BASE_URL": patient.api.base_url,
        "DISCORD_API_URL": patient.chat.api_url,
        "DISCORD_GATEWAY_URL": patient.chat.gateway_url,
    }


@asynccontextmanager
async def setting_up(patient: Patient) -> AsyncGenerator[Terminal]:
    async with terminal("setup", folder=patient.folder, environment=addresses(patient)) as opened:
        yield opened


def env_file(patient: Patient) -> Path:
    return patient.folder / ".env"


def unseen(patient: Patient, at: Terminal) -> bool:
    return patient.chat.token not in at.screen and patient.api.key not in at.screen


async def give_secrets(patient: Patient, at: Terminal) -> None:
    await at.sees("DISCORD_TOKEN:")
    await at.types_unseen(patient.chat.token)
    await at.sees("accepted: Video Bot")
    await at.sees("OPENROUTER_API_KEY:")
    await at.types_unseen(patient.api.key)
    await at.sees("$50.00 left of $50.00")


async def test_five_answers_make_a_file_that_only_its_owner_may_read_and_no_secret_is_ever_shown(
    patient: Patient,
) -> None:
    patient.data.chmod(0o755)

    async with setting_up(patient) as at:
        await give_secrets(patient, at)
        await at.sees("google/veo-3.1-lite")
        at.types("google/veo-3.1-lite")
        await at.sees("Videos a day for each member")
        at.types("3")
        await at.sees("Dollars in 30 days")
        at.types("7.50")
        await at.sees("3 videos a day for each member: about $")
        await at.sees("10 members")
        await at.sees("stops at $7.50 in 30 days")
        at.types("")
        await at.sees("client_id=")
        await at.sees("permissions=274878024704")
        await at.sees("Start the bot now?")
        at.types("n")
        assert await at.exit_code() == 0

    assert unseen(patient, at)
    assert stat.S_IMODE(env_file(patient).stat().st_mode) == 0o600
    assert stat.S_IMODE(patient.data.stat().st_mode) == 0o700
    settings = load_settings(env_file=env_file(patient))
    assert settings.discord_token.get_secret_value() == patient.chat.token
    assert settings.openrouter_api_key.get_secret_value() == patient.api.key
    chosen = (settings.default_model, settings.videos_per_day, settings.budget_usd)
    assert chosen == ("google/veo-3.1-lite", 3, Decimal("7.50"))


async def test_every_wrong_answer_gets_a_sentence_and_the_question_again(patient: Patient) -> None:
    async with setting_up(patient) as at:
        await at.sees("DISCORD_TOKEN:")
        await at.types_unseen("two words")
        await at.sees("Copy it again, alone.")
        await at.types_unseen("canary.token.of-somebody-else")
        await at.sees("Discord does not accept DISCORD_TOKEN")
        await at.sees("Reset Token")
        await give_secrets(patient, at)
        await at.sees("Number or name")
        at.types("999")
        await at.sees("There is no such model above")
        at.types("1")
        await at.sees("Videos a day for each member")
        at.types("-3")
        await at.sees("Dollars in 30 days")
        at.types("a lot")
        await at.sees("VIDEOS_PER_DAY: input should be greater than or equal to 0")
        await at.sees("BUDGET_USD: input should be a valid decimal")
        await at.sees("Videos a day for each member")
        assert not env_file(patient).exists()

    assert "canary" not in at.screen
    assert unseen(patient, at)


async def test_ctrl_c_in_the_middle_leaves_nothing_behind(patient: Patient) -> None:
    before = sorted(patient.folder.rglob("*"))

    async with setting_up(patient) as at:
        await at.sees("DISCORD_TOKEN:")
        await at.types_unseen(patient.chat.token)
        await at.sees("OPENROUTER_API_KEY:")
        at.presses_ctrl_c()
        await at.sees("Stopped. Nothing was written.")
        assert await at.exit_code() == 130

    assert sorted(patient.folder.rglob("*")) == before
    assert unseen(patient, at)


async def test_a_file_that_is_there_stays_byte_for_byte_unless_its_owner_says_yes(patient: Patient) -> None:
    env_file(patient).write_text("DISCORD_TOKEN=old\n# mine\n", encoding="utf-8")

    async with setting_up(patient) as at:
        await at.sees("There is a .env already")
        at.types("")
        await at.sees("Nothing was changed.")
        assert await at.exit_code() == 0

    assert env_file(patient).read_text(encoding="utf-8") == "DISCORD_TOKEN=old\n# mine\n"


async def test_with_a_yes_the_lines_of_others_stay_and_enter_keeps_what_was_set(patient: Patient) -> None:
    old = f"# mine\nDISCORD_TOKEN={patient.chat.token}\nTZ=UTC\nOPENROUTER_API_KEY=gone\nVIDEOS_PER_DAY=2 # few\n"
    env_file(patient).write_text(old, encoding="utf-8")
    env_file(patient).chmod(0o644)

    async with setting_up(patient) as at:
        await at.sees("There is a .env already")
        at.types("y")
        await at.sees("Enter keeps the one in .env")
        await at.types_unseen("")
        await at.sees("accepted: Video Bot")
        await at.sees("OPENROUTER_API_KEY (Enter keeps")
        await at.types_unseen(patient.api.key)
        await at.sees("Number or name")
        at.types("")
        await at.sees("Videos a day for each member [2]")
        at.types("")
        await at.sees("Dollars in 30 days")
        at.types("")
        await at.sees("Keep these?")
        at.types("")
        await at.sees("Start the bot now?")
        at.types("n")
        assert await at.exit_code() == 0

    written = env_file(patient).read_text(encoding="utf-8")
    lines = written.splitlines()
    assert lines[:3] == ["# mine", f"DISCORD_TOKEN={patient.chat.token}", "TZ=UTC"]
    assert f"OPENROUTER_API_KEY={patient.api.key}" in lines
    assert "gone" not in written
    assert stat.S_IMODE(env_file(patient).stat().st_mode) == 0o600


async def test_the_bot_that_it_offers_to_start_connects(patient: Patient) -> None:
    env_file(patient).write_text(
        f"DISCORD_TOKEN={patient.chat.token}\nOPENROUTER_API_KEY={patient.api.key}\n", encoding="utf-8"
    )

    async with setting_up(patient) as at:
        await at.sees("There is a .env already")
        at.types("y")
        for question in ("DISCORD_TOKEN (Enter", "OPENROUTER_API_KEY (Enter"):
            await at.sees(question)
            await at.types_unseen("")
        for question in ("Number or name", "Videos a day", "Dollars in 30", "Keep these?", "Start the bot now?"):
            await at.sees(question)
            at.types("")
        await patient.chat.connected(timeout=PATIENCE)
        at.presses_ctrl_c()
        assert await at.exit_code() == 0

    assert unseen(patient, at)


@pytest.mark.parametrize("service", ["discord", "openrouter"])
async def test_a_service_that_does_not_answer_is_tried_again_or_not_as_its_owner_wants(
    patient: Patient, service: str
) -> None:
    unreachable = {"discord": "DISCORD_API_URL", "openrouter": "OPENROUTER_BASE_URL"}[service]
    environment = {**addresses(patient), unreachable: "http://127.0.0.1:9/api"}

    async with terminal("setup", folder=patient.folder, environment=environment) as at:
        await at.sees("DISCORD_TOKEN:")
        await at.types_unseen(patient.chat.token)
        if service == "discord":
            await at.sees("Discord did not answer")
            await at.sees("Keep it without having tried it?")
            at.types("y")
        await at.sees("OPENROUTER_API_KEY:")
        await at.types_unseen(patient.api.key)
        if service == "openrouter":
            await at.sees("OpenRouter did not answer")
            await at.sees("Keep it without having tried it?")
            at.types("n")
            await at.sees("OPENROUTER_API_KEY:")
        else:
            await at.sees("Number or name")


async def test_a_secret_from_the_environment_is_not_asked_for_and_a_refused_one_ends_it(patient: Patient) -> None:
    environment = {**addresses(patient), "DISCORD_TOKEN": patient.chat.token, "OPENROUTER_API_KEY": "canary-of-another"}

    async with terminal("setup", folder=patient.folder, environment=environment) as at:
        await at.sees("DISCORD_TOKEN comes from the environment.")
        await at.sees("accepted: Video Bot")
        await at.sees("OpenRouter does not accept OPENROUTER_API_KEY")
        await at.sees("OPENROUTER_API_KEY: comes from the environment; change it there")
        assert await at.exit_code() == EXIT_CONFIGURATION

    assert "canary" not in at.screen
    assert unseen(patient, at)
    assert not env_file(patient).exists()
