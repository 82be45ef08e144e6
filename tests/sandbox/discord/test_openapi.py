"""What the stand-in answers, held against Discord's own description of its API, where a copy of that lies at hand."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from sandbox.discord import DiscordStandIn
from tests.sandbox.discord.caller import Caller

DESCRIPTION = Path(__file__).parents[4] / "shared" / "discord-openapi.json"
pytestmark = pytest.mark.skipif(not DESCRIPTION.exists(), reason="no copy of Discord's OpenAPI description")


@cache
def components() -> Mapping[str, Any]:
    described: Mapping[str, Any] = json.loads(DESCRIPTION.read_text())["components"]
    return described


def mistakes(name: str, body: Any) -> list[str]:  # noqa: ANN401  # JSON of any kind
    """Where a body differs from the schema of that name."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": components()}
    found: Iterator[ValidationError] = Draft202012Validator(schema).iter_errors(body)  # pyright: ignore[reportUnknownMemberType]  # an untyped second parameter
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/users/@me", "UserPIIResponse"),
        ("/users/{alice}", "UserResponse"),
        ("/applications/@me", "PrivateApplicationResponse"),
        ("/gateway/bot", "GatewayBotResponse"),
        ("/channels/{general}", "GuildChannelResponse"),
        ("/channels/{ideas}", "ThreadResponse"),
        ("/channels/{direct}", "PrivateChannelResponse"),
        ("/guilds/{guild}", "GuildResponse"),
        ("/guilds/{guild}/members/{alice}", "GuildMemberResponse"),
    ],
)
async def test_an_object_is_as_described(stand_in: DiscordStandIn, caller: Caller, path: str, name: str) -> None:
    world = stand_in.world
    alice = world.user("alice").id
    reply = await caller.call(
        "GET",
        path.format(
            alice=alice,
            general=world.channel("general").id,
            ideas=world.channel("ideas").id,
            direct=world.direct_channel(alice).id,
            guild=world.guild("Sandbox").id,
        ),
    )

    assert reply.status == 200
    assert mistakes(name, reply.json) == []


async def test_registered_commands_are_as_described(caller: Caller) -> None:
    registered = await caller.register()

    assert [mistakes("ApplicationCommandResponse", command) for command in registered.json] == [[]] * 4


async def test_messages_are_as_described(stand_in: DiscordStandIn, caller: Caller) -> None:
    general = stand_in.world.channel("general").id
    interaction = await caller.command()
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
    rows = [{"type": 1, "components": [button]}]
    answered = await caller.answer(interaction, 4, content="x", components=rows, embeds=[{"title": "t"}])
    reference = {"message_id": answered.json["interaction"]["response_message_id"]}
    body = {"content": f"<@{stand_in.world.user('alice').id}>", "message_reference": reference, "nonce": "n"}
    await caller.call("POST", f"/channels/{general}/messages", body, files={"clip.mp4": b"x"})

    history = await caller.call("GET", f"/channels/{general}/messages")

    assert len(history.json) == 2
    assert [mistakes("MessageResponse", message) for message in history.json] == [[], []]
    assert mistakes("InteractionCallbackResponse", answered.json) == []


async def test_a_refusal_is_as_described(stand_in: DiscordStandIn, caller: Caller) -> None:
    refused = await caller.send(stand_in.world.channel("general").id, content="x" * 2001)

    # The description wants whole numbers as codes inside the tree too; Discord's reference and practice have words.
    assert mistakes("Error", refused.json) == []


async def test_the_comparison_can_fail() -> None:
    assert mistakes("UserResponse", {"id": 7})
