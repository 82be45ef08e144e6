"""What a member does, where the client would not let them."""

from typing import Any

import pytest

from tests.sandbox.page.visitor import Visitor

GREETING: dict[str, Any] = {
    "name": "greet",
    "description": "Greets.",
    "options": [{"type": 3, "name": "whom", "description": "Whom.", "required": True, "max_length": 5}],
}
FOR_MANAGERS: dict[str, Any] = {"name": "rule", "description": "Rules.", "default_member_permissions": "32"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "required"),
        ({"whom": "everybody"}, "characters"),
        ({"whom": 3}, "STRING"),
        ({"who": "bob"}, "no such option"),
    ],
)
async def test_what_the_client_would_not_send_is_refused_with_words(
    visitor: Visitor, options: dict[str, Any], words: str
) -> None:
    visitor.page.scene.chat.commands.add(GREETING, guild_id=None)

    status, answer = await visitor.do("command", {**visitor.who(), "name": "greet", "options": options})

    assert status == 409
    assert words in answer["refused"]
    assert visitor.page.scene.chat.interactions.all == {}


async def test_a_command_of_managers_is_neither_listed_for_nor_taken_from_others(visitor: Visitor) -> None:
    visitor.page.scene.chat.commands.add(FOR_MANAGERS, guild_id=None)
    listed: dict[str, list[str]] = {}
    for name in ("alice", "manager"):
        async with visitor.watching(name) as stream:
            listed[name] = [command["name"] for command in (await stream.next("commands"))["slash"]]

    assert listed == {"alice": [], "manager": ["rule"]}
    assert (await visitor.do("command", {**visitor.who(), "name": "rule"}))[0] == 409


@pytest.mark.parametrize(
    "body",
    [
        {"text": "hello"},
        {"member": "1", "channel": "1", "text": 5},
        {"member": [], "channel": "1", "text": ""},
        {"member": "1", "channel": "1", "text": "", "files": [{"upload": {"filename": "x", "content": "not base64"}}]},
        {"member": "1", "channel": "1", "text": "", "surprise": True},
        [],
        5,
    ],
)
async def test_a_body_that_is_not_the_pages_own_is_refused(visitor: Visitor, body: object) -> None:
    assert (await visitor.do("write", body))[0] == 400


async def test_an_unknown_verb_is_not_found(visitor: Visitor) -> None:
    assert (await visitor.do("__init__", {}))[0] == 404


async def test_what_is_not_there_cannot_be_pressed_submitted_or_chosen(visitor: Visitor) -> None:
    somebody = {key: value for key, value in visitor.who().items() if key != "channel"}
    assert (await visitor.do("click", {**somebody, "message": "1", "custom_id": "x"}))[0] == 409
    assert (await visitor.do("submit", {**somebody, "interaction": "1", "fields": {}}))[0] == 409
    assert (await visitor.do("choose", {**visitor.who(), "name": "Animate this", "target": "1"}))[0] == 409
    assert (await visitor.do("write", {**visitor.who(), "text": "", "files": [{"sample": "none.png"}]}))[0] == 409
    assert (await visitor.do("write", {**visitor.who(), "text": ""}))[0] == 409


async def test_a_stranger_to_a_server_writes_nothing_there(visitor: Visitor) -> None:
    assert (await visitor.do("write", {**visitor.who("bob", "lobby"), "text": "hello"}))[0] == 409
    assert (await visitor.do("write", {**visitor.who(), "member": "1", "text": "hello"}))[0] == 409


async def test_a_command_that_nobody_answers_is_said_to_be_unanswered(visitor: Visitor) -> None:
    visitor.page.scene.chat.commands.add(GREETING, guild_id=None)

    status, answer = await visitor.do("command", {**visitor.who(), "name": "greet", "options": {"whom": "bob"}})

    assert (status, answer["answer"]) == (200, "none")
