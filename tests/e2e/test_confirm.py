"""A dear video is made only after its member's yes: the price before, the buttons, and what a forged click does."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cogs import replies
from sandbox import openrouter
from sandbox.discord.faults import FaultKind
from sandbox.discord.interactions import CallbackType, Interaction
from sandbox.discord.permissions import Permission
from sandbox.discord.posts import Message
from sandbox.openrouter import Answer, JobPlan
from tests.cogs.reading import plain
from tests.e2e import forging
from tests.e2e.house import ANSWER, PATIENCE, House, answer_of, status_of

DEAR: dict[str, Any] = {"model": "google/veo-3.1", "duration": 8, "resolution": "1080p", "audio": True}
"""8 s at $0.40: $3.20, and with a tenth more $3.52 at most."""
CLOSE = "PATCH /webhooks/{application_id}/{interaction_token}/messages/{message_id}"
OFFERS = "SELECT * FROM offers"
CLOSED = plain(replies.OFFER_CLOSED.text)


def models_priced(skus: Mapping[str, str]) -> dict[str, Any]:
    """Return the stand-in's list of models, each with this price list."""
    file = Path(openrouter.__file__).with_name("models.json")
    listed = json.loads(file.read_text(encoding="utf-8"))["data"]
    return {"data": [model | {"pricing_skus": skus} for model in listed]}


async def ask(house: House, *, by: str = "alice") -> Interaction:
    """Ask for a dear video."""
    return await house.video("a lighthouse", by=by, **DEAR)


def buttons(message: Message) -> dict[str, str]:
    """Return the custom ids of a message's buttons by their labels."""
    return {button["label"]: button["custom_id"] for row in message.components for button in row["components"]}


async def press(house: House, asked: Interaction, label: str, *, by: str = "alice") -> Interaction:
    """Press a button under the question that answered a request."""
    question = status_of(asked)
    click = await house.discord.click(
        user_id=house.user(by).id, message_id=question.id, custom_id=buttons(question)[label]
    )
    await click.answered(timeout=PATIENCE)
    return click


async def test_a_dear_video_is_asked_about_first_with_its_price_and_what_it_takes(house: House) -> None:
    async with house.running():
        asked = await ask(house)

    assert asked.ephemeral
    price, prompt, made, takes, ends = plain(answer_of(asked)).splitlines()
    assert price == "**This video costs about $3.20, $3.52 at most.**"
    assert prompt == "> a lighthouse"
    assert made == "Google: Veo 3.1 · 8 s · 1080p · 16:9 · with sound"
    assert takes == (
        "It takes 1 of the 5 videos that you have left today, and up to $3.52 of the $20.00 left to you in 30 days."
    )
    assert ends.startswith("Nothing is ordered before you press Generate. This offer ends <t:")
    assert buttons(status_of(asked)) == {"Generate": "offer:1:yes", "Cancel": "offer:1:no"}
    assert house.jobs() == []
    assert house.bought == 0


async def test_a_video_at_the_price_of_the_setting_is_made_without_a_question(house: House) -> None:
    async with house.running(confirm_above_usd="3.20"):
        asked = await ask(house)
        await house.ended(asked)

    assert not asked.ephemeral
    assert house.bought == 1


async def test_after_a_yes_the_clip_comes_as_for_every_video(house: House) -> None:
    async with house.running():
        asked = await ask(house)
        click = await press(house, asked, "Generate")
        result = await house.clip_in()
        status = await house.ended(click)

    (closed,) = house.discord.requests_to(CLOSE)
    assert click.response is CallbackType.MESSAGE
    assert not click.ephemeral
    first = plain(answer_of(click))
    assert first.startswith(
        "**Video 1**\n> a lighthouse\nGoogle: Veo 3.1 · 8 s · 1080p · 16:9 · with sound · about $3.20"
    )
    assert result.reference is not None
    assert result.reference.message_id == status.id
    assert result.text.endswith("· $3.20")
    assert f"/messages/{status_of(asked).id}?" in closed.path
    assert closed.body["content"] == "Ordered as video 1: see its own message in this channel."
    assert closed.body["components"] == []
    (job,) = house.jobs()
    assert (job["interaction_id"], job["state"]) == (click.id, "delivered")
    assert (job["estimate_microusd"], job["reserved_microusd"]) == (3_200_000, 3_520_000)
    assert house.rows(OFFERS) == []


