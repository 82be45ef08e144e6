"""`/history`: a member's own videos here, page by page, before and after a restart, and nobody else's."""

import asyncio
import logging
from typing import Final

import pytest
import structlog.testing

from cogs.replies import history as words
from sandbox.discord.interactions import CallbackType, Interaction
from sandbox.openrouter import JobPlan
from services.jobs.history import PER_PAGE
from tests.cogs.reading import plain, width
from tests.e2e import forging
from tests.e2e.house import PATIENCE, House, answer_of, status_of

FORGED: Final = ("history:", "history:-1", "history:1 OR 1=1", "history:1:2", "history:9999999", "HISTORY:1")
COPY: Final = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, state, prompt, model, duration, upload_limit, counts,
                  reserved_microusd, held_microusd, created_at, ended_at, told_at)
SELECT interaction_id + {number}, guild_id, channel_id, user_id, 'cancelled', '{prompt}', model, duration,
       upload_limit, 0, 0, 0, created_at, ended_at, told_at FROM jobs WHERE id = 1
"""


async def made(house: House, *, more: int = 0, prompt: str = "a copy") -> None:
    """Have one video made for alice, and put older-looking ones beside it."""
    await house.ended(await house.video())
    for number in range(1, more + 1):
        # In a thread: the bot runs on this loop, and it could not end its own transaction while we wait for it.
        await asyncio.to_thread(house.rows, COPY.format(number=number, prompt=prompt))


def buttons(interaction: Interaction) -> dict[str, str]:
    found = [button for row in status_of(interaction).components for button in row["components"]]
    return {button["label"]: button["custom_id"] for button in found}


async def turn(house: House, shown: Interaction, label: str) -> Interaction:
    """Press a button of a page, and wait for the answer."""
    click = await house.discord.click(
        user_id=house.user("alice").id, message_id=status_of(shown).id, custom_id=buttons(shown)[label]
    )
    await click.answered(timeout=PATIENCE)
    return click


def numbers(text: str) -> list[int]:
    return [int(line.split("**")[1]) for line in text.splitlines()[1:]]


async def test_a_line_says_when_what_with_which_model_for_how_much_and_where_it_is(house: House) -> None:
    async with house.running():
        await house.ended(await house.video("a *red* fox for @everyone"))
        (clip,) = house.clips()
        answer = await house.command("history")

    text = answer_of(answer)
    head, line = text.splitlines()
    assert answer.ephemeral
    assert head == "**Your videos in this server** · 1 video, page 1 of 1"
    number, when, model, price, where, prompt = plain(line).split(" · ")
    assert (number, when[:3], price[0]) == ("**1**", "<t:", "$")
    assert model
    assert where == f"https://discord.com/channels/{clip.guild_id}/{clip.channel_id}/{clip.id}"
    assert prompt == "a *red* fox for @everyone"
    assert "@everyone" not in text
    assert buttons(answer) == {}


async def test_who_has_none_reads_how_to_begin_and_nobody_reads_anothers(house: House) -> None:
    async with house.running():
        await made(house)
        others = await house.reads("history", by="bob")
        elsewhere = await house.reads("history", where="lobby")

    assert others == elsewhere == plain(words.NOTHING.text)


@pytest.mark.parametrize("restarts", [False, True])
async def test_its_pages_are_turned_before_and_after_a_restart(
    house: House,
    restarts: bool,  # noqa: FBT001  # pytest's
) -> None:
    clicks: list[Interaction] = []
    async with house.running():
        await made(house, more=2 * PER_PAGE)
        shown = await house.command("history")
        first = answer_of(shown)
        if not restarts:
            clicks.append(await turn(house, shown, "Older"))
    if restarts:
        async with house.running():
            clicks.append(await turn(house, shown, "Older"))

    second = status_of(shown).text
    assert [click.response for click in clicks] == [CallbackType.UPDATE]
    assert numbers(first) == list(range(17, 9, -1))
    assert numbers(second) == list(range(9, 1, -1))
    assert buttons(shown) == {"Newer": "history:1", "Older": "history:3"}


async def test_the_longest_prompts_still_fit_with_every_line_there(house: House) -> None:
    async with house.running():
        await made(house, more=PER_PAGE, prompt="@" * 2_000)
        text = answer_of(await house.command("history"))

    assert len(numbers(text)) == PER_PAGE
    assert width(text) <= 2_000


async def test_states_are_told_and_a_forgotten_prompt_has_a_sentence(house: House) -> None:
    house.openrouter.script(JobPlan(status="failed"), JobPlan(never_ends=True))
    async with house.running(running_at_once=1):
        await house.ended(await house.video("first"))
        await asyncio.to_thread(house.rows, "UPDATE jobs SET prompt = ''")
        await house.video("second")
        await house.openrouter.requests.wait_for("submit", count=2)
        await house.video("third")
        text = await house.reads("history")

    newest, middle, oldest = text.splitlines()[1:]
    assert "waiting" in newest
    assert "being" in middle
    assert oldest.endswith("was not made · its description is forgotten")


async def test_a_press_by_another_shows_them_their_own_and_changes_nothing(house: House) -> None:
    async with house.running():
        await made(house)
        public = await house.discord.post(
            user_id=house.user("bob").id, channel_id=house.channel("videos").id, content="look"
        )
        click = forging.click(house, "history:1", on=public, by="bob")
        await click.answered(timeout=PATIENCE)

    assert click.ephemeral
    assert plain(answer_of(click)) == plain(words.NOTHING.text)
    assert public.text == "look"


async def test_a_forged_button_logs_no_traceback(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async with house.running():
        await made(house)
        shown = await house.command("history")
        with structlog.testing.capture_logs() as logged, caplog.at_level(logging.WARNING):
            for custom_id in FORGED:
                forging.click(house, custom_id, on=status_of(shown), by="alice")
            click = forging.click(house, "history:999999", on=status_of(shown), by="alice")
            await click.answered(timeout=PATIENCE)

    assert numbers(status_of(shown).text) == [1]
    assert [event for event in logged if event.get("exc_info")] == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
