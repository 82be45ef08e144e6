"""Reading guilds, users and the bot's own account, and bodies that are no bodies."""

from collections.abc import Mapping

import aiohttp
import pytest

from sandbox.discord import DiscordStandIn
from tests.sandbox.discord.caller import Caller


async def test_a_guild_is_read_in_parts(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    guild, carol = world.guild("Sandbox").id, world.user("carol").id

    roles = await caller.call("GET", f"/guilds/{guild}/roles")
    channels = await caller.call("GET", f"/guilds/{guild}/channels")
    member = await caller.call("GET", f"/guilds/{guild}/members/{carol}")
    mine = await caller.call("GET", "/users/@me/guilds")

    assert [role["name"] for role in roles.json][:2] == ["@everyone", "Video Bot"]
    assert [channel["name"] for channel in channels.json] == ["general", "videos", "no-attach", "hidden"]
    assert member.json["roles"] == [str(world.role("Regulars").id)]
    assert [found["name"] for found in mine.json] == ["Sandbox", "Elsewhere"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/guilds/7", (404, 10004)),
        ("/users/7", (404, 10013)),
        ("/guilds/{sandbox}/members/7", (404, 10013)),
        ("/guilds/{elsewhere}/members/{bob}", (404, 10007)),
        ("/guilds/abc", (400, 50035)),
    ],
)
async def test_what_is_not_there_has_its_own_code(
    stand_in: DiscordStandIn, caller: Caller, path: str, expected: tuple[int, int]
) -> None:
    world = stand_in.world
    ids = {"sandbox": world.guild("Sandbox").id, "elsewhere": world.guild("Elsewhere").id, "bob": world.user("bob").id}

    assert (await caller.call("GET", path.format(**ids))).refusal == expected


async def test_the_gateways_address_says_how_many_shards(stand_in: DiscordStandIn, caller: Caller) -> None:
    stand_in.recommended_shards = 3

    reply = await caller.call("GET", "/gateway/bot")

    assert (reply.json["url"], reply.json["shards"]) == (stand_in.gateway_url, 3)


@pytest.mark.parametrize(
    ("content_type", "raw", "expected"),
    [
        ("application/json", b"{", (400, 50109)),
        ("text/plain", b"hello", (400, 50035)),
        ("application/json", b"[]", (400, 50006)),
    ],
)
async def test_a_body_that_is_none_is_refused(
    stand_in: DiscordStandIn, caller: Caller, content_type: str, raw: bytes, expected: tuple[int, int]
) -> None:
    assert await _post(stand_in, caller, data=raw, headers={"Content-Type": content_type}) == expected


async def test_a_form_field_that_discord_does_not_know_is_refused(stand_in: DiscordStandIn, caller: Caller) -> None:
    form = aiohttp.FormData()
    form.add_field("file", b"x", filename="a.mp4")

    assert await _post(stand_in, caller, data=form, headers={}) == (400, 50035)


async def _post(
    stand_in: DiscordStandIn, caller: Caller, *, data: bytes | aiohttp.FormData, headers: Mapping[str, str]
) -> tuple[int, int]:
    url = f"{stand_in.api_url}/channels/{stand_in.world.channel('general').id}/messages"
    authorized = {"Authorization": f"Bot {stand_in.token}", **headers}
    async with caller.session.post(url, data=data, headers=authorized) as response:
        return response.status, (await response.json())["code"]
