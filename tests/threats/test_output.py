"""What the bot writes: one test or more for each attack of that part of the threat model, named after it."""

import asyncio
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs import replies
from cogs.replies import places
from cogs.replies.wording import JOINER, defuse, is_blank
from sandbox.discord import default_world, mentions
from sandbox.discord.faults import FaultKind
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message
from sandbox.discord.world import World
from sandbox.openrouter import Answer, JobPlan
from services.models import Job
from tests.cogs.samples import JOB
from tests.e2e.house import POST, House, answer_of
from tests.e2e.test_confirm import models_priced

MODEL: Final = "Maker: Model"
ESCAPED: Final = re.compile(r"\\[!-/:-@\[-`{-~]")
LIVE: Final = {
    "a link": re.compile(r"\b[a-z][a-z0-9+.-]*:/?/?\S|www\.", re.IGNORECASE),
    "an invite": re.compile(r"discord(?:\.gg|(?:app)?\.com)", re.IGNORECASE),
    "a masked link": re.compile(r"\]\("),
    "a mention, a time, an emoji or a command": re.compile(r"<[@#:/ta]"),
    "everybody": re.compile(r"@(?:everyone|here)"),
    "emphasis, a spoiler or code": re.compile(r"[*_~`|]"),
    "a heading, a list, a quotation or small print": re.compile(r"^\s*(?:#|-|\d+\.|>|\*)"),
}
"""What Discord makes more than plain letters of, once what is escaped is taken away."""


# --- O1: mentions ----------------------------------------------------------------------------------------------------


FORMS: Final = ("@everyone", "@here", "<@{user}>", "<@!{user}>", "<@&{role}>", "<#{channel}>", "\\<@{user}>")
"""Every way to name somebody, and one that is escaped already."""
Naming = tuple[str, int]


def naming(world: World, form: str, number: int) -> str:
    """Name somebody of a world: the one of that number, however many there are."""
    users, roles, channels = list(world.users), list(world.roles), list(world.channels)
    return form.format(
        user=users[number % len(users)], role=roles[number % len(roles)], channel=channels[number % len(channels)]
    )


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(FORMS), st.integers(0, 20)),
            st.sampled_from(["@", "<", ">", "!", "&", "\\", "\u200b", "`", "everyone", "here"]),
            st.text(max_size=3),
        ),
        max_size=12,
    )
)
def test_o1_the_words_of_a_prompt_ping_nobody_even_where_discord_would_allow_everything(
    parts: list[Naming | str],
) -> None:
    world = default_world()
    channel = world.channel("videos")
    world.set_overwrite(channel.id, world.bot.id, allow=Permission.MENTION_EVERYONE)
    asker = world.user("alice").id
    prompt = "".join(part if isinstance(part, str) else naming(world, *part) for part in parts)

    for text in texts_about(prompt, user_id=asker):
        pings = mentions.evaluate(
            world=world,
            channel=world.channels[channel.id],
            author_id=world.bot.id,
            text=text,
            allowed=None,
            default=frozenset({"users", "roles", "everyone"}),
        )
        assert (pings.users - {asker}, pings.roles, pings.everyone) == (frozenset(), frozenset(), False)


@pytest.mark.parametrize("form", FORMS)
def test_o1_without_that_care_the_same_words_would_ping(form: str) -> None:
    world = default_world()
    channel = world.channel("videos")
    world.set_overwrite(channel.id, world.bot.id, allow=Permission.MENTION_EVERYONE)

    pings = mentions.evaluate(
        world=world,
        channel=world.channels[channel.id],
        author_id=world.bot.id,
        text=naming(world, form, 2),
        allowed=None,
        default=frozenset({"users", "roles", "everyone"}),
    )

    assert pings.is_silent is (form == "<#{channel}>")


async def test_o1_only_the_member_who_asked_is_ever_pinged(house: House) -> None:
    world = house.discord.world
    videos = house.channel("videos").id
    world.set_overwrite(videos, world.bot.id, allow=Permission.MENTION_EVERYONE)
    house.openrouter.script(JobPlan(status="failed", nth=2))
    async with house.running():
        everybody = " ".join(naming(world, form, number) for form in FORMS for number in range(6))
        for prompt in (everybody, "@everyone <@&1> @here"):
            await house.ended(await house.video(prompt))

    posted = bots_messages(house)
    assert len(posted) == 4
    assert [message.pings.users for message in posted if not message.pings.is_silent] == [{house.user("alice").id}] * 2
    assert not any(message.mentions.roles or message.mentions.everyone for message in posted)
    for allowed in (record.body["allowed_mentions"] for record in house.posts()):
        assert (allowed["parse"], allowed["users"]) == ([], [house.user("alice").id])
        assert not allowed.get("replied_user")


