"""Everybody in their own language: a member what they alone read, a channel in its server's, the owner in the bot's."""

import json
from dataclasses import replace
from typing import Any, Final

import pytest

from cogs.languages import language_of
from cogs.replies.money import BUDGET_EVERYWHERE, BUDGET_HERE
from cogs.replies.refusals import EMPTY_PROMPT
from sandbox.discord.entities import Channel
from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import Interaction
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message
from sandbox.openrouter import JobPlan
from services.models import LANGUAGES
from tests.cogs.reading import plain
from tests.e2e.house import PATIENCE, POST, House, answer_of, status_of

LITE: Final = "google/veo-3.1-lite"
DEAR: Final[dict[str, Any]] = {"model": "google/veo-3.1", "duration": 8, "resolution": "1080p", "audio": True}


@pytest.fixture
def abroad(house: House) -> House:
    """A French server, with German alice in it; bob has Discord in English."""
    speaks(house, "alice", "de")
    serves(house, "fr")
    return house


def speaks(house: House, name: str, locale: str) -> None:
    house.discord.world.replace_user(replace(house.user(name), locale=locale))


def serves(house: House, locale: str) -> None:
    house.discord.world.replace_guild(replace(house.discord.world.guild("Sandbox"), preferred_locale=locale))


def direct(house: House, name: str = "alice") -> Channel:
    return house.discord.world.direct_channel(house.user(name).id)


def labels(components: Any) -> list[str]:  # noqa: ANN401  # JSON
    return [button["label"] for row in components for button in row["components"]]


async def press(house: House, on: Message, label: str, *, by: str = "alice") -> Interaction:
    ids = {button["label"]: button["custom_id"] for row in on.components for button in row["components"]}
    click = await house.discord.click(user_id=house.user(by).id, message_id=on.id, custom_id=ids[label])
    await click.answered(timeout=PATIENCE)
    return click


def said(code: str, message: str, /, *, context: str | None = None, **values: object) -> str:
    """Return what the catalogue of a language has for a message; that it has something of its own is part of a test."""
    translations = language_of(code).translations
    found = translations.pgettext(context, message) if context else translations.gettext(message)
    assert found != message
    return found.format(**values)


def beginning(code: str, message: str) -> str:
    """Return what a message begins with in a language, up to the first value in it."""
    head, _, _ = language_of(code).translations.gettext(message).partition("{")
    assert head
    assert not message.startswith(head)
    return head


def link_to(message: Message) -> str:
    return f"https://discord.com/channels/{message.guild_id or '@me'}/{message.channel_id}/{message.id}"


# --- members and their server ----------------------------------------------------------------------------------------


async def test_the_status_message_and_the_result_are_in_the_servers_language(abroad: House) -> None:
    async with abroad.running():
        asked = await abroad.video()
        cancel = labels(
            status_of(asked).earlier[0].components if status_of(asked).earlier else status_of(asked).components
        )
        ended = await abroad.ended(asked)
        (clip,) = abroad.clips()

    member = f"<@{abroad.user('alice').id}>"
    assert plain(answer_of(asked)).startswith(said("fr", "**Video {id}**", id=1))
    assert cancel == [said("fr", "Cancel")]
    assert ended.text == said("fr", "Video {id} is ready: {link}", id=1, link=link_to(clip))
    assert clip.text.startswith(said("fr", "{member} your video is ready.", member=member))
    assert labels(clip.components) == [said("fr", label) for label in ("Again", "Edit", "Delete")]


async def test_a_failure_is_told_in_the_servers_language(abroad: House) -> None:
    abroad.openrouter.script(JobPlan(status="failed"))
    async with abroad.running():
        news = await abroad.bad_news_about(await abroad.video())

    member = f"<@{abroad.user('alice').id}>"
    assert news.text.startswith(said("fr", "{member} video {id} was not made.", member=member, id=1))


async def test_a_refusal_is_in_the_language_of_whoever_is_refused(abroad: House) -> None:
    async with abroad.running():
        german = await abroad.reads("video", options={"prompt": " "})
        english = await abroad.reads("video", by="bob", options={"prompt": " "})

    assert (german, english) == (said("de", EMPTY_PROMPT.text), EMPTY_PROMPT.text)


async def test_a_button_and_a_form_answer_in_the_language_of_whoever_uses_them(abroad: House) -> None:
    async with abroad.running():
        await abroad.ended(await abroad.video())
        (clip,) = abroad.clips()
        form = await press(abroad, clip, said("fr", "Edit"))
        sent = await abroad.discord.submit_modal(interaction_id=form.id, values={"prompt": " "})
        await sent.answered(timeout=PATIENCE)

    assert form.modal is not None
    (field,) = form.modal["components"]
    assert form.modal["title"] == said("de", "Change the description")
    assert field["label"] == said("de", "What the new video shows")
    assert plain(answer_of(sent)) == said("de", EMPTY_PROMPT.text)