async def test_the_answer_to_a_yes_whose_connection_broke_is_found_and_the_video_made(house: House) -> None:
    async with house.running():
        asked = await ask(house)
        house.on_discord(ANSWER, FaultKind.RESET_AFTER_DOING)
        click = await press(house, asked, "Generate")
        assert "Video 1: about to start" in await house.reads("status")
    assert house.bought == 0

    house.rows("UPDATE jobs SET next_at = 0")
    async with house.running():
        await house.ended(click)

    assert house.bought == len(house.clips()) == 1
    assert house.jobs()[0]["status_message_id"] == status_of(click).id


async def test_a_no_orders_nothing(house: House) -> None:
    async with house.running():
        asked = await ask(house)
        click = await press(house, asked, "Cancel")
        await house.reads("status")

    assert click.response is CallbackType.UPDATE
    assert plain(status_of(asked).text) == plain(replies.OFFER_DECLINED.text)
    assert buttons(status_of(asked)) == {}
    assert house.jobs() == house.rows(OFFERS) == []
    assert house.bought == 0


@pytest.mark.parametrize("second", ["yes", "no"])
async def test_a_second_click_gets_a_sentence_and_nothing_else(house: House, second: str) -> None:
    async with house.running():
        asked = await ask(house)
        first = await press(house, asked, "Generate")
        again = forging.click(house, f"offer:1:{second}", on=status_of(asked), by="alice")
        await again.answered(timeout=PATIENCE)
        await house.ended(first)

    assert again.ephemeral
    assert plain(answer_of(again)) == CLOSED
    assert house.bought == len(house.clips()) == len(house.jobs()) == 1


async def test_two_clicks_at_once_order_one_video(house: House) -> None:
    async with house.running():
        asked = await ask(house)
        clicks = [forging.click(house, "offer:1:yes", on=status_of(asked), by="alice") for _ in range(10)]
        for click in clicks:
            await click.answered(timeout=PATIENCE)
        (ordered,) = [click for click in clicks if not click.ephemeral]
        await house.ended(ordered)

    assert [plain(answer_of(click)) for click in clicks if click is not ordered] == [CLOSED] * 9
    assert house.bought == len(house.jobs()) == 1


async def test_a_click_that_is_delivered_twice_orders_one_video(house: House) -> None:
    async with house.running():
        asked = await ask(house)
        click = await press(house, asked, "Generate")
        forging.replay(house, click)
        await house.ended(click)
        await house.reads("status")

    assert house.bought == len(house.jobs()) == len(house.clips()) == 1


@pytest.mark.parametrize("answer", ["yes", "no"])
@pytest.mark.parametrize("stranger", ["bob", "manager", "owner"])
async def test_an_offer_is_nobody_elses(house: House, stranger: str, answer: str) -> None:
    async with house.running():
        asked = await ask(house)
        click = forging.click(house, f"offer:1:{answer}", on=status_of(asked), by=stranger)
        await click.answered(timeout=PATIENCE)
        unharmed = buttons(status_of(asked))
        ordered = await press(house, asked, "Generate")
        await house.ended(ordered)

    assert click.ephemeral
    assert plain(answer_of(click)) == CLOSED
    assert set(unharmed) == {"Generate", "Cancel"}
    assert [job["user_id"] for job in house.jobs()] == [house.user("alice").id]


async def test_an_offer_is_not_taken_in_another_server(house: House) -> None:
    async with house.running():
        await ask(house)
        elsewhere = await house.video("cheap", where="lobby")
        click = forging.click(house, "offer:1:yes", on=status_of(elsewhere), by="alice")
        await click.answered(timeout=PATIENCE)
        await house.ended(elsewhere)

    assert plain(answer_of(click)) == CLOSED
    assert len(house.rows(OFFERS)) == 1


