"""`bot.py doctor` as an owner runs it: what it prints, what it leaves with, and that a running bot never notices."""

import json
import re
from typing import Any

from ops.doctor.findings import NotLookedAt, Status, bad, exit_code, good, poor, skipped, wrong
from ops.doctor.report import discreet
from services.settings import EXIT_CONFIGURATION
from tests.e2e.house import House
from tests.ops.doctor.patient import Patient, checks_of, printed


async def test_every_check_is_one_line_with_its_fix_and_no_secret_is_printed(patient: Patient) -> None:
    patient.api.account.set_limit(None)

    code, output = await patient.command()

    lines = output.splitlines()
    assert code == 0
    assert all(line[:4] in {"OK  ", "WARN"} for line in lines[:-2])
    assert any(line.startswith("WARN  openrouter key") and "Fix: " in line for line in lines)
    assert lines[-1].endswith("2 to look at, 0 wrong.")
    assert patient.chat.token not in output
    assert patient.api.key not in output


async def test_json_is_one_object_and_offline_skips_whatever_needs_the_network(patient: Patient) -> None:
    code, output = await patient.command("--json", "--offline", DISCORD_API_URL="http://127.0.0.1:9")

    found = json.loads(output)
    assert (code, found["version"], found["exit_code"]) == (0, 1, 0)
    assert {*found["checks"][0]} == {"check", "status", "says", "fix"}
    assert {check for check, status in checks_of(output).items() if status == "skip"} == {
        "discord token",
        "application",
        "servers",
        "commands",
        "clock",
        "openrouter key",
        "default model",
    }


async def test_without_any_settings_it_leaves_with_78_and_says_what_to_do(patient: Patient) -> None:
    code, output = await printed(patient.folder, ("doctor",), {})

    assert code == EXIT_CONFIGURATION
    assert "DISCORD_TOKEN: is missing; OPENROUTER_API_KEY: is missing" in output
    assert "uv run bot.py setup" in output


async def test_a_secret_that_is_refused_is_not_printed_either(patient: Patient) -> None:
    code, output = await patient.command(DISCORD_TOKEN="canary-token-of-somebody", OPENROUTER_API_KEY="canary-key-else")

    assert code == EXIT_CONFIGURATION
    assert "canary" not in output


async def test_beside_a_running_bot_all_is_in_step_and_the_bot_goes_on(house: House) -> None:
    async with house.running():
        await house.video()
        await house.clip_in()
        around = Patient(chat=house.discord, api=house.openrouter, folder=house.data.parent)
        sessions = len(house.discord.requests_to("GET /gateway/bot"))

        found = {each.check: each for each in await around.findings(**dict[str, Any](house.stored.settings))}

        assert re.match("a bot runs on this data|the bot is at work on this data", found["instance"].says)
        assert [found[check].status for check in ("database", "instance", "jobs", "commands")] == [Status.OK] * 4
        assert len(house.discord.requests_to("GET /gateway/bot")) == sessions
        asked = await house.video("another fox")
        await house.clip_in(after=asked.original.id if asked.original else 0)
    assert len(house.clips()) == 2


def test_the_exit_code_is_that_of_the_worst() -> None:
    fine, dull = good("a", "well"), skipped("b", NotLookedAt("left out"))
    dubious = poor("c", "hm", fix="Look.")
    broken, misconfigured = bad("d", "broken", fix="Wait."), wrong("e", "wrong", fix="Change it.")

    assert exit_code([fine, dull, dubious]) == 0
    assert exit_code([fine, broken]) == 1
    assert exit_code([broken, misconfigured]) == EXIT_CONFIGURATION


def test_what_others_have_named_can_neither_move_the_cursor_nor_smuggle_a_secret() -> None:
    hostile = good("servers", "\x1b[2Jmine\r\nOK    all: my-very-secret-token, sk-or-v1-0123456789abcdef")

    (shown,) = discreet([hostile], secrets=("my-very-secret-token",))

    assert shown.says == "[2Jmine OK all: [secret], [secret]"
    assert "\x1b" not in shown.says
