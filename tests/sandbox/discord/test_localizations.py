"""Names and descriptions of commands in other languages, and what users and guilds have Discord in."""

from dataclasses import replace
from typing import Any, Final

import pytest

from sandbox.discord import DiscordStandIn
from tests.sandbox.discord.caller import Caller, Socket

OPTION: Final[dict[str, Any]] = {"type": 3, "name": "length", "description": "d"}
GERMAN: Final = {"name_localizations": {"de": "länge", "ja": "長さ"}, "description_localizations": {"de": "Wie lang"}}


def command(**fields: object) -> dict[str, Any]:
    return {"name": "video", "description": "Make", **fields}


async def test_they_are_taken_and_given_back(caller: Caller) -> None:
    choice = {"name": "all", "value": "all", "name_localizations": {"fr": "Tout, ou presque"}}
    option = {**OPTION, **GERMAN, "choices": [choice]}
    menu = {"name": "Look", "type": 3, "name_localizations": {"de": "Ansehen"}}

    reply = await caller.register(
        [command(name_localizations={"de": "film"}, description_localizations=None, options=[option]), menu]
    )

    registered, look = reply.json
    assert registered["name_localizations"] == {"de": "film"}
    assert registered["options"] == [option]
    assert look["name_localizations"] == {"de": "Ansehen"}


@pytest.mark.parametrize(
    "faulty",
    [
        command(name_localizations={"de": "Film"}),
        command(name_localizations={"de": "mein film"}),
        command(name_localizations={"de": ""}),
        command(name_localizations={"de": "f" * 33}),
        command(name_localizations={"tlh": "film"}),
        command(name_localizations={"de_DE": "film"}),
        command(name_localizations=["film"]),
        command(description_localizations={"de": ""}),
        command(description_localizations={"de": "d" * 101}),
        command(options=[{**OPTION, "name_localizations": {"ja": "長・さ"}}]),
        command(options=[{**OPTION, "name_localizations": {"de": "Länge"}}]),
        command(options=[{**OPTION, "description_localizations": {"de": "d" * 101}}]),
        command(
            options=[{**OPTION, "choices": [{"name": "a", "value": "a", "name_localizations": {"de": "n" * 101}}]}]
        ),
        {"name": "Look", "type": 3, "name_localizations": {"de": "n" * 33}},
    ],
)
async def test_what_a_language_may_not_say_is_refused(caller: Caller, faulty: dict[str, Any]) -> None:
    reply = await caller.register([command(name="fine"), faulty])

    assert reply.refusal == (400, 50035)
    assert list(reply.json["errors"]) == ["1"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"de": "länge"}, {"de": "länge"}),
        ({"de": "size"}, {}),  # the other's own name, which German readers see too
        ({"es-ES": "largo"}, {"es-419": "largo"}),  # what Spain reads stands in for what America does not have
    ],
)
async def test_no_language_has_two_options_of_one_name(
    caller: Caller, first: dict[str, str], second: dict[str, str]
) -> None:
    options = [{**OPTION, "name_localizations": first}, {**OPTION, "name": "size", "name_localizations": second}]

    assert (await caller.register([command(options=options)])).refusal == (400, 50035)


async def test_options_of_other_names_in_every_language_are_taken(caller: Caller) -> None:
    options = [
        {**OPTION, "name_localizations": {"de": "size"}},
        {**OPTION, "name": "size", "name_localizations": {"de": "length"}},
    ]

    assert (await caller.register([command(options=options)])).status == 200


async def test_of_all_languages_only_the_longest_text_counts(caller: Caller) -> None:
    def with_descriptions(*languages: str) -> dict[str, Any]:
        options = [
            {**OPTION, "name": f"o{number}", "description_localizations": dict.fromkeys(languages, "d" * 100)}
            for number in range(25)
        ]
        choices = [{"name": "n" * 100, "value": f"{number:0100}"} for number in range(25)]
        return command(options=[{**options[0], "choices": choices}, *options[1:]])

    few = await caller.register([with_descriptions("de")])
    many = await caller.register([with_descriptions("de", "fr", "ja", "pt-BR")])

    assert (few.status, many.status) == (200, 200)


async def test_a_list_has_all_languages_only_for_whoever_asks_for_them(caller: Caller) -> None:
    await caller.register([command(name_localizations={"de": "film"}, options=[{**OPTION, **GERMAN}])])

    path = f"/applications/{caller.stand_in.world.application.id}/commands"
    short = await caller.call("GET", path)
    whole = await caller.call("GET", f"{path}?with_localizations=true")

    assert "name_localizations" not in short.json[0] | short.json[0]["options"][0]
    assert whole.json[0]["options"][0] == {**OPTION, **GERMAN}


async def test_an_interaction_says_what_its_user_and_its_guild_have_discord_in(
    stand_in: DiscordStandIn, caller: Caller
) -> None:
    world = stand_in.world
    world.replace_user(replace(world.user("alice"), locale="de"))
    async with caller.session.ws_connect(stand_in.gateway_url) as wire:
        socket = Socket(wire)
        await socket.identify(stand_in.token)
        world.replace_guild(replace(world.guild("Sandbox"), preferred_locale="fr"))
        updated = await socket.event("GUILD_UPDATE")
        await caller.command()
        hers = await socket.event("INTERACTION_CREATE")
        await caller.command(user="bob")
        his = await socket.event("INTERACTION_CREATE")

    assert updated["preferred_locale"] == "fr"
    assert [(act["locale"], act["guild_locale"]) for act in (hers, his)] == [("de", "fr"), ("en-US", "fr")]