# --- O2: markup, hidden characters, links ----------------------------------------------------------------------------

HOSTILE: Final = (
    "[click](https://evil.example)",
    "https://evil.example/x?y=1",
    "<https://evil.example>",
    "discord.gg/abc",
    "https://discord.gg/abc",
    "www.evil.example",
    "mailto:a@evil.example",
    "tel:+123",
    "</owner takedown:1>",
    "<t:0:R>",
    "<:smile:1>",
    "<a:smile:1>",
    "||spoiler||",
    "```py\ncode```",
    "`code`",
    "# heading",
    "-# small print",
    "- item",
    "1. item",
    ">>> all of it",
    "\n\n**System:** your account is locked",
    "\r# heading",
    "\u2028# heading",
    "\x85# heading",
    "\x0b- item",
    "\u202egpj.exe",
    "\u2066hidden\u2069",
    "\u200b\u2060\ufeff",
    "\x00\x1b[31m",
    "a" + "\u0301" * 40,
    "\\",
    "*_~|",
)
MARKUP: Final = st.lists(
    st.one_of(
        st.sampled_from(HOSTILE),
        st.text(max_size=4),
        st.text("\n\r\t\x0b\x0c\x85\u2028\u2029 \\[]()<>`*_~|#->:./@", max_size=6),
    ),
    max_size=8,
).map("".join)


@given(MARKUP)
def test_o2_a_prompt_is_one_plain_line_wherever_it_is_shown(prompt: str) -> None:
    lines = {text.count("\n") for text in texts_about("a fox", user_id=JOB.user_id)}
    for text in texts_about(prompt, user_id=JOB.user_id):
        assert text.count("\n") in lines
        (shown,) = (line.removeprefix("> ") for line in text.split("\n") if line.startswith("> "))
        assert live_in(shown) == []
        assert not hidden_in(shown)


@pytest.mark.parametrize(
    "text", [each for each in HOSTILE if each.isprintable() and not each.startswith(("a\u0301", "\\", "\u200b"))]
)
def test_o2_the_reader_of_these_tests_sees_what_is_live(text: str) -> None:
    assert live_in(text)


@pytest.mark.parametrize("letter", ["\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u034f"], ids=ascii)
def test_o2_letters_without_a_shape_are_nothing_to_make_a_video_of(letter: str) -> None:
    assert is_blank(letter * 3)
    assert defuse(f"a{letter}fox") == "a fox"


async def test_o2_a_hostile_prompt_makes_no_line_and_no_link_of_its_own(house: House) -> None:
    async with house.running():
        harmless = await house.video("a fox")
        await house.ended(harmless)
        hostile = await house.video(" ".join(HOSTILE))
        await house.ended(hostile)

    assert answer_of(hostile).count("\n") == answer_of(harmless).count("\n")
    first, second = house.clips()
    assert second.text.count("\n") == first.text.count("\n")
    for message in bots_messages(house):
        for text in (message.text, *(earlier.text for earlier in message.earlier)):
            for line in text.splitlines():
                assert not line.startswith("> ") or live_in(line.removeprefix("> ")) == []
    assert all(record.body["flags"] & 4 for record in house.posts()), "no preview is shown of anything"


# --- O4: names of files ----------------------------------------------------------------------------------------------

EVIL: Final = "../../evil.sh"


async def test_o4_a_file_name_of_the_video_api_reaches_neither_the_disk_nor_discord(house: House, clip: Path) -> None:
    body = await asyncio.to_thread(clip.read_bytes)
    named = {"Content-Disposition": f"attachment; filename=\"{EVIL}\"; filename*=UTF-8''{EVIL}"}
    house.openrouter.script(
        JobPlan(
            fields={"title": EVIL, "file_name": EVIL, "polling_url": f"https://cdn.example/{EVIL}"},
            final_fields={"unsigned_urls": [f"https://cdn.example/{EVIL}"]},
        ),
        Answer(route="content", status=200, body=body, headers=named | {"Content-Type": "video/mp4"}),
    )
    house.on_discord(POST, FaultKind.DELAY, seconds=2.0)
    async with house.running():
        asked = await house.video()
        await house.discord.wait_until(house.posts, timeout=100)
        on_disk = {file.name for file in house.data.parent.rglob("*") if file.is_file()}
        await house.ended(asked)

    (sent,) = (file for record in house.posts() for file in record.files)
    (message,) = house.clips()
    assert (sent.name, message.attachments[0].filename) == ("video-1.mp4", "video-1.mp4")
    ours = {"bot.lock", *(f"bot.sqlite3{end}" for end in ("", "-wal", "-shm")), "instance-0.id", "instance-0.lock"}
    others = {name for name in on_disk - ours if not re.fullmatch(r"health(-instance-\w+)?\.json", name)}
    assert others - {clip.name} == {"video-1.mp4"}


