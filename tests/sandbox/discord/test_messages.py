"""Messages by the bot's token: what Discord refuses, with which code, and what it remembers."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sandbox.discord import DiscordStandIn
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Pings
from tests.sandbox.discord.caller import Caller

BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
ROW = {"type": 1, "components": [BUTTON]}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"content": "x" * 2001}, "content", "BASE_TYPE_MAX_LENGTH"),
    ({"content": 7}, "content", "STRING_TYPE_CONVERT"),
    ({"content": "x", "tts": "yes"}, "tts", "BOOLEAN_TYPE_CONVERT"),
    ({"content": "x", "nonce": "n" * 26}, "nonce", "BASE_TYPE_MAX_LENGTH"),
    ({"content": "x", "flags": "64"}, "flags", "NUMBER_TYPE_COERCE"),
    ({"content": "x", "components": [ROW] * 6}, "components", "BASE_TYPE_BAD_LENGTH"),
    ({"content": "x", "components": [ROW, ROW]}, "components", "COMPONENT_CUSTOM_ID_DUPLICATED"),
    ({"content": "x", "embeds": [{}] * 11}, "embeds", "BASE_TYPE_BAD_LENGTH"),
    ({"content": "x", "embeds": [{"description": "d" * 4000}] * 2}, "embeds", "MAX_EMBED_SIZE_EXCEEDED"),
    (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions",
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
    ({"content": "x", "attachments": [{"id": 0, "filename": "a"}]}, "attachments", "ATTACHMENT_NOT_FOUND"),
    ({"content": "x", "message_reference": {"message_id": "5"}}, "message_reference", "REPLIES_UNKNOWN_MESSAGE"),
]


@pytest.mark.parametrize(("body", "field", "code"), WRONG)
async def test_a_wrong_field_is_named_in_the_tree(
    stand_in: DiscordStandIn, caller: Caller, body: dict[str, object], field: str, code: str
) -> None:
    reply = await caller.send(stand_in.world.channel("general").id, **body)

    assert reply.refusal == (400, 50035)
    assert reply.json["errors"][field]["_errors"][0]["code"] == code


async def test_a_field_that_discord_does_not_know_is_ignored(stand_in: DiscordStandIn, caller: Caller) -> None:
    assert (await caller.send(stand_in.world.channel("general").id, content="x", colour="red")).status == 200


@pytest.mark.parametrize(
    ("token", "expected"), [(None, (401, 0)), ("Bot wrong", (401, 0)), ("Bearer x", (401, 0)), ("bot", (404, 10003))]
)
async def test_the_token_is_looked_at_before_anything_else(
    caller: Caller, token: str | None, expected: tuple[int, int]
) -> None:
    reply = await caller.call("GET", "/channels/7", authorization=token)

    assert reply.refusal == expected


async def test_an_empty_message_is_refused(stand_in: DiscordStandIn, caller: Caller) -> None:
    assert (await caller.send(stand_in.world.channel("general").id, content=" ")).refusal == (400, 50006)


async def test_what_the_bot_may_not_do_has_its_own_code(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    general, hidden, no_attach = (world.channel(name).id for name in ("general", "hidden", "no-attach"))
    world.set_overwrite(world.channel("videos").id, world.bot.id, deny=Permission.SEND_MESSAGES)

    assert (await caller.send(hidden, content="x")).refusal == (403, 50001)
    assert (await caller.send(world.channel("videos").id, content="x")).refusal == (403, 50013)
    assert (await caller.send(7, content="x")).refusal == (404, 10003)
    upload = await caller.call("POST", f"/channels/{no_attach}/messages", {}, files={"a.mp4": b"x"})
    assert upload.refusal == (403, 50013)
    assert (await caller.call("GET", f"/channels/{general}/messages/7")).refusal == (404, 10008)
    assert (await caller.call("GET", f"/channels/{general}/messages/@original")).refusal == (400, 50035)


async def test_a_thread_asks_its_parent_and_its_own_permission(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    thread, general = world.channel("ideas"), world.channel("general")
    world.set_overwrite(general.id, world.bot.id, deny=Permission.SEND_MESSAGES)
    assert (await caller.send(thread.id, content="x")).status == 200

    world.set_overwrite(general.id, world.bot.id, deny=Permission.SEND_MESSAGES_IN_THREADS)
    assert (await caller.send(thread.id, content="x")).refusal == (403, 50013)


async def test_sending_wakes_an_archived_thread_unless_it_is_locked(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    thread = world.channel("ideas")
    posted = await caller.send(thread.id, content="x")
    world.replace_channel(replace(thread, is_archived=True))

    edited = await caller.call("PATCH", f"/channels/{thread.id}/messages/{posted.json['id']}", {"content": "y"})
    assert edited.refusal == (400, 50083)
    assert (await caller.send(thread.id, content="y")).status == 200
    assert not world.channel("ideas").is_archived

    world.replace_channel(replace(thread, is_archived=True, is_locked=True))
    assert (await caller.send(thread.id, content="z")).refusal == (400, 50083)


async def test_a_file_is_measured_against_the_guild_not_the_request(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    world.replace_guild(replace(world.guild("Sandbox"), upload_limit=10))
    path = f"/channels/{world.channel('general').id}/messages"

    assert (await caller.call("POST", path, {}, files={"a.mp4": b"x" * 11})).refusal == (413, 40005)
    assert (await caller.call("POST", path, {}, files={"a.mp4": b"x" * 10, "b.mp4": b"y" * 10})).status == 200


async def test_an_upload_is_kept_with_its_hash_and_served_again(stand_in: DiscordStandIn, caller: Caller) -> None:
    clip = bytes(range(256)) * 999
    body = {"attachments": [{"id": 0, "filename": "my clip.mp4", "description": "a lighthouse"}]}

    sent = await caller.call(
        "POST", f"/channels/{stand_in.world.channel('general').id}/messages", body, files={"x": clip}
    )

    (attachment,) = sent.json["attachments"]
    assert (attachment["filename"], attachment["content_type"]) == ("my_clip.mp4", "video/mp4")
    assert stand_in.requests[-1].files[0].sha256 == hashlib.sha256(clip).hexdigest()
    async with caller.session.get(attachment["url"]) as served, caller.session.get(attachment["url"][:-1]) as forged:
        assert await served.read() == clip
        assert forged.status == 404


async def test_the_same_nonce_is_the_same_message_while_it_is_remembered(
    stand_in: DiscordStandIn, caller: Caller
) -> None:
    general = stand_in.world.channel("general").id
    first = await caller.send(general, content="one", nonce="n1", enforce_nonce=True)
    again = await caller.send(general, content="two", nonce="n1", enforce_nonce=True)
    unenforced = await caller.send(general, content="three", nonce="n1")
    elsewhere = await caller.send(stand_in.world.channel("videos").id, content="x", nonce="n1", enforce_nonce=True)
    assert again.json["id"] == first.json["id"]
    assert len({first.json["id"], unenforced.json["id"], elsewhere.json["id"]}) == 3

    stand_in.world.messages.forget_nonces()
    forgotten = await caller.send(general, content="four", nonce="n1", enforce_nonce=True)

    assert forgotten.json["id"] != first.json["id"]
    assert [message.text for message in stand_in.messages(general)] == ["one", "three", "four"]


async def test_a_nonce_window_of_zero_remembers_nothing(stand_in: DiscordStandIn, caller: Caller) -> None:
    general = stand_in.world.channel("general").id
    stand_in.world.messages.nonce_window = timedelta(0)

    for _ in range(2):
        await caller.send(general, content="x", nonce="n1", enforce_nonce=True)

    assert len(stand_in.messages(general)) == 2


async def test_a_reply_needs_the_history(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    general = world.channel("general").id
    first = await caller.send(general, content="first")
    reference = {"message_id": first.json["id"], "fail_if_not_exists": False}

    reply = await caller.send(general, content="second", message_reference=reference)
    assert (reply.json["type"], reply.json["referenced_message"]["id"]) == (19, first.json["id"])

    await caller.call("DELETE", f"/channels/{general}/messages/{first.json['id']}")
    orphan = await caller.send(general, content="third", message_reference=reference)
    assert (orphan.json["type"], "message_reference" in orphan.json) == (0, False)

    world.set_overwrite(general, world.bot.id, deny=Permission.READ_MESSAGE_HISTORY)
    assert (await caller.send(general, content="x", message_reference=reference)).refusal == (403, 160002)


async def test_without_the_permission_the_history_is_empty(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    general = world.channel("general").id
    await caller.send(general, content="x")
    world.set_overwrite(general, world.bot.id, deny=Permission.READ_MESSAGE_HISTORY)

    assert (await caller.call("GET", f"/channels/{general}/messages")).json == []


async def test_the_history_is_paged_newest_first(stand_in: DiscordStandIn, caller: Caller) -> None:
    general = stand_in.world.channel("general").id
    ids = [(await caller.send(general, content=str(number))).json["id"] for number in range(6)]
    path = f"/channels/{general}/messages?"

    async def page(query: str) -> list[str]:
        return [message["content"] for message in (await caller.call("GET", path + query)).json]

    assert await page("limit=2") == ["5", "4"]
    assert await page(f"limit=2&before={ids[3]}") == ["2", "1"]
    assert await page(f"limit=2&after={ids[2]}") == ["4", "3"]
    assert await page(f"limit=3&around={ids[2]}") == ["3", "2", "1"]
    assert (await caller.call("GET", path + "limit=101")).refusal == (400, 50035)


async def test_what_others_write_is_hidden_without_the_intent(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    general, alice = world.channel("general").id, world.user("alice").id
    await stand_in.post(user_id=alice, channel_id=general, content="secret")
    await stand_in.post(user_id=alice, channel_id=general, content=f"<@{world.bot.id}> hello")
    seen = await caller.call("GET", f"/channels/{general}/messages")
    assert [message["content"] for message in seen.json] == [f"<@{world.bot.id}> hello", ""]

    world.allow_intents(1 << 15)
    seen = await caller.call("GET", f"/channels/{general}/messages")
    assert seen.json[1]["content"] == "secret"


async def test_only_allowed_mentions_ping_and_an_edit_pings_nobody(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    general, alice, bob = world.channel("general").id, world.user("alice").id, world.user("bob").id
    regulars, patrons = world.role("Regulars").id, world.role("Patrons").id
    text = f"<@{alice}> <@{bob}> <@&{regulars}> <@&{patrons}> @everyone"

    await caller.send(general, content=text)
    await caller.send(general, content=text, allowed_mentions={"users": [alice]})
    quiet = await caller.send(general, content=text, allowed_mentions={"parse": []})
    await caller.call("PATCH", f"/channels/{general}/messages/{quiet.json['id']}", {"content": text + "!"})

    usual, listed, edited = stand_in.messages(general)
    assert usual.pings == Pings(users=frozenset({alice, bob}), roles=frozenset({regulars}))
    assert listed.pings == Pings(users=frozenset({alice}))
    assert edited.pings.is_silent
    assert edited.mentions.users == {alice, bob}
    assert [earlier.text for earlier in edited.earlier] == [text]


async def test_only_its_own_messages_are_edited_and_deleted(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    general = world.channel("general").id
    theirs = await stand_in.post(user_id=world.user("alice").id, channel_id=general, content="x")
    path = f"/channels/{general}/messages/{theirs.id}"

    assert (await caller.call("PATCH", path, {"content": "y"})).refusal == (403, 50005)
    assert (await caller.call("DELETE", path)).refusal == (403, 50013)
    world.set_overwrite(general, world.bot.id, allow=Permission.MANAGE_MESSAGES)
    assert (await caller.call("DELETE", path)).status == 204


async def test_an_edit_keeps_the_attachments_that_it_lists(stand_in: DiscordStandIn, caller: Caller) -> None:
    general = stand_in.world.channel("general").id
    sent = await caller.call("POST", f"/channels/{general}/messages", {}, files={"a.txt": b"a", "b.txt": b"b"})
    keep = {"id": sent.json["attachments"][1]["id"]}

    edited = await caller.call(
        "PATCH", f"/channels/{general}/messages/{sent.json['id']}", {"attachments": [keep]}, files={"c.txt": b"c"}
    )

    assert [attachment["filename"] for attachment in edited.json["attachments"]] == ["b.txt", "c.txt"]


async def test_direct_messages_can_be_closed(stand_in: DiscordStandIn, caller: Caller) -> None:
    world = stand_in.world
    alice, stranger = world.user("alice"), world.add_user("stranger")
    opened = await caller.call("POST", "/users/@me/channels", {"recipient_id": str(alice.id)})
    assert (await caller.send(opened.json["id"], content="x")).status == 200

    world.replace_user(replace(alice, accepts_direct_messages=False))
    far = await caller.call("POST", "/users/@me/channels", {"recipient_id": str(stranger.id)})

    assert (await caller.send(opened.json["id"], content="x")).refusal == (403, 50007)
    assert (await caller.send(far.json["id"], content="x")).refusal == (403, 50278)


async def test_json_comes_without_a_charset_and_with_rate_limit_headers(caller: Caller) -> None:
    reply = await caller.call("GET", "/users/@me")

    assert reply.headers["Content-Type"] == "application/json"
    assert int(reply.headers["X-RateLimit-Remaining"]) > 100


async def test_an_unknown_path_is_answered_in_discords_form(stand_in: DiscordStandIn, caller: Caller) -> None:
    assert (await caller.call("GET", "/no/such/thing")).refusal == (404, 0)
    assert stand_in.requests[-1].status == 404