@pytest.mark.parametrize("label", ["Generate", "Cancel"])
async def test_the_buttons_work_after_a_restart(house: House, label: str) -> None:
    async with house.running():
        asked = await ask(house)
    async with house.running():
        click = await press(house, asked, label)
        if label == "Generate":
            await house.ended(click)

    assert house.bought == (1 if label == "Generate" else 0)
    assert house.rows(OFFERS) == []


@pytest.mark.parametrize("answer", ["Generate", "Cancel"])
async def test_an_offer_that_is_too_old_is_closed(house: House, answer: str) -> None:
    async with house.running():
        asked = await ask(house)
    house.rows("UPDATE offers SET expires_at = 1")
    async with house.running():
        click = await press(house, asked, answer)

    assert click.ephemeral
    assert plain(answer_of(click)) == CLOSED
    assert house.jobs() == []


async def test_what_the_limits_forbid_is_refused_before_it_is_offered(house: House) -> None:
    async with house.running(budget_usd="3.50"):
        asked = await ask(house)

    assert asked.ephemeral
    assert plain(answer_of(asked)) == (
        "The bot's budget is used: $3.50 is left of $3.50 in 30 days, and this video may cost up to $3.52. "
        "Its owner can raise it."
    )
    assert buttons(status_of(asked)) == {}
    assert house.rows(OFFERS) == []


async def test_a_limit_that_is_reached_after_the_offer_still_binds(house: House) -> None:
    house.openrouter.script(JobPlan(never_ends=True))
    async with house.running(budget_usd="5"):
        asked, other = await ask(house), await ask(house, by="bob")
        await press(house, other, "Generate", by="bob")
        click = await press(house, asked, "Generate")

    assert click.response is CallbackType.UPDATE
    assert plain(status_of(asked).text).startswith("The bot's budget is used: $1.48 is left of $5.00 in 30 days")
    assert buttons(status_of(asked)) == {}
    assert [job["user_id"] for job in house.jobs()] == [house.user("bob").id]


async def test_a_price_that_has_risen_since_is_asked_about_again(house: House) -> None:
    async with house.running():
        asked = await ask(house)
    house.rows("UPDATE offers SET microusd = 3000000")
    async with house.running():
        click = await press(house, asked, "Generate")
        question = status_of(asked).text
        assert house.jobs() == []
        ordered = await press(house, asked, "Generate")
        await house.ended(ordered)

    assert click.response is CallbackType.UPDATE
    assert plain(question).startswith(
        "The price has risen since you were asked.\n**This video costs about $3.20, $3.52 at most.**"
    )
    assert house.bought == 1


async def test_a_channel_that_was_closed_to_the_bot_meanwhile_costs_no_offer(house: House) -> None:
    world = house.discord.world
    videos = house.channel("videos").id
    async with house.running():
        asked = await ask(house)
        world.set_overwrite(videos, world.bot.id, deny=Permission.ATTACH_FILES)
        refused = await press(house, asked, "Generate")
        world.set_overwrite(videos, world.bot.id)
        ordered = await press(house, asked, "Generate")
        await house.ended(ordered)

    assert plain(answer_of(refused)) == plain(replies.missing_permissions(["Attach Files"]))
    assert house.bought == 1


async def test_a_video_whose_price_nobody_can_state_is_asked_about_where_the_owner_allows_it(house: House) -> None:
    house.openrouter.script(Answer(route="models", status=200, json=models_priced({"moon_phases": "1"}), times=None))
    async with house.running(allow_unpriced_models=True, unpriced_reserve_usd="2.50"):
        asked = await ask(house)
        click = await press(house, asked, "Generate")
        first = plain(answer_of(click))

    assert plain(answer_of(asked)).startswith(
        "**Nobody can say before what this video costs: $2.50 are held for it until the bill comes.**"
    )
    assert "· price not known before" in first
