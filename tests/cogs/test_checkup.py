"""A look at the account is made of reads alone, and knows every command as Discord gets it."""

import discord

from cogs.checkup import DiscordCheckup, offered
from cogs.client import PERMISSIONS, use_stand_in
from cogs.interactions import NEEDED
from sandbox.discord import DiscordStandIn
from services.models.discord_account import BotAccount, DiscordFacts, NoAccount
from tests.e2e.house import COMMANDS, House


def checkup() -> DiscordCheckup:
    return DiscordCheckup(needed=PERMISSIONS, use_stand_in=use_stand_in)


async def looked(chat: DiscordStandIn) -> DiscordFacts:
    facts = await checkup().look(chat.token, api_url=chat.api_url, trace=None)
    assert isinstance(facts, DiscordFacts)
    return facts


async def test_a_look_only_reads_and_opens_no_gateway(chat: DiscordStandIn) -> None:
    await looked(chat)

    assert {record.method for record in chat.requests} == {"GET"}
    assert not [record for record in chat.requests if "/gateway" in record.path]


async def test_what_is_missing_is_named_by_the_names_of_discords_settings(chat: DiscordStandIn) -> None:
    sandbox = next(each for each in (await looked(chat)).servers if each.name == "Sandbox")

    lacking = {channel.name: channel for channel in sandbox.channels if channel.missing}
    assert lacking["no-attach"].missing == ("Attach Files",)
    assert not lacking["hidden"].is_seen
    assert {name.text for name in NEEDED.values()} <= {*lacking["hidden"].missing}
    assert "Send Messages in Threads" in lacking["hidden"].missing


async def test_a_running_bot_has_registered_exactly_what_a_look_expects(house: House) -> None:
    async with house.running():
        facts = await looked(house.discord)

    assert (facts.not_registered, facts.left_over) == ([], [])


async def test_before_the_first_start_every_command_is_missing_with_its_options(house: House) -> None:
    facts = await looked(house.discord)

    assert {each.name for each in offered()} == COMMANDS
    assert {"/video prompt", "/limits set user", "Animate this"} <= {*facts.not_registered}


async def test_a_refused_token_and_a_silent_discord_are_told_apart(chat: DiscordStandIn) -> None:
    refused = await checkup().account("x" * 40, api_url=chat.api_url)
    silent = await checkup().account(chat.token, api_url="http://127.0.0.1:9")

    assert (refused, silent) == (NoAccount.REFUSED, NoAccount.UNREACHABLE)


async def test_the_account_tells_what_is_set_in_the_portal(chat: DiscordStandIn) -> None:
    found = await checkup().account(chat.token, api_url=chat.api_url)

    assert isinstance(found, BotAccount)
    assert (found.application_id, found.name) == (chat.world.application.id, "Video Bot")
    assert (found.is_public, found.for_servers, found.for_users, found.has_endpoint) == (True, True, False, False)


def test_the_invite_asks_for_exactly_what_a_video_takes() -> None:
    address = checkup().invite(7)

    assert f"permissions={PERMISSIONS.value}" in address
    assert "scope=bot+applications.commands" in address
    assert not discord.Permissions(PERMISSIONS.value).manage_messages