async def test_a_click_on_a_public_button_leaves_the_message_in_the_servers_language(abroad: House) -> None:
    abroad.openrouter.script(JobPlan(never_ends=True))
    async with abroad.running(running_at_once=1):
        await abroad.video("in the way")
        await abroad.openrouter.requests.wait_for("submit", answered=True)
        asked = await abroad.video()
        stranger = await abroad.cancel(asked, by="bob")
        await abroad.cancel(asked)
        ended = await abroad.ended(asked)

    assert plain(answer_of(stranger)) == "Only the member who asked for this video, or a moderator, can cancel it."
    cancelled = "Video {id} was cancelled before it was sent. Nothing was spent, and it does not count."
    assert ended.text == said("fr", cancelled, id=2)


async def test_a_private_video_is_spoken_of_in_its_members_language(abroad: House) -> None:
    async with abroad.running():
        asked = await abroad.video(private=True)
        clip = await abroad.discord.next_message(direct(abroad).id, timeout=PATIENCE)
        status = await abroad.ended(asked)

    assert said("de", "Starting now.") in answer_of(asked)
    assert plain(clip.text).splitlines()[:2] == [
        said("de", "{member} your video is ready.", member=f"<@{abroad.user('alice').id}>"),
        said("de", "Only you see it: you asked for it privately in {server}.", server="**Sandbox**"),
    ]
    assert labels(clip.components) == [said("de", label) for label in ("Again", "Edit", "Delete")]
    assert status.text == said("de", "Video {id} is ready, in your direct messages: {link}", id=1, link=link_to(clip))


async def test_a_question_about_a_price_is_in_its_members_language_and_the_video_in_the_servers(abroad: House) -> None:
    async with abroad.running():
        asked = await abroad.video(**DEAR)
        question = labels(status_of(asked).components)
        ordered = await press(abroad, status_of(asked), question[0])
        ended = await abroad.ended(ordered)
        (clip,) = abroad.clips()

    assert question == [said("de", "Generate"), said("de", "Cancel")]
    assert not ordered.ephemeral
    assert ended.text == said("fr", "Video {id} is ready: {link}", id=1, link=link_to(clip))


# --- a restart -------------------------------------------------------------------------------------------------------


async def test_a_restart_says_what_was_said_before_whatever_everybody_speaks_by_then(abroad: House) -> None:
    abroad.openrouter.script(JobPlan(seconds=1000), JobPlan(seconds=1000))
    async with abroad.running():
        public = await abroad.video()
        private = await abroad.video(private=True)
        await abroad.openrouter.requests.wait_for("submit", count=2, answered=True)
    speaks(abroad, "alice", "ja")
    serves(abroad, "en-US")

    abroad.openrouter.clock.advance(1000)
    async with abroad.running():
        ended = await abroad.ended(public)
        clip = await abroad.discord.next_message(direct(abroad).id, timeout=PATIENCE)
        await abroad.told()

    assert ended.text.startswith(said("fr", "Video {id} is ready: {link}", id=1, link="https://"))
    member = f"<@{abroad.user('alice').id}>"
    assert clip.text.startswith(said("de", "{member} your video is ready.", member=member))
    assert private.ephemeral
    assert [(job["member_language"], job["server_language"]) for job in abroad.jobs()] == [("de", "fr")] * 2


async def test_a_restart_finds_a_message_in_doubt_by_its_text_whatever_everybody_speaks_by_then(abroad: House) -> None:
    """The channel is closed and the first direct message ends in doubt: bad news have nothing but their text."""
    abroad.openrouter.script(JobPlan(seconds=1000, status="failed"))
    abroad.on_discord(POST, FaultKind.RESET_AFTER_DOING, nth=2)
    world = abroad.discord.world
    async with abroad.running():
        await abroad.video()
        await abroad.openrouter.requests.wait_for("submit", answered=True)
        world.set_overwrite(abroad.channel("videos").id, world.bot.id, deny=Permission.SEND_MESSAGES)
        abroad.openrouter.clock.advance(1000)
        await abroad.discord.next_message(direct(abroad).id, timeout=PATIENCE)
    assert abroad.jobs()[0]["told_at"] is None
    world.messages.forget_nonces()
    speaks(abroad, "alice", "en-US")

    abroad.rows("UPDATE jobs SET next_at = 0")
    async with abroad.running():
        await abroad.told()

    (news,) = abroad.discord.messages(direct(abroad).id)
    member = f"<@{abroad.user('alice').id}>"
    not_made = "{member} video {id} (you asked for it in {server}) was not made."
    assert plain(news.text).startswith(said("de", not_made, member=member, id=1, server="**Sandbox**"))


