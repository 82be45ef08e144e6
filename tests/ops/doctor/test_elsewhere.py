"""Each way in which Discord or OpenRouter can say that something is wrong, and what `doctor` makes of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

import pytest

from ops.doctor import discord_account
from ops.doctor.findings import EXIT_TROUBLE, Status, exit_code
from sandbox.discord.permissions import NOTHING, Permission
from sandbox.openrouter import Answer
from services.models.discord_account import BotAccount, DiscordFacts
from services.settings import EXIT_CONFIGURATION
from tests.ops.doctor.patient import Patient, host

NO_ONE_LISTENS: Final = "http://127.0.0.1:9/api"


async def test_a_token_that_discord_refuses_is_a_failure_of_the_configuration(patient: Patient) -> None:
    findings = await patient.findings(discord_token="x" * 40)

    assert exit_code(findings) == EXIT_CONFIGURATION
    assert {each.check for each in findings if each.status is Status.SKIP} == {
        "application",
        "servers",
        "commands",
        "clock",
    }


async def test_a_discord_that_does_not_answer_is_a_failure_that_may_pass(patient: Patient) -> None:
    findings = await patient.findings(discord_api_url=NO_ONE_LISTENS)

    assert exit_code(findings) == EXIT_TROUBLE


PORTAL: Final[Mapping[str, tuple[dict[str, object], Status, str]]] = {
    "anybody may invite it": ({"bot_public": True}, Status.WARN, "Public Bot"),
    "commands go elsewhere": ({"interactions_endpoint_url": "https://a.example"}, Status.FAIL, "Interactions Endpoint"),
    "a code grant is needed": ({"bot_require_code_grant": True}, Status.FAIL, "Code Grant"),
    "users may install it": ({"integration_types_config": {"0": {}, "1": {}}}, Status.WARN, "User Install"),
    "servers may not install it": ({"integration_types_config": {"1": {}}}, Status.FAIL, "Guild Install"),
}


@pytest.mark.parametrize(("changes", "status", "place"), PORTAL.values(), ids=PORTAL)
async def test_what_is_wrong_in_the_developer_portal_is_told_with_its_place(
    patient: Patient, changes: dict[str, object], status: Status, place: str
) -> None:
    patient.portal(**({"bot_public": False} | changes))

    found = await patient.finding("application")

    assert found.status is status
    assert place in (found.fix or "")


async def test_a_channel_in_which_a_permission_is_missing_is_told_of_by_both_names(patient: Patient) -> None:
    world = patient.chat.world
    world.set_overwrite(world.channel("no-attach").id, world.bot.id, deny=Permission.ATTACH_FILES)

    found = await patient.finding("servers")

    assert (found.status, found.says) == (Status.WARN, "Sandbox: #no-attach lacks Attach Files")


async def test_a_hidden_channel_counts_only_where_managers_chose_it(patient: Patient) -> None:
    world = patient.chat.world
    hidden = world.channel("hidden")
    at_first = await patient.finding("servers")
    await patient.with_database(
        "INSERT INTO servers (guild_id, channels) VALUES (:guild, :channels)",
        values={"guild": hidden.guild_id, "channels": f"[{hidden.id}, {world.channel('videos').id}]"},
    )

    found = await patient.finding("servers")

    assert at_first.status is Status.OK
    assert (found.status, found.says) == (Status.WARN, "Sandbox: #hidden lacks View Channel")


async def test_a_server_in_which_nothing_is_granted_is_a_failure_with_the_invite(patient: Patient) -> None:
    world = patient.chat.world
    for role in list(world.roles.values()):
        world.replace_role(replace(role, permissions=NOTHING))

    found = await patient.finding("servers")

    assert found.status is Status.FAIL
    assert "permissions=274878024704" in (found.fix or "")


async def test_a_bot_in_no_server_is_told_how_to_invite_it(patient: Patient) -> None:
    world = patient.chat.world
    for guild in world.bot_guilds():
        world.remove_member(guild.id, world.bot.id)

    found = await patient.finding("servers")

    assert found.status is Status.WARN
    assert "https://discord.com/oauth2/authorize" in (found.fix or "")


def test_a_command_that_this_version_no_longer_has_is_told_of() -> None:
    account = BotAccount(
        application_id=1,
        name="Bot",
        is_public=False,
        needs_code_grant=False,
        has_endpoint=False,
        for_servers=True,
        for_users=False,
    )
    facts = DiscordFacts(
        account=account, servers=(), more_servers=0, not_registered=(), left_over=("/imagine", "/imagine prompt")
    )

    found = discord_account.registered(facts)

    assert (found.status, found.says) == (Status.WARN, "Discord still shows /imagine, which this version has not")


async def test_a_clock_that_is_wrong_is_told_of_with_how_far_and_which_way(patient: Patient) -> None:
    found = await patient.finding("clock", clock=lambda: host() - timedelta(minutes=5))

    assert found.status is Status.WARN
    assert "300 s slow" in found.says or "299 s slow" in found.says or "301 s slow" in found.says


# --- OpenRouter --------------------------------------------------------------------------------------------------


async def test_a_key_that_openrouter_refuses_is_a_failure_of_the_configuration(patient: Patient) -> None:
    findings = await patient.findings(openrouter_api_key="wrong-key-of-mine")

    assert exit_code(findings) == EXIT_CONFIGURATION


async def test_an_openrouter_that_does_not_answer_is_a_failure_that_may_pass(patient: Patient) -> None:
    findings = await patient.findings(openrouter_base_url=NO_ONE_LISTENS)

    assert exit_code(findings) == EXIT_TROUBLE


async def test_a_key_without_a_limit_is_told_of(patient: Patient) -> None:
    patient.api.account.set_limit(None)

    found = await patient.finding("openrouter key")

    assert found.status is Status.WARN
    assert "credit limit" in (found.fix or "")


async def test_what_is_left_on_the_key_is_said_and_too_little_is_a_failure(patient: Patient) -> None:
    patient.api.account.set_limit(Decimal(50), remaining=Decimal(30))
    enough = await patient.finding("openrouter key")
    patient.api.account.set_limit(Decimal(50), remaining=Decimal("0.5"))
    little = await patient.finding("openrouter key")
    patient.api.account.set_limit(Decimal(50), remaining=Decimal("0.01"))
    nothing = await patient.finding("openrouter key")

    assert [each.status for each in (enough, little, nothing)] == [Status.OK, Status.WARN, Status.FAIL]
    assert "$30.00 left of $50.00" in enough.says


async def test_a_default_model_that_has_left_the_list_is_told_of_with_the_one_that_stands_in(patient: Patient) -> None:
    found = await patient.finding("default model", default_model="acme/gone-1")

    assert found.status is Status.WARN
    assert "no longer listed" in found.says


async def test_a_budget_that_pays_for_no_video_is_a_failure_of_the_configuration(patient: Patient) -> None:
    found = await patient.finding("default model", budget_usd=Decimal("0.01"))

    assert (found.status, found.is_configuration) == (Status.FAIL, True)


@pytest.mark.parametrize(("takes_unpriced", "status"), [(False, Status.FAIL), (True, Status.WARN)])
async def test_a_default_model_without_a_price_is_a_failure_unless_the_owner_takes_such(
    patient: Patient, *, takes_unpriced: bool, status: Status
) -> None:
    model = {"id": "acme/clip-1", "name": "Clip", "supported_durations": [5], "supported_resolutions": ["720p"]}
    patient.api.script(Answer(route="models", status=200, json={"data": [model]}, times=None))

    found = await patient.finding("default model", allow_unpriced_models=takes_unpriced)

    assert found.status is status
