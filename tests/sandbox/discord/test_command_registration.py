"""Registering commands: what Discord takes, what it refuses, and which ids stay."""

from typing import Any

import pytest

from sandbox.discord import DiscordStandIn
from tests.sandbox.discord.caller import COMMANDS, Caller

OPTION: dict[str, Any] = {"type": 3, "name": "a", "description": "d"}


def command(**fields: object) -> dict[str, Any]:
    return {"name": "video", "description": "Make", **fields}


@pytest.mark.parametrize(
    "faulty",
    [
        command(name="Video"),
        command(name="my video"),
        command(name="v" * 33),
        command(description="d" * 101),
        command(description=""),
        {"name": "video"},
        command(options=[OPTION] * 2),
        command(options=[{**OPTION, "name": f"o{number}"} for number in range(26)]),
        command(options=[OPTION, {**OPTION, "name": "b", "required": True}]),
        command(options=[{**OPTION, "type": 12}]),
        command(options=[{**OPTION, "choices": [{"name": str(n), "value": str(n)} for n in range(26)]}]),
        command(options=[{**OPTION, "choices": [{"name": "a", "value": 1}]}]),
        command(options=[{**OPTION, "choices": [{"name": "a", "value": "a"}], "autocomplete": True}]),
        command(options=[{**OPTION, "type": 5, "autocomplete": True}]),
        command(options=[{"type": 1, "name": "s", "description": "d"}, {**OPTION, "name": "b"}]),
        command(options=[{"type": 1, "name": "s", "description": "d", "options": [{**OPTION, "type": 1}]}]),
        command(contexts=[3]),
        command(integration_types=[2]),
        command(default_member_permissions="manage"),
        {"name": "Menu", "type": 3, "description": "menus have none"},
    ],
)
async def test_a_faulty_command_is_refused_at_its_index(caller: Caller, faulty: dict[str, Any]) -> None:
    reply = await caller.register([command(name="fine"), faulty])

    assert reply.refusal == (400, 50035)
    assert list(reply.json["errors"]) == ["1"]


async def test_a_large_command_is_refused(caller: Caller) -> None:
    choices = [{"name": "n" * 100, "value": f"{number:0100}"} for number in range(25)]
    options = [{**OPTION, "name": f"o{number}", "choices": choices} for number in range(2)]

    assert (await caller.register([command(options=options)])).refusal == (400, 50035)


async def test_more_than_a_hundred_commands_are_refused(caller: Caller) -> None:
    assert (await caller.register([command(name=f"c{number}") for number in range(101)])).refusal == (400, 30032)


async def test_a_command_that_stays_keeps_its_id(caller: Caller) -> None:
    first = await caller.register()
    second = await caller.register([command(description="Other"), command(name="new")])

    assert second.json[0]["id"] == first.json[0]["id"]
    assert second.json[0]["version"] != first.json[0]["version"]
    assert [known["name"] for known in second.json] == ["video", "new"]


async def test_commands_are_added_changed_and_removed_one_by_one(stand_in: DiscordStandIn, caller: Caller) -> None:
    guild = stand_in.world.guild("Sandbox").id
    path = f"/applications/{stand_in.world.application.id}/guilds/{guild}/commands"

    added = await caller.call("POST", path, command())
    again = await caller.call("POST", path, command(description="Again"))
    one = f"{path}/{added.json['id']}"
    changed = await caller.call("PATCH", one, {"description": "Changed"})
    removed = await caller.call("DELETE", one)

    assert (added.status, again.status, again.json["id"]) == (201, 200, added.json["id"])
    assert (changed.json["description"], removed.status) == ("Changed", 204)
    assert (await caller.call("GET", one)).refusal == (404, 10063)


async def test_another_application_is_out_of_reach(caller: Caller) -> None:
    assert (await caller.call("PUT", "/applications/7/commands", list(COMMANDS))).refusal == (403, 20012)