# --- what a server chooses -------------------------------------------------------------------------------------------


async def test_managers_choose_the_language_of_their_server(abroad: House) -> None:
    speaks(abroad, "manager", "de")
    async with abroad.running():
        before = await abroad.reads("settings show", by="manager")
        chosen = await abroad.reads("settings language", by="manager", options={"language": "ja"})
        shown = await abroad.reads("settings show", by="manager")
        asked = await abroad.video()
        await abroad.ended(asked)
        record = await abroad.reads("limits log", by="manager")

    discords = said("de", "Language: {language} (Discord's for this server).", language="Français")
    assert before.endswith(f"\n{discords}")
    assert "日本語" in chosen
    assert shown.endswith("\n" + said("de", "Language: **{language}**.", language="日本語"))
    assert abroad.jobs()[0]["server_language"] == "ja"
    assert "日本語" in record


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("settings language", {"language": "discord"}),
        ("settings reset", {"what": "language"}),
        ("settings reset", {}),
    ],
)
async def test_a_server_goes_back_to_what_discord_says(house: House, command: str, options: dict[str, object]) -> None:
    serves(house, "fr")
    async with house.running():
        await house.reads("settings language", by="manager", options={"language": "de"})
        again = await house.reads("settings language", by="manager", options={"language": "de"})
        answer = await house.reads(command, by="manager", options=options)
        await house.ended(await house.video())

    assert again == "Nothing was changed: it is so already."
    assert "in the language that Discord names for this server" in answer
    assert house.rows("SELECT language FROM servers") == [{"language": None}]
    assert house.jobs()[0]["server_language"] == "fr"


# --- who pays --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [None, "de"])
async def test_a_log_channel_is_written_to_in_its_servers_language(house: House, chosen: str | None) -> None:
    serves(house, "fr")
    general = house.channel("general").id
    async with house.running(server_budget_usd="0.40"):
        await house.reads("settings log", by="manager", options={"channel": general})
        if chosen is not None:
            await house.reads("settings language", by="manager", options={"language": chosen})
        await house.ended(await house.video(model=LITE, duration=4))
        notice = await house.discord.next_message(general, timeout=PATIENCE)

    assert notice.text.startswith(beginning(chosen or "fr", BUDGET_HERE.text))


async def test_the_owner_is_written_to_in_the_language_of_the_bot(house: House) -> None:
    serves(house, "fr")
    async with house.running(budget_usd="0.40", owner_language="de"):
        asked = await house.video(model=LITE, duration=4)
        await house.ended(asked)
        notice = await house.discord.next_message(direct(house, "owner").id, timeout=PATIENCE)

    assert notice.text.startswith(beginning("de", BUDGET_EVERYWHERE.text))
    assert plain(answer_of(asked)).startswith(said("fr", "**Video {id}**", id=1))


# --- commands --------------------------------------------------------------------------------------------------------


async def test_commands_are_registered_in_every_language(house: House) -> None:
    async with house.running():
        registered = {command["name"]: command for command in house.discord.commands.listed(None)}

    video, animate = registered["video"], registered["Animate this"]
    options = {option["name"]: option for option in video["options"]}
    assert video["description_localizations"]["fr"] == said("fr", video["description"], context="description")
    assert options["prompt"]["name_localizations"]["de"] == said("de", "prompt", context="option name")
    assert animate["name_localizations"]["de"] == said("de", "Animate this", context="menu name")
    (language,) = next(each for each in registered["settings"]["options"] if each["name"] == "language")["options"]
    assert [choice["value"] for choice in language["choices"]] == [
        "discord",
        *(code for code in LANGUAGES if code not in {"en-GB", "es-419"}),
    ]
    assert language["choices"][0]["name_localizations"]["de"] == said("de", "What Discord says", context="choice")
    assert not {"en-US", "en-GB"} & set(_languages_in(registered))


def _languages_in(commands: object) -> list[str]:
    """Return the languages that texts of commands have of their own."""
    found: list[str] = []

    def note(thing: dict[str, Any]) -> dict[str, Any]:
        for field in ("name_localizations", "description_localizations"):
            found.extend(thing.get(field) or {})
        return thing

    json.loads(json.dumps(commands), object_hook=note)
    return found