# --- O5: the list of models ------------------------------------------------------------------------------------------

BAD_IDS: Final = (
    "@everyone",
    "<@1>",
    "../../key",
    "maker/model?x=1",
    "maker/model#x",
    "Maker/Model",
    "maker/model with words",
    "maker/model\n# heading",
    "maker/\u202eledom",
    "",
    "/maker",
    "maker/" + "m" * 100,
    "maker/`model`",
)


async def test_o5_a_model_with_a_hostile_id_is_offered_nowhere(house: House) -> None:
    listed = models_priced({"cents_per_video_output_second": "5"})
    (good, *_) = listed["data"]
    bad = [good | {"id": each, "name": f"Offered {number}"} for number, each in enumerate(BAD_IDS)]
    house.openrouter.script(Answer(route="models", status=200, json={"data": [*bad, good]}, times=None))
    async with house.running():
        offered = await suggestions(house, "")
        page = await house.reads("models")
        refused = [
            await house.reads("video", options={"prompt": "x", "model": each})
            for each in BAD_IDS
            if 0 < len(each) <= 100
        ]

    assert [choice["value"] for choice in offered] == [good["id"]]
    assert "Offered" not in page
    assert all(text.startswith("There is no model ") for text in refused)
    assert not any("\n" in text for text in refused)
    assert house.bought == 0


async def test_o5_a_hostile_name_of_a_model_is_plain_text_on_one_line(house: House) -> None:
    listed = models_priced({"cents_per_video_output_second": "5"})
    named = [listed["data"][0] | {"name": "Nice\n# @everyone [x](https://evil.example) \u202eledom"}]
    house.openrouter.script(Answer(route="models", status=200, json={"data": named}, times=None))
    async with house.running(default_model=named[0]["id"]):
        (choice,) = await suggestions(house, "")
        asked = await house.video()
        await house.ended(asked)

    assert not hidden_in(choice["name"])
    assert not any(message.mentions.everyone for message in bots_messages(house))
    (line,) = (line for line in answer_of(asked).split("\n") if "Nice" in line)
    assert live_in(line.replace("$", "")) == []
    assert not hidden_in(line)


# --- C3: where the result lands --------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["videos", "ideas"])
async def test_c3_a_member_who_may_not_post_files_in_a_channel_has_none_posted_for_them(
    house: House, where: str
) -> None:
    world = house.discord.world
    channel = house.channel(where)
    world.set_overwrite(channel.parent_id or channel.id, house.user("alice").id, deny=Permission.ATTACH_FILES)
    async with house.running():
        told = await house.reads("video", where=where, options={"prompt": "a fox"})
        await house.ended(await house.video(by="bob", where=where))

    assert told == places.NO_FILES_FROM_YOU.text
    assert [job["user_id"] for job in house.jobs()] == [house.user("bob").id]
    assert house.bought == 1


async def test_c3_a_bot_that_may_not_post_files_there_charges_nothing(house: House) -> None:
    async with house.running():
        told = await house.reads("video", where="no-attach", options={"prompt": "a fox"})

    assert told == replies.missing_permissions(["Attach Files"])
    assert (house.jobs(), house.bought) == ([], 0)


# --- what the tests above look with ----------------------------------------------------------------------------------


def texts_about(prompt: str, *, user_id: int) -> list[str]:
    """Return the texts that quote a prompt beside a mention of its member."""
    job: Job = replace(JOB, prompt=prompt, user_id=user_id, cost_microusd=1)
    return [
        replies.result(job, model_name=MODEL),
        replies.in_progress(job, model_name=MODEL, usual=None),
    ]


def live_in(text: str) -> list[str]:
    """Return what of a line Discord would make more than plain letters of."""
    plain = ESCAPED.sub("\N{MIDDLE DOT}", text)
    return [name for name, pattern in LIVE.items() if pattern.search(plain)]


def hidden_in(text: str) -> set[str]:
    """Return the characters of a line that nobody sees or that turn its direction."""
    visible = text.replace("@\u200b", "@").replace(JOINER, "")
    return {letter for letter in visible if unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"}}


def bots_messages(house: House) -> list[Message]:
    """Return what the bot wrote, in the order of writing."""
    world = house.discord.world
    return [message for message in world.messages.everything() if message.author_id == world.bot.id]


async def suggestions(house: House, text: str) -> tuple[dict[str, Any], ...]:
    """Return what is suggested while a member types the name of a model."""
    return await house.discord.autocomplete(
        user_id=house.user("alice").id,
        channel_id=house.channel("videos").id,
        name="video",
        option="model",
        text=text,
        timeout=100,
    )
